/* A library whose one function calls what it is given. */
int call_back(int (*function)(int));

__attribute__((noinline)) int call_back(int (*function)(int)) {
  int result = function(1);
  __asm__ volatile("");
  return result + 1;
}
