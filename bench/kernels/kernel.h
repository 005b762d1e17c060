// What every C kernel needs: fixed-width types, the exported entry point, a deterministic random source. No libc.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

// A kernel exports run(n): n scales the work, the result is a checksum of everything computed. It must give the same
// result however often it is called.
#define RUN __attribute__((export_name("run")))
#define NOINLINE __attribute__((noinline))

static u32 random_state;

static inline u32 random_u32(void) {
  u32 x = random_state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return random_state = x;
}
