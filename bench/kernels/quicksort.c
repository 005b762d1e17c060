// Sorts 100,000 random integers, n times: recursion, data-dependent branches, loads and stores.
#include "kernel.h"

#define SIZE 100000
static i32 items[SIZE];

static void sort(i32 *low, i32 *high) {
  while (high - low > 16) {
    i32 pivot = low[(high - low) / 2];
    i32 *i = low, *j = high;
    while (i <= j) {
      while (*i < pivot) i++;
      while (*j > pivot) j--;
      if (i <= j) {
        i32 t = *i;
        *i++ = *j;
        *j-- = t;
      }
    }
    if (j - low < high - i) {
      sort(low, j);
      low = i;
    } else {
      sort(i, high);
      high = j;
    }
  }
  for (i32 *i = low + 1; i <= high; i++) {
    i32 item = *i, *j = i;
    for (; j > low && j[-1] > item; j--) *j = j[-1];
    *j = item;
  }
}

RUN i32 run(i32 n) {
  random_state = 7;
  i32 sum = 0;
  for (i32 round = 0; round < n; round++) {
    for (u32 i = 0; i < SIZE; i++) items[i] = (i32)random_u32();
    sort(items, items + SIZE - 1);
    for (u32 i = 0; i < SIZE; i += 997) sum = sum * 31 + items[i];
  }
  return sum;
}
