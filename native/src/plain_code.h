// Machine code that is called as C calls a function, on the caller's stack: no fiber, no traps, no yields. It is the
// caller's business that it cannot fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace windlass {

using PlainFunction = int32_t (*)(uintptr_t context, uintptr_t base, uint32_t a, uint32_t b);

// The code of one environment. Not thread-safe: owned by one thread.
class PlainCode {
 public:
  PlainCode() = default;
  PlainCode(const PlainCode &) = delete;
  PlainCode &operator=(const PlainCode &) = delete;
  ~PlainCode();

  // A copy that can be executed and no longer be written; at each of `words`, offsets of aligned 8-byte words in it, its address is
  // added. Stays until the end. 0 when the system refuses, errno says why; every word has to lie inside.
  uintptr_t load(const uint8_t *code, size_t bytes, const uint32_t *words, size_t wordCount);

 private:
  struct Block {
    void *at;
    size_t bytes;
  };
  std::vector<Block> blocks_;
};

}  // namespace windlass
