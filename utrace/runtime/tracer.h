/* What only the tracer runs, in its own copy of the image: whole-map operations. */
#ifndef UTRACE_TRACER_H
#define UTRACE_TRACER_H
#include "helpers.h"

RT_EXPORT u64 rt_tracer_tsc(void) { return rt_tsc(); }

RT_EXPORT struct rt_thread *rt_tracer_thread(void) { return rt_thread(); }

RT_EXPORT s64 rt_tracer_delete(const struct rt_map *map, const void *key) {
  return rt_is_array(map) ? -RT_EINVAL : rt_hash_delete(map, key);
}

RT_EXPORT s64 rt_tracer_update(const struct rt_map *map, const void *key, const void *value, u64 flags) {
  struct rt_thread *thread = rt_thread();
  return thread ? rt_map_update_elem(thread, map, key, value, flags) : -RT_ENOMEM;
}

RT_EXPORT void *rt_tracer_lookup(const struct rt_map *map, const void *key) {
  struct rt_thread *thread = rt_thread();
  return thread ? rt_map_lookup_elem(thread, map, key) : 0;
}

/* Delete every entry: hits counted before it are gone, those after it stay. */
RT_EXPORT void rt_tracer_clear(const struct rt_map *map) {
  if (map->type == RT_PERCPU_ARRAY) {
    __atomic_fetch_add(&RT_CONTROL->generations[map->index], 1, __ATOMIC_SEQ_CST);
    return;
  }
  if (map->type == RT_ARRAY) {
    for (u64 at = 0; at < map->max_entries * map->value_stride; at += 8)
      __atomic_store_n((u64 *)(void *)(rt_shm + map->shared_offset + at), 0, __ATOMIC_RELAXED);
    return;
  }
  u64 used = rt_load(&rt_hash_of(map)->used);
  for (u64 index = 1; index <= used && index <= map->node_count; index++) {
    struct rt_node *node = rt_node_at(map, index);
    u64 key[1024];
    u64 meta = rt_load(&node->meta);
    if (!rt_is_live(meta) || map->key_size > sizeof(key)) continue;
    for (u64 at = 0; at < map->key_size; at += 8) key[at / 8] = node->key[at / 8];
    RT_LOAD_FENCE();
    if (rt_load(&node->meta) == meta) rt_hash_delete(map, key);
  }
}

/* Set the values of all entries to zero and keep the keys. */
RT_EXPORT void rt_tracer_zero(const struct rt_map *map) {
  if (rt_is_array(map)) {
    rt_tracer_clear(map);
    return;
  }
  struct rt_thread *thread = rt_thread();
  u64 used = rt_load(&rt_hash_of(map)->used);
  u64 zero[1024], key[1024];
  rt_zero_bytes(zero, sizeof(zero));
  for (u64 index = 1; index <= used && index <= map->node_count; index++) {
    struct rt_node *node = rt_node_at(map, index);
    u64 meta = rt_load(&node->meta);
    if (!rt_is_live(meta)) continue;
    if (rt_is_per_cpu(map)) { /* a new life: every thread's value counts as zero */
      rt_swap(&node->meta, meta, rt_revived(meta));
      continue;
    }
    if (map->key_size > sizeof(key) || map->value_size > sizeof(zero)) continue;
    for (u64 at = 0; at < map->key_size; at += 8) key[at / 8] = node->key[at / 8];
    RT_LOAD_FENCE();
    if (thread && rt_load(&node->meta) == meta) rt_hash_update(thread, map, key, zero, RT_UPDATE_EXIST);
  }
}

#endif
