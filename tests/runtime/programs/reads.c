/*
 * Guarded reads: of good, bad and half-good addresses, while another thread maps and unmaps what is read:
 * reads SHM_FD.
 */
#include "driver.h"
#include <errno.h>
#include <string.h>

static u64 is_over;
static char *volatile moving;

static void map_and_unmap(void) {
  while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
    char *page = mmap(moving, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(page == moving);
    for (u64 at = 0; at < 100; at++) page[at] = 'm';
    CHECK(!munmap(page, PAGE));
  }
}

static void read_moving(void) {
  u64 good = 0, bad = 0;
  char text[64];
  for (u64 i = 0; i < 20000 || !good || !bad; i++) {
    CHECK(i < 20000000);
    s64 result = rt_probe_read_user(rt_thread(), text, 64, (u64)moving);
    CHECK(result == 0 || (result == -EFAULT && !text[0] && !text[63]));
    result ? bad++ : good++;
  }
  __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
}

static void part(u64 argument, u64 number) {
  (void)argument;
  number ? map_and_unmap() : read_moving();
}

static void expect_string(const char *from, u64 size, s64 wanted, const char *content) {
  char text[8192];
  memset(text, '#', sizeof(text));
  CHECK(rt_probe_read_user_str(rt_thread(), text, size, (u64)from) == wanted);
  if (wanted > 0) CHECK(!strcmp(text, content) && (u64)wanted == strlen(content) + 1);
  if (wanted < 0)
    for (u64 at = 0; at < size; at++) CHECK(!text[at]);
  for (u64 at = size; at < sizeof(text); at++) CHECK(text[at] == '#');
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  set_up(atoi(arguments[1]), 1);
  char *pages = mmap(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *end = pages + 2 * PAGE;
  CHECK(!munmap(end, PAGE));
  strcpy(end - 6, "hello");
  expect_string(end - 6, 64, 6, "hello"); /* the NUL is the last byte there is */
  expect_string(end - 6, 6, 6, "hello");
  expect_string(end - 6, 3, 3, "he");
  expect_string(end - 6, 1, 1, "");
  expect_string(end - 6, 0, 0, "");
  end[-1] = '!';
  expect_string(end - 6, 64, -EFAULT, 0);
  expect_string(end - 6, 6, 6, "hello");
  expect_string("", 10, 1, "");
  memset(pages, 'x', PAGE + 100);
  pages[PAGE + 100] = 0;
  pages[PAGE - 50] = 'y';
  expect_string(pages + PAGE - 50, 64, 64, (pages[PAGE + 13] = 0, pages + PAGE - 50));
  pages[PAGE + 13] = 'x';
  char all[PAGE + 101];
  memcpy(all, pages, sizeof(all));
  expect_string(pages, 8000, PAGE + 101, all);
  static const u64 bad[] = {0, 8, 0x7ff, 1ull << 47, 1ull << 63, ~0ull, ~0ull - 7, 0xffffffffff600000ull};
  for (u64 i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    u64 value = 7;
    CHECK(rt_probe_read_user(rt_thread(), &value, 8, bad[i]) == -EFAULT && !value);
    expect_string((char *)bad[i], 16, -EFAULT, 0);
  }
  char big[3 * PAGE];
  CHECK(rt_probe_read_user(rt_thread(), big, 2 * PAGE, (u64)pages) == 0 && !memcmp(big, pages, 2 * PAGE));
  CHECK(rt_probe_read_user(rt_thread(), big, 2 * PAGE + 1, (u64)pages) == -EFAULT && !big[0] && !big[2 * PAGE]);
  CHECK(!mprotect(pages, PAGE, PROT_NONE));
  CHECK(rt_probe_read_user(rt_thread(), big, 8, (u64)pages) == -EFAULT);
  u64 local = 42, copy = 0;
  CHECK(!rt_probe_read_user(rt_thread(), &copy, 8, (u64)&local) && copy == 42);
  char comm[16];
  CHECK(!rt_get_current_comm(rt_thread(), comm, 16) && !strcmp(comm, "reads"));
  CHECK(!rt_get_current_comm(rt_thread(), comm, 4) && !strcmp(comm, "rea"));
  CHECK(rt_get_current_pid_tgid(rt_thread()) == ((u64)getpid() << 32 | (u32)syscall(SYS_gettid)));
  CHECK(rt_get_current_uid_gid(rt_thread()) == ((u64)getgid() << 32 | getuid()));
  moving = pages;
  run_threads(2, part, 0);
  puts("ok");
  return 0;
}
