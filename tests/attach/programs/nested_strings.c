/* A probed function is called with one string, and with another one by a signal handler that interrupts it anywhere. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

__attribute__((noinline)) void take(const char *text, long number) {
  __asm__ volatile("nop; nop; nop; nop; nop" ::"r"(text), "r"(number) : "memory");
}

static long interrupted;

static void interrupt(int number) {
  interrupted++;
  take("handler handler handler handler handler handler handler", number);
}

int main(int count, char **words) {
  struct itimerval timer = {{0, 100}, {0, 100}}, none = {{0, 0}, {0, 0}};
  long calls = count > 1 ? atol(words[1]) : 0;
  signal(SIGALRM, interrupt);
  setitimer(ITIMER_REAL, &timer, 0);
  for (long i = 0; i < calls; i++) take("main main main main main main main main main main main main", i);
  setitimer(ITIMER_REAL, &none, 0);
  printf("%ld\n", interrupted);
  return 0;
}
