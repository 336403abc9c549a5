/* Lookup, update and delete of HASH and PERCPU_HASH. */
#ifndef UTRACE_HASH_OPS_H
#define UTRACE_HASH_OPS_H
#include "hash_nodes.h"

/*
 * A thread's value of one node of a per-CPU hash: it counts only while `meta` is the node's.  Large values, of which
 * a slot could not hold one for every node, are in blocks, which slots take when they need them and keep.
 */
struct rt_slot_value {
  u64 meta;
  union {
    char bytes[8];
    u64 block; /* from 1 */
  };
};

RT_INLINE void *rt_node_value(const struct rt_map *map, struct rt_node *node) {
  return (char *)node + map->value_offset;
}

/* ------------------------------------------------------------------------------------------ per-CPU values */

RT_INLINE struct rt_slot_value *rt_slot_value_at(struct rt_thread *thread, const struct rt_map *map, u64 index) {
  return (struct rt_slot_value *)(void *)((char *)thread + map->slot_offset + index * map->value_stride);
}

RT_INLINE void *rt_slot_value_bytes(const struct rt_map *map, struct rt_slot_value *value) {
  if (!map->blocks_offset) return value->bytes;
  u64 index = value->block - 1;
  return index < map->block_count ? rt_shm + map->blocks_offset + index * map->block_bytes : 0;
}

/* Two handlers of one thread may both take a block here; then one of them is never used. */
RT_INLINE void rt_take_block(const struct rt_map *map, struct rt_slot_value *value) {
  u64 *word = &rt_hash_of(map)->blocks_used;
  u64 used = rt_load(word);
  while (used < map->block_count)
    if (__atomic_compare_exchange_n(word, &used, used + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
      rt_local_exchange(&value->block, 0, used + 1);
      return;
    }
}

enum rt_renewal { RT_RENEWED, RT_STALE /* the node has died meanwhile */, RT_NO_BLOCK };

/* Make a value belong to its node's present life.  Signals are held back: see rt_slot_array_renew. */
RT_SLOW enum rt_renewal rt_slot_value_renew(const struct rt_map *map, struct rt_slot_value *value, const u64 *meta,
                                            u64 wanted) {
  if (map->blocks_offset && !value->block) rt_take_block(map, value);
  void *bytes = rt_slot_value_bytes(map, value);
  if (!bytes) return RT_NO_BLOCK;
  /* Never used before, hence zero: the first to say so is right, a signal handler or the code it interrupted. */
  if (!value->meta) {
    u64 seen = rt_local_exchange(&value->meta, 0, wanted);
    if (!seen || seen == wanted) return RT_RENEWED;
  }
  u64 saved;
  rt_block_signals(&saved);
  u8 is_current = rt_load(meta) == wanted; /* else a signal handler may have gone further already */
  if (is_current && value->meta != wanted) {
    rt_zero_bytes(bytes, map->block_bytes);
    RT_STORE_FENCE();
    __atomic_store_n(&value->meta, wanted, __ATOMIC_RELEASE);
  }
  rt_restore_signals(&saved);
  return is_current ? RT_RENEWED : RT_STALE;
}

/* The calling thread's value of a live node. */
RT_INLINE enum rt_renewal rt_slot_value(struct rt_thread *thread, const struct rt_map *map,
                                        const struct rt_found *found, void **bytes) {
  struct rt_slot_value *value = rt_slot_value_at(thread, map, found->index);
  enum rt_renewal renewal = RT_RENEWED;
  if (value->meta != found->meta) renewal = rt_slot_value_renew(map, value, &found->node->meta, found->meta);
  *bytes = renewal == RT_RENEWED ? rt_slot_value_bytes(map, value) : 0;
  return renewal;
}

/* ---------------------------------------------------------------------------------------------------- lookup */

/* The first use of a key by a thread. */
RT_SLOW void *rt_slot_lookup_slow(struct rt_thread *thread, const struct rt_map *map, const void *key) {
  for (u32 attempt = 0; attempt < RT_RESTARTS; attempt++) {
    struct rt_found found = rt_find(map, rt_bucket_of(map, key), key);
    if (!found.node || !rt_is_live(found.meta)) return 0;
    void *value;
    if (rt_slot_value(thread, map, &found, &value) != RT_STALE) return value;
  }
  return 0;
}

RT_INLINE void *rt_hash_lookup(struct rt_thread *thread, const struct rt_map *map, const void *key) {
  u64 *bucket = rt_bucket_of(map, key);
  struct rt_found found = rt_find(map, bucket, key);
  if (!found.node || !rt_is_live(found.meta)) return 0;
  if (!rt_is_per_cpu(map)) return rt_node_value(map, found.node);
  struct rt_slot_value *value = rt_slot_value_at(thread, map, found.index);
  if (RT_LIKELY(value->meta == found.meta)) return rt_slot_value_bytes(map, value);
  return rt_slot_lookup_slow(thread, map, key);
}

/* ---------------------------------------------------------------------------------------------------- update */

RT_INLINE void rt_write_key(const struct rt_map *map, struct rt_node *node, const void *key) {
  for (u64 at = 0; at < map->key_size; at += 8) node->key[at / 8] = rt_word_at(key, at, map->key_size);
}

/* Put a filled node at the head of its chain; `head` is the bucket before the walk that allowed it. */
RT_INLINE u8 rt_enter(u64 *bucket, u64 head, struct rt_node *node, u64 index) {
  u64 meta = rt_with_state(node->meta, RT_LIVE);
  __atomic_store_n(&node->link, head, __ATOMIC_RELEASE);
  __atomic_store_n(&node->meta, meta, __ATOMIC_RELEASE);
  return rt_swap(bucket, head, rt_node_link(index, meta));
}

/* A new per-CPU value is zero for every thread; the caller's gets the given value, which is zero in practice. */
RT_INLINE void rt_set_slot_value(void *to, const void *from, u64 size, u8 is_new) {
  for (u64 at = 0; at < size; at += 8) {
    u64 word = rt_word_at(from, at, size);
    if (is_new && !word) continue; /* a signal handler may have counted since */
    rt_copy((char *)to + at, &word, at + 8 <= size ? 8 : size & 7);
  }
}

enum rt_outcome { RT_DONE = 0, RT_AGAIN = 1 /* or a negative error number */ };

RT_INLINE s64 rt_set_own(struct rt_thread *thread, const struct rt_map *map, const struct rt_found *found,
                         const void *value, u8 is_new) {
  void *own;
  enum rt_renewal renewal = rt_slot_value(thread, map, found, &own);
  if (own) rt_set_slot_value(own, value, map->value_size, is_new);
  return renewal == RT_NO_BLOCK ? -RT_ENOMEM : RT_DONE; /* RT_STALE: set, and deleted again meanwhile */
}

/* One attempt at values that a node keeps for its whole life: all but long ones.  Dead nodes are revived. */
RT_INLINE s64 rt_set_in_place(struct rt_thread *thread, const struct rt_map *map, struct rt_found *found,
                              const void *value, u64 flags) {
  u8 is_new = !rt_is_live(found->meta);
  if (is_new && flags == RT_UPDATE_EXIST) return -RT_ENOENT;
  if (!is_new && flags == RT_UPDATE_NOEXIST) {
    void *own; /* a program asks because its lookup gave nothing: it must learn if that will not change */
    u8 has_no_block = rt_is_per_cpu(map) && rt_slot_value(thread, map, found, &own) == RT_NO_BLOCK;
    return has_no_block ? -RT_ENOMEM : -RT_EEXIST;
  }
  u64 meta = is_new ? rt_revived(found->meta) : found->meta;
  if (!rt_is_per_cpu(map)) {
    u64 old = rt_load(&found->node->value);
    u64 wanted = rt_word_at(value, 0, map->value_size);
    return rt_swap_pair(&found->node->meta, found->meta, old, meta, wanted) ? RT_DONE : RT_AGAIN;
  }
  if (is_new && !rt_swap(&found->node->meta, found->meta, meta)) return RT_AGAIN;
  found->meta = meta;
  return rt_set_own(thread, map, found, value, is_new);
}

/* The map is full, unless the key has come in meanwhile. */
RT_INLINE s64 rt_full(u64 *bucket, u64 head) { return rt_load(bucket) == head ? -RT_E2BIG : RT_AGAIN; }

RT_INLINE void rt_fill(const struct rt_map *map, struct rt_node *node, const void *key, const void *value) {
  rt_write_key(map, node, key);
  if (rt_has_long_value(map)) rt_copy(rt_node_value(map, node), value, map->value_size);
  else if (!rt_is_per_cpu(map)) node->value = rt_word_at(value, 0, map->value_size);
}

/* One attempt at a new node, for a key that has none or, with long values, in place of `found`. */
RT_INLINE s64 rt_insert(struct rt_thread *thread, const struct rt_map *map, u64 *bucket, struct rt_found *found,
                        const void *key, const void *value, u64 flags) {
  u64 *count = &rt_hash_of(map)->count;
  u8 is_replacing = found->node && rt_is_live(found->meta);
  if (is_replacing && flags == RT_UPDATE_NOEXIST) return -RT_EEXIST;
  if (!is_replacing && flags == RT_UPDATE_EXIST) return -RT_ENOENT;
  if (rt_has_long_value(map) && !is_replacing && !rt_has_room(map)) return rt_full(bucket, found->head);
  u64 index = rt_new_node(map);
  if (!index) return rt_full(bucket, found->head);
  struct rt_node *node = rt_node_at(map, index);
  rt_fill(map, node, key, value);
  struct rt_found entered = {.node = node, .meta = rt_with_state(node->meta, RT_LIVE), .index = index};
  if (!rt_enter(bucket, found->head, node, index)) {
    rt_drop_node(map, index);
    return RT_AGAIN;
  }
  if (is_replacing && rt_swap(&found->node->meta, found->meta, rt_with_state(found->meta, RT_DEAD))) {
    rt_bury(map, found->index);
    return RT_DONE;
  }
  __atomic_fetch_add(count, 1, __ATOMIC_SEQ_CST); /* after the entry: see rt_full */
  return rt_is_per_cpu(map) ? rt_set_own(thread, map, &entered, value, 1) : RT_DONE;
}

/* So often an insertion tries again when other threads take what it makes room for. */
#define RT_EVICTIONS 64

RT_INLINE u8 rt_is_evicting(const struct rt_map *map) {
  return map->type == RT_LRU_HASH || map->type == RT_LRU_PERCPU_HASH;
}

/*
 * Delete an entry for a new one to take its place: nodes are looked at in turn, so it is one of those that have been
 * there for longest.  It is looked up by its key, because a live node may not be in its chain yet.
 */
RT_SLOW u8 rt_evict(const struct rt_map *map) {
  struct rt_hash *hash = rt_hash_of(map);
  for (u64 i = 0; i < map->node_count && i < RT_SEARCH_LIMIT; i++) {
    u64 at = __atomic_fetch_add(&hash->hand, 1, __ATOMIC_RELAXED) % map->node_count;
    struct rt_node *node = rt_node_at(map, 1 + at);
    if (!rt_is_live(rt_load(&node->meta))) continue;
    struct rt_found found = rt_find(map, rt_bucket_of(map, node->key), node->key);
    if (found.node != node || !rt_is_live(found.meta)) continue;
    if (!rt_swap(&node->meta, found.meta, rt_with_state(found.meta, RT_DEAD))) continue;
    if (rt_has_long_value(map)) __atomic_fetch_sub(&hash->count, 1, __ATOMIC_SEQ_CST);
    rt_bury(map, 1 + at);
    __atomic_store_n(&hash->hand, at, __ATOMIC_RELAXED); /* where the search for a dead node begins */
    return 1;
  }
  return 0;
}

RT_SLOW s64 rt_hash_update_slow(struct rt_thread *thread, const struct rt_map *map, const void *key,
                                const void *value, u64 flags) {
  if (flags > RT_UPDATE_EXIST) return -RT_EINVAL;
  u64 *bucket = rt_bucket_of(map, key);
  for (u32 attempt = 0; attempt < RT_RESTARTS; attempt++) {
    struct rt_found found = rt_find(map, bucket, key);
    if (found.is_stuck) return -RT_EBUSY;
    s64 outcome;
    if (!rt_has_long_value(map) && found.node && (found.meta & RT_STATE_MASK) != RT_LEAVING)
      outcome = rt_set_in_place(thread, map, &found, value, flags);
    else
      outcome = rt_insert(thread, map, bucket, &found, key, value, flags);
    if (outcome == -RT_E2BIG && rt_is_evicting(map) && (rt_evict(map) || attempt < RT_EVICTIONS)) continue;
    if (outcome != RT_AGAIN) return outcome;
  }
  return -RT_EBUSY;
}

RT_INLINE s64 rt_hash_update(struct rt_thread *thread, const struct rt_map *map, const void *key, const void *value,
                             u64 flags) {
  if (!rt_is_per_cpu(map) && !rt_has_long_value(map) && flags == RT_UPDATE_ANY) {
    struct rt_found found = rt_find(map, rt_bucket_of(map, key), key);
    if (RT_LIKELY(found.node && (found.meta & RT_STATE_MASK) != RT_LEAVING) &&
        RT_LIKELY(rt_set_in_place(thread, map, &found, value, flags) == RT_DONE))
      return 0;
  }
  return rt_hash_update_slow(thread, map, key, value, flags);
}

/* ---------------------------------------------------------------------------------------------------- delete */

RT_SLOW s64 rt_long_delete(const struct rt_map *map, const void *key) {
  u64 *bucket = rt_bucket_of(map, key);
  for (u32 attempt = 0; attempt < RT_RESTARTS; attempt++) {
    struct rt_found found = rt_find(map, bucket, key);
    if (found.is_stuck) return -RT_EBUSY;
    if (!found.node || !rt_is_live(found.meta)) return -RT_ENOENT;
    if (!rt_swap(&found.node->meta, found.meta, rt_with_state(found.meta, RT_DEAD))) continue;
    __atomic_fetch_sub(&rt_hash_of(map)->count, 1, __ATOMIC_RELAXED);
    rt_bury(map, found.index);
    return 0;
  }
  return -RT_EBUSY;
}

RT_INLINE s64 rt_hash_delete(const struct rt_map *map, const void *key) {
  if (rt_has_long_value(map)) return rt_long_delete(map, key);
  u64 *bucket = rt_bucket_of(map, key);
  for (u32 attempt = 0; attempt < RT_RESTARTS; attempt++) {
    struct rt_found found = rt_find(map, bucket, key);
    if (found.is_stuck) return -RT_EBUSY;
    if (!found.node || !rt_is_live(found.meta)) return -RT_ENOENT;
    if (!rt_swap(&found.node->meta, found.meta, rt_with_state(found.meta, RT_DEAD))) continue;
    rt_note_death(rt_hash_of(map));
    return 0;
  }
  return -RT_EBUSY;
}

#endif
