/* Counts in all kinds of maps: count MODE SHM_FD HITS KNOWS_TID.  Prints failures, lost hits and handler hits. */
#include "driver.h"

#define THREADS 8
#define KEYS 1000

static u64 handler_hits;

static void hit_all(u64 key) {
  hit_counter();
  hit_counts(key);
  hit_plain(key);
}

static void hit_many(u64 hits, u64 number) {
  for (u64 i = 0; i < hits; i++) hit_all((i + number * 7) % KEYS);
}

/* Hits in a handler, in the middle of anything. */
static void on_signal(int signal) {
  (void)signal;
  u64 hits = __atomic_fetch_add(&handler_hits, 1, __ATOMIC_RELAXED);
  hit_all(hits % KEYS);
}

static void wait_for(pid_t child) {
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status));
}

/* Threads that come and go: 100 times as many as live at once. */
static void churn(u64 hits) {
  for (u64 round = 0; round < 100; round++) run_threads(THREADS, hit_many, hits / 100);
}

static void fork_all(u64 hits) {
  pid_t children[THREADS];
  hit_all(0); /* the parent has a slot already: its children must not use it */
  for (u64 i = 0; i < THREADS; i++) {
    children[i] = fork();
    if (!children[i]) {
      u64 before = failures;
      run_threads(2, hit_many, hits / 2);
      _exit(failures != before);
    }
  }
  for (u64 i = 0; i < THREADS; i++) wait_for(children[i]);
}

static u64 is_done;

/* One thread sends signals, the others count. */
static void storm_part(u64 hits, u64 number) {
  if (number) {
    hit_many(hits, number);
    __atomic_fetch_add(&is_done, 1, __ATOMIC_RELAXED);
    return;
  }
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, 0); /* so that the kernel chooses a counting thread */
  while (__atomic_load_n(&is_done, __ATOMIC_RELAXED) < THREADS) kill(getpid(), SIGUSR1);
}

static void storm(u64 hits) {
  signal(SIGUSR1, on_signal);
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, 0);
  sigemptyset(&all);
  run_threads(1, hit_many, 1);
  signal(SIGUSR1, on_signal);
  pthread_sigmask(SIG_SETMASK, &all, 0);
  run_threads(THREADS + 1, storm_part, hits);
}

int main(int count, char **arguments) {
  CHECK(count == 5);
  u64 hits = strtoull(arguments[3], 0, 10);
  set_up(atoi(arguments[2]), atoi(arguments[4]));
  switch (arguments[1][0]) {
    case 't': run_threads(THREADS, hit_many, hits); break;
    case 'c': churn(hits); break;
    case 'f': fork_all(hits); break;
    case 's': storm(hits); break;
    default: return 64;
  }
  printf("%llu %llu %llu\n", failures, RT_CONTROL->lost_hits, handler_hits);
  return 0;
}
