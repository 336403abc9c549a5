/* The eBPF helpers as lifted programs call them: rt_<name>(thread, arguments of the kernel's helper …). */
#ifndef UTRACE_HELPERS_H
#define UTRACE_HELPERS_H
#include "array.h"
#include "clock.h"
#include "hash_ops.h"
#include "process.h"
#include "map_loop.h"
#include "read.h"
#include "ring.h"
#include "stack.h"

#define RT_PR_GET_NAME 16
#define RT_COMM_BYTES 16

RT_INLINE u8 rt_is_array(const struct rt_map *map) { return map->type == RT_ARRAY || map->type == RT_PERCPU_ARRAY; }

RT_HELPER void *rt_map_lookup_elem(struct rt_thread *thread, const struct rt_map *map, const void *key) {
  return rt_is_array(map) ? rt_array_lookup(thread, map, key) : rt_hash_lookup(thread, map, key);
}

RT_HELPER s64 rt_map_update_elem(struct rt_thread *thread, const struct rt_map *map, const void *key,
                                 const void *value, u64 flags) {
  if (!rt_is_array(map)) {
    s64 result = rt_hash_update(thread, map, key, value, flags);
    if (RT_UNLIKELY(result == -RT_E2BIG || result == -RT_ENOMEM || result == -RT_EBUSY))
      __atomic_fetch_add(&rt_hash_of(map)->refused, 1, __ATOMIC_RELAXED);
    return result;
  }
  void *to = rt_array_lookup(thread, map, key);
  if (flags > RT_UPDATE_EXIST) return -RT_EINVAL;
  if (!to) return -RT_E2BIG;
  if (flags == RT_UPDATE_NOEXIST) return -RT_EEXIST;
  rt_copy(to, value, map->value_size);
  return 0;
}

RT_HELPER s64 rt_map_delete_elem(struct rt_thread *thread, const struct rt_map *map, const void *key) {
  (void)thread;
  return rt_is_array(map) ? -RT_EINVAL : rt_hash_delete(map, key);
}

/* The value in another thread's slot: slots count from 0 here; NULL behind the last one that is in use. */
RT_SLOW void *rt_lookup_in_slot(const struct rt_map *map, const void *key, u32 slot) {
  void *zeros = rt_shm + rt_config.zeros_offset;
  u64 used = rt_load(&RT_CONTROL->slots_used);
  if (slot >= used || slot >= rt_config.slot_count) return 0;
  struct rt_thread *thread = rt_slot_at(rt_slot_unit(slot + 1));
  if (map->type == RT_PERCPU_ARRAY) {
    struct rt_slot_array *array = (struct rt_slot_array *)(void *)((char *)thread + map->slot_offset);
    u32 index = RT_WORD32(key, 0);
    if (index >= map->max_entries) return 0;
    if (array->generation != RT_CONTROL->generations[map->index]) return zeros;
    return array->values + index * map->value_stride;
  }
  if (!rt_is_per_cpu(map)) return 0;
  struct rt_found found = rt_find(map, rt_bucket_of(map, key), key);
  if (!found.node || !rt_is_live(found.meta)) return 0;
  struct rt_slot_value *value = rt_slot_value_at(thread, map, found.index);
  void *bytes = value->meta == found.meta ? rt_slot_value_bytes(map, value) : 0;
  return bytes ? bytes : zeros;
}

RT_HELPER void *rt_map_lookup_percpu_elem(struct rt_thread *thread, const struct rt_map *map, const void *key,
                                          u32 slot) {
  (void)thread;
  return rt_lookup_in_slot(map, key, slot);
}

RT_HELPER s64 rt_ringbuf_output(struct rt_thread *thread, const struct rt_map *map, const void *data, u64 size,
                                u64 flags) {
  (void)map;
  (void)flags; /* they only say whether to wake the reader, which polls */
  return rt_ring_push(thread, data, size);
}

RT_HELPER u64 rt_get_current_pid_tgid(struct rt_thread *thread) {
  return (u64)thread->process_id << 32 | thread->thread_id;
}

RT_SLOW u64 rt_user_and_group(void) {
  u64 user = (u32)rt_syscall(RT_SYS_getuid, 0, 0, 0, 0, 0, 0);
  u64 group = (u32)rt_syscall(RT_SYS_getgid, 0, 0, 0, 0, 0, 0);
  return group << 32 | user;
}

RT_HELPER u64 rt_get_current_uid_gid(struct rt_thread *thread) {
  (void)thread;
  return rt_user_and_group();
}

RT_SLOW s64 rt_comm(void *to, u64 size) {
  u64 name[RT_COMM_BYTES / 8] = {0};
  s64 result = rt_syscall(RT_SYS_prctl, RT_PR_GET_NAME, (u64)name, 0, 0, 0, 0);
  rt_zero_bytes(to, size);
  if (result < 0 || !size) return -RT_EINVAL;
  rt_copy_bytes(to, name, size < RT_COMM_BYTES ? size : RT_COMM_BYTES);
  RT_BYTE(to, size - 1) = 0;
  return 0;
}

RT_HELPER s64 rt_get_current_comm(struct rt_thread *thread, void *to, u64 size) {
  (void)thread;
  return rt_comm(to, size);
}

RT_SLOW u32 rt_processor_by_kernel(void) {
  u32 number = 0;
  rt_syscall(RT_SYS_getcpu, (u64)&number, 0, 0, 0, 0, 0);
  return number;
}

RT_HELPER u64 rt_get_smp_processor_id(struct rt_thread *thread) {
  (void)thread;
  s64 number = rt_processor();
  return number >= 0 ? (u64)number : rt_processor_by_kernel();
}

/* xorshift64*: each thread has a sequence of its own. */
RT_HELPER u64 rt_get_prandom_u32(struct rt_thread *thread) {
  u64 state = thread->random;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  thread->random = state;
  return state * 0x2545f4914f6cdd1dull >> 32;
}

#endif
