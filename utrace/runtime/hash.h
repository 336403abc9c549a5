/*
 * HASH and PERCPU_HASH: chained buckets without locks.
 *
 * A link is the index of a node (31 bits, 0: none), a mark, and the node's generation (the upper 32 bits).  Nodes
 * enter at the head of their chain only, by one compare-and-swap of the bucket, and leave as in Harris's list: the
 * leaving node's own link is marked, which freezes it, then its predecessor is linked past it, by anybody.
 *
 * A node's `meta` is its generation (upper 32 bits), an epoch, and a state (lowest 2 bits).  Before a node is used
 * for another key its generation is raised, so a walk that finds the generation it came for, after it has read the
 * node, has read a node of its own chain; otherwise it starts again.
 *
 * A deleted node stays in its chain, RT_DEAD, and the same key brings it back to life by one compare-and-swap.
 * Dead nodes serve other keys only once every node has been used (hash_nodes.h).  The first node of a chain with
 * the key decides what the key's state is: anything but RT_LIVE means that the map does not have it.
 *
 * Why no key can be there twice: a node enters only if the bucket is what it was before a walk whose first node of
 * the key, if any, could not be revived (RT_LEAVING, or replaced by the new node).  As nodes enter at the head, and
 * an old head comes back only after all that stood before it have left, an unchanged bucket means that no node of
 * the key has come and stayed.  Reviving and leaving exclude each other: both swap the same word.
 *
 * What a killed thread leaves: at worst one node that is never used again.
 */
#ifndef UTRACE_HASH_H
#define UTRACE_HASH_H
#include "array.h"
#include "words.h"

struct rt_hash {
  u64 used; /* nodes 1 … used have been used */
  u64 hand; /* where the search for dead nodes goes on */
  u64 has_dead; /* RT_NONE_DEAD only when a search found none and no deletion followed */
  u64 count; /* long values: entries.  Else nodes in chains, live or dead */
  u64 free; /* the first node of those never entered << 32 | a number that every change raises; not for long values */
  u64 refused; /* updates that found no room for an entry or for a thread's value of it */
  u64 blocks_used; /* blocks 1 … blocks_used belong to a node in a slot, for good */
  u64 reserved;
  u64 buckets[];
};
enum { RT_NONE_DEAD = 0, RT_SOME_DEAD = 1, RT_SEARCHED = 2 };

struct rt_node {
  u64 meta;
  u64 value; /* if it has at most 8 bytes; next to meta, so that both are swapped together */
  u64 link;
  u64 key[]; /* zero-padded; a longer value follows */
};

/* RT_ABSENT: in no chain yet.  RT_LEAVING: dead, and claimed by the one who takes it out of its chain. */
enum { RT_ABSENT = 0, RT_LIVE = 1, RT_DEAD = 2, RT_LEAVING = 3, RT_STATE_MASK = 3 };
#define RT_EPOCH_STEP 4u
#define RT_GENERATION_MASK 0xffffffff00000000ull
#define RT_LINK_INDEX 0x7fffffffu
#define RT_LINK_MARK 0x80000000u
#define RT_RESTARTS 1000 /* each is caused by another thread's progress */

RT_INLINE struct rt_hash *rt_hash_of(const struct rt_map *map) {
  return (struct rt_hash *)(void *)(rt_shm + map->shared_offset);
}

RT_INLINE struct rt_node *rt_node_at(const struct rt_map *map, u64 index) {
  return (struct rt_node *)(void *)(rt_shm + map->nodes_offset + index * map->node_bytes);
}

RT_INLINE u8 rt_is_per_cpu(const struct rt_map *map) {
  return map->type == RT_PERCPU_HASH || map->type == RT_LRU_PERCPU_HASH;
}

/* Shared values over 8 bytes are never overwritten: a new node replaces the old one. */
RT_INLINE u8 rt_has_long_value(const struct rt_map *map) { return !rt_is_per_cpu(map) && map->value_size > 8; }

RT_INLINE u64 rt_node_link(u64 index, u64 meta) { return index | (meta & RT_GENERATION_MASK); }

RT_INLINE u8 rt_is_live(u64 meta) { return (meta & RT_STATE_MASK) == RT_LIVE; }

RT_INLINE u64 rt_revived(u64 meta) {
  return (meta & RT_GENERATION_MASK) | ((u32)meta + RT_EPOCH_STEP & ~(u32)RT_STATE_MASK) | RT_LIVE;
}

RT_INLINE u64 rt_with_state(u64 meta, u64 state) { return (meta & ~(u64)RT_STATE_MASK) | state; }

RT_INLINE u64 *rt_bucket_of(const struct rt_map *map, const void *key) {
  return &rt_hash_of(map)->buckets[rt_hash(key, map->key_size) >> (64 - map->bucket_bits)];
}

RT_INLINE u64 rt_load(const u64 *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

RT_INLINE u8 rt_swap(u64 *word, u64 expected, u64 desired) {
  return __atomic_compare_exchange_n(word, &expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

struct rt_found {
  struct rt_node *node; /* the first of the key; NULL: none */
  u64 meta;
  u64 index;
  u64 head; /* the bucket before the walk */
  u8 is_stuck; /* other threads were faster each time, or the memory was overwritten */
};

enum rt_step { RT_STEP_END, RT_STEP_MATCH, RT_STEP_RESTART, RT_STEP_STUCK };

/* One walk through a chain from `link`. */
RT_INLINE enum rt_step rt_walk(const struct rt_map *map, const void *key, u64 link, struct rt_found *found) {
  for (u64 steps = 0;; steps++) {
    u64 index = link & RT_LINK_INDEX;
    if (!index) return RT_STEP_END;
    /* The target can overwrite all this by mistake: no index and no loop may lead us astray. */
    if (RT_UNLIKELY(index > map->node_count || steps > map->node_count)) return RT_STEP_STUCK;
    struct rt_node *node = rt_node_at(map, index);
    u8 is_equal = rt_is_equal(node->key, key, map->key_size);
    u64 next = rt_load(&node->link);
    RT_LOAD_FENCE();
    u64 meta = rt_load(&node->meta);
    if (RT_UNLIKELY((meta ^ link) >> 32)) return RT_STEP_RESTART;
    if (is_equal && meta & RT_STATE_MASK) {
      found->node = node;
      found->meta = meta;
      found->index = index;
      return RT_STEP_MATCH;
    }
    link = next;
  }
}

/*
 * Whether a walk from `head` may have missed a key that was there all the time: its long value was replaced by a node
 * that entered after the walk had begun, and the old node died before the walk came to it.
 */
RT_INLINE u8 rt_may_be_replaced(const struct rt_map *map, const u64 *bucket, u64 head, const struct rt_found *found) {
  if (!rt_has_long_value(map) || (found->node && rt_is_live(found->meta))) return 0;
  return rt_load(bucket) != head;
}

RT_INLINE struct rt_found rt_find(const struct rt_map *map, u64 *bucket, const void *key) {
  struct rt_found found = {0};
  enum rt_step step = RT_STEP_RESTART;
  for (u32 attempt = 0; attempt < RT_RESTARTS && step == RT_STEP_RESTART; attempt++) {
    found.head = rt_load(bucket);
    found.node = 0;
    step = rt_walk(map, key, found.head, &found);
    if (step <= RT_STEP_MATCH && RT_UNLIKELY(rt_may_be_replaced(map, bucket, found.head, &found))) step = RT_STEP_RESTART;
  }
  found.is_stuck = step >= RT_STEP_RESTART;
  return found;
}

#endif
