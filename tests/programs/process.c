/* Shows what was done to it: three calls of `work`, the signals that came, and what its memory is afterwards. */
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t caught;

static void note(int number)
{
    caught = number;
}

__attribute__((noipa, visibility("default"))) long work(long *place)
{
    return *place;
}

int main(void)
{
    long value = 5;
    signal(SIGUSR1, note);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < 3; i++) {
        long result = work(&value);
        printf("result %ld, signal %d\n", result, (int)caught);
        caught = 0;
    }
    printf("value %ld\n", value);
    return 0;
}
