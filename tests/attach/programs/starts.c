/* Functions whose first bytes are hard to replace, called by `busy THREADS` ... `stop` and `call N`. */
#include "protocol.h"
#include "shapes.h"

#include <pthread.h>
#include <signal.h>

/* read(2) with its `syscall` within the first 5 bytes, and as the first instruction. */
long raw_read(int descriptor, void *buffer, long size);
FUNCTION(raw_read, "xor %eax, %eax\n syscall\n ret");
long bare_syscall(int descriptor, void *buffer, long size);
FUNCTION(bare_syscall, "syscall\n ret");
__attribute__((naked)) KEEP long call_bare(int descriptor, void *buffer, long size)
{
    (void)descriptor, (void)buffer, (void)size;
    __asm__("xor %eax, %eax\n jmp bare_syscall");
}
/* The same with a `call` back into the middle of the first bytes, and a table jump. */
long call_self(long n);
FUNCTION(call_self, "xor %eax, %eax\n 1: inc %rax\n cmp %rdi, %rax\n jl 1b\n ret");
int tiny_jump(int a);
FUNCTION(tiny_jump, "jmp short_padded");
int indirect_jump(int a);
__asm__(".data\n.p2align 3\nwhere_to: .quad short_padded\n");
FUNCTION(indirect_jump, "jmp *where_to(%rip)");
long stack_call(long a);
FUNCTION(stack_call, "push %rdi\n call plain_one\n pop %rdi\n add %rdi, %rax\n ret\n plain_one: lea 1(%rdi), %rax\n ret");
long marked_short(long a);
FUNCTION(marked_short, "endbr64\n ret");

#define THREADS 32
static pthread_t threads[THREADS];
static long thread_count, calls[THREADS];
static int stopping, pipe_ends[2];

static void call_all(long i)
{
    only_ret();
    CHECK(short_padded((int)i) == (int)i);
    CHECK(short_packed((int)i) == (int)i);
    CHECK(after_packed((int)i) == (int)i + 2);
    CHECK(plain_add(i, 7) == i + 7);
    CHECK(marked_add(i, 7) == i + 7);
    CHECK(jump_first(i, 7) == i + 7);
    CHECK(call_first(i, 7) == i + 8);
    CHECK(loop_entry(5, i) == i + 15);
    CHECK(loop_inside(5) == 15);
    CHECK(relative_load(i) == 1000 + i);
    CHECK(branch_first(-i) == i);
    CHECK(count_first(i, 0, 0, 1) == i + 1);
    CHECK(call_self(4) == 4);
    CHECK(tiny_jump((int)i) == (int)i);
    CHECK(indirect_jump((int)i) == (int)i);
    CHECK(stack_call(i) == 2 * i + 1);
    marked_short(i);
}

static void call(long count, long b, long c)
{
    (void)b, (void)c;
    for (long i = 0; i < count; i++)
        call_all(i);
}

static void *call_until_stopped(void *argument)
{
    long *done = argument;
    for (; !__atomic_load_n(&stopping, __ATOMIC_RELAXED); ++*done)
        call_all(*done);
    return NULL;
}

static void busy(long count, long b, long c)
{
    (void)b, (void)c;
    stopping = 0;
    thread_count = count;
    for (long i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, call_until_stopped, &calls[i]) == 0);
}

static void stop(long a, long b, long c)
{
    (void)a, (void)b, (void)c;
    __atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
    for (long i = 0; i < thread_count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void ignore(int number) { (void)number; }
static int blocked_count;

static void *blocked(void *bare)
{
    char byte = 0;
    long size;
    __atomic_add_fetch(&blocked_count, 1, __ATOMIC_RELAXED);
    do
        size = bare ? call_bare(pipe_ends[0], &byte, 1) : raw_read(pipe_ends[0], &byte, 1);
    while (size == -4);
    CHECK(size == 1 && byte == 42);
    return NULL;
}

/* `block BARE`: a thread waits in the system call; `interrupt`: a handler runs, the call is restarted; `unblock`. */
static void block(long bare, long b, long c)
{
    struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
    (void)b, (void)c;
    sigaction(SIGUSR1, &action, NULL);
    if (!pipe_ends[1])
        CHECK(pipe(pipe_ends) == 0);
    CHECK(pthread_create(&threads[0], NULL, blocked, (void *)bare) == 0);
    while (!__atomic_load_n(&blocked_count, __ATOMIC_RELAXED))
        usleep(100);
}

static void interrupt(long a, long b, long c)
{
    (void)a, (void)b, (void)c;
    CHECK(pthread_kill(threads[0], SIGUSR1) == 0);
}

static void unblock(long a, long b, long c)
{
    char byte = 42;
    (void)a, (void)b, (void)c;
    CHECK(write(pipe_ends[1], &byte, 1) == 1);
    CHECK(pthread_join(threads[0], NULL) == 0);
}

static const struct command commands[] = {
    {"call", call}, {"busy", busy}, {"stop", stop}, {"block", block}, {"interrupt", interrupt}, {"unblock", unblock},
};

int main(void) { return serve(commands, sizeof commands / sizeof *commands); }
