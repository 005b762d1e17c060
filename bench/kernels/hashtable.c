// Open-addressing hash table of 64-bit keys: insert, look up, delete; scattered loads.
#include "kernel.h"

#define SLOTS (1 << 16)
static u64 keys[SLOTS];
static u32 values[SLOTS];

static inline u32 slot_of(u64 key) { return (u32)((key * 0x9E3779B97F4A7C15ull) >> 48); }

NOINLINE static void put(u64 key, u32 value) {
  u32 slot = slot_of(key);
  while (keys[slot] != 0 && keys[slot] != key) slot = (slot + 1) & (SLOTS - 1);
  keys[slot] = key;
  values[slot] = value;
}

NOINLINE static u32 get(u64 key) {
  u32 slot = slot_of(key);
  while (keys[slot] != 0) {
    if (keys[slot] == key) return values[slot];
    slot = (slot + 1) & (SLOTS - 1);
  }
  return 0;
}

RUN i32 run(i32 n) {
  u32 sum = 0;
  for (i32 round = 0; round < n; round++) {
    for (u32 i = 0; i < SLOTS; i++) keys[i] = 0;
    random_state = (u32)round + 1;
    for (u32 i = 1; i <= 30000; i++) put(((u64)random_u32() << 8) | 1, i);
    random_state = (u32)round + 1;
    for (u32 i = 0; i < 60000; i++) sum = sum * 33 + get(((u64)random_u32() << 8) | 1);
  }
  return (i32)sum;
}
