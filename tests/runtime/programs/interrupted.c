/*
 * A process that is killed, or stopped for a while, after each single instruction of each map operation, while
 * another one goes on: interrupted kill|stop SHM_FD FIRST STRIDE.  Of the instructions, every STRIDE-th is tried.
 * Prints the number of interruptions, and how many entries then fit into `plain`, `counts` and `wide`.
 */
#include "step.h"
#include "drain.h"
#include <sys/prctl.h>

typedef void operation(void);

static u64 limit, key;
static int deadly;

static void interrupt(void) {
  if (steps == limit) rt_raw_syscall(SYS_kill, (u64)getpid(), deadly ? SIGKILL : SIGSTOP, 0, 0, 0, 0);
}

static void write_wide(u64 wanted, u64 seed) {
  u64 value[4] = {seed, seed * 3, seed * 5, seed * 7};
  s64 result = rt_map_update_elem(rt_thread(), &wide, &wanted, value, RT_UPDATE_ANY);
  CHECK(!result || result == -RT_E2BIG);
}

static void check_wide(u64 wanted) {
  u64 *value = rt_map_lookup_elem(rt_thread(), &wide, &wanted);
  if (value) CHECK(value[1] == value[0] * 3 && value[2] == value[0] * 5 && value[3] == value[0] * 7);
}

static void first_hit(void) { hit_counter(), hit_counts(key), hit_plain(key); }
static void increment(void) { hit_plain(key); }
static void set(void) {
  u64 one = 1;
  CHECK(!rt_map_update_elem(rt_thread(), &plain, &key, &one, RT_UPDATE_ANY));
}
static void delete(void) { rt_map_delete_elem(rt_thread(), &plain, &key); }
static void delete_count(void) { rt_map_delete_elem(rt_thread(), &counts, &key); }
static void replace_wide(void) { write_wide(key, key + limit); }
static void delete_wide(void) { rt_map_delete_elem(rt_thread(), &wide, &key); }
static void push(void) {
  u64 event[3] = {key, ~key, limit};
  rt_ringbuf_output(rt_thread(), &events, event, sizeof(event), 0);
}

/* What goes on at the same time, with the key in question and with others. */
static void others(void) {
  u64 wanted = key;
  hit_counter(), hit_counts(key), hit_plain(key);
  CHECK(rt_map_lookup_elem(rt_thread(), &plain, &key) && rt_map_lookup_elem(rt_thread(), &counts, &key));
  check_wide(key);
  write_wide(key, 77);
  check_wide(key);
  CHECK(!rt_map_delete_elem(rt_thread(), &wide, &key) && !rt_map_lookup_elem(rt_thread(), &wide, &key));
  write_wide(key, 78);
  check_wide(key);
  for (wanted = 1000; wanted < 1010; wanted++) {
    u64 value = limit;
    CHECK(!rt_map_update_elem(rt_thread(), &plain, &wanted, &value, RT_UPDATE_ANY));
    CHECK(*(u64 *)rt_map_lookup_elem(rt_thread(), &plain, &wanted) == limit);
    CHECK(!rt_map_delete_elem(rt_thread(), &plain, &wanted));
    CHECK(!rt_map_lookup_elem(rt_thread(), &plain, &wanted));
    write_wide(wanted, limit);
    check_wide(wanted);
    CHECK(!rt_map_delete_elem(rt_thread(), &wide, &wanted));
    CHECK(!rt_map_lookup_elem(rt_thread(), &wide, &wanted));
  }
}

static void child(operation *body) {
  CHECK(!prctl(PR_SET_PDEATHSIG, SIGKILL)); /* stopped, it would outlive a check that fails */
  step_with(interrupt);
  trap_on();
  body();
  trap_off();
  _exit(0);
}

/* Whether the operation came to its end before the limit. */
static int interrupted_once(operation *body) {
  int status;
  pid_t process = fork();
  CHECK(process >= 0);
  if (!process) child(body);
  CHECK(waitpid(process, &status, deadly ? 0 : WUNTRACED) == process);
  if (WIFEXITED(status)) {
    CHECK(!WEXITSTATUS(status));
    return 1;
  }
  if (deadly) {
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    others();
    return 0;
  }
  CHECK(WIFSTOPPED(status));
  others();
  CHECK(!kill(process, SIGCONT) && waitpid(process, &status, 0) == process);
  CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
  others();
  return 0;
}

static u64 usable(const struct rt_map *map) {
  u64 value[4] = {0}, count = 0;
  rt_tracer_clear(map);
  for (u64 wanted = 5000; wanted < 9000; wanted++) count += !rt_map_update_elem(rt_thread(), map, &wanted, value, 0);
  return count;
}

int main(int count, char **arguments) {
  CHECK(count == 5);
  deadly = arguments[1][0] == 'k';
  set_up(atoi(arguments[2]), 1);
  operation *operations[] = {first_hit, increment,   set,         delete, delete_count,
                             replace_wide, delete_wide, push};
  u64 interruptions = 0, first = strtoull(arguments[3], 0, 10), stride = strtoull(arguments[4], 0, 10);
  for (u64 i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
    for (limit = first; limit < 5000; limit += stride) {
      key = i * 37 + limit % 3 * 400;
      /* Present or absent, in turns. */
      if (interruptions & 1) rt_map_delete_elem(rt_thread(), &plain, &key), rt_map_delete_elem(rt_thread(), &wide, &key);
      if (interrupted_once(operations[i])) break;
      interruptions++;
    }
    CHECK(limit > 10 && limit < 5000);
  }
  printf("%llu %llu %llu %llu\n", interruptions, usable(&plain), usable(&counts), usable(&wide));
  return 0;
}
