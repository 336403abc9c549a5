/* Walks along frame pointers: good ones, broken ones, and stacks that another thread unmaps meanwhile: walks SHM_FD. */
#include "driver.h"
#include <string.h>

#define IP 0x401000ull
#define CODE(number) (0x500000ull + (number))
#define WORDS(bytes) ((bytes) / 8)
#define STACK_BYTES (64 * PAGE)

static u64 regs[WORDS(RT_REGS_PLACE) + 2], found[200];
static char *stack;
static u64 is_over;

static s64 walk(u64 room) {
  memset(found, 0xee, sizeof(found));
  s64 bytes = rt_get_stack(rt_thread(), regs, found, 8 * room, RT_USER_STACK);
  CHECK(bytes >= 0 && bytes % 8 == 0 && (u64)bytes <= 8 * room);
  for (u64 i = (u64)bytes / 8; i < room; i++) CHECK(!found[i]);
  for (u64 i = room; i < WORDS(sizeof(found)); i++) CHECK(found[i] == 0xeeeeeeeeeeeeeeeeull);
  return bytes / 8;
}

static void enter(u64 place, u64 sp, u64 bp) {
  regs[WORDS(RT_REGS_IP)] = IP;
  regs[WORDS(RT_REGS_SP)] = sp;
  regs[WORDS(RT_REGS_BP)] = bp;
  regs[WORDS(RT_REGS_PLACE)] = place;
}

/* Frames in `stack`, `bytes` each; the last has no caller. The first one's address is the result. */
static u64 frames(u64 count, u64 bytes) {
  for (u64 i = 0; i < count; i++) {
    u64 *frame = (u64 *)(void *)(stack + 64 + i * bytes);
    frame[0] = i + 1 < count ? (u64)frame + bytes : 0;
    frame[1] = CODE(i);
  }
  return (u64)stack + 64;
}

static void expect(u64 first, s64 count) {
  s64 got = walk(127);
  CHECK(got == count);
  for (s64 i = 0; i < count - (s64)first; i++) CHECK(found[(u64)i + first] == CODE((u64)i));
}

static void check_distances(void) {
  static const u64 distances[] = {16, 24, 48, 112, 1000, 1016, 1024, 2000, 4080, 4096, 8192};
  for (u64 i = 0; i < WORDS(sizeof(distances)); i++) {
    u64 count = (STACK_BYTES - 64) / distances[i] - 1;
    enter(RT_PLACE_INSIDE, 0, frames(count, distances[i]));
    expect(1, count < 126 ? (s64)count + 1 : 127);
    for (u64 room = 1; room < 9; room++) CHECK(walk(room) == (s64)(room < count + 1 ? room : count + 1));
  }
  CHECK(found[0] == IP);
}

static void check_places(void) {
  u64 top[2] = {CODE(77), 0};
  u64 first = frames(3, 64);
  enter(RT_PLACE_ENTRY, (u64)top, first); /* the return address is on top, the frame is the caller's */
  expect(2, 5);
  CHECK(found[0] == IP && found[1] == CODE(77));
  CHECK(walk(1) == 1 && found[0] == IP);
  CHECK(walk(2) == 2 && found[1] == CODE(77));
  CHECK(walk(3) == 3 && found[2] == CODE(0));
  enter(RT_PLACE_RETURN, (u64)top + 8, first); /* the return address has just been popped */
  expect(1, 4);
  CHECK(found[0] == CODE(77));
  enter(RT_PLACE_ENTRY, 8, first);
  expect(1, 4);
  enter(RT_PLACE_RETURN, 16, first);
  CHECK(walk(127) == 0);
  enter(RT_PLACE_INSIDE, 0, first);
  regs[WORDS(RT_REGS_IP)] = 0; /* a program that the tracer runs */
  CHECK(walk(127) == 0);
  enter(RT_PLACE_INSIDE, 0, first);
  CHECK(rt_get_stack(rt_thread(), regs, found, 80, 0) == -RT_EINVAL); /* the kernel's stack */
  CHECK(rt_get_stack(rt_thread(), regs, found, 81, RT_USER_STACK) == -RT_EINVAL);
  CHECK(rt_get_stack(rt_thread(), regs, found, 0, RT_USER_STACK) == 0);
}

static void check_broken(void) {
  u64 first = frames(9, 64);
  u64 *fifth = (u64 *)(void *)(first + 4 * 64);
  static const u64 bad[] = {0, 1, 8, 0x1003, 1ull << 47, 1ull << 63, ~0ull, ~0ull - 7, ~0ull - 15, 0xffffffffff600000ull};
  for (u64 i = 0; i < WORDS(sizeof(bad)); i++) {
    u64 kept = fifth[0];
    fifth[0] = bad[i];
    enter(RT_PLACE_INSIDE, 0, first);
    expect(1, 6);
    fifth[0] = kept;
    enter(RT_PLACE_INSIDE, 0, bad[i]);
    expect(1, 1);
  }
  fifth[0] = (u64)fifth; /* its own caller */
  enter(RT_PLACE_INSIDE, 0, first);
  expect(1, 6);
  fifth[0] = first; /* a circle ends with the room */
  CHECK(walk(127) == 127 && found[126] == CODE(125 % 5));
  fifth[0] = first + 5 * 64;
  static const u64 no_code[] = {0, 4095, 1ull << 56, ~0ull};
  for (u64 i = 0; i < WORDS(sizeof(no_code)); i++) {
    fifth[1] = no_code[i];
    expect(1, 5);
  }
}

static void check_holes(void) {
  u64 first = frames(100, 1024);
  enter(RT_PLACE_INSIDE, 0, first);
  expect(1, 101);
  CHECK(!mprotect(stack + 8 * PAGE, PAGE, PROT_NONE));
  expect(1, 1 + 32);
  CHECK(!mprotect(stack + 8 * PAGE, PAGE, PROT_READ | PROT_WRITE));
  enter(RT_PLACE_INSIDE, 0, (u64)stack + STACK_BYTES - 8); /* a frame's second half is not there */
  *(u64 *)(void *)(stack + STACK_BYTES - 8) = first;
  expect(1, 1);
}

static void check_thunks(void) {
  static char slots[3][PAGE];
  static struct thunk_entry entries[2][PAGE / THUNK_SLOT_BYTES];
  rt_private.thunk_ranges[0] = (struct rt_thunk_range){(u64)slots[0], (u64)entries[0], (u64)slots[1]};
  rt_private.thunk_ranges[1] = (struct rt_thunk_range){(u64)slots[2], (u64)entries[1], (u64)slots[3]};
  entries[0][3].return_address = CODE(1);
  entries[1][127].return_address = (u64)slots[0] + 3 * THUNK_SLOT_BYTES + 11; /* a tail call of probed functions */
  entries[0][7].return_address = (u64)slots[0] + 7 * THUNK_SLOT_BYTES + 11; /* cannot be; ends all the same */
  u64 first = frames(4, 64);
  u64 *second = (u64 *)(void *)(first + 64);
  second[1] = (u64)slots[0] + 3 * THUNK_SLOT_BYTES + 11;
  enter(RT_PLACE_INSIDE, 0, first);
  expect(1, 5);
  second[1] = (u64)slots[2] + 127 * THUNK_SLOT_BYTES + 11;
  expect(1, 5);
  second[1] = (u64)slots[1]; /* between the two: an address as any other */
  CHECK(walk(127) == 5 && found[2] == (u64)slots[1]);
  second[1] = (u64)slots[0] + 7 * THUNK_SLOT_BYTES + 11;
  CHECK(walk(127) == 5);
  u64 top = (u64)slots[0] + 3 * THUNK_SLOT_BYTES + 11;
  enter(RT_PLACE_ENTRY, (u64)&top, 0);
  CHECK(walk(127) == 2 && found[1] == CODE(1));
  memset(rt_private.thunk_ranges, 0, sizeof(rt_private.thunk_ranges));
}

static void map_and_unmap(void) {
  while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
    CHECK(!munmap(stack + 4 * PAGE, 4 * PAGE));
    CHECK(mmap(stack + 4 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          stack + 4 * PAGE);
  }
}

static void walk_often(void) {
  u64 first = frames(31, 528);
  ((u64 *)(void *)(first + 30 * 528))[0] = first + 31 * 528; /* into what comes and goes */
  enter(RT_PLACE_INSIDE, 0, first);
  for (u64 i = 0; i < 50000; i++) CHECK(walk(127) == 32);
  __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
}

static void part(u64 argument, u64 number) {
  (void)argument;
  number ? map_and_unmap() : walk_often();
}

static void check_without_system_calls(void) {
  u64 first = frames(3, 64);
  rt_private.no_system_calls = 1;
  enter(RT_PLACE_INSIDE, 0, first);
  CHECK(walk(127) == 1);
  rt_private.no_system_calls = 0;
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  set_up(atoi(arguments[1]), 1);
  stack = mmap(0, STACK_BYTES + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(!munmap(stack + STACK_BYTES, PAGE));
  check_distances();
  check_places();
  check_broken();
  check_holes();
  check_thunks();
  check_without_system_calls();
  memset(stack, 0, STACK_BYTES);
  run_threads(2, part, 0);
  puts("ok");
  return 0;
}
