// Byte loops as libc writes them: strlen, memcpy by words, strcmp, reverse; n rounds over 4 KiB strings.
#include "kernel.h"

#define SIZE 4096
static char source[SIZE], target[SIZE];

NOINLINE static u32 length(const char *s) {
  const char *p = s;
  while (*p) p++;
  return (u32)(p - s);
}

NOINLINE static void copy(char *to, const char *from, u32 bytes) {
  u32 i = 0;
  for (; i + 8 <= bytes; i += 8) *(u64 *)(to + i) = *(const u64 *)(from + i);
  for (; i < bytes; i++) to[i] = from[i];
}

NOINLINE static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

NOINLINE static void reverse(char *s, u32 bytes) {
  for (u32 i = 0, j = bytes - 1; i < j; i++, j--) {
    char c = s[i];
    s[i] = s[j];
    s[j] = c;
  }
}

RUN i32 run(i32 n) {
  random_state = 42;
  for (u32 i = 0; i < SIZE - 1; i++) source[i] = (char)('a' + random_u32() % 26);
  source[SIZE - 1] = 0;
  i32 sum = 0;
  for (i32 round = 0; round < n; round++) {
    u32 bytes = length(source);
    copy(target, source, bytes + 1);
    sum = sum * 31 + compare(source, target) + (i32)bytes;
    reverse(target, bytes);
    sum = sum * 31 + compare(source, target);
    source[(u32)round % bytes] = (char)('a' + round % 26);
  }
  return sum;
}
