// One sample: what the thread was doing when a signal interrupted it. Pure functions of the interrupted registers, the
// execution context and the fibers' memory; async-signal-safe; they never fault: every word is read only after its address
// was found in a fiber in use or in an arena. The record is what runtime/sampling.ts (SampleWord) reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "context.h"
#include "fiber_list.h"

namespace windlass {

// The interrupted machine, as far as a sample needs it.
struct SampleRegisters {
  uint64_t pc;
  uint64_t sp;
  uint64_t fp;
  uint64_t vmctx;  // r14
};

enum class SampleState : uint8_t {
  guest = 0,    // pc is in compiled code or one of its stubs
  routine = 1,  // in a C routine, or the switch, called on the guest's fiber
  host = 2,     // JavaScript runs for the guest (or below it); the frames are the guest's that called out
  outside = 3,  // no guest is active on this thread; see ExecContext.activity
};

// 64-bit words of a record before its addresses:
//   0  words of the whole record (low half), state (8 bits), yield reason (8 bits), flags (16 bits)
//   1  CLOCK_MONOTONIC in nanoseconds
//   2  CLOCK_THREAD_CPUTIME_ID in nanoseconds, when the signal was sent
//   3  yield operand, or activity detail outside the guest (low half), activity (high half)
//   4  the context (vmctx or host function record) of the innermost frame
//   5  ticks since the last record: without the signal taken (low half), without anything to do (high half)
// Then addresses, innermost first: the pc where the state is `guest`, return addresses, and 0 for each entry from
// JavaScript between two frames.
constexpr size_t sampleHeadWords = 6;
constexpr uint32_t maxSampleDepth = 1024;

// More frames than the depth allows.
constexpr uint16_t sampleTruncated = 1;
// Not a sample: the words up to the end of the ring are unused.
constexpr uint16_t samplePadding = 2;

// Writes words 0, 3, 4 and the addresses (the clocks and the ticks are the caller's); returns the words of the record, at
// most sampleHeadWords + depth.
size_t takeSample(const SampleRegisters &registers, const ExecContext &context, const FiberList &fibers, uint32_t depth,
                  uint64_t *record);

}  // namespace windlass
