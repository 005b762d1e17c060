// The threads that can be sampled, and their sessions: what the parts of the sampler share. Sessions begin and end in
// sampler.cc; sampling_thread.cc says when records are taken, or the scheduler or another profiler does (followed_profiler.cc);
// handlers take them (sample_handler.cc).
//
// Who touches what: all of it belongs to the holder of the lock, but for the atomics. The handlers take no lock; they get their
// thread's entry and read its atomics, which only the thread itself empties. So what they find there stays valid until they return.
#pragma once

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cstdint>

#include "context.h"
#include "fiber_list.h"
#include "sample.h"
#include "sample_ring.h"
#include "sampler.h"

namespace windlass {

// More threads than this at once are not sampled.
constexpr int maxSampledThreads = 256;
// A timer's signal has the thread's index, and this when it is the thread's alarm.
constexpr int alarmFlag = 1 << 16;
static_assert(alarmFlag >= maxSampledThreads);

struct Session {
  uint64_t id = 0;
  uint64_t interval = 0;  // nanoseconds
  uint64_t deadline = 0;  // nanoseconds of CLOCK_MONOTONIC
  uint32_t depth = 0;
  SampleRing *ring = nullptr;
  SampleSource source = SampleSource::timer;
  // With `ticks`.
  timer_t ticks = nullptr;
  // With `follow`: it is counted among those for which the other profiler's signal is taken.
  bool following = false;
  // Set by the sampling thread, taken by the handler.
  std::atomic<bool> due{false};
  // Ticks since the last record that found the previous signal not yet taken.
  std::atomic<uint32_t> late{0};
  // Ticks since the last record at which the thread had nothing to do.
  std::atomic<uint32_t> idle{0};
  // A record under construction, the handler's own: its length is known only at the end, and the alternate stack is small.
  uint64_t record[sampleHeadWords + maxSampleDepth];

  // So much waits in the ring that its reader should come.
  bool wantsReading() const;
};

struct SampledThread {
  // Published last, emptied first, both on the thread itself.
  std::atomic<ExecContext *> context{nullptr};
  // Address of a variable of the thread: tells the handler that the entry is still that of its thread.
  const void *identity = nullptr;
  pid_t tid = 0;
  const FiberList *fibers = nullptr;
  // Its processor time, read by the sampling thread before it sends the signal: asking takes a microsecond or two, which the
  // guest need not pay for.
  clockid_t cpuClock = 0;
  std::atomic<uint64_t> cpuTime{0};
  // A signal was sent and not taken yet.
  std::atomic<bool> pending{false};
  std::atomic<Session *> sessions[maxSessionsPerThread] = {};
  // See setAlarm. The thread's own.
  timer_t alarm = nullptr;
  bool hasAlarm = false;
  // An alarm could not ask for a poll; the handler's own.
  std::atomic<bool> pollWanted{false};
};

// Static storage and a plain mutex, without destructors: the sampling thread may still look while the process exits.
extern SampledThread sampledThreads[maxSampledThreads];
// One past the highest entry ever used.
extern int sampledThreadsUsed;
extern pthread_mutex_t samplerMutex;

struct SamplerLock {
  SamplerLock() { pthread_mutex_lock(&samplerMutex); }
  SamplerLock(const SamplerLock &) = delete;
  SamplerLock &operator=(const SamplerLock &) = delete;
  ~SamplerLock() { pthread_mutex_unlock(&samplerMutex); }
};

// The lock is held. The entry of a context, a free one for nullptr; nullptr when there is none.
SampledThread *sampledThreadOf(const ExecContext *context);

// The calling thread's own, nullptr when it has none: for a signal that does not tell it.
extern __thread SampledThread *ownSampledThread __attribute__((tls_model("initial-exec")));

// Whether there is something to see on a thread. Any thread, async-signal-safe.
bool isActive(const ExecContext &context);

}  // namespace windlass
