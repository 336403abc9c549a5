/*
 * Reads of the target's memory that cannot fault.
 *
 * A check followed by a load would race with a munmap(2) in another thread, so the kernel copies:
 * process_vm_readv(2) on the process itself, split at page boundaries so that it stops exactly where memory ends.
 * Only what lies above the stack pointer and on its page is loaded directly: that page holds our own frame.
 */
#ifndef UTRACE_READ_H
#define UTRACE_READ_H
#include "words.h"
#include "thread.h"

#define RT_PAGE 4096ull
#define RT_READ_PIECES 16

struct rt_piece {
  u64 address;
  u64 size;
};

/* A vfork child has its parent's slot, but may not read through its parent's id: hence the second attempt. */
RT_INLINE s64 rt_read_own(struct rt_thread *thread, struct rt_piece *local, struct rt_piece *remote, u64 pieces) {
  s64 result =
      rt_syscall(RT_SYS_process_vm_readv, thread->process_id, (u64)local, 1, (u64)remote, pieces, 0);
  if (result >= 0 || result == -RT_EFAULT) return result;
  u64 process_id = (u64)rt_syscall(RT_SYS_getpid, 0, 0, 0, 0, 0, 0);
  return rt_syscall(RT_SYS_process_vm_readv, process_id, (u64)local, 1, (u64)remote, pieces, 0);
}

/* Bytes that could be read from `from`, up to the first page that cannot be. */
RT_INLINE u64 rt_read_pieces(struct rt_thread *thread, void *to, u64 size, u64 from) {
  struct rt_piece remote[RT_READ_PIECES];
  u64 done = 0;
  while (done < size) {
    struct rt_piece local = {(u64)to + done, 0};
    u64 pieces = 0;
    for (u64 at = from + done; pieces < RT_READ_PIECES && local.size < size - done; pieces++) {
      u64 to_page_end = RT_PAGE - at % RT_PAGE, left = size - done - local.size;
      remote[pieces].address = at;
      remote[pieces].size = to_page_end < left ? to_page_end : left;
      local.size += remote[pieces].size;
      at += remote[pieces].size;
    }
    s64 result = rt_read_own(thread, &local, remote, pieces);
    if (result > 0) done += (u64)result;
    if (result != (s64)local.size) break;
  }
  return done;
}

RT_SLOW s64 rt_read_slow(struct rt_thread *thread, void *to, u64 size, u64 from) {
  if (rt_read_pieces(thread, to, size, from) == size) return 0;
  rt_zero_bytes(to, size);
  return -RT_EFAULT;
}

RT_HELPER s64 rt_probe_read_user(struct rt_thread *thread, void *to, u64 size, u64 from) {
  u64 sp = rt_stack_pointer(), above = from - sp, to_page_end = RT_PAGE - sp % RT_PAGE;
  if (above < to_page_end && size <= to_page_end - above) {
    rt_copy(to, (const void *)from, size);
    return 0;
  }
  return rt_read_slow(thread, to, size, from);
}

/* Index of the first NUL, or `size`. */
RT_INLINE u64 rt_find_nul(const char *text, u64 size) {
  u64 at = 0;
  for (; at + 8 <= size; at += 8) {
    u64 word = RT_WORD(text, at);
    u64 nuls = (word - 0x0101010101010101ull) & ~word & 0x8080808080808080ull;
    if (nuls) return at + (u64)__builtin_ctzll(nuls) / 8;
  }
  while (at < size && text[at]) at++;
  return at;
}

/* As the kernel: the length with the NUL; a string that is cut has its last byte replaced. */
RT_SLOW s64 rt_read_string(struct rt_thread *thread, char *to, u64 size, u64 from) {
  if (!size) return 0;
  u64 got = rt_read_pieces(thread, to, size, from);
  u64 length = rt_find_nul(to, got);
  if (length == got && got < size) {
    rt_zero_bytes(to, size);
    return -RT_EFAULT;
  }
  if (length == size) length--;
  rt_zero_bytes(to + length, got - length); /* nothing of what follows the string */
  return (s64)length + 1;
}

RT_HELPER s64 rt_probe_read_user_str(struct rt_thread *thread, void *to, u64 size, u64 from) {
  return rt_read_string(thread, to, size, from);
}

#endif
