/*
 * The tracer's end of the rings: all records, merged by time stamp, copied into one batch.
 *
 * Whatever stands in a ring was written by a target that may have overwritten it by mistake: sizes and positions
 * are checked before use.
 */
#ifndef UTRACE_DRAIN_H
#define UTRACE_DRAIN_H
#include "ring.h"

/* The reader's state of one ring; zero at first.  Mirrored by utrace/backend/rings.py, as the next one is. */
struct rt_reader {
  u64 tail;
  u64 blocked_tsc; /* since when the next record has been reserved but not written, 0: it is not */
  u64 next_tsc;
  u64 heap; /* the heap's array of ring numbers, one member of it in each reader */
};

struct rt_drain {
  u64 gap_ticks; /* after so long a reserved record is given up: its thread is dead or has jumped away */
  u64 gaps; /* how many were given up */
  u64 records;
  u64 is_final; /* 1: everything, 0: only what is older than the start of the call */
  struct rt_reader readers[];
};

RT_INLINE struct rt_record *rt_record_at(struct rt_ring *ring, u64 position) {
  return (struct rt_record *)(void *)(ring->data + (position & (rt_config.ring_bytes - 1)));
}

RT_INLINE u64 rt_record_bytes(u32 size) { return (sizeof(struct rt_record) + (u64)size + 7) & ~7ull; }

/* Whether a whole record, or a filler, stands at a position below `head`; its length goes to `bytes`. */
RT_INLINE u8 rt_is_record(struct rt_ring *ring, u64 position, u64 head, u64 *bytes) {
  struct rt_record *record = rt_record_at(ring, position);
  u64 word = __atomic_load_n((u64 *)(void *)record, __ATOMIC_ACQUIRE);
  u64 to_end = rt_config.ring_bytes - (position & (rt_config.ring_bytes - 1));
  if ((u32)(word >> 32) != rt_sequence(position)) return 0;
  *bytes = (u32)word == RT_RECORD_PADDING ? to_end : rt_record_bytes((u32)word);
  return *bytes <= to_end && *bytes <= head - position;
}

/* The next record behind a gap, or `head`. */
RT_INLINE u64 rt_behind_gap(struct rt_ring *ring, u64 position, u64 head) {
  u64 bytes;
  do position += 8;
  while (position < head && !rt_is_record(ring, position, head, &bytes));
  return position < head ? position : head;
}

/* Find a ring's next record: its length, 0 if there is none now. */
RT_INLINE u64 rt_peek(struct rt_drain *drain, u64 number, u64 now) {
  struct rt_ring *ring = rt_ring_at(number);
  struct rt_reader *reader = &drain->readers[number];
  u64 head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) & ~7ull, bytes;
  if (head - reader->tail > rt_config.ring_bytes) { /* overwritten by the target */
    reader->tail = head;
    drain->gaps++;
  }
  while (reader->tail != head) {
    if (rt_is_record(ring, reader->tail, head, &bytes)) {
      struct rt_record *record = rt_record_at(ring, reader->tail);
      reader->blocked_tsc = 0;
      reader->next_tsc = record->tsc;
      if (record->size != RT_RECORD_PADDING) return bytes;
      reader->tail += bytes;
      continue;
    }
    if (!reader->blocked_tsc) reader->blocked_tsc = now;
    if (!drain->is_final && now - reader->blocked_tsc <= drain->gap_ticks) return 0;
    reader->tail = rt_behind_gap(ring, reader->tail, head);
    reader->blocked_tsc = 0;
    drain->gaps++;
  }
  return 0;
}

RT_INLINE u64 rt_heap_tsc(struct rt_drain *drain, u64 place) {
  return drain->readers[drain->readers[place].heap].next_tsc;
}

RT_INLINE void rt_heap_swap(struct rt_drain *drain, u64 left, u64 right) {
  u64 number = drain->readers[left].heap;
  drain->readers[left].heap = drain->readers[right].heap;
  drain->readers[right].heap = number;
}

RT_INLINE void rt_heap_down(struct rt_drain *drain, u64 place, u64 count) {
  for (;;) {
    u64 least = place;
    for (u64 child = 2 * place + 1; child <= 2 * place + 2 && child < count; child++)
      if (rt_heap_tsc(drain, child) < rt_heap_tsc(drain, least)) least = child;
    if (least == place) return;
    rt_heap_swap(drain, place, least);
    place = least;
  }
}

RT_INLINE u64 rt_heap_build(struct rt_drain *drain, u64 now, u64 horizon) {
  u64 rings = __atomic_load_n(&RT_CONTROL->rings_used, __ATOMIC_ACQUIRE), count = 0;
  for (u64 number = 0; number < rings && number < rt_config.ring_count; number++)
    if (rt_peek(drain, number, now) && drain->readers[number].next_tsc <= horizon)
      drain->readers[count++].heap = number;
  for (u64 place = count / 2; place-- > 0;) rt_heap_down(drain, place, count);
  return count;
}

/* The time stamp up to which the heap's first ring goes on without asking the others. */
RT_INLINE u64 rt_heap_second(struct rt_drain *drain, u64 count, u64 horizon) {
  u64 second = horizon;
  for (u64 place = 1; place < count && place <= 2; place++)
    if (rt_heap_tsc(drain, place) < second) second = rt_heap_tsc(drain, place);
  return second;
}

/*
 * Fill a batch with records, oldest first; gives its length in bytes.  0 means that nothing is left that is older
 * than the start of the call, or that `capacity` is less than a record.
 */
RT_EXPORT u64 rt_tracer_drain(struct rt_drain *drain, char *batch, u64 capacity) {
  u64 now = rt_tsc(), length = 0;
  u64 horizon = drain->is_final ? ~0ull : now;
  u64 count = rt_heap_build(drain, now, horizon);
  while (count) {
    u64 number = drain->readers[0].heap;
    u64 second = rt_heap_second(drain, count, horizon);
    struct rt_reader *reader = &drain->readers[number];
    struct rt_ring *ring = rt_ring_at(number);
    u8 is_full = 0;
    u64 bytes;
    while ((bytes = rt_peek(drain, number, now)) && reader->next_tsc <= second) {
      is_full = length + bytes > capacity;
      if (is_full) break;
      rt_copy(batch + length, rt_record_at(ring, reader->tail), bytes);
      *(u32 *)(void *)(batch + length + 4) = (u32)number;
      length += bytes;
      reader->tail += bytes;
      drain->records++;
    }
    __atomic_store_n(&ring->tail, reader->tail, __ATOMIC_RELEASE);
    if (is_full) break;
    if (!bytes || reader->next_tsc > horizon) drain->readers[0].heap = drain->readers[--count].heap;
    rt_heap_down(drain, 0, count);
  }
  return length;
}

#endif
