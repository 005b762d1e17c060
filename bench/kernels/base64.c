// Encodes and decodes 48 KiB as base64, n times: byte loads and stores with shifts and table look-ups.
#include "kernel.h"

#define SIZE 49152
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static u8 plain[SIZE], text[SIZE / 3 * 4], back[SIZE];
static u8 value_of[256];

RUN i32 run(i32 n) {
  random_state = 99;
  for (u32 i = 0; i < SIZE; i++) plain[i] = (u8)random_u32();
  for (u32 i = 0; i < 64; i++) value_of[(u8)alphabet[i]] = (u8)i;
  u32 sum = 0;
  for (i32 round = 0; round < n; round++) {
    u8 *out = text;
    for (u32 i = 0; i < SIZE; i += 3) {
      u32 bits = (u32)plain[i] << 16 | (u32)plain[i + 1] << 8 | plain[i + 2];
      *out++ = (u8)alphabet[bits >> 18];
      *out++ = (u8)alphabet[(bits >> 12) & 63];
      *out++ = (u8)alphabet[(bits >> 6) & 63];
      *out++ = (u8)alphabet[bits & 63];
    }
    out = back;
    for (u32 i = 0; i < sizeof text; i += 4) {
      u32 bits = (u32)value_of[text[i]] << 18 | (u32)value_of[text[i + 1]] << 12 | (u32)value_of[text[i + 2]] << 6 |
                 value_of[text[i + 3]];
      *out++ = (u8)(bits >> 16);
      *out++ = (u8)(bits >> 8);
      *out++ = (u8)bits;
    }
    for (u32 i = 0; i < SIZE; i += 127) sum = sum * 31 + (u32)(back[i] ^ text[i]);
    plain[(u32)round % SIZE] ^= (u8)round;
  }
  return (i32)sum;
}
