/* Traps three calls deep, so that a backtrace has something to show. Kept unstripped. */
#include <stdio.h>
#include <stdlib.h>
volatile unsigned long nowhere = 0xfffffffc;
__attribute__((noinline)) int innermost(int i) { return i == 3 ? *(volatile int *)nowhere : i; }
__attribute__((noinline)) int middle(int i) { return innermost(i + 1) + 1; }
__attribute__((noinline)) int outer(int i) { return middle(i + 1) + 1; }
int main(void) {
  puts("before the trap");
  fflush(stdout);
  return outer(1);
}
