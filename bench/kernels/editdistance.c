// Levenshtein distance of two strings of n letters: dynamic programming on a row, minimum of three.
#include "kernel.h"

#define MAX 16384
static u8 a[MAX], b[MAX];
static u32 row[MAX + 1];

static inline u32 least(u32 x, u32 y) { return x < y ? x : y; }

RUN i32 run(i32 n) {
  random_state = 23;
  for (i32 i = 0; i < n; i++) {
    a[i] = (u8)(random_u32() & 3);
    b[i] = (u8)(random_u32() & 3);
  }
  for (i32 j = 0; j <= n; j++) row[j] = (u32)j;
  for (i32 i = 1; i <= n; i++) {
    u32 diagonal = row[0];
    row[0] = (u32)i;
    for (i32 j = 1; j <= n; j++) {
      u32 up = row[j];
      row[j] = least(least(up, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
      diagonal = up;
    }
  }
  return (i32)row[n];
}
