/*
 * RINGBUF: one ring per slot, written by the slot's owner only, read by the tracer (drain.h).
 *
 * `head` and `tail` count bytes since the start.  A record is valid once its header carries the sequence number of
 * its own position: nothing else marks it, so a thread that dies between the reservation and the header leaves a
 * gap that the reader finds its way around.  Reserving is one unlocked compare-and-swap, because only the owner's
 * signal handlers can come in between.
 */
#ifndef UTRACE_RING_H
#define UTRACE_RING_H
#include "words.h"
#include "thread.h"

struct rt_ring {
  u64 head; /* written by the owner */
  u64 reserved[7];
  u64 tail; /* written by the tracer */
  u64 reserved2[7];
  char data[];
};

struct rt_record {
  u32 size; /* of the payload in bytes, without the padding to 8; RT_RECORD_PADDING for a filler up to the end */
  u32 sequence; /* rt_sequence(position) */
  u64 tsc;
  char payload[];
};
#define RT_RECORD_PADDING 0xffffffffu

/* Never 0, which unused memory holds; comes again after 32 GiB. */
RT_INLINE u32 rt_sequence(u64 position) { return (u32)(position >> 3) ^ 0x80000000u; }

RT_INLINE struct rt_ring *rt_ring_at(u64 index) {
  return (struct rt_ring *)(void *)(rt_shm + rt_config.rings_offset + index * rt_config.ring_stride);
}

/* Both words of the header in one store: a record is complete or absent. */
RT_INLINE void rt_commit(struct rt_record *record, u64 size, u64 position) {
  __atomic_store_n((u64 *)(void *)record, size | (u64)rt_sequence(position) << 32, __ATOMIC_RELEASE);
}

/* The slot's ring for good: a new owner of the slot goes on with it. */
RT_SLOW u32 rt_ring_claim(struct rt_thread *thread) {
  u64 *used = &RT_CONTROL->rings_used;
  u64 index = __atomic_load_n(used, __ATOMIC_RELAXED);
  do {
    if (index >= rt_config.ring_count) return 0;
  } while (!__atomic_compare_exchange_n(used, &index, index + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  thread->ring = (u32)index + 1;
  return (u32)index + 1;
}

RT_INLINE s64 rt_ring_push(struct rt_thread *thread, const void *data, u64 size) {
  u64 room = rt_config.ring_bytes;
  u64 bytes = (sizeof(struct rt_record) + size + 7) & ~7ull;
  if (bytes > room / 2) return -RT_E2BIG;
  u64 number = thread->ring;
  if (RT_UNLIKELY(number - 1 >= rt_config.ring_count)) {
    number = number ? 0 : rt_ring_claim(thread);
    if (!number) return -RT_ENOSPC;
  }
  struct rt_ring *ring = rt_ring_at(number - 1);
  u64 tsc = rt_tsc();
  u64 head = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
  u64 start, filler;
  for (;;) {
    u64 to_end = room - (head & (room - 1));
    filler = to_end < bytes ? to_end : 0;
    if (RT_UNLIKELY(head + filler + bytes - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) > room)) return -RT_ENOSPC;
    u64 seen = rt_local_exchange(&ring->head, head, head + filler + bytes);
    if (RT_LIKELY(seen == head)) break;
    head = seen;
  }
  if (RT_UNLIKELY(filler))
    rt_commit((struct rt_record *)(void *)(ring->data + (head & (room - 1))), RT_RECORD_PADDING, head);
  start = head + filler;
  struct rt_record *record = (struct rt_record *)(void *)(ring->data + (start & (room - 1)));
  record->tsc = tsc;
  rt_copy(record->payload, data, size);
  rt_commit(record, size, start);
  return 0;
}

#endif
