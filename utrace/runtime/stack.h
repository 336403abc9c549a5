/*
 * The stack of the probed thread, by frame pointers: bpf_get_stack().
 *
 * A frame that keeps a frame pointer has the caller's at [fp] and its own return address behind it.  Code without
 * frame pointers may leave anything in the register, so nothing is trusted: reads never fault, a walk ends at the
 * buffer's end, at an address where no code can be, and at a frame that is its own caller.  Blocks of the stack are
 * read at a time, since a read costs a system call.
 */
#ifndef UTRACE_STACK_H
#define UTRACE_STACK_H
#include "read.h"
#include "return_thunk.h"

#define RT_STACK_BLOCK 1024
#define RT_FRAMES_BYTES 8192 /* more than the frames of a program and of what it calls take */
#define RT_USER_STACK 256 /* BPF_F_USER_STACK */
#define RT_LOWEST_CODE 4096ull
#define RT_HIGHEST_CODE (1ull << 56)
#define RT_NESTED_THUNKS 16

/* What a stub writes behind struct pt_regs: where in its function the probe stands. */
enum { RT_PLACE_INSIDE, RT_PLACE_ENTRY, RT_PLACE_RETURN };

struct rt_stack_block {
  u64 used_start; /* what is in use by us already, and therefore there: it needs no system call */
  u64 used_bytes;
  u64 start;
  u64 size;
  u64 words[RT_STACK_BLOCK / 8];
};

struct rt_frame {
  u64 caller; /* the caller's frame pointer */
  u64 return_address;
};

/* From our own frame to the end of the page that holds the registers which the stub has pushed. */
RT_INLINE void rt_prepare_block(struct rt_stack_block *block, const void *regs) {
  u64 sp = rt_stack_pointer(), top = (u64)regs + RT_REGS_PLACE;
  u64 highest = top - sp < RT_FRAMES_BYTES ? top : sp; /* the tracer's registers are in no stack */
  block->used_start = sp;
  block->used_bytes = (highest | (RT_PAGE - 1)) + 1 - sp;
  block->start = block->size = 0;
}

/* Reads a frame, through the block; false where no memory is. */
RT_INLINE u8 rt_read_frame(struct rt_thread *thread, struct rt_stack_block *block, u64 at, struct rt_frame *frame) {
  u64 offset = at - block->used_start;
  const void *from = (const void *)at;
  if (offset >= block->used_bytes || block->used_bytes - offset < sizeof(*frame)) {
    if (at < block->start || at - block->start + sizeof(*frame) > block->size) {
      block->start = at;
      block->size = rt_read_pieces(thread, block->words, RT_STACK_BLOCK, at);
      if (block->size < sizeof(*frame)) return 0;
    }
    from = (char *)block->words + (at - block->start);
  }
  frame->caller = RT_WORD(from, 0);
  frame->return_address = RT_WORD(from, 8);
  return 1;
}

/* Where a return address leads in the end: a return probe has put one of our thunks in its place. */
RT_INLINE u64 rt_true_return(u64 address) {
  for (int depth = 0; depth < RT_NESTED_THUNKS; depth++) {
    const struct rt_thunk_range *range = rt_private.thunk_ranges;
    const struct rt_thunk_range *end = range + RT_THUNK_RANGES;
    while (range < end && range->end && address - range->start >= range->end - range->start) range++;
    if (range == end || !range->end) break;
    const struct thunk_entry *entries = (const struct thunk_entry *)range->entries;
    address = entries[(address - range->start) / THUNK_SLOT_BYTES].return_address;
  }
  return address;
}

RT_INLINE u8 rt_is_code(u64 address) { return address >= RT_LOWEST_CODE && address < RT_HIGHEST_CODE; }

/* The first frames, as the place of the probe tells: the probed address, and its caller where that is known. */
RT_INLINE u64 rt_first_frames(struct rt_thread *thread, struct rt_stack_block *block, const void *regs, u64 *to) {
  u64 place = RT_WORD(regs, RT_REGS_PLACE), sp = RT_WORD(regs, RT_REGS_SP);
  struct rt_frame top;
  if (place == RT_PLACE_RETURN) { /* the return address has just been taken off the stack */
    if (!rt_read_frame(thread, block, sp - 8, &top)) return 0;
    to[0] = rt_true_return(top.caller);
    return 1;
  }
  to[0] = RT_WORD(regs, RT_REGS_IP);
  if (place != RT_PLACE_ENTRY || !rt_read_frame(thread, block, sp, &top)) return 1;
  to[1] = rt_true_return(top.caller);
  return rt_is_code(to[1]) ? 2 : 1;
}

/* Fills `to` with at most `room` (at least 2) addresses, the innermost first; how many there are. */
RT_SLOW u64 rt_walk_stack(struct rt_thread *thread, const void *regs, u64 *to, u64 room) {
  struct rt_stack_block block;
  rt_prepare_block(&block, regs);
  if (!RT_WORD(regs, RT_REGS_IP)) return 0; /* a program that the tracer runs has no stack */
  u64 count = rt_first_frames(thread, &block, regs, to);
  u64 at = RT_WORD(regs, RT_REGS_BP);
  while (count && count < room && at && at % 8 == 0) {
    struct rt_frame frame;
    if (!rt_read_frame(thread, &block, at, &frame)) break;
    u64 address = rt_true_return(frame.return_address);
    if (!rt_is_code(address)) break;
    to[count++] = address;
    if (frame.caller == at) break;
    at = frame.caller;
  }
  return count;
}

/* As the kernel's: bytes of addresses, the rest of the buffer zeroed; user stacks only, in whole words. */
RT_HELPER s64 rt_get_stack(struct rt_thread *thread, const void *regs, void *to, u64 size, u64 flags) {
  if (flags != RT_USER_STACK || size % 8) return -RT_EINVAL;
  if (size < 16) { /* a walk may find two frames at once */
    u64 frames[2];
    u64 found = rt_walk_stack(thread, regs, frames, 2);
    if (size) RT_WORD(to, 0) = found ? frames[0] : 0;
    return found && size ? 8 : 0;
  }
  u64 found = 8 * rt_walk_stack(thread, regs, to, size / 8);
  rt_zero_bytes((char *)to + found, size - found);
  return (s64)found;
}

RT_HELPER u64 rt_get_func_ip(struct rt_thread *thread, const void *regs) {
  (void)thread;
  return RT_WORD(regs, RT_REGS_IP);
}

RT_HELPER u64 rt_get_attach_cookie(struct rt_thread *thread, const void *regs) {
  (void)thread;
  return RT_WORD(regs, RT_REGS_COOKIE);
}

#endif
