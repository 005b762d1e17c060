#include "fiber_list.h"

#include <algorithm>

namespace windlass {
namespace {

constexpr size_t firstCapacity = 16;

}  // namespace

void FiberList::add(FiberRange range) {
  const size_t count = count_.load(std::memory_order_relaxed);
  FiberRange *ranges = ranges_.load(std::memory_order_relaxed);
  if (count == capacity_) {
    capacity_ = std::max(firstCapacity, 2 * capacity_);
    auto *grown = new FiberRange[capacity_];
    std::copy(ranges, ranges + count, grown);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    ranges_.store(grown, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    delete[] ranges;
    ranges = grown;
  }
  ranges[count] = range;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  count_.store(count + 1, std::memory_order_relaxed);
}

void FiberList::remove(uintptr_t low) {
  const size_t count = count_.load(std::memory_order_relaxed);
  FiberRange *ranges = ranges_.load(std::memory_order_relaxed);
  for (size_t i = 0; i < count; i++) {
    if (ranges[i].low != low) continue;
    // Empty while it is neither the one nor the other.
    ranges[i].high = 0;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    ranges[i].low = ranges[count - 1].low;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    ranges[i].high = ranges[count - 1].high;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    count_.store(count - 1, std::memory_order_relaxed);
    return;
  }
}

FiberRange FiberList::find(uintptr_t address, size_t bytes) const {
  const size_t count = count_.load(std::memory_order_relaxed);
  const FiberRange *ranges = ranges_.load(std::memory_order_relaxed);
  for (size_t i = 0; i < count; i++) {
    const FiberRange range = ranges[i];
    if (address >= range.low && address < range.high && range.high - address >= bytes) return range;
  }
  return {0, 0};
}

}  // namespace windlass
