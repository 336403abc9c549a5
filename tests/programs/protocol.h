/* What all test programs have in common: they say `ready PID`, then do one command per line of standard
 * input and answer each with `done ...`.  They check their own results; the first wrong one is told as
 * `hurt ...`, and makes the exit status 1. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A function that stays as written: not inlined, not cloned for constant arguments, exported. */
#ifdef __clang__
#define KEEP __attribute__((noinline, visibility("default")))
#else
#define KEEP __attribute__((noipa, visibility("default")))
#endif

static int hurt;

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition) && !__atomic_exchange_n(&hurt, 1, __ATOMIC_RELAXED)) \
            printf("hurt %s:%d: %s\n", __FILE__, __LINE__, #condition);       \
    } while (0)

struct command {
    const char *name;
    void (*run)(long a, long b, long c);
};

/* Runs commands until `quit` or the end of the input; returns the exit status. */
static int serve(const struct command *commands, int count)
{
    char line[256], name[64];
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready %d\n", (int)getpid());
    while (fgets(line, sizeof line, stdin)) {
        long a = 0, b = 0, c = 0;
        int i;
        if (sscanf(line, "%63s %ld %ld %ld", name, &a, &b, &c) < 1)
            continue;
        if (strcmp(name, "quit") == 0)
            break;
        for (i = 0; i < count; i++)
            if (strcmp(name, commands[i].name) == 0) {
                commands[i].run(a, b, c);
                break;
            }
        CHECK(i < count);
        printf("done %s\n", name);
    }
    return hurt;
}

#endif
