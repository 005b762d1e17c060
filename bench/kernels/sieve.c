// Sieve of Eratosthenes over a byte array, n rounds: strided byte stores, a loop with a branch on a load.
#include "kernel.h"

#define LIMIT 200000
static u8 composite[LIMIT];

RUN i32 run(i32 n) {
  i32 sum = 0;
  for (i32 round = 0; round < n; round++) {
    for (i32 i = 0; i < LIMIT; i++) composite[i] = 0;
    for (i32 i = 2; i < LIMIT; i++) {
      if (composite[i]) continue;
      sum += i ^ round;
      for (i64 j = (i64)i * i; j < LIMIT; j += i) composite[j] = 1;
    }
  }
  return sum;
}
