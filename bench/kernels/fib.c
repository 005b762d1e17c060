// Fibonacci by double recursion: the price of a direct call. The asm statement keeps the compiler from making a loop.
#include "kernel.h"

NOINLINE static i32 fib(i32 n) {
  __asm__ volatile("" : "+r"(n));
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

RUN i32 run(i32 n) { return fib(n); }
