#include "thread_timer.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "sampler.h"

namespace windlass {

bool createThreadTimer(clockid_t clock, int value, timer_t *out) {
  struct sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = samplerSignal();
  event.sigev_value.sival_int = value;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  return timer_create(clock, &event, out) == 0;
}

bool setThreadTimer(timer_t timer, uint64_t first, uint64_t interval) {
  const itimerspec times = {toTimespec(interval), toTimespec(first)};
  return timer_settime(timer, 0, &times, nullptr) == 0;
}

}  // namespace windlass
