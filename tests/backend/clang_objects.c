/* What clang makes of the usual idioms, for the reader and the verifier. */
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
typedef unsigned long long u64;
typedef unsigned int u32;

struct pair {
  u32 small;
  u64 large;
};
struct {
  __uint(type, 1);
  __uint(max_entries, 4096);
  __type(key, struct pair);
  __type(value, u64);
} hash SEC(".maps");
struct {
  __uint(type, 6);
  __uint(max_entries, 1);
  __uint(key_size, 4);
  __uint(value_size, 528);
} histogram SEC(".maps");
struct {
  __uint(type, 27);
  __uint(max_entries, 65536);
} ringbuf SEC(".maps");

static void *(*lookup)(void *, const void *) = (void *)1;
static long (*update)(void *, const void *, const void *, u64) = (void *)2;
static u64 (*pid_tgid)(void) = (void *)14;
static long (*read_user)(void *, u32, const void *) = (void *)112;
static long (*for_each)(void *, void *, void *, u64) = (void *)164;
static long (*loop)(u32, void *, void *, u64) = (void *)181;
static long (*output)(void *, void *, u64, u64) = (void *)130;

const volatile u64 start_ns = 5;
int counter;
int limit = 7;

static __attribute__((noinline)) int add(u64 amount, u64 *sum) {
  *sum += amount;
  return counter++ + amount;
}

SEC("uprobe") int keyed(u64 *context) {
  struct pair key = {context[14], context[13]};
  u64 one = 1, *value = lookup(&hash, &key);
  if (value)
    __sync_fetch_and_add(value, 1);
  else
    update(&hash, &key, &one, 1);
  return 0;
}

SEC("uprobe") int functions(u64 *context) {
  u64 sum = start_ns;
  add(sum + limit, &sum);
  return add(context[14], &sum);
}

static long add_element(void *map, struct pair *key, u64 *value, u64 *sum) {
  *sum += *value + key->small;
  *value = 0;
  return 0;
}

static long add_round(u32 round, u64 *sum) {
  *sum += round;
  return *sum > 100;
}

SEC("uprobe") int callbacks(u64 *context) {
  u64 sum = 0;
  for_each(&hash, add_element, &sum, 0);
  loop(context[14], add_round, &sum, 0);
  counter = sum;
  return 0;
}

SEC("uretprobe") int bucket(u64 *context) {
  u32 zero = 0;
  u64 *buckets = lookup(&histogram, &zero), value = context[10], index = 0;
  if (!buckets) return 0;
  while (value >>= 1) index++;
  __asm__ volatile("" : "+r"(index)); /* or clang knows the bound and leaves out the mask */
  __sync_fetch_and_add(&buckets[index & 63], 1);
  return 0;
}

SEC("uprobe") int event(u64 *context) {
  struct { u64 id; char text[64]; } record = {pid_tgid()};
  u32 size = context[13] % 64;
  read_user(record.text, size, (void *)context[14]);
  for (int i = 0; i < 64; i++)
    if (record.text[i] == '\n') record.text[i] = ' ';
  output(&ringbuf, &record, sizeof(record), 0);
  return 0;
}

char program_license[] SEC("license") = "GPL";
