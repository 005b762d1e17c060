// Conway's game of life on a 256 by 256 torus, n generations: byte loads around a cell, small conditions.
#include "kernel.h"

#define SIZE 256
static u8 cells[2][SIZE][SIZE];

RUN i32 run(i32 n) {
  random_state = 17;
  for (u32 y = 0; y < SIZE; y++) {
    for (u32 x = 0; x < SIZE; x++) cells[0][y][x] = random_u32() % 3 == 0;
  }
  for (i32 generation = 0; generation < n; generation++) {
    u8(*from)[SIZE] = cells[generation & 1], (*to)[SIZE] = cells[~generation & 1];
    for (u32 y = 0; y < SIZE; y++) {
      u8 *up = from[(y - 1) & 255], *row = from[y], *down = from[(y + 1) & 255];
      for (u32 x = 0; x < SIZE; x++) {
        u32 l = (x - 1) & 255, r = (x + 1) & 255;
        u32 around = (u32)(up[l] + up[x] + up[r] + row[l] + row[r] + down[l] + down[x] + down[r]);
        to[y][x] = around == 3 || (around == 2 && row[x]);
      }
    }
  }
  u32 sum = 0;
  for (u32 y = 0; y < SIZE; y++) {
    for (u32 x = 0; x < SIZE; x++) sum = sum * 31 + cells[n & 1][y][x];
  }
  return (i32)sum;
}
