// Modular exponentiation of n bases: 64-bit multiplication and remainder by a variable.
#include "kernel.h"

NOINLINE static u64 power(u64 base, u64 exponent, u64 modulus) {
  u64 result = 1;
  base %= modulus;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

RUN i64 run(i32 n) {
  u64 sum = 0;
  for (i32 i = 1; i <= n; i++) sum = sum * 31 + power((u64)i * 7919, 0xFFFFFFFEull + (u64)i, 4294967291ull - (u64)(i & 255) * 2);
  return (i64)sum;
}
