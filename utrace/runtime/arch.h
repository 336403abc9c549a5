/* Everything that depends on the processor: registers, system calls, clocks, 16-byte compare-and-swap. */
#ifndef UTRACE_ARCH_H
#define UTRACE_ARCH_H

#define RT_BARRIER() __asm__ volatile("" ::: "memory")

#if defined(__x86_64__)

enum {
  RT_SYS_read = 0,
  RT_SYS_close = 3,
  RT_SYS_rt_sigprocmask = 14,
  RT_SYS_getpid = 39,
  RT_SYS_kill = 62,
  RT_SYS_getuid = 102,
  RT_SYS_getgid = 104,
  RT_SYS_getppid = 110,
  RT_SYS_prctl = 157,
  RT_SYS_arch_prctl = 158,
  RT_SYS_gettid = 186,
  RT_SYS_futex = 202,
  RT_SYS_clock_gettime = 228,
  RT_SYS_tgkill = 234,
  RT_SYS_openat = 257,
  RT_SYS_newfstatat = 262,
  RT_SYS_getcpu = 309,
  RT_SYS_process_vm_readv = 310,
  RT_SYS_process_vm_writev = 311,
};
#define RT_STAT_INODE_OFFSET 8

/* Offsets in struct pt_regs, and of the word that a stub puts behind it. */
enum { RT_REGS_BP = 32, RT_REGS_IP = 128, RT_REGS_SP = 152, RT_REGS_PLACE = 168, RT_REGS_COOKIE = 176 };

/* The kernel keeps every register but rax, rcx and r11, vector registers too. */
RT_INLINE s64 rt_raw_syscall(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  s64 result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

RT_INLINE u64 rt_tsc(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (u64)high << 32 | low;
}

RT_INLINE u64 rt_stack_pointer(void) {
  u64 sp;
  __asm__ volatile("mov %%rsp, %0" : "=r"(sp));
  return sp;
}

/* The processor's number: the kernel keeps it in the limit of a segment, as the vDSO's getcpu knows. */
RT_INLINE s64 rt_processor(void) {
  u64 limit = 0;
  u8 is_valid;
  __asm__ volatile("lsl %2, %0" : "+r"(limit), "=@ccz"(is_valid) : "r"(0x7bul));
  return is_valid ? (s64)(limit & 0xfff) : -1;
}

/* The thread id at a known offset from the thread pointer, or 0 where the thread has no TLS yet. */
RT_INLINE u32 rt_tid_word(u64 mode, u64 offset) {
  u64 base;
  u32 tid;
  if (mode == RT_THREAD_POINTER_SEGMENT) {
    __asm__ volatile("movl %%fs:(%1), %0" : "=r"(tid) : "r"(offset));
    return tid;
  }
  __asm__ volatile("rdfsbase %0" : "=r"(base));
  if (RT_UNLIKELY(!base)) return 0;
  return *(volatile u32 *)(base + offset);
}

/* The thread pointer as the kernel knows it, 0 before there is one; for any processor. */
RT_INLINE u64 rt_kernel_thread_pointer(void) {
  u64 base = 0;
  rt_raw_syscall(RT_SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, (u64)&base, 0, 0, 0, 0);
  return base;
}

/* Compare-and-swap that is atomic for the signal handlers of this thread only: one instruction, no lock. */
RT_INLINE u64 rt_local_exchange(u64 *word, u64 expected, u64 desired) {
  __asm__ volatile("cmpxchgq %2, %1" : "+a"(expected), "+m"(*word) : "r"(desired) : "cc", "memory");
  return expected;
}

/* Replace (low, high) at a 16-byte boundary if it is as expected; tells whether it was. */
RT_INLINE u8 rt_swap_pair(u64 *pair, u64 low, u64 high, u64 new_low, u64 new_high) {
  u8 is_done;
  __asm__ volatile("lock cmpxchg16b %1"
                   : "=@ccz"(is_done), "+m"(*(u128 *)pair), "+a"(low), "+d"(high)
                   : "b"(new_low), "c"(new_high)
                   : "memory");
  return is_done;
}

RT_INLINE void rt_copy_bytes(void *to, const void *from, u64 count) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

RT_INLINE void rt_zero_bytes(void *to, u64 count) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(0) : "memory");
}

/* Loads are not reordered with loads, nor stores with stores: the compiler alone has to be held back. */
#define RT_LOAD_FENCE() RT_BARRIER()
#define RT_STORE_FENCE() RT_BARRIER()

#elif defined(__aarch64__)

enum {
  RT_SYS_openat = 56,
  RT_SYS_close = 57,
  RT_SYS_read = 63,
  RT_SYS_newfstatat = 79,
  RT_SYS_futex = 98,
  RT_SYS_clock_gettime = 113,
  RT_SYS_kill = 129,
  RT_SYS_tgkill = 131,
  RT_SYS_rt_sigprocmask = 135,
  RT_SYS_prctl = 167,
  RT_SYS_getcpu = 168,
  RT_SYS_getpid = 172,
  RT_SYS_getppid = 173,
  RT_SYS_getuid = 174,
  RT_SYS_getgid = 176,
  RT_SYS_gettid = 178,
  RT_SYS_process_vm_readv = 270,
  RT_SYS_process_vm_writev = 271,
};
#define RT_STAT_INODE_OFFSET 8

enum { RT_REGS_BP = 232, RT_REGS_SP = 248, RT_REGS_IP = 256, RT_REGS_PLACE = 272, RT_REGS_COOKIE = 280 };

RT_INLINE s64 rt_raw_syscall(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  register u64 x8 __asm__("x8") = number;
  register u64 x0 __asm__("x0") = a;
  register u64 x1 __asm__("x1") = b;
  register u64 x2 __asm__("x2") = c;
  register u64 x3 __asm__("x3") = d;
  register u64 x4 __asm__("x4") = e;
  register u64 x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return (s64)x0;
}

RT_INLINE u64 rt_tsc(void) {
  u64 ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
}

RT_INLINE u64 rt_stack_pointer(void) {
  u64 sp;
  __asm__ volatile("mov %0, sp" : "=r"(sp));
  return sp;
}

RT_INLINE s64 rt_processor(void) { return -1; }

RT_INLINE u32 rt_tid_word(u64 mode, u64 offset) {
  u64 base;
  (void)mode;
  __asm__ volatile("mrs %0, tpidr_el0" : "=r"(base));
  if (RT_UNLIKELY(!base)) return 0;
  return *(volatile u32 *)(base + offset);
}

RT_INLINE u64 rt_kernel_thread_pointer(void) {
  u64 base;
  __asm__ volatile("mrs %0, tpidr_el0" : "=r"(base));
  return base;
}

RT_INLINE u64 rt_local_exchange(u64 *word, u64 expected, u64 desired) {
  __atomic_compare_exchange_n(word, &expected, desired, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}

RT_INLINE u8 rt_swap_pair(u64 *pair, u64 low, u64 high, u64 new_low, u64 new_high) {
  u64 seen_low, seen_high;
  u32 has_failed;
  u8 is_equal;
  do { /* the two loads are one only if the store succeeds: so what differs is stored back */
    __asm__ volatile("ldaxp %0, %1, %2" : "=&r"(seen_low), "=&r"(seen_high) : "Q"(*(u128 *)pair) : "memory");
    is_equal = seen_low == low && seen_high == high;
    __asm__ volatile("stlxp %w0, %2, %3, %1"
                     : "=&r"(has_failed), "=Q"(*(u128 *)pair)
                     : "r"(is_equal ? new_low : seen_low), "r"(is_equal ? new_high : seen_high)
                     : "memory");
  } while (has_failed);
  return is_equal;
}

RT_INLINE void rt_copy_bytes(void *to, const void *from, u64 count) {
  for (u64 i = 0; i < count; i++) {
    RT_BYTE(to, i) = RT_BYTE(from, i);
    RT_BARRIER(); /* not a call of memcpy */
  }
}

RT_INLINE void rt_zero_bytes(void *to, u64 count) {
  for (u64 i = 0; i < count; i++) {
    RT_BYTE(to, i) = 0;
    RT_BARRIER();
  }
}

#define RT_LOAD_FENCE() __asm__ volatile("dmb ishld" ::: "memory")
#define RT_STORE_FENCE() __asm__ volatile("dmb ish" ::: "memory")

#else
#error "utrace knows x86-64 and aarch64"
#endif

/* A process under a seccomp filter may die of a system call it never made itself: then there are none. */
RT_INLINE s64 rt_syscall(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  if (RT_UNLIKELY(rt_private.no_system_calls)) return -RT_ENOSYS;
  return rt_raw_syscall(number, a, b, c, d, e, f);
}

#endif
