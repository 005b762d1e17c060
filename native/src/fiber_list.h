// The fibers in use of one environment, in a form that a signal handler on its thread can search: an array that is always
// whole, wherever the handler interrupts a change. Nobody else reads or writes it.
//
// A plain list and not an ordered map: the handler needs the fiber that runs now, which is among the first few unless
// thousands of calls are suspended, and even then a search takes microseconds.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace windlass {

struct FiberRange {
  uintptr_t low;   // lowest usable address
  uintptr_t high;  // one past the highest, page-aligned
};

class FiberList {
 public:
  FiberList() = default;
  FiberList(const FiberList &) = delete;
  FiberList &operator=(const FiberList &) = delete;
  ~FiberList() { delete[] ranges_.load(std::memory_order_relaxed); }

  void add(FiberRange range);
  void remove(uintptr_t low);

  // Async-signal-safe. The fiber whose usable bytes include [address, address + bytes), {0, 0} when there is none.
  FiberRange find(uintptr_t address, size_t bytes) const;

 private:
  // The handler runs on the thread that changes the list, so order is all that matters: a range is complete before the
  // count includes it. Signal fences keep the compiler from moving the stores.
  std::atomic<FiberRange *> ranges_{nullptr};
  std::atomic<size_t> count_{0};
  size_t capacity_ = 0;
};

}  // namespace windlass
