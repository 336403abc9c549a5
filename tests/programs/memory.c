/* Structs, arrays, bitfields and pointers for probes to read: each function is called once, with known values. */
#include <stdbool.h>
#include <stdint.h>

enum color { RED, GREEN = 5, BLUE };

struct inner {
  int x;
  short y[3];
};

union number {
  int i;
  char c[4];
};

struct outer {
  char letter;
  struct inner in;
  struct inner *pointer;
  char name[8];
  unsigned a : 4, b : 8;
  int d : 3, e : 17;
  union number un;
  struct {
    int anon;
  };
  int m[2][2];
  struct outer *next;
  enum color color;
  bool flag;
  double real;
};

struct flexible {
  int count;
  int items[];
};

struct pair {
  long first;
  short second;
};

#define NOINLINE __attribute__((noinline))
#define KEEP(value) __asm__ volatile("" : : "g"(value) : "memory")

NOINLINE int take_outer(struct outer *outer) {
  KEEP(outer);
  return outer->anon;
}

NOINLINE int take_pointers(struct outer **all, int **numbers) {
  KEEP(all);
  KEEP(numbers);
  return **numbers;
}

NOINLINE int take_array(int *numbers, struct flexible *flexible, const char *text) {
  KEEP(numbers);
  KEEP(text);
  return numbers[0] + flexible->items[0];
}

NOINLINE long take_values(int8_t small, uint16_t medium, long large, struct pair pair, const char *text, long seventh) {
  KEEP(text);
  return small + medium + large + pair.first + pair.second + seventh;
}

NOINLINE int take_color(enum color color, bool flag) {
  KEEP(color);
  return color + flag;
}

static struct inner inner = {70, {10, -20, 30}};
static struct outer second = {.letter = 'B', .name = "next", .anon = 77, .color = BLUE};
static struct outer first = {
    'A', {7, {1, -2, 3}}, &inner, "bobby", 3, 200, -3, -5, {0x41424344}, {-9}, {{5, 6}, {7, 8}}, &second, GREEN, true, 1.5,
};
static struct {
  struct flexible head;
  int rest[2];
} flexible = {{2}, {11, 12}};

int main(void) {
  struct outer *all[] = {&first, &second};
  int numbers[] = {1, 2, 3, 4};
  int *pointers[] = {&numbers[0], &numbers[1]};
  int result = take_outer(&first) + take_pointers(all, pointers);
  result += take_array(numbers, &flexible.head, "hello");
  result += (int)take_values(-1, 500, 1L << 40, (struct pair){6, -7}, "text", 8);
  result += take_color(GREEN, true);
  return result == 0;
}
