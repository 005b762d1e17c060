#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

namespace windlass {

size_t pageSize() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

Reservations::~Reservations() {
  for (const auto &[address, bytes] : sizes_) munmap(reinterpret_cast<void *>(address), bytes);
}

uintptr_t Reservations::reserve(uint64_t bytes) {
  const uint64_t size = roundUp(bytes, pageSize());
  void *at = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return 0;
  const uintptr_t address = reinterpret_cast<uintptr_t>(at);
  sizes_[address] = size;
  return address;
}

bool Reservations::contains(uintptr_t address, uint64_t bytes) const {
  if (address % pageSize() != 0 || bytes % pageSize() != 0) return false;
  auto next = sizes_.upper_bound(address);
  if (next == sizes_.begin()) return false;
  const auto &[base, size] = *--next;
  const uint64_t offset = address - base;
  return offset <= size && bytes <= size - offset;
}

MemoryStatus Reservations::commit(uintptr_t address, uint64_t bytes) {
  if (!contains(address, bytes)) return MemoryStatus::notReserved;
  if (bytes == 0) return MemoryStatus::ok;
  if (mprotect(reinterpret_cast<void *>(address), bytes, PROT_READ | PROT_WRITE) != 0) return MemoryStatus::exhausted;
  return MemoryStatus::ok;
}

MemoryStatus Reservations::decommit(uintptr_t address, uint64_t bytes) {
  if (!contains(address, bytes)) return MemoryStatus::notReserved;
  if (bytes == 0) return MemoryStatus::ok;
  // A fresh mapping over the old one drops the pages and the access in one step.
  void *at = mmap(reinterpret_cast<void *>(address), bytes, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  return at == MAP_FAILED ? MemoryStatus::exhausted : MemoryStatus::ok;
}

MemoryStatus Reservations::release(uintptr_t address, uint64_t bytes) {
  auto found = sizes_.find(address);
  if (found == sizes_.end() || found->second != roundUp(bytes, pageSize())) return MemoryStatus::notReserved;
  munmap(reinterpret_cast<void *>(address), found->second);
  sizes_.erase(found);
  return MemoryStatus::ok;
}

}  // namespace windlass
