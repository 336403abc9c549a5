/*
 * ARRAY and PERCPU_ARRAY.  The part of a slot that belongs to a per-CPU array is a generation and the values.  The
 * tracer clears the map by a new generation in the control page; each thread zeroes its own values when it notices,
 * so that nobody but their owner ever writes them.
 */
#ifndef UTRACE_ARRAY_H
#define UTRACE_ARRAY_H
#include "thread.h"

#define RT_SIG_SETMASK 2

struct rt_slot_array {
  u32 generation;
  u32 reserved;
  char values[];
};

/* SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS: raised by instructions, they kill when they are held back. */
#define RT_SYNCHRONOUS_SIGNALS (1ull << 3 | 1ull << 4 | 1ull << 6 | 1ull << 7 | 1ull << 10 | 1ull << 30)

/* Hold back all signals that can come at any time, where system calls are possible. */
RT_INLINE void rt_block_signals(u64 *saved) {
  u64 all = ~RT_SYNCHRONOUS_SIGNALS;
  *saved = 0;
  rt_syscall(RT_SYS_rt_sigprocmask, RT_SIG_SETMASK, (u64)&all, (u64)saved, 8, 0, 0);
}

RT_INLINE void rt_restore_signals(const u64 *saved) {
  rt_syscall(RT_SYS_rt_sigprocmask, RT_SIG_SETMASK, (u64)saved, 0, 8, 0, 0);
}

/* A signal handler that counts in the middle of this would lose its hit: hence no signals. */
RT_SLOW void rt_slot_array_renew(struct rt_slot_array *array, const u32 *generation, u64 bytes) {
  u64 saved;
  rt_block_signals(&saved);
  u32 wanted = __atomic_load_n(generation, __ATOMIC_ACQUIRE);
  if (array->generation != wanted) {
    rt_zero_bytes(array->values, bytes);
    RT_STORE_FENCE();
    __atomic_store_n(&array->generation, wanted, __ATOMIC_RELEASE);
  }
  rt_restore_signals(&saved);
}

RT_INLINE void *rt_slot_array_value(struct rt_thread *thread, const struct rt_map *map, u32 index) {
  struct rt_slot_array *array = (struct rt_slot_array *)(void *)((char *)thread + map->slot_offset);
  const u32 *generation = &RT_CONTROL->generations[map->index];
  if (RT_UNLIKELY(array->generation != __atomic_load_n(generation, __ATOMIC_RELAXED)))
    rt_slot_array_renew(array, generation, map->max_entries * map->value_stride);
  return array->values + (u64)index * map->value_stride;
}

RT_INLINE void *rt_array_lookup(struct rt_thread *thread, const struct rt_map *map, const void *key) {
  u32 index = RT_WORD32(key, 0);
  if (index >= map->max_entries) return 0;
  if (map->type == RT_PERCPU_ARRAY) return rt_slot_array_value(thread, map, index);
  return rt_shm + map->shared_offset + (u64)index * map->value_stride;
}

#endif
