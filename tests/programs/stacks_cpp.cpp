/* C++ names on a stack. */
#include <cstdio>

namespace shop {
template <typename T>
struct Basket {
  T total = 0;
  __attribute__((noinline)) T add(T price, unsigned pieces);
};

template <typename T>
T Basket<T>::add(T price, unsigned pieces) {
  total += price * pieces;
  __asm__ volatile("");
  return total;
}
}  // namespace shop

extern "C" __attribute__((noinline)) int plain(shop::Basket<int> &basket) {
  int result = basket.add(2, 3);
  __asm__ volatile("");
  return result;
}

int main() {
  shop::Basket<int> basket;
  std::printf("%d\n", plain(basket));
}
