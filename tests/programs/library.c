/* A shared library: two versions of one name, a function chosen at load time, and a hidden one. */

#define API __attribute__((visibility("default")))

__asm__(".symver versioned_old, versioned@V1");
__asm__(".symver versioned_new, versioned@@V2");

API long versioned_old(long a);
API long versioned_new(long a);

API long versioned_old(long a)
{
    return a + 1;
}

API long versioned_new(long a)
{
    return a + 2;
}

static long chosen_implementation(long a)
{
    return a + 3;
}

static long (*resolve_chosen(void))(long)
{
    return chosen_implementation;
}

API long chosen(long a) __attribute__((ifunc("resolve_chosen")));

API long library_work(long a)
{
    __asm__ volatile("" ::: "memory");
    return a * 5;
}
