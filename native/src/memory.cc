#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace windlass {

size_t pageSize() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

void populate(void *at, uint64_t bytes) {
#ifdef MADV_POPULATE_WRITE
  const uintptr_t from = reinterpret_cast<uintptr_t>(at) & ~(pageSize() - 1);
  madvise(reinterpret_cast<void *>(from), reinterpret_cast<uintptr_t>(at) + bytes - from, MADV_POPULATE_WRITE);
#else
  (void)at;
  (void)bytes;
#endif
}

Reservations::~Reservations() {
  for (const auto &[address, reservation] : reservations_) munmap(reinterpret_cast<void *>(address), reservation.bytes);
}

uintptr_t Reservations::reserve(uint64_t bytes) {
  const uint64_t size = roundUp(bytes, pageSize());
  void *at = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return 0;
  const uintptr_t address = reinterpret_cast<uintptr_t>(at);
  reservations_[address].bytes = size;
  return address;
}

bool Reservations::contains(uintptr_t address, uint64_t bytes) const {
  if (address % pageSize() != 0 || bytes % pageSize() != 0) return false;
  auto next = reservations_.upper_bound(address);
  if (next == reservations_.begin()) return false;
  const auto &[base, reservation] = *--next;
  const uint64_t offset = address - base;
  return !reservation.released && offset <= reservation.bytes && bytes <= reservation.bytes - offset;
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
  auto found = reservations_.find(address);
  if (found == reservations_.end()) return MemoryStatus::notReserved;
  Reservation &reservation = found->second;
  if (reservation.released || reservation.bytes != roundUp(bytes, pageSize())) return MemoryStatus::notReserved;
  if (reservation.loans == 0) {
    munmap(reinterpret_cast<void *>(address), reservation.bytes);
    reservations_.erase(found);
    return MemoryStatus::ok;
  }
  if (reservation.bytes > reservation.lentBytes) {
    munmap(reinterpret_cast<void *>(address + reservation.lentBytes), reservation.bytes - reservation.lentBytes);
  }
  reservation.bytes = reservation.lentBytes;
  reservation.released = true;
  return MemoryStatus::ok;
}

MemoryStatus Reservations::lend(uintptr_t address, uint64_t bytes) {
  auto found = reservations_.find(address);
  if (found == reservations_.end() || !contains(address, roundUp(bytes, pageSize()))) return MemoryStatus::notReserved;
  Reservation &reservation = found->second;
  reservation.lentBytes = std::max(reservation.lentBytes, roundUp(bytes, pageSize()));
  reservation.loans++;
  return MemoryStatus::ok;
}

void Reservations::endLoan(uintptr_t address) {
  auto found = reservations_.find(address);
  if (found == reservations_.end() || found->second.loans == 0) return;
  Reservation &reservation = found->second;
  if (--reservation.loans > 0) return;
  if (reservation.released) {
    munmap(reinterpret_cast<void *>(address), reservation.bytes);
    reservations_.erase(found);
  } else {
    reservation.lentBytes = 0;
  }
}

uintptr_t Reservations::leaveLent(uintptr_t address) {
  auto found = reservations_.find(address);
  if (found == reservations_.end() || found->second.released) return 0;
  Reservation &reservation = found->second;
  if (reservation.loans == 0) return address;
  const uintptr_t behind = address + reservation.lentBytes;
  const uint64_t rest = reservation.bytes - reservation.lentBytes;
  reservation.bytes = reservation.lentBytes;
  reservation.released = true;
  if (rest > 0) reservations_[behind].bytes = rest;
  return behind;
}

}  // namespace windlass
