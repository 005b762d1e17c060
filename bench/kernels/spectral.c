// Spectral norm of an infinite matrix cut to n by n: integer to float conversion and division in the inner loop.
#include "kernel.h"

#define MAX 2000
static double u[MAX], v[MAX], t[MAX];

static inline double element(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }

static void times(const double *in, double *out, int n) {
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++) sum += element(i, j) * in[j];
    out[i] = sum;
  }
}

static void times_transposed(const double *in, double *out, int n) {
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++) sum += element(j, i) * in[j];
    out[i] = sum;
  }
}

RUN double run(i32 n) {
  for (int i = 0; i < n; i++) u[i] = 1;
  for (int k = 0; k < 10; k++) {
    times(u, t, n);
    times_transposed(t, v, n);
    times(v, t, n);
    times_transposed(t, u, n);
  }
  double uv = 0, vv = 0;
  for (int i = 0; i < n; i++) {
    uv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return __builtin_sqrt(uv / vv);
}
