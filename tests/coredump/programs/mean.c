// A mean that no integer holds: a conversion that traps, after a loop, in optimized code of the guest's own compiler.
static double values[64];

__attribute__((noinline)) static int mean(const double *list, int count, int weight) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += list[i] * weight;
  // The instruction itself: a cast saturates.
  return __builtin_wasm_trunc_s_i32_f64(sum / count) + count;
}

__attribute__((export_name("run"))) int run(int count, int weight) {
  for (int i = 0; i < 64; i++) values[i] = i * 1e9;
  return mean(values, count, weight) + weight;
}
