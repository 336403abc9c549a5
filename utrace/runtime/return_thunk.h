/* The data of return thunks; see utrace/backend/attach/return_thunks.py. */
#ifndef UTRACE_RETURN_THUNK_H
#define UTRACE_RETURN_THUNK_H
#include "runtime.h"

#define THUNK_SLOT_BYTES 32

struct thunk_entry {
  u64 return_address;
  u64 body;
  u64 exit_stub;
  u64 state;
};

#endif
