// Splits a generated program text into tokens: a switch on characters (br_table) and many short, unpredictable branches.
#include "kernel.h"

#define SIZE 65536
static u8 text[SIZE + 1];
static const char pieces[] = "while (count1 < 0x3f) { total += items[count1++] * 2.5e3; } // sum\n\"a \\\"string\\\"\" if else return x->y;\n";

static inline int is_letter(u8 c) { return (u8)((c | 32) - 'a') < 26 || c == '_'; }
static inline int is_digit(u8 c) { return (u8)(c - '0') < 10; }

RUN i32 run(i32 n) {
  u32 length = sizeof pieces - 1, from = 0;
  random_state = 11;
  for (u32 i = 0; i < SIZE; i++) {
    text[i] = (u8)pieces[from];
    from = pieces[from] == ' ' && random_u32() % 4 == 0 ? random_u32() % length : (from + 1) % length;
  }
  text[SIZE] = 0;
  u32 sum = 0;
  for (i32 round = 0; round < n; round++) {
    const u8 *p = text;
    for (;;) {
      u32 kind;
      const u8 *start = p;
      u8 c = *p++;
      if (c == 0) break;
      switch (c) {
        case ' ': case '\n': case '\t':
          continue;
        case '"':
          while (*p != 0 && *p != '"') p += *p == '\\' && p[1] != 0 ? 2 : 1;
          if (*p != 0) p++;
          kind = 1;
          break;
        case '/':
          kind = 2;
          if (*p == '/') {
            while (*p != 0 && *p != '\n') p++;
            kind = 3;
          }
          break;
        case '+': case '-': case '<': case '=': case '>':
          kind = 4;
          if (*p == c || *p == '=' || *p == '>') p++, kind = 5;
          break;
        case '(': case ')': case '[': case ']': case '{': case '}': case ';': case ',': case '*': case '.':
          kind = 6 + c % 8;
          break;
        default:
          if (is_letter(c)) {
            while (is_letter(*p) || is_digit(*p)) p++;
            kind = 20;
          } else if (is_digit(c)) {
            while (is_digit(*p) || is_letter(*p) || *p == '.') p++;
            kind = 21;
          } else {
            kind = 22;
          }
      }
      sum = sum * 31 + kind * 64 + (u32)(p - start);
    }
    text[(u32)round * 7919 % SIZE] ^= 1;
  }
  return (i32)sum;
}
