// The ring in which samples wait to be read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace windlass {

constexpr uint32_t minRingWords = 1 << 12;
constexpr uint32_t maxRingWords = 1 << 24;

// A ring of 64-bit words in memory that JavaScript maps too: one producer (the handler), one consumer (JavaScript of the
// same thread). Positions count words and wrap at 2^32; a record never wraps around the end of the ring.
struct SampleRing {
  std::atomic<uint32_t> written;    // by the handler
  std::atomic<uint32_t> read;       // by the consumer
  std::atomic<uint32_t> samples;    // records ever written
  std::atomic<uint32_t> drained;    // records ever read
  std::atomic<uint32_t> dropped;    // records lost because the ring was full
  std::atomic<uint32_t> late;       // ticks without a record because the thread had not taken the signal before
  uint32_t words;                   // capacity, a power of two
  uint32_t wake;                    // so many records that wait, and the consumer is to come; it may change the number
  uint64_t data[1];
};
constexpr size_t ringHeadBytes = offsetof(SampleRing, data);

// A ring of at least so many words within the limits, null when there is no memory. It has two owners: the session and its reader.
SampleRing *createRing(uint32_t wantedWords);
// One owner does without it; without both it is gone.
void releaseRing(SampleRing *ring);
// Of what JavaScript sees.
size_t ringBytes(const SampleRing *ring);
// The producer's part, in a signal handler. A record that finds no room is counted as dropped.
void appendRecord(SampleRing *ring, const uint64_t *record, size_t words);

}  // namespace windlass
