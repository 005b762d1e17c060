// Longest Collatz chain below n: 64-bit integers, a data-dependent branch a step.
#include "kernel.h"

RUN i32 run(i32 n) {
  i32 best = 0, best_start = 0;
  for (i32 start = 1; start < n; start++) {
    u64 x = (u64)start;
    i32 steps = 0;
    while (x != 1) {
      x = x & 1 ? 3 * x + 1 : x >> 1;
      steps++;
    }
    if (steps > best) {
      best = steps;
      best_start = start;
    }
  }
  return best_start * 1000 + best;
}
