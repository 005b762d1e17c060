// Fibers: the stacks that guest code runs on, each one mapping with a guard without access below. Overflow is found by
// the guard, never by V8's stack limit. Released fibers are kept for reuse, because calls that may suspend take a new
// one each; their pages go back to the system so that a deep recursion does not keep its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "fiber_list.h"

namespace windlass {

// STACK_GUARD_SIZE of tiers/abi.ts: compiled prologues probe frames that could step over it.
constexpr uint64_t stackGuardBytes = 128 * 1024;
// A nested entry needs room for its frame and the stubs around it before the guest's own overflow check can work.
constexpr uint64_t entryReserveBytes = 4096;
constexpr uint64_t minFiberBytes = 16 * 1024;
// Enough that a burst of suspended calls does not map and unmap for each.
constexpr size_t maxIdleFibers = 16;

// The fibers of one environment. Not thread-safe: owned by one thread.
class Fibers {
 public:
  Fibers() = default;
  Fibers(const Fibers &) = delete;
  Fibers &operator=(const Fibers &) = delete;
  ~Fibers();

  // A fiber with at least `bytes` usable bytes; false when the system has no room, errno says why.
  bool create(uint64_t bytes, FiberRange *out);
  // False when no fiber in use begins at `low`.
  bool release(uintptr_t low);
  // The fibers in use, as a signal handler may search them.
  const FiberList &list() const { return list_; }

 private:
  std::map<uintptr_t, uintptr_t> inUse_;  // low -> high
  std::vector<FiberRange> idle_;
  FiberList list_;
};

}  // namespace windlass
