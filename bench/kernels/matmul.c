// Product of two 160 by 160 matrices of f64, n times: an inner loop of two loads, a multiplication and an addition.
#include "kernel.h"

#define SIZE 160
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

RUN double run(i32 n) {
  for (int i = 0; i < SIZE; i++) {
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = (i * j % 17) * 0.25;
      b[i][j] = (i + 2 * j) % 13 - 6;
    }
  }
  double trace = 0;
  for (i32 round = 0; round < n; round++) {
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        double sum = 0;
        for (int k = 0; k < SIZE; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
    }
    for (int i = 0; i < SIZE; i++) trace += c[i][(i + round) % SIZE];
    a[round % SIZE][0] += 1;
  }
  return trace;
}
