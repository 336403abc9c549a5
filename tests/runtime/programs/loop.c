/*
 * Loops over maps while 8 threads write to them: loop MAP SHM_FD PASSES.  Prints passes, elements, deletions.
 *
 * At least so many passes, and a hundred times as many deletions meanwhile.  Every value says which key it belongs to.  A fifth of the keys is there all the time, though their values change.
 */
#include "driver.h"

#define WRITERS 8
#define MOST_KEYS 1000

static const struct rt_map *subject;
static u64 keys, stable, is_over, done, elements, deletions;
static u8 seen[MOST_KEYS];

static u64 stamp(u64 key, u64 number) { return key << 48 | number; }

static void write_value(struct rt_thread *thread, u64 key, u64 number) {
  u64 value[4] = {stamp(key, number), ~stamp(key, number), stamp(key, number), stamp(key, number) * 3};
  CHECK(!rt_map_update_elem(thread, subject, &key, value, RT_UPDATE_ANY));
}

static void write_on(u64 unused, u64 number) {
  (void)unused;
  struct rt_thread *thread = rt_thread();
  u64 state = 0x9e3779b97f4a7c15ull * (number + 1), count = 0;
  while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
    u64 key = next_random(&state) % keys;
    if (key >= stable && next_random(&state) % 2) {
      if (!rt_map_delete_elem(thread, subject, &key)) __atomic_fetch_add(&deletions, 1, __ATOMIC_RELAXED);
    } else {
      write_value(thread, key, ++count);
    }
  }
}

static __attribute__((preserve_all)) u64 on_element(struct rt_thread *thread, struct rt_run *run, u64 map, u64 key_at,
                                                    u64 value_at, u64 context, u64 unused) {
  (void)thread, (void)run, (void)map, (void)unused;
  u64 key = *(u64 *)key_at, *value = (u64 *)value_at;
  CHECK(context == 77);
  CHECK(key < keys);
  CHECK(!seen[key]);
  seen[key] = 1;
  elements++;
  if (subject->type == RT_PERCPU_HASH) return 0;
  CHECK(value[0] >> 48 == key);
  if (subject->value_size > 8) CHECK(value[1] == ~value[0] && value[2] == value[0] && value[3] == value[0] * 3);
  return 0;
}

static void loop_on(u64 passes) {
  struct rt_thread *thread = rt_thread();
  u64 buffer[16];
  for (u64 pass = 0; pass < passes || __atomic_load_n(&deletions, __ATOMIC_RELAXED) < 100 * passes; pass++) {
    struct rt_run run = {.loops = 1 << 20};
    for (u64 key = 0; key < keys; key++) seen[key] = 0;
    u64 before = elements;
    s64 count = rt_for_each_map_elem(thread, subject, (void *)on_element, 77, 0, &run, buffer, 0);
    CHECK(count == (s64)(elements - before));
    CHECK(run.loops == (1 << 20) - count);
    for (u64 key = 0; key < stable; key++) CHECK(seen[key]);
    done++;
  }
}

static void work(u64 passes, u64 number) {
  if (number) {
    write_on(0, number);
    return;
  }
  loop_on(passes);
  __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
}

int main(int count, char **arguments) {
  CHECK(count == 4);
  set_up(atoi(arguments[2]), 1);
  subject = arguments[1][0] == 'p' ? &plain : arguments[1][0] == 'w' ? &wide : &counts;
  keys = subject == &wide ? 250 : MOST_KEYS;
  stable = keys / 5;
  for (u64 key = 0; key < stable; key++) write_value(rt_thread(), key, 0);
  u64 passes = strtoull(arguments[3], 0, 10);
  run_threads(WRITERS + 1, work, passes);
  printf("%llu %llu %llu\n", done, elements, deletions);
  return 0;
}
