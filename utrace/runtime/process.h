/* What a probe asks of its process, or does to it: clocks, relatives, signals, writes to memory. */
#ifndef UTRACE_PROCESS_H
#define UTRACE_PROCESS_H
#include "clock.h"
#include "read.h"

#define RT_CLOCK_TAI 11
#define RT_AT_FDCWD ((u64)-100)
#define RT_O_CLOEXEC 02000000

RT_SLOW u64 rt_tai(void) { return rt_kernel_clock(RT_CLOCK_TAI); }

RT_HELPER u64 rt_ktime_get_tai_ns(struct rt_thread *thread) {
  (void)thread;
  return rt_tai();
}

RT_SLOW u64 rt_numa_node(void) {
  u32 processor = 0, node = 0;
  rt_syscall(RT_SYS_getcpu, (u64)&processor, (u64)&node, 0, 0, 0, 0);
  return node;
}

RT_HELPER u64 rt_get_numa_node_id(struct rt_thread *thread) {
  (void)thread;
  return rt_numa_node();
}

RT_SLOW u64 rt_parent(void) { return (u32)rt_syscall(RT_SYS_getppid, 0, 0, 0, 0, 0, 0); }

RT_HELPER u64 rt_get_parent_pid(struct rt_thread *thread) {
  (void)thread;
  return rt_parent();
}

/* The process that the tracer has started, 0 if it has started none. */
RT_HELPER u64 rt_get_child_pid(struct rt_thread *thread) {
  (void)thread;
  return rt_load(&RT_CONTROL->child);
}

/* The name of another process's first thread; an empty one when there is no such process. */
RT_SLOW s64 rt_comm_of(u64 process_id, void *to, u64 size) {
  char path[32] = "/proc/", digits[20];
  u64 at = 6, count = 0;
  rt_zero_bytes(to, size);
  do digits[count++] = (char)('0' + process_id % 10);
  while (process_id /= 10);
  while (count) path[at++] = digits[--count];
  const char *end = "/comm";
  do path[at++] = *end;
  while (*end++);
  s64 file = rt_syscall(RT_SYS_openat, RT_AT_FDCWD, (u64)path, RT_O_CLOEXEC, 0, 0, 0);
  if (file < 0) return file;
  s64 length = rt_syscall(RT_SYS_read, (u64)file, (u64)to, size, 0, 0, 0);
  rt_syscall(RT_SYS_close, (u64)file, 0, 0, 0, 0, 0);
  u64 used = length > 0 ? (u64)length - 1 : 0; /* the last one is a newline */
  rt_zero_bytes((char *)to + used, size - used);
  return 0;
}

RT_HELPER s64 rt_get_comm_of(struct rt_thread *thread, u64 process_id, void *to, u64 size) {
  (void)thread;
  return size ? rt_comm_of((u32)process_id, to, size) : -RT_EINVAL;
}

RT_SLOW s64 rt_signal(u64 process_id, u64 thread_id, u64 signal) {
  if (!thread_id) return rt_syscall(RT_SYS_kill, process_id, signal, 0, 0, 0, 0);
  return rt_syscall(RT_SYS_tgkill, process_id, thread_id, signal, 0, 0, 0);
}

RT_HELPER s64 rt_send_signal(struct rt_thread *thread, u64 signal) {
  return rt_signal(thread->process_id, 0, (u32)signal);
}

RT_HELPER s64 rt_send_signal_thread(struct rt_thread *thread, u64 signal) {
  return rt_signal(thread->process_id, thread->thread_id, (u32)signal);
}

/* The kernel copies, so that an address that can't be written to is an error and no fault. */
RT_SLOW s64 rt_write_memory(u64 process_id, u64 to, const void *from, u64 size) {
  struct rt_piece local = {(u64)from, size}, remote = {to, size};
  s64 result = rt_syscall(RT_SYS_process_vm_writev, process_id, (u64)&local, 1, (u64)&remote, 1, 0);
  return result == (s64)size ? 0 : -RT_EFAULT;
}

RT_HELPER s64 rt_probe_write_user(struct rt_thread *thread, u64 to, const void *from, u64 size) {
  return rt_write_memory(thread->process_id, to, from, size);
}

#endif
