// Takeuchi's function: calls with three arguments, each depending on other calls.
#include "kernel.h"

NOINLINE static i32 tak(i32 x, i32 y, i32 z) {
  __asm__ volatile("" : "+r"(x));
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

RUN i32 run(i32 n) {
  i32 sum = 0;
  for (i32 round = 0; round < n; round++) sum += tak(18, 12, 6 + (round & 1));
  return sum;
}
