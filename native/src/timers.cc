#include "timers.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <vector>

#include "attention.h"
#include "clock.h"
#include "quiet_thread.h"

namespace windlass {
namespace {

// About 31 years: keeps the sum with the clock far from overflow. A longer timer than that may fire early.
constexpr double maxMilliseconds = 1e12;

struct Timer {
  uint64_t deadline;  // nanoseconds of CLOCK_MONOTONIC
  uint64_t id;
  uintptr_t context;
  uint64_t period;  // nanoseconds, 0: once
};

bool later(const Timer &a, const Timer &b) { return a.deadline > b.deadline; }

// Never destroyed: the thread may still be waiting while the process exits.
struct Queue {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed;
  std::vector<Timer> heap;  // the earliest deadline first, by `later`
  uint64_t lastId = 0;
  bool started = false;

  Queue() { initMonotonicCondition(&changed); }
};

Queue &queue() {
  static auto *instance = new Queue();
  return *instance;
}

void *runTimers(void *) {
  prctl(PR_SET_NAME, "windlass-timer");
  Queue &q = queue();
  pthread_mutex_lock(&q.mutex);
  for (;;) {
    if (q.heap.empty()) {
      pthread_cond_wait(&q.changed, &q.mutex);
      continue;
    }
    const Timer first = q.heap.front();
    if (first.deadline > clockNow()) {
      const timespec until = toTimespec(first.deadline);
      pthread_cond_timedwait(&q.changed, &q.mutex, &until);
      continue;
    }
    std::pop_heap(q.heap.begin(), q.heap.end(), later);
    if (first.period != 0) {
      q.heap.back().deadline = clockNow() + first.period;
      std::push_heap(q.heap.begin(), q.heap.end(), later);
    } else {
      q.heap.pop_back();
    }
    pthread_mutex_unlock(&q.mutex);
    if (first.period != 0) {
      interruptIfActive(first.context);
    } else {
      interruptContext(first.context);
    }
    pthread_mutex_lock(&q.mutex);
  }
}

template <typename Predicate>
void removeTimers(Predicate matches) {
  Queue &q = queue();
  pthread_mutex_lock(&q.mutex);
  q.heap.erase(std::remove_if(q.heap.begin(), q.heap.end(), matches), q.heap.end());
  std::make_heap(q.heap.begin(), q.heap.end(), later);
  pthread_mutex_unlock(&q.mutex);
}

uint64_t addTimer(uintptr_t contextAddress, double delay, bool repeats) {
  const uint64_t wait = static_cast<uint64_t>(std::min(delay, maxMilliseconds) * 1e6);
  const uint64_t deadline = clockNow() + wait;
  Queue &q = queue();
  pthread_mutex_lock(&q.mutex);
  if (!q.started) q.started = startServiceThread(runTimers);
  uint64_t id = 0;
  if (q.started) {
    id = ++q.lastId;
    q.heap.push_back({deadline, id, contextAddress, repeats ? wait : 0});
    std::push_heap(q.heap.begin(), q.heap.end(), later);
    pthread_cond_signal(&q.changed);
  }
  pthread_mutex_unlock(&q.mutex);
  return id;
}

}  // namespace

uint64_t startTimer(uintptr_t contextAddress, double milliseconds) {
  return addTimer(contextAddress, std::max(milliseconds, 0.0), false);
}

uint64_t startTicks(uintptr_t contextAddress, double milliseconds) {
  return addTimer(contextAddress, std::max(milliseconds, 1.0), true);
}

void cancelTimer(uint64_t id) {
  removeTimers([id](const Timer &timer) { return timer.id == id; });
}

void cancelTimersOf(uintptr_t contextAddress) {
  removeTimers([contextAddress](const Timer &timer) { return timer.context == contextAddress; });
}

}  // namespace windlass
