// Timers whose signal, the sampler's, goes to the thread that made them. One on a clock of the calling thread's own core fires there, without another
// thread or another core, which in a virtual machine may be asleep and take one or two milliseconds to wake.
#pragma once

#include <time.h>

#include <cstdint>

namespace windlass {

// Makes a timer of the calling thread that is not set. Its signals have `value` in si_value.sival_int and si_code SI_TIMER. False: errno says why.
bool createThreadTimer(clockid_t clock, int value, timer_t *out);
// Sets it: after `first` nanoseconds (0: never), and then every `interval` (0: once). False: errno says why.
bool setThreadTimer(timer_t timer, uint64_t first, uint64_t interval);

}  // namespace windlass
