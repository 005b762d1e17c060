// A register-only loop: xorshift generators of 32 and 64 bits, rotates, population count, leading zeros.
#include "kernel.h"

RUN i64 run(i32 n) {
  u32 a = 123456789u;
  u64 b = 88172645463325252ull;
  u64 sum = 0;
  for (i32 i = 0; i < n; i++) {
    a ^= a << 13;
    a ^= a >> 17;
    a ^= a << 5;
    b ^= b << 13;
    b ^= b >> 7;
    b ^= b << 17;
    u64 mixed = b * 2685821657736338717ull;
    sum += (mixed << (a & 63)) | (mixed >> (-a & 63));
    sum ^= (u64)(u32)(__builtin_popcount(a) + __builtin_clzll(mixed | 1));
  }
  return (i64)sum;
}
