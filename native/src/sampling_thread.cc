#include "sampling_thread.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "attention.h"
#include "clock.h"
#include "quiet_thread.h"
#include "sampled_threads.h"

namespace windlass {
namespace {

// The kernel may merge wake-ups that are this close; the default of 50 us is half an interval at 10 kHz.
constexpr unsigned long timerSlackNanoseconds = 2000;

bool started = false;
int timedSessions = 0;
pthread_cond_t changed;

bool sendSample(const SampledThread &thread) {
  siginfo_t info = {};
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_int = static_cast<int>(&thread - sampledThreads);
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread.tid, samplerSignal(), &info) == 0;
}

// Next deadline, with up to an eighth of the interval more or less: a guest that repeats itself in step with an even
// interval would always be seen at the same place (the reason why perf and Go prefer odd rates).
uint64_t nextDeadline(const Session &session, uint64_t now) {
  static uint64_t random = 0x9e3779b97f4a7c15;
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  const uint64_t spread = session.interval / 4;
  const uint64_t next = session.deadline + session.interval - spread / 2 + (spread > 0 ? random % spread : 0);
  return std::max(next, now);
}

// What a look at a thread's sessions has found.
struct Wanted {
  bool sample = false;
  bool reading = false;
};

// The lock is held.
Wanted lookAt(SampledThread &thread, bool active, bool pending, uint64_t now) {
  Wanted wanted;
  for (auto &slot : thread.sessions) {
    Session *session = slot.load(std::memory_order_relaxed);
    if (session == nullptr || session->source == SampleSource::ticks || session->deadline > now) continue;
    session->deadline = nextDeadline(*session, now);
    if (session->source == SampleSource::timer && !active) {
      session->idle.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    wanted.reading = wanted.reading || session->wantsReading();
    if (session->source == SampleSource::follow) continue;
    wanted.sample = true;
    session->due.store(true, std::memory_order_relaxed);
    if (!pending) continue;
    session->late.fetch_add(1, std::memory_order_relaxed);
    session->ring->late.fetch_add(1, std::memory_order_relaxed);
  }
  return wanted;
}

// The lock is held.
void tick(SampledThread &thread, uint64_t now) {
  const ExecContext *context = thread.context.load(std::memory_order_relaxed);
  if (context == nullptr) return;
  const bool pending = thread.pending.load(std::memory_order_relaxed);
  const Wanted wanted = lookAt(thread, isActive(*context), pending, now);
  if (wanted.sample && !pending) {
    thread.pending.store(true, std::memory_order_relaxed);
    thread.cpuTime.store(clockNow(thread.cpuClock), std::memory_order_relaxed);
    if (!sendSample(thread)) thread.pending.store(false, std::memory_order_relaxed);
  }
  // Asking again before the guest has answered would only cost. (A guest that is not running is in JavaScript, which reads
  // the ring by itself.)
  if (wanted.reading && __atomic_load_n(&context->running, __ATOMIC_RELAXED) != 0 &&
      __atomic_load_n(&context->interrupt, __ATOMIC_RELAXED) == 0) {
    interruptContext(reinterpret_cast<uintptr_t>(context));
  }
}

// The lock is held.
uint64_t earliestDeadline() {
  uint64_t earliest = UINT64_MAX;
  for (int i = 0; i < sampledThreadsUsed; i++) {
    for (const auto &slot : sampledThreads[i].sessions) {
      const Session *session = slot.load(std::memory_order_relaxed);
      if (session == nullptr || session->source == SampleSource::ticks) continue;
      earliest = std::min(earliest, session->deadline);
    }
  }
  return earliest;
}

void *runSampling(void *) {
  prctl(PR_SET_NAME, "windlass-sample");
  prctl(PR_SET_TIMERSLACK, timerSlackNanoseconds);
  pthread_mutex_lock(&samplerMutex);
  for (;;) {
    if (timedSessions == 0) {
      pthread_cond_wait(&changed, &samplerMutex);
      continue;
    }
    const uint64_t deadline = earliestDeadline();
    const uint64_t now = clockNow();
    if (deadline > now) {
      const timespec until = toTimespec(deadline);
      pthread_cond_timedwait(&changed, &samplerMutex, &until);
      continue;
    }
    for (int i = 0; i < sampledThreadsUsed; i++) tick(sampledThreads[i], now);
  }
}

}  // namespace

bool startSamplingThread() {
  if (started) return true;
  initMonotonicCondition(&changed);
  started = startServiceThread(runSampling);
  return started;
}

void addTimedSession() {
  timedSessions++;
  pthread_cond_signal(&changed);
}

void removeTimedSession() { timedSessions--; }

}  // namespace windlass
