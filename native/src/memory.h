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

// Gives pages to memory that is about to be written, all in one step: a fault for each takes several times as long. No more than a hint, which
// kernels before 5.14 do not know.
void populate(void *at, uint64_t bytes);

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
  // Gives back a whole reservation. What was lent of it stays mapped until the last loan has ended; only the pages behind
  // go at once (a script may have moved the contents of a buffer to another one, which nobody knows of).
  MemoryStatus release(uintptr_t address, uint64_t bytes);
  // Notes that somebody reads or writes the first `bytes` of the reservation at `address`, whatever happens to it.
  MemoryStatus lend(uintptr_t address, uint64_t bytes);
  // Ends one loan of the reservation at `address`.
  void endLoan(uintptr_t address);
  // Takes what is lent off a reservation: those bytes stay mapped until the last loan has ended, as with `release`; what is
  // behind them is a reservation of its own. Returns its address: `address` itself when nothing is lent, 0 when there is no
  // such reservation. (When all is lent, there is nothing behind, and no reservation either.)
  uintptr_t leaveLent(uintptr_t address);

 private:
  struct Reservation {
    uint64_t bytes = 0;
    uint64_t lentBytes = 0;  // from the start; covers every loan
    uint32_t loans = 0;
    bool released = false;  // only the lent bytes are left, and go with the last loan
  };

  bool contains(uintptr_t address, uint64_t bytes) const;

  std::map<uintptr_t, Reservation> reservations_;
};

}  // namespace windlass
