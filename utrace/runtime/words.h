/* Copying, comparing and hashing of keys and values whose sizes are constants where it matters. */
#ifndef UTRACE_WORDS_H
#define UTRACE_WORDS_H
#include "runtime.h"

/* A loop over words of up to so many bytes becomes straight-line code once its bound is a constant. */
#define RT_UNROLLED_BYTES 128
#define RT_UNROLL _Pragma("clang loop unroll(full)")

RT_INLINE void rt_copy(void *to, const void *from, u64 size) {
  if (size > RT_UNROLLED_BYTES) {
    rt_copy_bytes(to, from, size);
    return;
  }
  u64 at = 0;
  RT_UNROLL
  for (; at + 8 <= size; at += 8) RT_WORD(to, at) = RT_WORD(from, at);
  if (size & 4) RT_WORD32(to, at) = RT_WORD32(from, at), at += 4;
  if (size & 2) RT_WORD16(to, at) = RT_WORD16(from, at), at += 2;
  if (size & 1) RT_BYTE(to, at) = RT_BYTE(from, at);
}

/* The word at `at` of something that ends at `size`: bytes beyond the end are zero. */
RT_INLINE u64 rt_word_at(const void *bytes, u64 at, u64 size) {
  if (at + 8 <= size) return RT_WORD(bytes, at);
  u64 word = 0;
  u32 shift = 0;
  if (size & 4) word = RT_WORD32(bytes, at), at += 4, shift = 32;
  if (size & 2) word |= (u64)RT_WORD16(bytes, at) << shift, at += 2, shift += 16;
  if (size & 1) word |= (u64)RT_BYTE(bytes, at) << shift;
  return word;
}

/* `aligned` is zero-padded to a multiple of 8 bytes. */
RT_INLINE u8 rt_is_equal(const u64 *aligned, const void *bytes, u64 size) {
  u64 difference = 0;
  if (size <= RT_UNROLLED_BYTES) {
    RT_UNROLL
    for (u64 at = 0; at < size; at += 8) difference |= aligned[at / 8] ^ rt_word_at(bytes, at, size);
  } else {
    for (u64 at = 0; at < size && !difference; at += 8) difference = aligned[at / 8] ^ rt_word_at(bytes, at, size);
  }
  return !difference;
}

RT_INLINE u64 rt_mix(u64 a, u64 b) {
  u128 product = (u128)a * b;
  return (u64)product ^ (u64)(product >> 64);
}

RT_INLINE u64 rt_hash_step(u64 hash, const void *key, u64 at, u64 size) {
  u64 first = rt_word_at(key, at, size);
  u64 second = at + 8 < size ? rt_word_at(key, at + 8, size) : 0;
  return rt_mix(first ^ hash, second ^ 0xe7037ed1a0b428dbull);
}

/* Multiply and fold, two words at a step (after wyhash). */
RT_INLINE u64 rt_hash(const void *key, u64 size) {
  u64 hash = 0xa0761d6478bd642full;
  if (size <= RT_UNROLLED_BYTES) {
    RT_UNROLL
    for (u64 at = 0; at < size; at += 16) hash = rt_hash_step(hash, key, at, size);
  } else {
    for (u64 at = 0; at < size; at += 16) hash = rt_hash_step(hash, key, at, size);
  }
  return hash;
}

#endif
