/* Finds or fills the thunk for one (function, return address); see utrace/backend/attach/return_thunks.py. */
#include "return_thunk.h"

struct thunk_pool {
  u64 slots;
  u64 mask;
  u64 exhausted;
  u8 rest_of_page[4096 - 24];
  struct thunk_entry entries[];
};

enum { THUNK_FREE, THUNK_BEING_FILLED, THUNK_FILLED };
#define THUNK_PROBES 64

static inline __attribute__((always_inline)) u64 thunk_hash(u64 return_address, u64 exit_stub) {
  u64 mixed = (return_address ^ (exit_stub << 1)) * 0x9e3779b97f4a7c15ull;
  return mixed >> 32;
}

/* The address to go on at: the thunk, or the bare body when the pool is full (the lost return is counted).
 * An entry that another thread is filling just now is passed over: a second one for the same pair does no harm. */
RT_EXPORT RT_PRESERVE u64 rt_return_thunk(u64 return_address, u64 body, u64 exit_stub, struct thunk_pool *pool) {
  u64 index = thunk_hash(return_address, exit_stub);
  for (u64 probe = 0; probe < THUNK_PROBES; probe++, index++) {
    struct thunk_entry *entry = &pool->entries[index & pool->mask];
    u64 state = __atomic_load_n(&entry->state, __ATOMIC_ACQUIRE);
    if (state == THUNK_FREE) {
      u64 expected = THUNK_FREE;
      if (!__atomic_compare_exchange_n(&entry->state, &expected, THUNK_BEING_FILLED, 0, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE))
        continue;
      entry->return_address = return_address;
      entry->body = body;
      entry->exit_stub = exit_stub;
      __atomic_store_n(&entry->state, THUNK_FILLED, __ATOMIC_RELEASE);
    } else if (state != THUNK_FILLED || entry->return_address != return_address || entry->exit_stub != exit_stub) {
      continue;
    }
    return pool->slots + (index & pool->mask) * THUNK_SLOT_BYTES;
  }
  __atomic_fetch_add(&pool->exhausted, 1, __ATOMIC_RELAXED);
  return body;
}
