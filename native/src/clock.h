// Time in nanoseconds. Async-signal-safe.
#pragma once

#include <time.h>

#include <cstdint>

namespace windlass {

constexpr uint64_t nanosecondsPerSecond = 1'000'000'000;

inline uint64_t clockNow(clockid_t clock = CLOCK_MONOTONIC) {
  timespec time = {};
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * nanosecondsPerSecond + static_cast<uint64_t>(time.tv_nsec);
}

inline timespec toTimespec(uint64_t nanoseconds) {
  return {static_cast<time_t>(nanoseconds / nanosecondsPerSecond), static_cast<long>(nanoseconds % nanosecondsPerSecond)};
}

}  // namespace windlass
