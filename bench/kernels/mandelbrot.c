// Escape times of an n by n grid of the Mandelbrot set: an f64 loop in registers with a compare a step.
#include "kernel.h"

RUN i32 run(i32 n) {
  i32 sum = 0;
  for (i32 row = 0; row < n; row++) {
    double ci = 2.0 * row / n - 1.0;
    for (i32 column = 0; column < n; column++) {
      double cr = 3.0 * column / n - 2.0;
      double zr = 0, zi = 0, rr = 0, ii = 0;
      i32 steps = 0;
      while (steps < 200 && rr + ii <= 4.0) {
        zi = 2 * zr * zi + ci;
        zr = rr - ii + cr;
        rr = zr * zr;
        ii = zi * zi;
        steps++;
      }
      sum = sum * 31 + steps;
    }
  }
  return sum;
}
