/*
 * A signal handler that hits the same maps and ring after every single instruction of a hit, RUNS times; then one
 * that does so after one instruction only, each STRIDE-th in turn, for a new key each time: nested SHM_FD RUNS STRIDE.
 * Prints hits, pushes, refused pushes, failures, steps of the first kind, runs of the second and how many of these had so many steps.
 */
#include "step.h"

static u64 hits, pushes, refused, key;

static __attribute__((noinline)) void hit_all(u64 wanted) {
  add_own(&hits);
  hit_counter();
  hit_counts(wanted);
  hit_plain(wanted);
}

static __attribute__((noinline)) void push(void) {
  u64 number = __atomic_fetch_add(&pushes, 1, __ATOMIC_RELAXED);
  u64 event[5] = {number, ~number, 3, 4, 5};
  if (rt_ringbuf_output(rt_thread(), &events, event, 16 + (number & 3) * 8, 0)) add_own(&refused);
}

static void hit_and_push(void) {
  hit_all(key);
  push();
}

static u64 limit, fired;

static void hit_once(void) {
  if (steps != limit) return;
  fired++;
  hit_and_push();
}

static void run(u64 wanted) {
  key = wanted;
  trap_on();
  hit_all(wanted);
  push();
  trap_off();
}

static void empty_ring(void) {
  struct rt_ring *ring = rt_ring_at(rt_thread()->ring - 1);
  u64 bytes, at = ring->tail, seen = 0;
  for (; at < ring->head; at += bytes) {
    struct rt_record *record = (void *)(ring->data + (at & (rt_config.ring_bytes - 1)));
    CHECK(record->sequence == rt_sequence(at));
    bytes = record->size == RT_RECORD_PADDING ? rt_config.ring_bytes - (at & (rt_config.ring_bytes - 1))
                                              : (sizeof(*record) + record->size + 7) & ~7ull;
    if (record->size == RT_RECORD_PADDING) continue;
    u64 *words = (void *)record->payload;
    CHECK(words[1] == ~words[0]);
    seen++;
  }
  CHECK(at == ring->head);
  static u64 all;
  all += seen;
  CHECK(all == pushes - refused);
  ring->tail = ring->head;
}

int main(int count, char **arguments) {
  CHECK(count == 4);
  u64 runs = strtoull(arguments[2], 0, 10), stride = strtoull(arguments[3], 0, 10), once = 0;
  set_up(atoi(arguments[1]), 1);
  step_with(hit_and_push);
  for (u64 i = 0; i < runs; i++) {
    run(i / 2); /* a new key at first: insertion; then one that is known */
    empty_ring();
  }
  CHECK(steps > 200 * runs);
  u64 all_steps = steps;
  for (limit = 1, steps = 0; steps + 1 >= limit || !once; limit += stride, once++) {
    step_with(hit_once);
    run(100 + once);
    empty_ring();
  }
  printf("%llu %llu %llu %llu %llu %llu %llu\n", hits, pushes, refused, failures, all_steps, once, fired);
  return 0;
}
