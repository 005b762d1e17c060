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

// A mapped file.
struct PlainFile {
  uintptr_t at = 0;
  size_t bytes = 0;
};

// The code of one environment. Owned by one thread, which alone runs it.
class PlainCode {
 public:
  PlainCode() = default;
  PlainCode(const PlainCode &) = delete;
  PlainCode &operator=(const PlainCode &) = delete;
  ~PlainCode();

  // Maps a file of code that begins with `head`; it stays until the end. Its first page can be written, and is this environment's; the rest can
  // be executed, and is the system's copy of the file, so it costs no page until it runs. A fault in it leads to the second page's first
  // byte, with the registers of the fault. Nothing where there is no such file, or the system refuses.
  PlainFile map(const char *path, const uint8_t *head, size_t headBytes);

 private:
  std::vector<std::unique_ptr<PlainBlock>> blocks_;
};

// The block of this thread's that has an address, nullptr when none has.
const PlainBlock *plainBlockOf(uintptr_t address);

// Lets this thread run a block of another thread's while it lasts.
class PlainScope {
 public:
  explicit PlainScope(PlainBlock *block);
  PlainScope(const PlainScope &) = delete;
  PlainScope &operator=(const PlainScope &) = delete;
  ~PlainScope();

 private:
  const PlainBlock *block_;
};

// For the signal handler, async-signal-safe: where a fault at an address goes on, 0 when it is not in this thread's plain code.
uintptr_t plainExit(uintptr_t pc);

}  // namespace windlass
