#include "timers.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <vector>

#include "attention.h"

namespace windlass {
namespace {

constexpr uint64_t nanosecondsPerSecond = 1000000000;
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

  Queue() {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
  }
};

Queue &queue() {
  static auto *instance = new Queue();
  return *instance;
}

uint64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * nanosecondsPerSecond + static_cast<uint64_t>(time.tv_nsec);
}

void *runTimers(void *) {
  Queue &q = queue();
  pthread_mutex_lock(&q.mutex);
  for (;;) {
    if (q.heap.empty()) {
      pthread_cond_wait(&q.changed, &q.mutex);
      continue;
    }
    const Timer first = q.heap.front();
    if (first.deadline > now()) {
      const timespec until = {static_cast<time_t>(first.deadline / nanosecondsPerSecond),
                              static_cast<long>(first.deadline % nanosecondsPerSecond)};
      pthread_cond_timedwait(&q.changed, &q.mutex, &until);
      continue;
    }
    std::pop_heap(q.heap.begin(), q.heap.end(), later);
    if (first.period != 0) {
      q.heap.back().deadline = now() + first.period;
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

// The queue's mutex is held. The thread takes no signals: Node's and the program's handlers belong on their threads.
bool startThread() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const bool started = pthread_create(&thread, nullptr, runTimers, nullptr) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (started) pthread_detach(thread);
  return started;
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
  const uint64_t deadline = now() + wait;
  Queue &q = queue();
  pthread_mutex_lock(&q.mutex);
  if (!q.started) q.started = startThread();
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
