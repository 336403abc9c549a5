/* Threads that call one function, `work`, a known number of times. */
#include "protocol.h"

#include <pthread.h>
#include <sys/wait.h>

#define MAX_THREADS 512

KEEP long work(long value)
{
    __asm__ volatile("" ::: "memory");
    return value * 2 + 1;
}

struct share {
    pthread_t thread;
    long calls, keys, done;
};

static struct share shares[MAX_THREADS];
static int stop_busy, busy_threads;

static void *call_often(void *argument)
{
    struct share *share = argument;
    for (long i = 0; i < share->calls; i++) {
        long key = share->keys ? i % share->keys : i;
        CHECK(work(key) == key * 2 + 1);
    }
    return NULL;
}

static void *call_until_stopped(void *argument)
{
    struct share *share = argument;
    while (!__atomic_load_n(&stop_busy, __ATOMIC_RELAXED)) {
        CHECK(work(share->done) == share->done * 2 + 1);
        share->done++;
    }
    return NULL;
}

/* Stacks are small, so that the C library keeps all of them for the next threads. */
static void start(int count, void *(*body)(void *), long calls, long keys)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    for (int i = 0; i < count; i++) {
        shares[i] = (struct share){.calls = calls, .keys = keys};
        CHECK(pthread_create(&shares[i].thread, &attributes, body, &shares[i]) == 0);
    }
    pthread_attr_destroy(&attributes);
}

static void join(int count)
{
    for (int i = 0; i < count; i++)
        CHECK(pthread_join(shares[i].thread, NULL) == 0);
}

static int at_most(long threads)
{
    return threads < MAX_THREADS ? (int)threads : MAX_THREADS;
}

/* `run THREADS CALLS [KEYS]`: each thread makes that many calls, the argument cycling through KEYS values. */
static void run(long threads, long calls, long keys)
{
    start(at_most(threads), call_often, calls, keys);
    join(at_most(threads));
}

/* `churn ROUNDS THREADS CALLS`: threads come and go. */
static void churn(long rounds, long threads, long calls)
{
    for (long i = 0; i < rounds; i++)
        run(threads, calls, 0);
}

/* `busy THREADS` ... `stop`: threads that never pause; `stop` answers with how many calls they made. */
static void busy(long threads, long b, long c)
{
    (void)b, (void)c;
    stop_busy = 0;
    busy_threads = at_most(threads);
    start(busy_threads, call_until_stopped, 0, 0);
}

static void stop(long a, long b, long c)
{
    long total = 0;
    (void)a, (void)b, (void)c;
    __atomic_store_n(&stop_busy, 1, __ATOMIC_RELAXED);
    join(busy_threads);
    for (int i = 0; i < busy_threads; i++)
        total += shares[i].done;
    busy_threads = 0;
    printf("called %ld\n", total);
}

/* `fork CHILDREN CALLS`: children that make the calls and leave. */
static void fork_children(long children, long calls, long c)
{
    (void)c;
    fflush(stdout);
    for (long i = 0; i < children; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            struct share share = {.calls = calls};
            call_often(&share);
            fflush(stdout);
            _exit(hurt);
        }
    }
    for (long i = 0; i < children; i++) {
        int status = -1;
        CHECK(wait(&status) > 0);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

/* `crash`: dies by a signal, which no one may hide. */
static void crash(long a, long b, long c)
{
    (void)a, (void)b, (void)c;
    abort();
}

static const struct command commands[] = {
    {"run", run}, {"churn", churn}, {"busy", busy}, {"stop", stop}, {"fork", fork_children}, {"crash", crash},
};

/* With arguments `THREADS CALLS` it does `run` at once, for a program started by the tracer. */
int main(int argc, char **argv)
{
    if (argc == 3) {
        run(atol(argv[1]), atol(argv[2]), 0);
        return hurt;
    }
    return serve(commands, sizeof commands / sizeof *commands);
}
