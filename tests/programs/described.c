/* Functions and types for tests of debug information; main calls each function once with values that tests know. */
#include <stdio.h>

#if __has_attribute(noipa)
#define KEPT __attribute__((noipa))
#else
#define KEPT __attribute__((noinline))
#endif

typedef unsigned long word_t;
enum color { RED, GREEN = 5, BLUE };
enum level { LOW = -1, HIGH = 1 };

struct inner {
    int a;
    char name[12];
};

struct hidden;

struct outer {
    struct inner in;
    struct outer *next;
    enum color color;
    unsigned low : 3;
    unsigned high : 5;
    double ratio;
    union {
        int number;
        float real;
    };
    int matrix[2][3];
    word_t word;
    int (*call)(int);
    const char *text;
    signed char bytes[4];
    struct hidden *hidden;
    _Bool flag;
    long tail[];
};

struct packed {
    char first;
    long second;
    unsigned a : 30;
    unsigned b : 5;
} __attribute__((packed));

struct mixed {
    long number;
    double real;
};

union both {
    int number;
    double real;
};

struct large {
    long words[3];
};

volatile int sink;

static inline __attribute__((always_inline)) int inlined(int value) {
    __asm__ volatile("nop\n\tnop"); /* line of inlined */
    return value + 1;
}

KEPT long many(struct outer *o, int n, const char *text, double d, enum color color, struct inner by_value,
               unsigned char byte, word_t word, long eight, short nine) {
    int result = inlined(n);
    sink += o->in.a + text[0] + (int)d + color + by_value.a + byte + word + eight + nine;
    return result;
}

KEPT struct large returns_large(int number) { /* first line of returns_large */
    struct large result = {{number, 2, 3}};
    return result;
}

KEPT int vectors(float a, struct mixed b, union both c, int d, long double e, int f) {
    return sink = a + b.number + c.number + d + e + f;
}

KEPT void nothing(void) { sink++; }

KEPT word_t *variadic(int count, ...) {
    static word_t result;
    result += count;
    return &result;
}

KEPT int use(struct packed *p, enum level level) { return sink = p->b + level; }

/* gcc makes one of the two and lets the other jump there; that one's entry has no address then. */
int same_one(int first, const char *second) {
    for (int index = 0; index < first; index++)
        sink += second[index];
    return sink * 3;
}

int same_two(int first, const char *second) {
    for (int index = 0; index < first; index++)
        sink += second[index];
    return sink * 3;
}

int main(void) {
    static struct outer o = {.in = {7, "inner"}, .color = BLUE, .low = 5, .high = 17, .matrix = {{1, 2, 3}, {4, 5, 6}},
                             .number = 42, .word = 99, .text = "text", .flag = 1};
    struct inner by_value = {4, "value"};
    struct packed p = {1, 2, 3, 4};
    o.next = &o;
    many(&o, 2, "hello", 1.5, GREEN, by_value, 200, 1UL << 40, -8, -9);
    sink += returns_large(11).words[0];
    vectors(1.5f, (struct mixed){3, 0.5}, (union both){.number = 4}, 5, 6.5L, 7);
    nothing();
    variadic(1, 2, 3);
    use(&p, LOW);
    return puts("done") < 0;
}
