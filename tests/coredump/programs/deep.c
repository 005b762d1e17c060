// A recursion that goes on for too long: the engine's stack overflows, with tens of thousands of frames on it.
__attribute__((noinline)) static int descend(int depth, int last, long long tag) {
  if (depth == last) return (int)tag;
  return descend(depth + 1, last, tag) * 3 + depth;
}

__attribute__((export_name("run"))) int run(int first, int last) { return descend(first, last, 0x1234567890LL); }
