/*
 * Time in nanoseconds from the processor's counter.  The tracer publishes the parameters (utrace/backend/clock.py):
 * it writes the pair of `clocks` that is not in use, then makes it the valid one by adding 1 to clock_sequence.
 */
#ifndef UTRACE_CLOCK_H
#define UTRACE_CLOCK_H
#include "thread.h"

#define RT_CLOCK_MONOTONIC 1
#define RT_CLOCK_BOOTTIME 7

RT_SLOW u64 rt_kernel_clock(u64 clock_id) {
  u64 time[2];
  if (rt_syscall(RT_SYS_clock_gettime, clock_id, (u64)time, 0, 0, 0, 0) < 0) return 0;
  return time[0] * 1000000000u + time[1];
}

RT_INLINE u64 rt_clock_at(const struct rt_clock *clock, u64 tsc) {
  s64 ticks = (s64)(tsc - clock->base_tsc);
  if (RT_UNLIKELY(ticks < 0)) ticks = 0; /* another processor's counter, read a moment before the calibration */
  return clock->base_boot_ns + (u64)((u128)(u64)ticks * clock->multiplier >> 32);
}

RT_INLINE u64 rt_now(struct rt_thread *thread, u8 is_monotonic) {
  struct rt_control *control = RT_CONTROL;
  u64 sequence = __atomic_load_n(&control->clock_sequence, __ATOMIC_ACQUIRE);
  for (u32 attempt = 0; attempt < 4; attempt++) {
    const struct rt_clock *clock = &control->clocks[sequence & 1];
    if (RT_UNLIKELY(!clock->is_tsc)) break;
    u64 now = rt_clock_at(clock, rt_tsc());
    u64 shift = clock->boot_minus_monotonic_ns;
    RT_LOAD_FENCE();
    u64 after = __atomic_load_n(&control->clock_sequence, __ATOMIC_ACQUIRE);
    if (RT_UNLIKELY(after != sequence)) {
      sequence = after;
      continue;
    }
    if (RT_UNLIKELY(now < thread->last_ns)) now = thread->last_ns; /* a new slope must not step back */
    thread->last_ns = now;
    return is_monotonic ? now - shift : now;
  }
  return rt_kernel_clock(is_monotonic ? RT_CLOCK_MONOTONIC : RT_CLOCK_BOOTTIME);
}

RT_HELPER u64 rt_ktime_get_ns(struct rt_thread *thread) { return rt_now(thread, 1); }

RT_HELPER u64 rt_ktime_get_boot_ns(struct rt_thread *thread) { return rt_now(thread, 0); }

#endif
