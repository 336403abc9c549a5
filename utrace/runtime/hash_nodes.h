/* Where new nodes of a hash come from: first from unused memory, then from the dead. */
#ifndef UTRACE_HASH_NODES_H
#define UTRACE_HASH_NODES_H
#include "hash.h"

/* The most nodes that one insertion looks at for a dead one: some 100 microseconds' worth. */
#define RT_SEARCH_LIMIT 65536

/* A node died: insertions may look for dead nodes again. */
RT_INLINE void rt_note_death(struct rt_hash *hash) {
  if (rt_load(&hash->has_dead) != RT_SOME_DEAD) __atomic_store_n(&hash->has_dead, RT_SOME_DEAD, __ATOMIC_SEQ_CST);
}

/* Kill the nodes behind a leaving one that hold the same key: else the last replaced value would come back. */
RT_INLINE u8 rt_kill_superseded(const struct rt_map *map, const struct rt_node *leaving) {
  for (u32 attempt = 0; attempt < RT_RESTARTS; attempt++) {
    struct rt_found found = {0};
    u64 link = rt_load(&leaving->link);
    enum rt_step step;
    while ((step = rt_walk(map, leaving->key, link, &found)) == RT_STEP_MATCH) {
      if (rt_is_live(found.meta)) {
        if (!rt_swap(&found.node->meta, found.meta, rt_with_state(found.meta, RT_DEAD))) break;
        __atomic_fetch_sub(&rt_hash_of(map)->count, 1, __ATOMIC_SEQ_CST); /* its replacer will add it again */
      }
      link = rt_load(&found.node->link);
    }
    if (step == RT_STEP_END) return 1;
  }
  return 0;
}

/* Unlink the marked nodes of a chain; tells whether `wanted` was found to be gone. */
RT_INLINE u8 rt_unlink(const struct rt_map *map, u64 *bucket, u64 wanted) {
  for (u32 attempt = 0; attempt < RT_RESTARTS; attempt++) {
    u64 *from = bucket;
    u64 link = rt_load(from);
    for (u64 steps = 0;; steps++) {
      u64 index = link & RT_LINK_INDEX;
      if (!index) return 1;
      if (index > map->node_count || steps > map->node_count) return 0;
      struct rt_node *node = rt_node_at(map, index);
      u64 next = rt_load(&node->link);
      RT_LOAD_FENCE();
      if ((rt_load(&node->meta) ^ link) >> 32) break;
      if (next & RT_LINK_MARK) {
        if (!rt_swap(from, link, next & ~(u64)RT_LINK_MARK)) break;
        if (link == wanted) break; /* look again: only a walk without it proves that it is gone */
        link = next & ~(u64)RT_LINK_MARK;
        continue;
      }
      from = &node->link;
      link = next;
    }
  }
  return 0;
}

/* Take a dead node out of its chain; then it is the caller's, RT_ABSENT and of a new generation. */
RT_INLINE u8 rt_reclaim(const struct rt_map *map, u64 index) {
  struct rt_node *node = rt_node_at(map, index);
  u64 meta = rt_load(&node->meta);
  if ((meta & RT_STATE_MASK) != RT_DEAD || !rt_swap(&node->meta, meta, rt_with_state(meta, RT_LEAVING))) return 0;
  if (rt_has_long_value(map) && !rt_kill_superseded(map, node)) return 0; /* given up for good, as below */
  __atomic_fetch_or(&node->link, RT_LINK_MARK, __ATOMIC_SEQ_CST);
  if (!rt_unlink(map, rt_bucket_of(map, node->key), rt_node_link(index, meta))) return 0;
  __atomic_store_n(&node->meta, (meta & RT_GENERATION_MASK) + (1ull << 32), __ATOMIC_SEQ_CST);
  RT_STORE_FENCE();
  return 1;
}

/* A reclaimed node, 0 if there is none.  Searching in turn keeps a node unused for long after its death. */
RT_INLINE u64 rt_search_dead(const struct rt_map *map) {
  struct rt_hash *hash = rt_hash_of(map);
  if (!rt_load(&hash->has_dead)) return 0;
  __atomic_store_n(&hash->has_dead, RT_SEARCHED, __ATOMIC_SEQ_CST);
  for (u64 i = 0; i < map->node_count && i < RT_SEARCH_LIMIT; i++) {
    u64 index = 1 + __atomic_fetch_add(&hash->hand, 1, __ATOMIC_RELAXED) % map->node_count;
    if (!rt_reclaim(map, index)) continue;
    __atomic_store_n(&hash->has_dead, RT_SOME_DEAD, __ATOMIC_SEQ_CST);
    return index;
  }
  if (map->node_count <= RT_SEARCH_LIMIT) rt_swap(&hash->has_dead, RT_SEARCHED, RT_NONE_DEAD);
  return 0;
}

/* Signed, because a thread that dies before it has counted its entry leaves the count too low. */
RT_INLINE u8 rt_has_room(const struct rt_map *map) {
  return (s64)rt_load(&rt_hash_of(map)->count) < (s64)map->max_entries;
}

RT_INLINE u64 rt_unused_node(const struct rt_map *map) {
  u64 *word = &rt_hash_of(map)->used;
  u64 used = rt_load(word);
  while (used < map->node_count)
    if (__atomic_compare_exchange_n(word, &used, used + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return used + 1;
  return 0;
}

/* The nodes that were taken but did not enter a chain: a stack, whose number guards it against old heads. */
RT_INLINE void rt_free_push(const struct rt_map *map, u64 index) {
  u64 *word = &rt_hash_of(map)->free;
  u64 head = rt_load(word);
  do __atomic_store_n(&rt_node_at(map, index)->link, head >> 32, __ATOMIC_RELEASE);
  while (!__atomic_compare_exchange_n(word, &head, index << 32 | (u32)(head + 1), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

RT_INLINE u64 rt_free_pop(const struct rt_map *map) {
  u64 *word = &rt_hash_of(map)->free;
  u64 head = rt_load(word), next;
  do {
    u64 index = head >> 32;
    if (!index || index > map->node_count) return 0;
    next = rt_load(&rt_node_at(map, index)->link) & RT_LINK_INDEX;
  } while (!__atomic_compare_exchange_n(word, &head, next << 32 | (u32)(head + 1), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  return head >> 32;
}

/* A node of the caller's own, RT_ABSENT and in no chain; 0 when the map is full. */
RT_INLINE u64 rt_new_node(const struct rt_map *map) {
  struct rt_hash *hash = rt_hash_of(map);
  u64 index;
  if (rt_has_long_value(map)) return (index = rt_unused_node(map)) ? index : rt_search_dead(map);
  if (rt_has_room(map) && ((index = rt_free_pop(map)) || (index = rt_unused_node(map))))
    return index;
  index = rt_search_dead(map);
  if (index) __atomic_fetch_sub(&hash->count, 1, __ATOMIC_SEQ_CST);
  return index;
}

/* Give back a node that did not enter a chain. */
RT_INLINE void rt_drop_node(const struct rt_map *map, u64 index) {
  struct rt_node *node = rt_node_at(map, index);
  if (!rt_has_long_value(map)) {
    __atomic_store_n(&node->meta, rt_with_state(node->meta, RT_ABSENT), __ATOMIC_SEQ_CST);
    rt_free_push(map, index);
    return;
  }
  __atomic_store_n(&node->link, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&node->meta, rt_with_state(node->meta, RT_DEAD), __ATOMIC_SEQ_CST);
  rt_note_death(rt_hash_of(map));
}

/* What happens to a node that has just died: long values leave at once, or one key could fill its chain. */
RT_INLINE void rt_bury(const struct rt_map *map, u64 index) {
  if (rt_has_long_value(map) && rt_reclaim(map, index)) rt_drop_node(map, index);
  rt_note_death(rt_hash_of(map));
}

#endif
