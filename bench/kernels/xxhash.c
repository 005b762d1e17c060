// A hash in the manner of xxHash64 over a 64 KiB buffer, n times: 64-bit loads, multiplications, rotates, four lanes.
#include "kernel.h"

#define SIZE (1 << 16)
#define P1 11400714785074694791ull
#define P2 14029467366897019727ull
#define P3 1609587929392839161ull
static u64 data[SIZE / 8];

static inline u64 rotate(u64 x, int by) { return x << by | x >> (64 - by); }
static inline u64 mix(u64 lane, u64 input) { return rotate(lane + input * P2, 31) * P1; }

RUN i64 run(i32 n) {
  u64 seed = 1;
  for (u32 i = 0; i < SIZE / 8; i++) data[i] = seed = seed * 6364136223846793005ull + 1442695040888963407ull;
  u64 hash = 0;
  for (i32 round = 0; round < n; round++) {
    u64 a = hash + P1 + P2, b = hash + P2, c = hash, d = hash - P1;
    for (u32 i = 0; i < SIZE / 8; i += 4) {
      a = mix(a, data[i]);
      b = mix(b, data[i + 1]);
      c = mix(c, data[i + 2]);
      d = mix(d, data[i + 3]);
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    hash = (hash ^ hash >> 33) * P2;
    hash = (hash ^ hash >> 29) * P3;
    hash ^= hash >> 32;
  }
  return (i64)hash;
}
