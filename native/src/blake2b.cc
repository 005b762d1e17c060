#include "blake2b.h"

#include <cstring>

namespace windlass {
namespace {

constexpr size_t blockBytes = 128;
constexpr int rounds = 12;

constexpr uint64_t initial[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

// The order of message words in each round; it repeats after ten.
constexpr uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

inline uint64_t rotate(uint64_t value, int count) { return value >> count | value << (64 - count); }

inline void mix(uint64_t &a, uint64_t &b, uint64_t &c, uint64_t &d, uint64_t x, uint64_t y) {
  a += b + x;
  d = rotate(d ^ a, 32);
  c += d;
  b = rotate(b ^ c, 24);
  a += b + y;
  d = rotate(d ^ a, 16);
  c += d;
  b = rotate(b ^ c, 63);
}

// `count` is the number of bytes up to the end of this block. (Its upper half is 0: no data has 2^64 bytes.)
void compress(uint64_t h[8], const uint8_t *block, uint64_t count, bool last) {
  uint64_t m[16];
  memcpy(m, block, blockBytes);  // little-endian, as the machine is
  uint64_t v[16];
  memcpy(v, h, 64);
  memcpy(v + 8, initial, 64);
  v[12] ^= count;
  if (last) v[14] = ~v[14];
#pragma GCC unroll 12
  for (int round = 0; round < rounds; round++) {
    const uint8_t *s = sigma[round % 10];
    mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
    mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
    mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
    mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
    mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
    mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
    mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
    mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
  }
  for (int i = 0; i < 8; i++) h[i] ^= v[i] ^ v[i + 8];
}

}  // namespace

void blake2b(const uint8_t *data, size_t bytes, uint8_t digest[blake2bBytes]) {
  uint64_t h[8];
  memcpy(h, initial, 64);
  h[0] ^= 0x01010000 | blake2bBytes;
  size_t at = 0;
  // The last block, full or not, is another case.
  for (; bytes - at > blockBytes; at += blockBytes) compress(h, data + at, at + blockBytes, false);
  uint8_t block[blockBytes] = {};
  if (bytes > at) memcpy(block, data + at, bytes - at);
  compress(h, block, bytes, true);
  memcpy(digest, h, blake2bBytes);
}

}  // namespace windlass
