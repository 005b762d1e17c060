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

namespace windlass {
namespace {

constexpr uint64_t nanosecondsPerMicrosecond = 1000;
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
  struct sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = samplerSignal();
  event.sigev_value.sival_int = index;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &session.ticks) != 0) return false;
  const timespec interval = toTimespec(session.interval);
  // The first sample comes with the next tick: that the thread has run for long is known sooner so.
  const itimerspec times = {interval, {0, 1}};
  if (timer_settime(session.ticks, 0, &times, nullptr) == 0) return true;
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
  session->wakeRecords = std::max(options.wakeRecords, 1u);
  session->ring = ring;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  free->store(session, std::memory_order_release);
  if (session->source != SampleSource::ticks) addTimedSession();
  *out = {session->id, ring};
  return true;
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
