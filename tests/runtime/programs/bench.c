/* Nanoseconds per operation in one thread, over an empty call: bench SHM_FD KNOWS_TID. */
#include "driver.h"

#define ROUNDS 200000ull
#define REPEATS 60

typedef void operation(u64 i);

static __attribute__((noinline)) void nothing(u64 i) { __asm__ volatile("" ::"r"(i) : "memory"); }
static __attribute__((noinline)) void count(u64 i) {
  (void)i;
  hit_counter();
}
static __attribute__((noinline)) void keyed_count(u64 i) { hit_counts(i & 511); }
static __attribute__((noinline)) void keyed_count16(u64 i) {
  struct rt_thread *thread = rt_thread();
  u64 key[2] = {i & 511, 0x6e69676e};
  u64 *value = rt_map_lookup_elem(thread, &pairs, key);
  if (!value) {
    u64 none = 0;
    rt_map_update_elem(thread, &pairs, key, &none, RT_UPDATE_NOEXIST);
    value = rt_map_lookup_elem(thread, &pairs, key);
  }
  add_own(value);
}
static __attribute__((noinline)) void increment(u64 i) { hit_plain(i & 511); }
static __attribute__((noinline)) void start_stop(u64 i) {
  (void)i;
  struct rt_thread *thread = rt_thread();
  u64 key = thread->thread_id, now = 1;
  rt_map_update_elem(thread, &plain, &key, &now, RT_UPDATE_ANY);
  u64 *start = rt_map_lookup_elem(thread, &plain, &key);
  if (start) rt_map_delete_elem(thread, &plain, &key);
}
static __attribute__((noinline)) void insert_delete(u64 i) {
  struct rt_thread *thread = rt_thread();
  u64 key = i, now = 1;
  rt_map_update_elem(thread, &plain, &key, &now, RT_UPDATE_ANY);
  rt_map_delete_elem(thread, &plain, &key);
}
static __attribute__((noinline)) void replace_wide(u64 i) {
  struct rt_thread *thread = rt_thread();
  u64 key = i & 511, value[4] = {i, i, i, i};
  rt_map_update_elem(thread, &wide, &key, value, RT_UPDATE_ANY);
}
static __attribute__((noinline)) void push(u64 i) {
  struct rt_thread *thread = rt_thread();
  u64 event[3] = {0, i, i};
  rt_ringbuf_output(thread, &events, event, sizeof(event), 0);
  if (!(i & 1023)) {
    struct rt_ring *ring = rt_ring_at(thread->ring - 1);
    ring->tail = ring->head;
  }
}
static __attribute__((noinline)) void clock_read(u64 i) {
  (void)i;
  rt_ktime_get_ns(rt_thread());
}
static __attribute__((noinline)) void tsc_read(u64 i) {
  (void)i;
  u64 tsc = rt_tsc();
  __asm__ volatile("" ::"r"(tsc));
}
static __attribute__((noinline)) void processor(u64 i) {
  (void)i;
  u64 number = rt_get_smp_processor_id(0);
  __asm__ volatile("" ::"r"(number));
}
static __attribute__((noinline)) void comm(u64 i) {
  (void)i;
  char name[16];
  rt_get_current_comm(0, name, 16);
}
static __attribute__((noinline)) void read_string(u64 i) {
  (void)i;
  char text[64];
  rt_probe_read_user_str(rt_thread(), text, 64, (u64) "a string elsewhere");
}

static u64 time_once(operation *function, u64 rounds) {
  u64 start = now_ns();
  for (u64 i = 0; i < rounds; i++) function(i);
  return (now_ns() - start) * 100 / rounds;
}

static u64 best(operation *function, u64 rounds) {
  u64 least = ~0ull;
  for (u64 i = 0; i < REPEATS; i++) {
    u64 time = time_once(function, rounds);
    if (time < least) least = time;
  }
  return least;
}

int main(int argument_count, char **arguments) {
  CHECK(argument_count == 3);
  set_up(atoi(arguments[1]), atoi(arguments[2]));
  struct {
    const char *name;
    operation *function;
    u64 rounds;
  } table[] = {{"count", count, ROUNDS},
               {"keyed_count_8", keyed_count, ROUNDS},
               {"keyed_count_16", keyed_count16, ROUNDS},
               {"plain_increment", increment, ROUNDS},
               {"start_lookup_delete", start_stop, ROUNDS},
               {"insert_delete_new_key", insert_delete, ROUNDS / 4},
               {"replace_32_bytes", replace_wide, ROUNDS / 4},
               {"ring_push_24_bytes", push, ROUNDS},
               {"rdtsc", tsc_read, ROUNDS},
               {"ktime", clock_read, ROUNDS},
               {"cpu", processor, ROUNDS},
               {"comm", comm, ROUNDS / 20},
               {"read_string", read_string, ROUNDS / 100}};
  u64 base = best(nothing, ROUNDS);
  for (u64 i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
    u64 time = best(table[i].function, table[i].rounds);
    time = time > base ? time - base : 0;
    printf("%s %llu.%02llu\n", table[i].name, time / 100, time % 100);
    fflush(stdout);
  }
  return 0;
}
