#include "sampler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "clock.h"
#include "followed_profiler.h"
#include "sample_handler.h"
#include "sampled_threads.h"
#include "sampling_thread.h"
#include "signals.h"
#include "thread_timer.h"

namespace windlass {
namespace {

constexpr uint64_t nanosecondsPerMicrosecond = 1000;
// About 31 years: what the system takes for a time.
constexpr double maxAlarmNanoseconds = 1e18;
// Belongs to the lock.
uint64_t lastId = 0;

// The lock is held. The slot of a session of a thread, null when there is none.
std::atomic<Session *> *findSession(const ExecContext *context, uint64_t id) {
  SampledThread *thread = sampledThreadOf(context);
  if (thread == nullptr) return nullptr;
  for (auto &slot : thread->sessions) {
    const Session *session = slot.load(std::memory_order_relaxed);
    if (session != nullptr && session->id == id) return &slot;
  }
  return nullptr;
}

// The lock is held; on the session's thread, so its handler is not at work.
void endSession(std::atomic<Session *> &slot) {
  unfollow(*slot.load(std::memory_order_relaxed));
  Session *session = slot.exchange(nullptr, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (session->source == SampleSource::ticks) {
    timer_delete(session->ticks);
  } else {
    removeTimedSession();
  }
  releaseRing(session->ring);
  delete session;
}

// A timer on the calling thread's processor time.
bool startTicks(Session &session, int index) {
  if (!createThreadTimer(CLOCK_THREAD_CPUTIME_ID, index, &session.ticks)) return false;
  // The first sample comes with the next tick: that the thread has run for long is known sooner so.
  if (setThreadTimer(session.ticks, 1, session.interval)) return true;
  timer_delete(session.ticks);
  return false;
}

// The lock is held; on the session's thread.
bool startSource(Session &session, int index) {
  if (session.source == SampleSource::ticks) return startTicks(session, index);
  return startSamplingThread() && (session.source != SampleSource::follow || follow(session));
}

// The lock is held. The entry of another environment of the calling thread, nullptr when there is none.
SampledThread *anotherOfThisThread() {
  for (SampledThread &thread : sampledThreads) {
    if (thread.identity == &threadState && thread.context.load(std::memory_order_relaxed) != nullptr) return &thread;
  }
  return nullptr;
}

}  // namespace

bool registerSampledThread(ExecContext *context, const FiberList *fibers) {
  const SamplerLock lock;
  SampledThread *thread = sampledThreadOf(nullptr);
  if (thread == nullptr) return false;
  sampledThreadsUsed = std::max(sampledThreadsUsed, static_cast<int>(thread - sampledThreads) + 1);
  thread->identity = &threadState;
  thread->tid = static_cast<pid_t>(syscall(SYS_gettid));
  thread->fibers = fibers;
  pthread_getcpuclockid(pthread_self(), &thread->cpuClock);
  thread->pending.store(false, std::memory_order_relaxed);
  thread->pollWanted.store(false, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  thread->context.store(context, std::memory_order_release);
  ownSampledThread = thread;
  return true;
}

void unregisterSampledThread(ExecContext *context) {
  const SamplerLock lock;
  SampledThread *thread = sampledThreadOf(context);
  if (thread == nullptr) return;
  thread->context.store(nullptr, std::memory_order_relaxed);
  if (ownSampledThread == thread) ownSampledThread = anotherOfThisThread();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  for (auto &slot : thread->sessions) {
    if (slot.load(std::memory_order_relaxed) != nullptr) endSession(slot);
  }
  if (thread->hasAlarm) timer_delete(thread->alarm);
  thread->hasAlarm = false;
}

bool startSampling(ExecContext *context, const SamplerOptions &options, SamplerSession *out) {
  SampleRing *ring = createRing(options.ringWords);
  if (ring == nullptr) return false;
  const SamplerLock lock;
  SampledThread *thread = sampledThreadOf(context);
  std::atomic<Session *> *free = nullptr;
  if (thread != nullptr) {
    for (auto &slot : thread->sessions) {
      if (slot.load(std::memory_order_relaxed) == nullptr) free = &slot;
    }
  }
  auto *session = new Session();
  session->source = options.source;
  session->interval = std::max(options.intervalUs, minSampleInterval) * nanosecondsPerMicrosecond;
  if (free == nullptr || !installSampleHandler() || !startSource(*session, static_cast<int>(thread - sampledThreads))) {
    releaseRing(ring);
    releaseRing(ring);
    delete session;
    errno = EAGAIN;
    return false;
  }
  session->id = ++lastId;
  session->deadline = clockNow() + session->interval;
  session->depth = std::min(std::max(options.depth, 1u), maxSampleDepth);
  session->ring = ring;
  ring->wake = options.wakeRecords;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  free->store(session, std::memory_order_release);
  if (session->source != SampleSource::ticks) addTimedSession();
  *out = {session->id, ring};
  return true;
}

bool setAlarm(ExecContext *context, double milliseconds) {
  const SamplerLock lock;
  SampledThread *thread = sampledThreadOf(context);
  if (thread == nullptr || !installSampleHandler()) return false;
  if (!thread->hasAlarm) {
    const int value = static_cast<int>(thread - sampledThreads) | alarmFlag;
    thread->hasAlarm = createThreadTimer(CLOCK_MONOTONIC, value, &thread->alarm);
  }
  // A time of zero would unset it.
  const double nanoseconds = std::min(std::max(milliseconds * 1e6, 1.0), maxAlarmNanoseconds);
  return thread->hasAlarm && setThreadTimer(thread->alarm, static_cast<uint64_t>(nanoseconds), 0);
}

bool pauseFollowing(ExecContext *context, uint64_t id) {
  const SamplerLock lock;
  std::atomic<Session *> *slot = findSession(context, id);
  if (slot == nullptr) return false;
  unfollow(*slot->load(std::memory_order_relaxed));
  return true;
}

bool resumeFollowing(ExecContext *context, uint64_t id) {
  const SamplerLock lock;
  std::atomic<Session *> *slot = findSession(context, id);
  return slot != nullptr && follow(*slot->load(std::memory_order_relaxed));
}

bool stopSampling(ExecContext *context, uint64_t id) {
  const SamplerLock lock;
  std::atomic<Session *> *slot = findSession(context, id);
  if (slot == nullptr) return false;
  endSession(*slot);
  return true;
}

}  // namespace windlass
