// Address-space reservations: the storage of linear memories, tables and the runtime's own data. A reservation is one
// private anonymous mapping without access; pages are committed (read-write, zero) and decommitted (no access, contents
// gone) inside it, and it never moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace windlass {

size_t pageSize();

inline uint64_t roundUp(uint64_t value, uint64_t unit) { return (value + unit - 1) / unit * unit; }

// Result of a memory operation.
enum class MemoryStatus {
  ok,
  notReserved,  // the range does not lie in a reservation of this table, or is not whole pages
  exhausted,    // the system refused; errno says why
};

// The reservations of one environment, so that its end gives all of them back. Not thread-safe: owned by one thread.
class Reservations {
 public:
  Reservations() = default;
  Reservations(const Reservations &) = delete;
  Reservations &operator=(const Reservations &) = delete;
  ~Reservations();

  // Reserves `bytes` (rounded up to whole pages); 0 when there is no such room, errno says why.
  uintptr_t reserve(uint64_t bytes);
  MemoryStatus commit(uintptr_t address, uint64_t bytes);
  MemoryStatus decommit(uintptr_t address, uint64_t bytes);
  // Gives back a whole reservation.
  MemoryStatus release(uintptr_t address, uint64_t bytes);

 private:
  bool contains(uintptr_t address, uint64_t bytes) const;

  std::map<uintptr_t, uint64_t> sizes_;
};

}  // namespace windlass
