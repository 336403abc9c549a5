/*
 * Loops: bpf_for_each_map_elem and bpf_loop, which call a function of the program again and again.
 *
 * A loop over a hash goes through its buckets, and through the keys of a bucket in their order, whatever becomes of
 * the chain meanwhile: each step looks for the least key above the last one.  So no key comes twice, and none that is
 * there throughout is left out, also when its value is replaced or the callback deletes it.  Key and value are copies,
 * taken while the node stayed what it was, unless the callback writes: then it gets the value itself.
 */
#ifndef UTRACE_MAP_LOOP_H
#define UTRACE_MAP_LOOP_H
#include "hash_ops.h"

#define RT_MOST_ROUNDS (1u << 23) /* BPF_MAX_LOOPS */

/* What the functions of a running program share. */
struct rt_run {
  u32 depth; /* as rt_temporary_enter gave it */
  u32 reserved;
  s64 loops; /* how many rounds of loops are left; the program ends at 0 */
};

typedef u64 (*rt_callback)(struct rt_thread *, struct rt_run *, u64, u64, u64, u64, u64) __attribute__((preserve_all));

struct rt_loop {
  rt_callback callback;
  u64 context;
  struct rt_run *run;
  u64 *buffer; /* two keys and a value, each padded to words */
  u8 is_direct; /* the callback may write into values */
};

/* Take one from the budget; the program that uses it up is counted, once. */
RT_INLINE u8 rt_has_rounds(struct rt_run *run) {
  s64 left = --run->loops;
  if (RT_UNLIKELY(!left)) __atomic_fetch_add(&RT_CONTROL->loops_cut, 1, __ATOMIC_RELAXED);
  return left > 0;
}

/* Both are zero-padded to words. */
RT_INLINE s32 rt_compare_keys(const u64 *left, const u64 *right, u64 size) {
  for (u64 at = 0; at < size; at += 8)
    if (left[at / 8] != right[at / 8]) return left[at / 8] < right[at / 8] ? -1 : 1;
  return 0;
}

RT_INLINE void rt_copy_words(u64 *to, const u64 *from, u64 size) {
  for (u64 at = 0; at < size; at += 8) to[at / 8] = from[at / 8];
}

/* One walk for the least key above `last` (NULL: any), copied to `key`; found->node is the first that has it. */
RT_INLINE enum rt_step rt_walk_next(const struct rt_map *map, const u64 *bucket, const u64 *last, u64 *key,
                                    struct rt_found *found) {
  u64 link = found->head = rt_load(bucket);
  found->node = 0;
  for (u64 steps = 0;; steps++) {
    u64 index = link & RT_LINK_INDEX;
    if (!index) return found->node ? RT_STEP_MATCH : RT_STEP_END;
    if (RT_UNLIKELY(index > map->node_count || steps > map->node_count)) return RT_STEP_STUCK;
    struct rt_node *node = rt_node_at(map, index);
    u8 is_next = (!last || rt_compare_keys(node->key, last, map->key_size) > 0) &&
                 (!found->node || rt_compare_keys(node->key, key, map->key_size) < 0);
    if (is_next) rt_copy_words(key, node->key, map->key_size);
    u64 next = rt_load(&node->link);
    RT_LOAD_FENCE();
    u64 meta = rt_load(&node->meta);
    if (RT_UNLIKELY((meta ^ link) >> 32)) return RT_STEP_RESTART;
    if (is_next) {
      found->node = node;
      found->meta = meta;
      found->index = index;
    }
    link = next;
  }
}

/* The value that a callback is given for a live node, NULL when the node has changed meanwhile. */
RT_INLINE void *rt_loop_value(struct rt_thread *thread, const struct rt_map *map, const struct rt_found *found,
                              const struct rt_loop *loop, u64 *copy) {
  if (rt_is_per_cpu(map)) {
    struct rt_slot_value *own = rt_slot_value_at(thread, map, found->index);
    if (!loop->is_direct && own->meta != found->meta) return rt_shm + rt_config.zeros_offset;
    void *value;
    enum rt_renewal renewal = rt_slot_value(thread, map, found, &value);
    if (renewal != RT_NO_BLOCK) return value;
    rt_zero_bytes(copy, map->value_size);
    return copy;
  }
  if (loop->is_direct) return rt_node_value(map, found->node);
  if (rt_has_long_value(map)) rt_copy(copy, rt_node_value(map, found->node), map->value_size);
  else *copy = rt_load(&found->node->value);
  RT_LOAD_FENCE();
  return rt_load(&found->node->meta) == found->meta ? copy : 0;
}

/* Find the next element of a bucket: its value, NULL behind the last one.  `key` then has its key. */
RT_INLINE void *rt_next_element(struct rt_thread *thread, const struct rt_map *map, const u64 *bucket,
                                const u64 **last, u64 *key, const struct rt_loop *loop, u64 *copy) {
  u64 *spare = key == loop->buffer ? key + (map->key_size + 7) / 8 : loop->buffer;
  for (u64 attempt = 0; attempt < RT_RESTARTS + map->node_count; attempt++) {
    struct rt_found found;
    enum rt_step step = rt_walk_next(map, bucket, *last, key, &found);
    if (step <= RT_STEP_MATCH && RT_UNLIKELY(rt_may_be_replaced(map, bucket, found.head, &found))) continue;
    if (step == RT_STEP_END || step == RT_STEP_STUCK) return 0;
    if (step == RT_STEP_MATCH && !rt_is_live(found.meta)) { /* a key that was deleted: go on behind it */
      rt_copy_words(spare, key, map->key_size);
      *last = spare;
      continue;
    }
    void *value = step == RT_STEP_MATCH ? rt_loop_value(thread, map, &found, loop, copy) : 0;
    if (value) return value;
  }
  return 0;
}

RT_INLINE u64 rt_loop_bucket(struct rt_thread *thread, const struct rt_map *map, const u64 *bucket,
                             const struct rt_loop *loop, u8 *is_over) {
  u64 key_words = (map->key_size + 7) / 8, count = 0;
  u64 *key = loop->buffer, *copy = loop->buffer + 2 * key_words;
  const u64 *last = 0;
  void *value;
  while ((value = rt_next_element(thread, map, bucket, &last, key, loop, copy))) {
    *is_over = !rt_has_rounds(loop->run);
    if (*is_over) return count;
    count++;
    u64 stop = loop->callback(thread, loop->run, (u64)map, (u64)key, (u64)value, loop->context, 0);
    *is_over = stop || loop->run->loops <= 0;
    if (*is_over) return count;
    last = key;
    key = key == loop->buffer ? loop->buffer + key_words : loop->buffer;
  }
  return count;
}

RT_INLINE s64 rt_loop_over_hash(struct rt_thread *thread, const struct rt_map *map, const struct rt_loop *loop) {
  struct rt_hash *hash = rt_hash_of(map);
  if (!rt_load(&hash->used)) return 0;
  u64 count = 0;
  u8 is_over = 0;
  for (u64 at = 0; at < 1ull << map->bucket_bits && !is_over && count < map->max_entries; at++)
    if (rt_load(&hash->buckets[at])) count += rt_loop_bucket(thread, map, &hash->buckets[at], loop, &is_over);
  return (s64)count;
}

RT_INLINE s64 rt_loop_over_array(struct rt_thread *thread, const struct rt_map *map, const struct rt_loop *loop) {
  u64 index = 0;
  while (index < map->max_entries && rt_has_rounds(loop->run)) {
    u64 key = index++;
    u64 value = (u64)rt_array_lookup(thread, map, &key);
    if (loop->callback(thread, loop->run, (u64)map, (u64)&key, value, loop->context, 0)) break;
    if (loop->run->loops <= 0) break;
  }
  return (s64)index;
}

RT_SLOW s64 rt_loop_over_map(struct rt_thread *thread, const struct rt_map *map, const struct rt_loop *loop) {
  u8 is_array = map->type == RT_ARRAY || map->type == RT_PERCPU_ARRAY;
  return is_array ? rt_loop_over_array(thread, map, loop) : rt_loop_over_hash(thread, map, loop);
}

/* The last three arguments are not the kernel's: see utrace/backend/lift_loops.py. */
RT_HELPER s64 rt_for_each_map_elem(struct rt_thread *thread, const struct rt_map *map, void *callback, u64 context,
                                   u64 flags, struct rt_run *run, void *buffer, u32 is_direct) {
  struct rt_loop loop = {(rt_callback)callback, context, run, buffer, (u8)is_direct};
  return flags ? -RT_EINVAL : rt_loop_over_map(thread, map, &loop);
}

/* As often as the kernel's bpf_loop allows, and as the budget of the program. */
RT_HELPER s64 rt_loop(struct rt_thread *thread, u32 rounds, void *callback, u64 context, u64 flags,
                      struct rt_run *run) {
  u32 round = 0;
  if (flags) return -RT_EINVAL;
  if (rounds > RT_MOST_ROUNDS) return -RT_E2BIG;
  while (round < rounds && rt_has_rounds(run)) {
    u64 stop = ((rt_callback)callback)(thread, run, round++, context, 0, 0, 0);
    if (stop || run->loops <= 0) break;
  }
  return round;
}

#endif
