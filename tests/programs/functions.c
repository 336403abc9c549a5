/* Functions of all shapes, called as often as told: `NAME COUNT`. */
#include "protocol.h"
#include "shapes.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/time.h>

/* 177 calls for n = 10, which no compiler may turn into a loop. */
KEEP long recursive(long n)
{
    if (n < 2)
        return n;
    long first = recursive(n - 1);
    __asm__ volatile("" : "+r"(first));
    long second = recursive(n - 2);
    __asm__ volatile("" : "+r"(second));
    return first + second;
}

KEEP long tail_target(long a)
{
    return a * 3;
}

long tail_caller(long a);
FUNCTION(tail_caller, "add $1, %rdi\n jmp tail_target");

KEEP long many_arguments(long a, long b, long c, long d, long e, long f, long g, long h, long i)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i;
}

KEEP long sum_integers(int count, ...)
{
    long sum = 0;
    va_list list;
    va_start(list, count);
    while (count-- > 0)
        sum += va_arg(list, long);
    va_end(list);
    return sum;
}

KEEP double sum_doubles(int count, ...)
{
    double sum = 0;
    va_list list;
    va_start(list, count);
    while (count-- > 0)
        sum += va_arg(list, double);
    va_end(list);
    return sum;
}

KEEP double multiply(double a, double b)
{
    return a * b;
}

KEEP float blend(float a, long n, float b)
{
    return a * (float)n + b;
}

KEEP long double long_multiply(long double a, long double b)
{
    return a * b;
}

struct pair {
    long first, second;
};

struct large {
    long values[8];
};

KEEP struct pair make_pair(long a) /* returned in two registers */
{
    struct pair pair = {a, ~a};
    return pair;
}

KEEP struct large make_large(long a) /* returned in memory that the caller gives */
{
    struct large large;
    for (int i = 0; i < 8; i++)
        large.values[i] = a + i;
    return large;
}

KEEP long take_string(const char *text, long size)
{
    long sum = size;
    while (*text)
        sum += (unsigned char)*text++;
    return sum;
}

static jmp_buf jump;
KEEP long jumper(long a)
{
    if (a % 2)
        longjmp(jump, (int)(a & 0xffff) + 1);
    return a;
}

static volatile long in_handler;
KEEP void from_handler(int signal)
{
    (void)signal;
    in_handler = frame_add(in_handler, 1);
}

#define EACH(n, i) for (long i = 0; i < (n); i++)
#define ADDER(name) \
    static void run_##name(long n, long b, long c) { (void)b; (void)c; EACH(n, i) CHECK(name(i, 7 * i) == 8 * i); }
ADDER(frame_add)
ADDER(plain_add)
ADDER(marked_add)
ADDER(jump_first)
ADDER(red_zone)

#define RUN(name, check) \
    static void run_##name(long n, long b, long c) { (void)b; (void)c; EACH(n, i) CHECK(check); }
RUN(call_first, call_first(i, 5) == i + 6)
RUN(short_padded, short_padded((int)i) == (int)i)
RUN(short_packed, short_packed((int)i) == (int)i)
RUN(after_packed, after_packed((int)i) == (int)i + 2)
RUN(only_ret, (only_ret(), 1))
RUN(loop_entry, loop_entry(10, i) == 55 + i)
RUN(loop_inside, loop_inside(10) == 55)
RUN(relative_load, relative_load(i) == 1000 + i)
RUN(branch_first, branch_first(-i) == i && branch_first(i) == i)
RUN(count_first, count_first(i, 0, 0, i) == (i ? 2 * i : -1))
RUN(flags_inside, flags_inside(i, 5) == (i < 5))
RUN(recursive, recursive(10) == 55)
RUN(tail_caller, tail_caller(i) == 3 * (i + 1))
RUN(many_arguments, many_arguments(1, 2, 3, 4, 5, 6, 7, 8, i) == 204 + 9 * i)
RUN(sum_integers, sum_integers(8, 1L, 2L, 3L, 4L, 5L, 6L, 7L, i) == 28 + i)
RUN(sum_doubles, sum_doubles(10, .5, .5, .5, .5, .5, .5, .5, .5, .5, (double)i) == 4.5 + (double)i)
RUN(multiply, multiply((double)i, 1.5) == (double)i * 1.5)
RUN(blend, blend(2.0f, 3, (float)(i % 1000)) == 6.0f + (float)(i % 1000))
RUN(long_multiply, long_multiply((long double)i, 3.0L) == (long double)(3 * i))
RUN(take_string, take_string("h\xc3\xa9llo", i) == 'h' + 0xc3 + 0xa9 + 'l' + 'l' + 'o' + i)

static void run_make_pair(long n, long b, long c)
{
    (void)b, (void)c;
    EACH(n, i) {
        struct pair pair = make_pair(i);
        CHECK(pair.first == i && pair.second == ~i);
    }
}

static void run_make_large(long n, long b, long c)
{
    (void)b, (void)c;
    EACH(n, i) {
        struct large large = make_large(i);
        CHECK(large.values[0] == i && large.values[7] == i + 7);
    }
}

static void run_jumper(long n, long b, long c)
{
    (void)b, (void)c;
    for (volatile long i = 0; i < n; i++) {
        int value = setjmp(jump);
        if (value == 0)
            CHECK(jumper(i) == i && i % 2 == 0);
        else
            CHECK(value == (int)(i & 0xffff) + 1);
    }
}

static void run_witness(long n, long b, long c)
{
    (void)b, (void)c;
    for (unsigned i = 0; i < sizeof registers_in; i++)
        ((unsigned char *)&registers_in)[i] = (unsigned char)(i * 37 + 11);
    EACH(n, i) {
        memset(&registers_out, 0, sizeof registers_out);
        fill_registers();
        CHECK(memcmp(&registers_in, &registers_out, sizeof registers_in) == 0);
    }
}

/* plain_add and frame_add, interrupted by signals whose handler calls frame_add, too; answers with how often. */
static void run_signals(long n, long b, long c)
{
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    (void)b, (void)c;
    in_handler = 0;
    signal(SIGALRM, from_handler);
    setitimer(ITIMER_REAL, &often, NULL);
    EACH(n, i) {
        CHECK(plain_add(i, 1) == i + 1);
        CHECK(frame_add(i, 2) == i + 2);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_IGN);
    printf("handled %ld\n", in_handler);
}

#define COMMAND(name) {#name, run_##name}
static const struct command commands[] = {
    COMMAND(frame_add), COMMAND(plain_add), COMMAND(marked_add), COMMAND(jump_first), COMMAND(red_zone),
    COMMAND(call_first), COMMAND(short_padded), COMMAND(short_packed), COMMAND(after_packed),
    COMMAND(only_ret), COMMAND(loop_entry), COMMAND(loop_inside), COMMAND(relative_load),
    COMMAND(branch_first), COMMAND(count_first), COMMAND(flags_inside), COMMAND(recursive),
    COMMAND(tail_caller), COMMAND(many_arguments), COMMAND(sum_integers), COMMAND(sum_doubles),
    COMMAND(multiply), COMMAND(blend), COMMAND(long_multiply), COMMAND(take_string), COMMAND(make_pair),
    COMMAND(make_large), COMMAND(jumper), COMMAND(witness), COMMAND(signals),
};

/* With arguments `NAME COUNT` it does that one command at once, for a program started by the tracer. */
int main(int argc, char **argv)
{
    if (argc == 3) {
        for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
            if (strcmp(argv[1], commands[i].name) == 0) {
                commands[i].run(atol(argv[2]), 0, 0);
                return hurt;
            }
        return 2;
    }
    return serve(commands, sizeof commands / sizeof *commands);
}
