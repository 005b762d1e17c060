// The compression function of SHA-512 (FIPS 180-4) over n blocks: 64-bit rotates, many live values.
// The round constants are not FIPS's but come from a generator of the same shape: this is a benchmark, not a hash.
#include "kernel.h"

static u64 constants[80], schedule[80];

static inline u64 rotate(u64 x, int by) { return x >> by | x << (64 - by); }

RUN i64 run(i32 n) {
  u64 seed = 0x6A09E667F3BCC908ull;
  for (int i = 0; i < 80; i++) constants[i] = seed = seed * 6364136223846793005ull + 1442695040888963407ull;
  u64 state[8];
  for (int i = 0; i < 8; i++) state[i] = constants[i] ^ constants[79 - i];
  for (i32 block = 0; block < n; block++) {
    for (int i = 0; i < 16; i++) schedule[i] = constants[(i * 5 + block) & 63] + (u64)block;
    for (int i = 16; i < 80; i++) {
      u64 a = schedule[i - 15], b = schedule[i - 2];
      schedule[i] = schedule[i - 16] + (rotate(a, 1) ^ rotate(a, 8) ^ a >> 7) + schedule[i - 7] +
                    (rotate(b, 19) ^ rotate(b, 61) ^ b >> 6);
    }
    u64 a = state[0], b = state[1], c = state[2], d = state[3];
    u64 e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 80; i++) {
      u64 t1 = h + (rotate(e, 14) ^ rotate(e, 18) ^ rotate(e, 41)) + ((e & f) ^ (~e & g)) + constants[i] + schedule[i];
      u64 t2 = (rotate(a, 28) ^ rotate(a, 34) ^ rotate(a, 39)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
  return (i64)(state[0] ^ state[3] ^ state[7]);
}
