// A division by zero three calls deep: variables in wasm locals and in the frame's memory.
struct Pair {
  int first;
  short second;
};

static const char *const label = "quotient of the pair";

__attribute__((noinline)) static int divide(int dividend, int divisor, const char *why) {
  volatile int kept = dividend * 2;
  return dividend / divisor + kept + why[0];
}

__attribute__((noinline)) static int pair_quotient(struct Pair *pair, double scale) {
  struct Pair copy = *pair;
  int scaled = (int)(scale * copy.first);
  int result = divide(scaled, copy.second, label);
  return result + copy.first;
}

__attribute__((export_name("run"))) int run(int first, int second) {
  struct Pair pair = {first, (short)second};
  unsigned long long wide = 0x1122334455667788ULL + (unsigned)first;
  float half = (float)first / 2;
  int result = pair_quotient(&pair, 2.5);
  return result + (int)wide + (int)half;
}
