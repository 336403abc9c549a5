/*
 * What the test programs share: the runtime compiled into them, working on a memfd that the test has made.
 *
 * constants.h is written by the test: rt_config, the maps `counter` (PERCPU_ARRAY), `counts` (PERCPU_HASH), `plain`
 * (HASH of u64), `wide` (HASH of 32 bytes), `events` (RINGBUF), and SHM_BYTES.
 */
#ifndef DRIVER_H
#define DRIVER_H
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime.c"
#include "constants.h"

#define PAGE 4096

struct rt_private rt_private __attribute__((aligned(PAGE)));
char rt_shm[SHM_BYTES] __attribute__((aligned(PAGE)));

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);     \
      _exit(70);                                                                    \
    }                                                                               \
  } while (0)

static u64 thread_pointer(void) {
  u64 base;
  __asm__("mov %%fs:0, %0" : "=r"(base));
  return base;
}

/* What the injector does: the place of the thread id in the C library's thread structure, 0 if there is none. */
static u64 find_tid_offset(void) {
  for (u64 offset = 0; offset < 2048; offset += 4)
    if (*(u32 *)(thread_pointer() + offset) == (u32)syscall(SYS_gettid)) return offset;
  return 0;
}

static void set_up(int descriptor, int knows_tid) {
  void *at = mmap(rt_shm, SHM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0);
  CHECK(at == rt_shm);
  rt_private.enabled = 1;
  rt_private.process_id = (u32)getpid();
  rt_private.tid_offset = knows_tid ? find_tid_offset() : 0;
  CHECK(!madvise(&rt_private, RT_OFFSET_OF(struct rt_private, tid_offset), MADV_WIPEONFORK));
}

static u64 failures; /* operations that the maps refused; counted as the probe programs do */

static inline void fail(void) { __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED); }

/* One plain add, as the native backend makes of an atomic add on a per-CPU value. */
static inline void add_own(u64 *value) { __asm__ volatile("addq $1, %0" : "+m"(*value)::"cc", "memory"); }

/* What a probe program does for `@ = count()`. */
static inline __attribute__((always_inline)) void hit_counter(void) {
  struct rt_thread *thread = rt_thread();
  if (!thread) return;
  u32 zero = 0;
  u64 *value = rt_map_lookup_elem(thread, &counter, &zero);
  if (value) add_own(value);
}

/* `@[key] = count()` */
static inline __attribute__((always_inline)) void hit_counts(u64 key) {
  struct rt_thread *thread = rt_thread();
  if (!thread) return;
  u64 *value = rt_map_lookup_elem(thread, &counts, &key);
  if (!value) {
    u64 none = 0;
    rt_map_update_elem(thread, &counts, &key, &none, RT_UPDATE_NOEXIST);
    value = rt_map_lookup_elem(thread, &counts, &key);
  }
  if (value) add_own(value);
  else fail();
}

/* `@[key]++` */
static inline __attribute__((always_inline)) void hit_plain(u64 key) {
  struct rt_thread *thread = rt_thread();
  if (!thread) return;
  u64 *value = rt_map_lookup_elem(thread, &plain, &key);
  if (!value) {
    u64 none = 0;
    rt_map_update_elem(thread, &plain, &key, &none, RT_UPDATE_NOEXIST);
    value = rt_map_lookup_elem(thread, &plain, &key);
  }
  if (value) __atomic_fetch_add(value, 1, __ATOMIC_RELAXED);
  else fail();
}

static inline u64 next_random(u64 *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static u64 now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (u64)time.tv_sec * 1000000000u + (u64)time.tv_nsec;
}

/* Run `body(argument, 0 … threads - 1)` in threads of their own and wait for them. */
struct job {
  void (*body)(u64 argument, u64 number);
  u64 argument, number;
};

static void *run_job(void *pointer) {
  struct job *job = pointer;
  job->body(job->argument, job->number);
  return 0;
}

static void run_threads(u64 threads, void (*body)(u64, u64), u64 argument) {
  pthread_t ids[64];
  struct job jobs[64];
  CHECK(threads <= 64);
  for (u64 i = 0; i < threads; i++) {
    jobs[i] = (struct job){body, argument, i};
    CHECK(!pthread_create(&ids[i], 0, run_job, &jobs[i]));
  }
  for (u64 i = 0; i < threads; i++) CHECK(!pthread_join(ids[i], 0));
}

#endif
