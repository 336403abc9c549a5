/* Inlined calls, at lines that tests name; build it with frame pointers. */
int leaf(int number);

__attribute__((noinline)) int leaf(int number) {
  return number + 1;
}

static inline __attribute__((always_inline)) int second(int number) {
  int result = leaf(number);
  __asm__ volatile("");
  return result;
}

static inline __attribute__((always_inline)) int first(int number) {
  return second(number) + 2;
}

__attribute__((noinline)) static int outer(int number) {
  int result = first(number);
  __asm__ volatile("");
  return result;
}

int main(int count, char **arguments) {
  (void)arguments;
  return outer(count) == 4 ? 0 : 1;
}
