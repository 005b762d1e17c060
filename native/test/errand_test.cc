// Errands: what they were sent for is done when `finish` returns.
#include <cstring>
#include <vector>

#include "../src/errand.h"
#include "check.h"

using namespace windlass;

TEST(copy_errand_copies_everything) {
  std::vector<uint8_t> source(5 << 20);
  for (size_t i = 0; i < source.size(); i++) source[i] = static_cast<uint8_t>(i * 7 + (i >> 8));
  std::vector<uint8_t> target(source.size());
  CopyErrand errand(target.data(), source.data(), source.size());
  errand.start();
  errand.finish();
  CHECK(memcmp(target.data(), source.data(), source.size()) == 0);
  errand.finish();
}

TEST(copy_errand_ends_with_its_object) {
  std::vector<uint8_t> source(1 << 20, 9);
  std::vector<uint8_t> target(source.size());
  {
    CopyErrand errand(target.data(), source.data(), source.size());
    errand.start();
  }
  CHECK(target.front() == 9 && target.back() == 9);
}
