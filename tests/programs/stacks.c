/* Calls leaf() in every way that a stack can look; build it with frame pointers. Usage: stacks HOW TIMES [LIBRARY] */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define KEEP __attribute__((noinline, noclone))
#define NO_TAIL_CALL __asm__ volatile("")

unsigned char one_byte = 200;
short two_bytes = -2;
int four_bytes = 4444;
long eight_bytes = 1l << 40;
static volatile int calls;

KEEP int leaf(int number) {
  calls++;
  return number + 1;
}

KEEP int middle(int number) {
  int result = leaf(number);
  NO_TAIL_CALL;
  return result + 1;
}

KEEP int outer(int number) {
  int result = middle(number);
  NO_TAIL_CALL;
  return result + 1;
}

KEEP int recurse(int depth) {
  int result = depth ? recurse(depth - 1) : leaf(depth);
  NO_TAIL_CALL;
  return result + 1;
}

KEEP static void *thread_start(void *number) {
  outer((int)(long)number);
  NO_TAIL_CALL;
  return NULL;
}

KEEP static void handler(int number) {
  outer(number);
  NO_TAIL_CALL;
}

static ucontext_t here, there;

KEEP static void coroutine(void) {
  outer(1);
  swapcontext(&there, &here);
}

/* Each of these calls leaf() with a frame pointer that leads nowhere. */
int wild(void), null(void), cycle(void), odd(void), text(void);
#define CALL_WITH_FRAME_POINTER(name, value)                                                                          \
  __asm__(".globl " #name "\n.type " #name ", @function\n" #name ":\n"                                                \
          "push %rbp\n" value "\ncall leaf\npop %rbp\nret\n.size " #name ", .-" #name "\n")
CALL_WITH_FRAME_POINTER(wild, "movabs $0x123456789000, %rbp");
CALL_WITH_FRAME_POINTER(null, "xor %ebp, %ebp");
CALL_WITH_FRAME_POINTER(odd, "lea 3(%rsp), %rbp");
CALL_WITH_FRAME_POINTER(text, "mov $-16, %rbp");
__asm__(".globl cycle\n.type cycle, @function\ncycle:\npush %rbp\npush $0x4444\nsub $8, %rsp\nmov %rsp, %rbp\n"
        "mov %rbp, (%rsp)\ncall leaf\nadd $16, %rsp\npop %rbp\nret\n.size cycle, .-cycle\n");

static void in_thread(int times, int depth) {
  pthread_t thread;
  (void)depth;
  for (int i = 0; i < times; i++) {
    pthread_create(&thread, NULL, thread_start, (void *)(long)i);
    pthread_join(thread, NULL);
  }
}

static void in_handler(int times, int depth) {
  (void)depth;
  stack_t alternate = {.ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ};
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  sigaltstack(&alternate, NULL);
  sigaction(SIGUSR1, &action, NULL);
  for (int i = 0; i < times; i++) raise(SIGUSR1);
}

static void in_coroutine(int times, int depth) {
  (void)depth;
  size_t size = 16384;
  char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < times; i++) {
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = size;
    there.uc_link = &here;
    makecontext(&there, coroutine, 0);
    swapcontext(&here, &there);
  }
  munmap(stack, size);
}

static void in_chain(int times, int depth) {
  (void)depth;
  for (int i = 0; i < times; i++) outer(i);
}

static void in_recursion(int times, int depth) {
  for (int i = 0; i < times; i++) recurse(depth);
}

static void in_child(int times, int depth) {
  pid_t child = fork();
  if (!child) {
    in_chain(times, depth);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static void from_assembler(int times, int depth) {
  (void)depth;
  for (int i = 0; i < times; i++) wild(), null(), odd(), text();
}

static void in_cycle(int times, int depth) {
  (void)depth;
  for (int i = 0; i < times; i++) cycle();
}

/* A library that is gone again when the stacks are shown: it calls us back. */
static void in_library(int times, const char *path) {
  void *library = dlopen(path, RTLD_NOW);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  void (*call_back)(int (*)(int)) = (void (*)(int (*)(int)))dlsym(library, "call_back");
  for (int i = 0; i < times; i++) call_back(leaf);
  dlclose(library);
}

int main(int count, char **arguments) {
  static const struct {
    const char *name;
    void (*run)(int, int);
  } ways[] = {{"chain", in_chain},         {"thread", in_thread}, {"handler", in_handler},
              {"coroutine", in_coroutine}, {"recursion", in_recursion}, {"child", in_child},
              {"assembler", from_assembler}, {"cycle", in_cycle}};
  const char *how = count > 1 ? arguments[1] : "chain";
  int times = count > 2 ? atoi(arguments[2]) : 1;
  const char *more = count > 3 ? arguments[3] : "0";
  if (!strcmp(how, "library")) in_library(times, more);
  for (unsigned i = 0; i < sizeof(ways) / sizeof(*ways); i++)
    if (!strcmp(how, ways[i].name)) ways[i].run(times, atoi(more));
  printf("calls: %d\n", calls);
  return 0;
}
