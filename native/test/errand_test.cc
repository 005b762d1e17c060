// Errands: what they were sent for is done when `finish` returns.
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "../src/errand.h"
#include "check.h"

using namespace windlass;

TEST(copy_errand_copies_everything) {
  std::vector<uint8_t> source(5 << 20);
  for (size_t i = 0; i < source.size(); i++) source[i] = static_cast<uint8_t>(i * 7 + (i >> 8));
  std::vector<uint8_t> target(source.size());
  CopyErrand errand(target.data(), source.data(), source.size());
  errand.start();
  errand.finish();
  CHECK(memcmp(target.data(), source.data(), source.size()) == 0);
  errand.finish();
}

TEST(copy_errand_ends_with_its_object) {
  std::vector<uint8_t> source(1 << 20, 9);
  std::vector<uint8_t> target(source.size());
  {
    CopyErrand errand(target.data(), source.data(), source.size());
    errand.start();
  }
  CHECK(target.front() == 9 && target.back() == 9);
}

namespace {

// A function of plain code that counts its calls in the cell at `context`, and fails at the one that the cell at `base` names.
int64_t countCall(uintptr_t context, uintptr_t base, uint32_t, uint32_t) {
  const int call = ++*reinterpret_cast<int *>(context);
  return call == *reinterpret_cast<int *>(base) ? int64_t{1} << 32 : call;
}

// How many of three calls return, one of which may fail.
size_t callsThatReturn(int failing) {
  int calls = 0;
  const std::vector<uintptr_t> functions(3, reinterpret_cast<uintptr_t>(&countCall));
  CallErrand errand(functions, {}, reinterpret_cast<uintptr_t>(&calls), reinterpret_cast<uintptr_t>(&failing), 0);
  CHECK(!errand.isDone());
  CHECK(errand.start());
  errand.finish();
  CHECK(errand.isDone());
  CHECK(calls == (failing == 0 ? 3 : failing));
  return errand.nanoseconds().size();
}

}  // namespace

TEST(call_errand_calls_one_after_the_other) { CHECK(callsThatReturn(0) == 3); }

TEST(call_errand_stops_at_a_failure) {
  CHECK(callsThatReturn(1) == 0);
  CHECK(callsThatReturn(3) == 2);
}

namespace {

// Fails unless the bytes at `base` are 1, 2, 3.
int64_t wantBytes(uintptr_t, uintptr_t base, uint32_t, uint32_t) {
  const auto *bytes = reinterpret_cast<const uint8_t *>(base);
  return bytes[0] == 1 && bytes[1] == 2 && bytes[2] == 3 ? 0 : int64_t{1} << 32;
}

}  // namespace

TEST(call_errand_copies_what_its_calls_find) {
  const uint8_t source[3] = {1, 2, 3};
  uint8_t target[3] = {};
  const std::vector<uintptr_t> functions(2, reinterpret_cast<uintptr_t>(&wantBytes));
  CallErrand errand(functions, {}, 0, reinterpret_cast<uintptr_t>(target), 0, {target, source, sizeof source});
  CHECK(errand.start());
  errand.finish();
  CHECK(errand.nanoseconds().size() == 2);
}

namespace {

std::atomic<int> slowCalls{0};

int64_t countSlowCall(uintptr_t, uintptr_t, uint32_t, uint32_t) {
  slowCalls++;
  usleep(100'000);
  return 0;
}

}  // namespace

TEST(call_errand_ends_with_its_object_after_the_call_at_hand) {
  {
    CallErrand errand(std::vector<uintptr_t>(3, reinterpret_cast<uintptr_t>(&countSlowCall)), {}, 0, 0, 0);
    CHECK(errand.start());
    while (slowCalls == 0) sched_yield();
  }
  CHECK(slowCalls == 1);
}
