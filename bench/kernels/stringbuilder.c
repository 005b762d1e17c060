// Appends decimal numbers and words to a growing buffer, n pieces: division by ten, small calls, copying on growth.
#include "kernel.h"

#define SIZE (1 << 20)
static char heap[2 * SIZE];
static char *text;
static u32 used, capacity;

NOINLINE static void reserve(u32 bytes) {
  if (used + bytes <= capacity) return;
  char *bigger = text == heap ? heap + SIZE : heap;
  if (2 * capacity > SIZE) {
    used = 0;
    return;
  }
  capacity *= 2;
  for (u32 i = 0; i < used; i++) bigger[i] = text[i];
  text = bigger;
}

NOINLINE static void append_char(char c) {
  reserve(1);
  text[used++] = c;
}

NOINLINE static void append(const char *s) {
  for (; *s; s++) append_char(*s);
}

NOINLINE static void append_number(i32 value) {
  char digits[12];
  u32 count = 0, rest = value < 0 ? -(u32)value : (u32)value;
  if (value < 0) append_char('-');
  do digits[count++] = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  while (count != 0) append_char(digits[--count]);
}

RUN i32 run(i32 n) {
  text = heap, used = 0, capacity = 64;
  random_state = 31;
  u32 sum = 0;
  for (i32 i = 0; i < n; i++) {
    append("item ");
    append_number((i32)random_u32());
    append(i & 1 ? ", " : ";\n");
    sum = sum * 31 + (u8)text[used / 2] + used;
  }
  return (i32)sum;
}
