/* How a thread finds its slot in unusual processes: identity MODE SHM_FD. */
#include "driver.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#define HITS 1000

static u64 total(void) {
  u64 sum = 0, *value;
  u32 zero = 0;
  for (u32 slot = 0; (value = rt_map_lookup_percpu_elem(0, &counter, &zero, slot)); slot++) sum += *value;
  return sum;
}

static void hit_many(u64 hits, u64 number) {
  (void)number;
  for (u64 i = 0; i < hits; i++) hit_counter();
}

/* A right candidate is taken over at the second hit; a wrong one is given up. */
static void candidate(u64 offset, int is_right) {
  rt_private.tid_offset = 0;
  rt_private.tid_candidate = offset;
  run_threads(8, hit_many, HITS);
  CHECK(total() == 8 * HITS);
  CHECK(is_right ? rt_private.tid_offset == offset : !rt_private.tid_offset && !rt_private.tid_candidate);
}

/* A filter that kills at whatever a plain loop would not do by itself. */
static void forbid_system_calls(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
  CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void seccomp(void) {
  rt_private.no_system_calls = 1;
  forbid_system_calls();
  hit_many(HITS, 0);
  CHECK(total() == HITS);
  CHECK(RT_CONTROL->lost_hits == 0);
  u64 value = 1;
  CHECK(rt_probe_read_user(rt_thread(), &value, 8, (u64)&rt_private) == -RT_EFAULT && !value);
  /* A key whose value has to be renewed asks for signals to be held back; it goes without. */
  u64 key = 5, none = 0;
  hit_counts(key);
  CHECK(!rt_map_delete_elem(rt_thread(), &counts, &key));
  CHECK(!rt_map_update_elem(rt_thread(), &counts, &key, &none, RT_UPDATE_NOEXIST));
  CHECK(!*(u64 *)rt_map_lookup_elem(rt_thread(), &counts, &key));
}

static void vforked(void) {
  hit_counter();
  pid_t child = vfork();
  if (!child) {
    hit_many(HITS, 0);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && !status);
  hit_counter();
  CHECK(total() == HITS + 2);
}

/* A child made without the C library's help has a stale thread id in its thread structure. */
static void forked(void) {
  hit_counter();
  for (int raw = 0; raw < 2; raw++) {
    pid_t child = raw ? (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
    if (!child) {
      hit_many(HITS, 0);
      struct rt_thread *thread = rt_thread();
      _exit(thread->thread_id != (u32)syscall(SYS_gettid) || thread->process_id != (u32)syscall(SYS_getpid));
    }
    hit_many(HITS, 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && !status);
  }
  CHECK(total() == 4 * HITS + 1);
}

int main(int count, char **arguments) {
  CHECK(count == 3);
  set_up(atoi(arguments[2]), 1);
  switch (arguments[1][0]) {
    case 'c': candidate(find_tid_offset(), 1); break;
    case 'w': candidate(find_tid_offset() + 4, 0); break;
    case 's': seccomp(); break;
    case 'v': vforked(); break;
    case 'f': forked(); break;
    default: return 64;
  }
  CHECK(write(1, "ok\n", 3) == 3);
  return 0;
}
