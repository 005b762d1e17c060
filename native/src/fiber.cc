#include "fiber.h"

#include <sys/mman.h>

#include <algorithm>

#include "memory.h"

namespace windlass {
namespace {

void unmapFiber(FiberRange fiber) {
  munmap(reinterpret_cast<void *>(fiber.low - stackGuardBytes), fiber.high - fiber.low + stackGuardBytes);
}

bool mapFiber(uint64_t bytes, FiberRange *out) {
  void *at = mmap(nullptr, bytes + stackGuardBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK,
                  -1, 0);
  if (at == MAP_FAILED) return false;
  out->low = reinterpret_cast<uintptr_t>(at) + stackGuardBytes;
  out->high = out->low + bytes;
  if (mprotect(reinterpret_cast<void *>(out->low), bytes, PROT_READ | PROT_WRITE) == 0) return true;
  unmapFiber(*out);
  return false;
}

}  // namespace

Fibers::~Fibers() {
  for (const auto &[low, high] : inUse_) unmapFiber({low, high});
  for (const FiberRange &fiber : idle_) unmapFiber(fiber);
}

bool Fibers::create(uint64_t bytes, FiberRange *out) {
  const uint64_t size = roundUp(std::max(bytes, minFiberBytes), pageSize());
  const auto found = std::find_if(idle_.begin(), idle_.end(), [&](FiberRange f) { return f.high - f.low == size; });
  if (found != idle_.end()) {
    *out = *found;
    idle_.erase(found);
  } else if (!mapFiber(size, out)) {
    return false;
  }
  inUse_[out->low] = out->high;
  list_.add(*out);
  return true;
}

bool Fibers::release(uintptr_t low) {
  const auto found = inUse_.find(low);
  if (found == inUse_.end()) return false;
  const FiberRange fiber{found->first, found->second};
  inUse_.erase(found);
  list_.remove(low);
  if (idle_.size() == maxIdleFibers) {
    unmapFiber(idle_.front());
    idle_.erase(idle_.begin());
  }
  madvise(reinterpret_cast<void *>(fiber.low), fiber.high - fiber.low, MADV_DONTNEED);
  idle_.push_back(fiber);
  return true;
}

}  // namespace windlass
