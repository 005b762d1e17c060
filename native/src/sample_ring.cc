#include "sample_ring.h"

#include <sys/mman.h>

#include <algorithm>

#include "sample.h"

namespace windlass {
namespace {

// Behind the words of a ring, out of JavaScript's sight.
struct RingTail {
  std::atomic<int> references;
};

RingTail *tailOf(SampleRing *ring) {
  return reinterpret_cast<RingTail *>(reinterpret_cast<char *>(ring) + ringBytes(ring));
}

}  // namespace

size_t ringBytes(const SampleRing *ring) { return ringHeadBytes + ring->words * sizeof(uint64_t); }

void releaseRing(SampleRing *ring) {
  const size_t bytes = ringBytes(ring) + sizeof(RingTail);
  if (tailOf(ring)->references.fetch_sub(1, std::memory_order_acq_rel) == 1) munmap(ring, bytes);
}

SampleRing *createRing(uint32_t wantedWords) {
  uint32_t words = minRingWords;
  while (words < wantedWords && words < maxRingWords) words *= 2;
  const size_t bytes = ringHeadBytes + words * sizeof(uint64_t) + sizeof(RingTail);
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto *ring = static_cast<SampleRing *>(memory);
  ring->words = words;
  tailOf(ring)->references.store(2, std::memory_order_relaxed);
  return ring;
}

void appendRecord(SampleRing *ring, const uint64_t *record, size_t words) {
  const uint32_t mask = ring->words - 1;
  const uint32_t at = ring->written.load(std::memory_order_relaxed);
  const uint32_t used = at - ring->read.load(std::memory_order_acquire);
  const uint32_t toEnd = ring->words - (at & mask);
  const uint32_t padding = toEnd < words ? toEnd : 0;
  // `read` is in memory that JavaScript can write: a wrong value must not lead out of the ring, and cannot.
  if (used > ring->words || ring->words - used < padding + words) {
    ring->dropped.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (padding > 0) ring->data[at & mask] = padding | static_cast<uint64_t>(samplePadding) << 48;
  uint64_t *to = ring->data + ((at + padding) & mask);
  std::copy(record, record + words, to);
  ring->samples.fetch_add(1, std::memory_order_relaxed);
  ring->written.store(at + padding + static_cast<uint32_t>(words), std::memory_order_release);
}

}  // namespace windlass
