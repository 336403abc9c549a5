// Threads that do something awkward over and over: `begin MODE THREADS`, `stop` (answers with the rounds made), and
// functions that stand still inside a probed function: `block MODE`, `unblock`.
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#define LOCAL __attribute__((noinline))
#define THREADS 64
#define STACK_BYTES (256 * 1024)

static int stopping;
static bool stopped() { return __atomic_load_n(&stopping, __ATOMIC_RELAXED); }
static void keep(long &value) { __asm__ volatile("" : "+r"(value)::"memory"); }

extern "C" {

KEEP long plain(long a) { keep(a); return a * 2 + 1; }

KEEP long recursive(long n)
{
    if (n < 2)
        return n;
    long first = recursive(n - 1);
    keep(first);
    long second = recursive(n - 2);
    keep(second);
    return first + second;
}

KEEP long tail_target(long a) { keep(a); return a * 3; }

__asm__(".text\n.p2align 4\n.globl tail_caller\n.type tail_caller, @function\ntail_caller:\n"
        "add $1, %rdi\n jmp tail_target\n.size tail_caller, . - tail_caller\n");
long tail_caller(long a);

static long alive;
struct Guard {
    Guard() { __atomic_add_fetch(&alive, 1, __ATOMIC_RELAXED); }
    ~Guard() { __atomic_sub_fetch(&alive, 1, __ATOMIC_RELAXED); }
};

KEEP long thrower(long depth)
{
    Guard guard;
    if (depth == 0)
        throw std::runtime_error("bottom");
    long below = thrower(depth - 1);
    keep(below);
    return below + 1;
}

KEEP long napper(long microseconds)
{
    struct timespec time = {0, microseconds * 1000};
    while (nanosleep(&time, &time) != 0)
        CHECK(errno == EINTR);
    return microseconds + 1;
}

KEEP long reader(int descriptor)
{
    char byte = 0;
    long size;
    while ((size = read(descriptor, &byte, 1)) < 0 && errno == EINTR)
        ;
    keep(size);
    return size == 1 ? byte : -1;
}

/* A coroutine: `yielder` leaves its stack in the middle and comes back to it later. */
struct coroutine {
    ucontext_t inside, outside;
    long sum;
};

KEEP long yielder(struct coroutine *self, long depth)
{
    long below = depth ? yielder(self, depth - 1) : 0;
    swapcontext(&self->inside, &self->outside);
    keep(below);
    return below + depth;
}

static void coroutine_body(unsigned low, unsigned high)
{
    auto *self = (struct coroutine *)((unsigned long)high << 32 | low);
    for (;;)
        self->sum += yielder(self, 3);
}

} // extern "C"

static void make_coroutine(struct coroutine *self, void *stack)
{
    getcontext(&self->inside);
    self->sum = 0;
    self->inside.uc_stack.ss_sp = stack;
    self->inside.uc_stack.ss_size = STACK_BYTES;
    self->inside.uc_link = NULL;
    unsigned long address = (unsigned long)self;
    makecontext(&self->inside, (void (*)())coroutine_body, 2, (unsigned)address, (unsigned)(address >> 32));
}

/* ---- storms: one round each ---- */

static void round_plain(long i) { CHECK(plain(i) == i * 2 + 1); }
static void round_recursive(long) { CHECK(recursive(10) == 55); }
static void round_tail(long i) { CHECK(tail_caller(i) == 3 * (i + 1)); }
static void round_nap(long) { CHECK(napper(50) == 51); }

static void round_throw(long)
{
    bool caught = false;
    try {
        thrower(5);
    } catch (const std::runtime_error &error) {
        caught = strcmp(error.what(), "bottom") == 0;
    }
    CHECK(caught);
}

static void round_coroutine(long i)
{
    static thread_local struct coroutine *self;
    if (!self) {
        self = new coroutine;
        make_coroutine(self, malloc(STACK_BYTES));
    }
    swapcontext(&self->outside, &self->inside);
    if (i % 4 == 3) // four yields make one sum of 0 + 1 + 2 + 3, added when the next round begins
        CHECK(self->sum == i / 4 * 6);
}

static volatile long handled;

static void handler(int)
{
    int saved = errno;
    long value = __atomic_add_fetch(&handled, 1, __ATOMIC_RELAXED);
    CHECK(plain(value) == value * 2 + 1);
    CHECK(recursive(4) == 3);
    errno = saved;
}

static void round_signals(long i)
{
    CHECK(plain(i) == i * 2 + 1);
    CHECK(recursive(6) == 8);
}

struct storm {
    const char *name;
    void (*round)(long i);
};
static const struct storm storms[] = {
    {"plain", round_plain}, {"recursive", round_recursive}, {"tail", round_tail}, {"nap", round_nap},
    {"throw", round_throw}, {"coroutine", round_coroutine}, {"signals", round_signals},
};

static pthread_t threads[THREADS];
static long rounds[THREADS], thread_count;
static const struct storm *storm;

static void *thread_body(void *argument)
{
    long index = (long)argument;
    stack_t alternate = {};
    alternate.ss_sp = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    alternate.ss_size = STACK_BYTES;
    sigaltstack(&alternate, NULL);
    for (long i = 0; !stopped(); i++) {
        storm->round(i);
        __atomic_store_n(&rounds[index], i + 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void begin(long mode, long count, long)
{
    storm = &storms[mode];
    thread_count = count;
    __atomic_store_n(&stopping, 0, __ATOMIC_RELAXED);
    if (strcmp(storm->name, "signals") == 0) {
        struct sigaction action = {};
        struct itimerval often = {{0, 300}, {0, 300}};
        action.sa_handler = handler;
        action.sa_flags = SA_RESTART | SA_ONSTACK;
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &often, NULL);
    }
    for (long i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, thread_body, (void *)i) == 0);
    for (long i = 0; i < count; i++) // until all of them have mapped all they map
        while (__atomic_load_n(&rounds[i], __ATOMIC_RELAXED) < 20)
            usleep(100);
}

static void progress(long, long, long)
{
    long total = 0;
    for (long i = 0; i < thread_count; i++)
        total += __atomic_load_n(&rounds[i], __ATOMIC_RELAXED);
    printf("rounds %ld\n", total);
}

static void stop(long, long, long)
{
    struct itimerval never = {};
    setitimer(ITIMER_REAL, &never, NULL);
    __atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
    for (long i = 0; i < thread_count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(alive == 0);
    progress(0, 0, 0);
}

/* ---- standing still inside probed functions ---- */

static int pipe_ends[2], ready_pipe[2];
static pthread_t blocked;
static struct coroutine suspended[2];
static char alternate_stack[STACK_BYTES];

static void block_in_handler(int) { CHECK(reader(pipe_ends[0]) == 42); }

static void *blocked_in_read(void *)
{
    CHECK(reader(pipe_ends[0]) == 42);
    return NULL;
}

static void *blocked_on_other_stack(void *)
{
    stack_t alternate = {};
    alternate.ss_sp = alternate_stack;
    alternate.ss_size = STACK_BYTES;
    sigaltstack(&alternate, NULL);
    struct sigaction action = {};
    action.sa_handler = block_in_handler;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGUSR1, &action, NULL);
    pthread_kill(pthread_self(), SIGUSR1);
    CHECK(plain(1) == 3);
    return NULL;
}

static void prepare(long, long, long)
{
    CHECK(pipe(pipe_ends) == 0);
    make_coroutine(&suspended[0], malloc(STACK_BYTES));
    make_coroutine(&suspended[1],
                   mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(plain(1) == 3);
}

/* `block 0` in a read, 1 in a read on an alternate signal stack; 2: two coroutines stand in `yielder`. */
static void block(long mode, long, long)
{
    if (mode == 2) {
        for (auto &coroutine : suspended)
            for (int i = 0; i < 2; i++)
                swapcontext(&coroutine.outside, &coroutine.inside);
        return;
    }
    CHECK(pthread_create(&blocked, NULL, mode == 0 ? blocked_in_read : blocked_on_other_stack, NULL) == 0);
}

static void unblock(long mode, long, long)
{
    if (mode == 2) {
        for (auto &coroutine : suspended) {
            for (int i = 0; i < 3; i++)
                swapcontext(&coroutine.outside, &coroutine.inside);
            CHECK(coroutine.sum == 6);
        }
        return;
    }
    char byte = 42;
    CHECK(write(pipe_ends[1], &byte, 1) == 1);
    CHECK(pthread_join(blocked, NULL) == 0);
}

static const struct command commands[] = {
    {"begin", begin}, {"progress", progress}, {"stop", stop}, {"prepare", prepare}, {"block", block}, {"unblock", unblock},
};

int main() { return serve(commands, sizeof commands / sizeof *commands); }
