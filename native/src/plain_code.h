// Machine code that is called as C calls a function, on the caller's stack: no fiber, no yields. A fault in it ends the call: the signal
// handler sends the thread to the block's exit, which returns to the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace windlass {

// Gives an int32, or what none is when it came to the exit.
using PlainFunction = int64_t (*)(uintptr_t context, uintptr_t base, uint32_t a, uint32_t b);

// A block of a thread; the signal handler follows the list.
struct PlainBlock {
  uintptr_t at;
  size_t bytes;
  uintptr_t exit;
  PlainBlock *next;
};

// The code of one environment. Owned by one thread, which alone runs it.
class PlainCode {
 public:
  PlainCode() = default;
  PlainCode(const PlainCode &) = delete;
  PlainCode &operator=(const PlainCode &) = delete;
  ~PlainCode();

  // A copy that can be executed and no longer be written; at each of `words`, offsets of aligned 8-byte words in it, its address is
  // added. Stays until the end. 0 when the system refuses, errno says why; every word has to lie inside.
  // `exit` is the offset of the code that a fault leads to: the registers are those of the fault.
  uintptr_t load(const uint8_t *code, size_t bytes, const uint32_t *words, size_t wordCount, size_t exit);

 private:
  std::vector<std::unique_ptr<PlainBlock>> blocks_;
};

// For the signal handler, async-signal-safe: where a fault at an address goes on, 0 when it is not in this thread's plain code.
uintptr_t plainExit(uintptr_t pc);

}  // namespace windlass
