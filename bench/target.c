/*
 * The program that the benchmark traces.  It times its own calls, so that nothing but the probe differs.
 *
 * Commands, a line each on stdin; an answer, a line each on stdout:
 *   calls KIND CALLS ROUNDS PAUSE_US   rounds of CALLS calls of a function and of its twin, which nobody probes, by
 *                                      turns; answers "probed:twin" for each round, in picoseconds per call
 *   send KIND BURST COUNT PERIOD_NS    COUNT bursts of BURST calls, one per period (0: without a pause); answers
 *                                      the nanoseconds that it took
 * KIND is "push" (a function that begins with push %rbp) or "plain" (one that does not).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEYS 1000
#define MAX_ROUNDS 10000

#define PUSH_BODY "push %rbp\n mov %rsp, %rbp\n lea (%rdi,%rsi), %rax\n pop %rbp\n ret\n"
#define PLAIN_BODY "mov %rdi, %rax\n xor %edx, %edx\n add %rsi, %rax\n ret\n"
#define FUNCTION(name, body)                                                              \
  __asm__(".text\n .balign 64\n .globl " name "\n .type " name ", @function\n" name ":\n" body \
          ".size " name ", . - " name "\n .balign 64\n")

FUNCTION("push_probed", PUSH_BODY);
FUNCTION("push_twin", PUSH_BODY);
FUNCTION("plain_probed", PLAIN_BODY);
FUNCTION("plain_twin", PLAIN_BODY);

typedef uint64_t function(uint64_t, uint64_t);
function push_probed, push_twin, plain_probed, plain_twin;

static volatile uint64_t sink;
static uint64_t probed_ps[MAX_ROUNDS], twin_ps[MAX_ROUNDS];

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void call(function *called, uint64_t calls) {
  uint64_t key = 0, sum = 0;
  for (uint64_t i = 0; i < calls; i++) {
    sum += called(key, i);
    key = key + 1 == KEYS ? 0 : key + 1;
  }
  sink = sum;
}

static uint64_t picoseconds_per_call(function *called, uint64_t calls) {
  uint64_t start = now_ns();
  call(called, calls);
  return (now_ns() - start) * 1000 / calls;
}

static void time_calls(function *probed, function *twin, uint64_t calls, uint64_t rounds, unsigned pause_us) {
  for (uint64_t i = 0; i < rounds; i++) {
    twin_ps[i] = picoseconds_per_call(twin, calls);
    probed_ps[i] = picoseconds_per_call(probed, calls);
    if (pause_us) usleep(pause_us);
  }
  for (uint64_t i = 0; i < rounds; i++) printf("%llu:%llu ", (unsigned long long)probed_ps[i], (unsigned long long)twin_ps[i]);
  printf("\n");
}

static void send_bursts(function *probed, uint64_t burst, uint64_t count, uint64_t period_ns) {
  uint64_t start = now_ns(), due = start;
  for (uint64_t i = 0; i < count; i++) {
    call(probed, burst);
    due += period_ns;
    while (now_ns() < due) continue;
  }
  printf("%llu\n", (unsigned long long)(now_ns() - start));
}

int main(void) {
  char line[256], command[16], kind[16];
  unsigned long long first, second, third;
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  printf("ready\n");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "%15s %15s %llu %llu %llu", command, kind, &first, &second, &third) != 5) return 2;
    int push = !strcmp(kind, "push");
    function *probed = push ? push_probed : plain_probed, *twin = push ? push_twin : plain_twin;
    if (!strcmp(command, "calls"))
      time_calls(probed, twin, first, second > MAX_ROUNDS ? MAX_ROUNDS : second, (unsigned)third);
    else
      send_bursts(probed, first, second, third);
    fflush(stdout);
  }
  return 0;
}
