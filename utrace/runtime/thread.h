/*
 * Which slot of the shared memory belongs to the calling thread.
 *
 * A slot has one owner at a time, named by one word: pid namespace (20 bits), process id (22), thread id (22), as
 * the owner itself sees them.  The word changes by compare-and-swap only, so a thread killed at any instruction
 * leaves either its claim or nothing.  A slot passes on only when its owner is gone for certain; what was counted
 * in it stays.
 */
#ifndef UTRACE_THREAD_H
#define UTRACE_THREAD_H
#include "runtime.h"

#define RT_OWNER_ID_BITS 22 /* the kernel's PID_MAX_LIMIT is 2^22 */
#define RT_OWNER_ID_MASK ((1u << RT_OWNER_ID_BITS) - 1)
#define RT_OWNER_NAMESPACE_SHIFT (2 * RT_OWNER_ID_BITS)
/* From here on numbers of one process each, for processes that cannot learn their namespace. */
#define RT_UNKNOWN_NAMESPACE 0x80000u
#define RT_NO_SLOT 0
#define RT_DEPTHS 4
#define RT_OWNER_CHECKS 8

RT_INLINE u64 *rt_owners(void) { return (u64 *)(void *)(rt_shm + rt_config.owners_offset); }

RT_INLINE struct rt_thread *rt_slot_at(u64 unit) { return (struct rt_thread *)(void *)(rt_shm + unit * 64); }

RT_INLINE u64 rt_slot_unit(u64 index) { return (rt_config.slots_offset + (index - 1) * rt_config.slot_bytes) / 64; }

RT_INLINE u64 *rt_cache_entry(u32 thread_id) { return &rt_private.cache[thread_id % RT_CACHE_ENTRIES]; }

/* The inode number of the pid namespace, 0 if it cannot be had. */
RT_INLINE u64 rt_namespace_inode(void) {
  static const char path[] = "/proc/self/ns/pid";
  u64 status[32];
  if (rt_syscall(RT_SYS_newfstatat, (u64)-100 /* AT_FDCWD */, (u64)path, (u64)status, 0, 0, 0) < 0) return 0;
  return status[RT_STAT_INODE_OFFSET / 8];
}

RT_INLINE u32 rt_find_namespace(void) {
  struct rt_control *control = RT_CONTROL;
  u64 inode = rt_namespace_inode();
  for (u32 i = 0; inode && i < RT_NAMESPACES; i++) {
    u64 known = 0;
    if (__atomic_compare_exchange_n(&control->namespaces[i], &known, inode, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) ||
        known == inode)
      return i + 1;
  }
  return RT_UNKNOWN_NAMESPACE | (u32)(__atomic_fetch_add(&control->process_serial, 1, __ATOMIC_RELAXED) & 0x7ffff);
}

RT_INLINE u64 rt_owner_prefix(u32 process_id) {
  return (u64)rt_find_namespace() << RT_OWNER_NAMESPACE_SHIFT | (u64)process_id << RT_OWNER_ID_BITS;
}

/* A process asks once.  A vfork child shares its parent's memory but not its process id, and asks each time. */
RT_INLINE u64 rt_prefix_of(u32 process_id) {
  u64 known = __atomic_load_n(&rt_private.owner_prefix, __ATOMIC_RELAXED);
  if (known && (known >> RT_OWNER_ID_BITS & RT_OWNER_ID_MASK) == process_id) return known;
  u64 prefix = rt_owner_prefix(process_id);
  if (known) return prefix;
  /* Another thread may be as early and have another number for an unknown namespace: the first one stays. */
  __atomic_compare_exchange_n(&rt_private.owner_prefix, &known, prefix, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return known ? known : prefix;
}

/* Whether an owner is gone for certain; own_namespace is the caller's. */
RT_INLINE u8 rt_is_gone(u64 owner, u64 own_namespace) {
  u64 namespace_index = owner >> RT_OWNER_NAMESPACE_SHIFT;
  if (namespace_index != own_namespace) return 0;
  u64 process_id = owner >> RT_OWNER_ID_BITS & RT_OWNER_ID_MASK;
  return rt_syscall(RT_SYS_tgkill, process_id, owner & RT_OWNER_ID_MASK, 0, 0, 0, 0) == -RT_ESRCH;
}

RT_INLINE u8 rt_take(u64 *word, u64 expected, u64 owner) {
  return __atomic_compare_exchange_n(word, &expected, owner, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Take over the slot of a dead thread, after looking at most at `checks` of the `used` ones. */
RT_INLINE u64 rt_take_over(u64 owner, u64 used, u64 checks) {
  u64 own_namespace = owner >> RT_OWNER_NAMESPACE_SHIFT;
  for (u64 i = 0; i < checks && i < used; i++) {
    u64 index = 1 + __atomic_fetch_add(&RT_CONTROL->slot_hand, 1, __ATOMIC_RELAXED) % used;
    u64 *word = &rt_owners()[index];
    u64 previous = __atomic_load_n(word, __ATOMIC_RELAXED);
    if ((!previous || rt_is_gone(previous, own_namespace)) && rt_take(word, previous, owner)) return index;
  }
  return RT_NO_SLOT;
}

/* When all slots are taken, looking at every owner costs a system call each: not for every lost hit. */
RT_INLINE u64 rt_take_over_any(u64 owner) {
  if (__atomic_load_n(&RT_CONTROL->lost_hits, __ATOMIC_RELAXED) % 1024) return RT_NO_SLOT;
  return rt_take_over(owner, rt_config.slot_count, rt_config.slot_count);
}

/* The slot of an owner: the one it has, a dead thread's, a fresh one, or RT_NO_SLOT. */
RT_INLINE u64 rt_find_slot(u64 owner) {
  struct rt_control *control = RT_CONTROL;
  u64 used = __atomic_load_n(&control->slots_used, __ATOMIC_ACQUIRE);
  if (used > rt_config.slot_count) used = rt_config.slot_count;
  for (u64 i = 1; i <= used; i++)
    if (__atomic_load_n(&rt_owners()[i], __ATOMIC_RELAXED) == owner) return i;
  u64 index = rt_take_over(owner, used, RT_OWNER_CHECKS);
  if (index != RT_NO_SLOT) return index;
  while (used < rt_config.slot_count) {
    if (!__atomic_compare_exchange_n(&control->slots_used, &used, used + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      continue;
    used++;
    if (rt_take(&rt_owners()[used], 0, owner)) return used; /* else taken over between the two steps */
  }
  return rt_take_over_any(owner);
}

RT_INLINE struct rt_thread *rt_prepare_slot(u64 index, u32 process_id, u32 thread_id) {
  struct rt_thread *thread = rt_slot_at(rt_slot_unit(index));
  if (thread->process_id != process_id || thread->thread_id != thread_id) thread->depth = 0;
  thread->process_id = process_id;
  thread->thread_id = thread_id;
  thread->index = (u32)index;
  if (!thread->random) thread->random = (rt_tsc() ^ (u64)thread_id << 32) | 1;
  return thread;
}

/* The slot that the cache names for a thread, if the thread still owns it. */
RT_INLINE struct rt_thread *rt_cached_slot(u32 thread_id) {
  u64 cached = __atomic_load_n(rt_cache_entry(thread_id), __ATOMIC_RELAXED);
  u64 owner = __atomic_load_n(&rt_owners()[(u32)cached], __ATOMIC_RELAXED);
  if (RT_UNLIKELY(owner != (rt_private.owner_prefix | thread_id))) return 0;
  return rt_slot_at(cached >> 32);
}

#define RT_TID_ATTEMPTS 64

/* Once a thread has TLS and finds its id at the candidate, all its process's threads have theirs there. */
RT_INLINE void rt_try_candidate(u32 process_id, u32 thread_id) {
  u64 base = rt_kernel_thread_pointer();
  u32 word = 0;
  if (!base) return;
  u64 local[2] = {(u64)&word, sizeof(word)}, remote[2] = {base + rt_private.tid_candidate, sizeof(word)};
  if (rt_syscall(RT_SYS_process_vm_readv, process_id, (u64)local, 1, (u64)remote, 1, 0) == sizeof(word) &&
      word == thread_id)
    rt_private.tid_offset = rt_private.tid_candidate;
  else if (++rt_private.tid_attempts >= RT_TID_ATTEMPTS)
    rt_private.tid_candidate = 0;
}

/*
 * `word` is what stands where the C library keeps the thread id, 0 if that is unknown.  It may be stale: a child
 * made by a raw clone(2) still has its parent's.  Only what the kernel confirms enters the cache.
 */
RT_SLOW struct rt_thread *rt_thread_slow(u32 word) {
  if (rt_config.filter_forks && !rt_private.enabled) return 0;
  u32 thread_id = word;
  u32 process_id = rt_private.process_id;
  if (!rt_private.no_system_calls) {
    thread_id = (u32)rt_syscall(RT_SYS_gettid, 0, 0, 0, 0, 0, 0);
    struct rt_thread *known = rt_cached_slot(thread_id);
    if (known && !rt_private.tid_offset && rt_private.tid_candidate) rt_try_candidate(known->process_id, thread_id);
    if (known) return known;
    process_id = (u32)rt_syscall(RT_SYS_getpid, 0, 0, 0, 0, 0, 0);
  }
  if (thread_id && process_id && thread_id <= RT_OWNER_ID_MASK) {
    u64 prefix = rt_prefix_of(process_id);
    u64 index = rt_find_slot(prefix | thread_id);
    if (index != RT_NO_SLOT) {
      if (prefix == rt_private.owner_prefix)
        __atomic_store_n(rt_cache_entry(thread_id), rt_slot_unit(index) << 32 | index, __ATOMIC_RELAXED);
      return rt_prepare_slot(index, process_id, thread_id);
    }
  }
  __atomic_fetch_add(&RT_CONTROL->lost_hits, 1, __ATOMIC_RELAXED);
  return 0;
}

/* The calling thread's slot, or NULL: then the hit is not to be served (it has been counted if it was lost). */
RT_HELPER struct rt_thread *rt_thread(void) {
  u64 offset = rt_private.tid_offset;
  if (rt_config.thread_pointer == RT_THREAD_POINTER_NONE || RT_UNLIKELY(!offset)) return rt_thread_slow(0);
  u32 word = rt_tid_word(rt_config.thread_pointer, offset);
  struct rt_thread *known = rt_cached_slot(word);
  return RT_LIKELY(known) ? known : rt_thread_slow(word);
}

/*
 * A program that uses temporary memory enters and leaves, so that one in a signal handler which interrupts it has
 * other memory.  The result is the entry of the array that is its own.  What a longjmp passes over never leaves; the
 * deepest entry then serves all.
 */
RT_HELPER u32 rt_temporary_enter(struct rt_thread *thread) {
  u32 depth = thread->depth;
  thread->depth = depth + 1;
  return depth < RT_DEPTHS ? depth : RT_DEPTHS - 1;
}

RT_HELPER void rt_temporary_leave(struct rt_thread *thread) { thread->depth--; }

#endif
