/* Runs code one instruction at a time: the trap flag raises SIGTRAP after each, and the handler does something. */
#ifndef STEP_H
#define STEP_H
#include "driver.h"

#define TRAP_FLAG "0x100"

static u64 steps;
static void (*on_step)(void);

static void step_handler(int signal) {
  (void)signal;
  steps++;
  on_step();
}

static void step_with(void (*handler)(void)) {
  struct sigaction action = {.sa_handler = step_handler};
  on_step = handler;
  steps = 0;
  CHECK(!sigaction(SIGTRAP, &action, 0));
}

static inline __attribute__((always_inline)) void trap_on(void) {
  __asm__ volatile("pushfq; orq $" TRAP_FLAG ", (%%rsp); popfq" ::: "memory", "cc");
}

static inline __attribute__((always_inline)) void trap_off(void) {
  __asm__ volatile("pushfq; andq $~" TRAP_FLAG ", (%%rsp); popfq" ::: "memory", "cc");
}

#endif
