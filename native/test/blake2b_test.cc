// BLAKE2b: the example of RFC 7693, appendix A, and data of every length about the size of a block (for the sanitizers).
#include <cstring>
#include <vector>

#include "../src/blake2b.h"
#include "check.h"

using namespace windlass;

TEST(blake2b_of_the_rfc) {
  const uint8_t expected[] = {0xba, 0x80, 0xa5, 0x3f, 0x98, 0x1c, 0x4d, 0x0d};
  const uint8_t data[] = {'a', 'b', 'c'};
  uint8_t digest[blake2bBytes];
  blake2b(data, sizeof data, digest);
  CHECK(memcmp(digest, expected, sizeof expected) == 0);
}

TEST(blake2b_reads_no_more_than_it_is_given) {
  uint8_t last[blake2bBytes] = {};
  for (size_t bytes = 0; bytes <= 300; bytes++) {
    const std::vector<uint8_t> data(bytes, 7);
    uint8_t digest[blake2bBytes];
    blake2b(data.data(), bytes, digest);
    CHECK(memcmp(digest, last, sizeof last) != 0);
    memcpy(last, digest, sizeof last);
  }
}
