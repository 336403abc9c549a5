/*
 * Threads that send records as fast as they can: sender SHM_FD THREADS RECORDS MOST_WORDS PAUSE_NS.
 * A record is: thread, number, then (number % MOST_WORDS) words that follow from both.  After a refused record the
 * thread waits for PAUSE_NS.  Prints sent and refused.
 */
#include "driver.h"

static u64 sent, refused, most_words, pause_ns;
static pthread_barrier_t all_done; /* else a thread could take over the slot and ring of one that has ended */

static void send_many(u64 records, u64 thread_number) {
  for (u64 number = 0; number < records; number++) {
    struct rt_thread *thread = rt_thread();
    u64 event[64] = {thread_number, number};
    u64 words = 2 + number % most_words;
    for (u64 i = 2; i < words; i++) event[i] = thread_number * 1000003 + number * i;
    if (!rt_ringbuf_output(thread, &events, event, words * 8, 0)) {
      __atomic_fetch_add(&sent, 1, __ATOMIC_RELAXED);
      continue;
    }
    __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
    struct timespec pause = {0, (long)pause_ns};
    if (pause_ns) nanosleep(&pause, 0);
  }
  pthread_barrier_wait(&all_done);
}

int main(int count, char **arguments) {
  CHECK(count == 6);
  set_up(atoi(arguments[1]), 1);
  most_words = strtoull(arguments[4], 0, 10);
  pause_ns = strtoull(arguments[5], 0, 10);
  u64 threads = strtoull(arguments[2], 0, 10);
  CHECK(!pthread_barrier_init(&all_done, 0, (unsigned)threads));
  run_threads(threads, send_many, strtoull(arguments[3], 0, 10));
  printf("%llu %llu\n", sent, refused);
  return 0;
}
