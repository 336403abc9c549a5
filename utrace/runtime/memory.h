/*
 * What a compiler may call by itself.  The runtime avoids it; this keeps a stray call from reaching for a libc.
 * Vector registers belong to the target: hence words, and the processor's own string instructions for long runs.
 */
#ifndef UTRACE_MEMORY_H
#define UTRACE_MEMORY_H
#include "words.h"

#define RT_STRING_BYTES 256 /* below this the start of a string instruction costs more than it saves */

void *memcpy(void *restrict to, const void *restrict from, __SIZE_TYPE__ size) {
  if (size > RT_STRING_BYTES) {
    rt_copy_bytes(to, from, size);
    return to;
  }
  if (size >= 8) {
    u64 last = RT_WORD(from, size - 8);
    for (u64 at = 0; at + 8 < size; at += 8) RT_WORD(to, at) = RT_WORD(from, at);
    RT_WORD(to, size - 8) = last;
    return to;
  }
  for (u64 at = 0; at < size; at++) RT_BYTE(to, at) = RT_BYTE(from, at);
  return to;
}

void *memmove(void *to, const void *from, __SIZE_TYPE__ size) {
  if ((u64)to - (u64)from >= size) {
    for (u64 at = 0; at < size; at++) RT_BYTE(to, at) = RT_BYTE(from, at);
  } else {
    for (u64 at = size; at; at--) RT_BYTE(to, at - 1) = RT_BYTE(from, at - 1);
  }
  return to;
}

void *memset(void *to, int value, __SIZE_TYPE__ size) {
  if (!value && size > RT_STRING_BYTES) {
    rt_zero_bytes(to, size);
    return to;
  }
  for (u64 at = 0; at < size; at++) RT_BYTE(to, at) = (u8)value;
  return to;
}

int memcmp(const void *left, const void *right, __SIZE_TYPE__ size) {
  for (u64 at = 0; at < size; at++) {
    int difference = RT_BYTE(left, at) - RT_BYTE(right, at);
    if (difference) return difference;
  }
  return 0;
}

#endif
