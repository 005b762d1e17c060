// Reservations and fibers: bookkeeping and page access.
#include <cstring>

#include "../src/fiber.h"
#include "../src/memory.h"
#include "check.h"

using namespace windlass;

namespace {
uint8_t *bytesAt(uintptr_t address) { return reinterpret_cast<uint8_t *>(address); }
}  // namespace

TEST(reservation_commits_and_forgets) {
  Reservations reservations;
  const size_t page = pageSize();
  const uintptr_t at = reservations.reserve(8ull << 30);
  CHECK(at != 0);
  CHECK(reservations.commit(at + page, page) == MemoryStatus::ok);
  bytesAt(at)[page] = 1;
  CHECK(reservations.commit(at, 3 * page) == MemoryStatus::ok);
  CHECK(bytesAt(at)[page] == 1 && bytesAt(at)[2 * page] == 0);
  CHECK(reservations.decommit(at, 3 * page) == MemoryStatus::ok);
  CHECK(reservations.commit(at, 3 * page) == MemoryStatus::ok);
  CHECK(bytesAt(at)[page] == 0);
  CHECK(reservations.release(at, 8ull << 30) == MemoryStatus::ok);
}

TEST(reservation_refuses_foreign_pages) {
  Reservations reservations;
  const size_t page = pageSize();
  const uintptr_t at = reservations.reserve(4 * page);
  CHECK(reservations.commit(at, 5 * page) == MemoryStatus::notReserved);
  CHECK(reservations.commit(at - page, page) == MemoryStatus::notReserved);
  CHECK(reservations.commit(at + 4 * page, page) == MemoryStatus::notReserved);
  CHECK(reservations.commit(at + 1, page) == MemoryStatus::notReserved);
  CHECK(reservations.commit(at, page - 1) == MemoryStatus::notReserved);
  CHECK(reservations.commit(at, ~0ull - page + 1) == MemoryStatus::notReserved);
  CHECK(reservations.commit(at + 4 * page, 0) == MemoryStatus::ok);
  CHECK(reservations.release(at + page, page) == MemoryStatus::notReserved);
  CHECK(reservations.release(at, 3 * page) == MemoryStatus::notReserved);
}

TEST(lent_pages_outlive_their_reservation) {
  Reservations reservations;
  const size_t page = pageSize();
  const uintptr_t at = reservations.reserve(4 * page);
  CHECK(reservations.commit(at, 2 * page) == MemoryStatus::ok);
  CHECK(reservations.lend(at + page, page) == MemoryStatus::notReserved);
  CHECK(reservations.lend(at, 5 * page) == MemoryStatus::notReserved);
  CHECK(reservations.lend(at, page) == MemoryStatus::ok);
  CHECK(reservations.lend(at, 2 * page) == MemoryStatus::ok);
  reservations.endLoan(at);
  CHECK(reservations.release(at, 4 * page) == MemoryStatus::ok);
  bytesAt(at)[2 * page - 1] = 1;
  CHECK(reservations.release(at, 2 * page) == MemoryStatus::notReserved);
  CHECK(reservations.commit(at, page) == MemoryStatus::notReserved);
  reservations.endLoan(at);
  reservations.endLoan(at);
  CHECK(reservations.lend(at, page) == MemoryStatus::notReserved);
}

TEST(what_is_behind_lent_pages_is_a_reservation) {
  Reservations reservations;
  const size_t page = pageSize();
  const uintptr_t at = reservations.reserve(4 * page);
  CHECK(reservations.leaveLent(at + page) == 0);
  CHECK(reservations.leaveLent(at) == at);
  CHECK(reservations.commit(at, page) == MemoryStatus::ok);
  CHECK(reservations.lend(at, page) == MemoryStatus::ok);
  const uintptr_t behind = reservations.leaveLent(at);
  CHECK(behind == at + page);
  CHECK(reservations.leaveLent(at) == 0);
  bytesAt(at)[page - 1] = 1;
  CHECK(reservations.commit(behind, 3 * page) == MemoryStatus::ok);
  CHECK(reservations.lend(behind, 3 * page) == MemoryStatus::ok);
  CHECK(reservations.leaveLent(behind) == at + 4 * page);
  CHECK(reservations.commit(at + 4 * page, page) == MemoryStatus::notReserved);
  reservations.endLoan(at);
  bytesAt(behind)[3 * page - 1] = 1;
  reservations.endLoan(behind);
  CHECK(reservations.release(behind, 3 * page) == MemoryStatus::notReserved);
}

TEST(reservation_reports_exhaustion) {
  Reservations reservations;
  CHECK(reservations.reserve(1ull << 60) == 0);
}

TEST(fibers_are_reused_clean) {
  Fibers fibers;
  FiberRange fiber;
  CHECK(fibers.create(100000, &fiber));
  CHECK(fiber.high - fiber.low >= 100000 && fiber.high % 16 == 0);
  memset(bytesAt(fiber.low), 7, fiber.high - fiber.low);
  CHECK(fibers.release(fiber.low));
  CHECK(!fibers.release(fiber.low));
  FiberRange again;
  CHECK(fibers.create(100000, &again));
  CHECK(again.low == fiber.low && bytesAt(again.low)[0] == 0);
  FiberRange other;
  CHECK(fibers.create(100000, &other));
  CHECK(other.low != again.low);
}

TEST(fibers_keep_a_bounded_number_idle) {
  Fibers fibers;
  std::vector<FiberRange> all(3 * maxIdleFibers);
  for (FiberRange &fiber : all) CHECK(fibers.create(minFiberBytes, &fiber));
  for (const FiberRange &fiber : all) CHECK(fibers.release(fiber.low));
  for (FiberRange &fiber : all) CHECK(fibers.create(minFiberBytes, &fiber));
}

TEST(fiber_of_impossible_size_is_refused) {
  Fibers fibers;
  FiberRange fiber;
  CHECK(!fibers.create(1ull << 60, &fiber));
}
