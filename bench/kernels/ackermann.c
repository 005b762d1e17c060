// The Ackermann function A(3, k) for every k below n: deep recursion.
#include "kernel.h"

NOINLINE static i32 ackermann(i32 m, i32 n) {
  __asm__ volatile("" : "+r"(m));
  if (m == 0) return n + 1;
  return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

RUN i32 run(i32 n) {
  i32 sum = 0;
  for (i32 round = 0; round < n; round++) sum += ackermann(3, 6 + (round & 1));
  return sum;
}
