// A loop that runs for long and then divides by what has become zero: where on-stack replacement happens.
template <typename T>
struct Ring {
  T items[16];
  T &at(unsigned index) { return items[index % 16]; }
};

__attribute__((noinline)) static unsigned mix(Ring<unsigned> &ring, unsigned rounds, unsigned seed) {
  unsigned state = seed;
  unsigned long long sum = 0;
  for (unsigned left = rounds; left <= rounds; left--) {
    state = state * 1664525u + 1013904223u;
    // At the end of the last round nothing is left.
    sum += ring.at(left) ^= state / left;
  }
  return static_cast<unsigned>(sum);
}

extern "C" __attribute__((export_name("run"))) unsigned run(unsigned rounds, unsigned seed) {
  Ring<unsigned> ring{};
  unsigned total = 0;
  for (unsigned turn = 0; turn < 3; turn++) total += mix(ring, rounds + turn, seed);
  return total;
}
