#include "quiet_thread.h"

#include <signal.h>
#include <time.h>

namespace windlass {

bool startQuietThread(void *(*run)(void *), void *argument, pthread_t *thread) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const bool started = pthread_create(thread, nullptr, run, argument) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

bool startServiceThread(void *(*run)(void *)) {
  pthread_t thread;
  if (!startQuietThread(run, nullptr, &thread)) return false;
  pthread_detach(thread);
  return true;
}

void initMonotonicCondition(pthread_cond_t *condition) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

}  // namespace windlass
