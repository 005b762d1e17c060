// Deadlines: one thread a process, started with the first timer, that interrupts contexts when their time has come. It
// must be a thread of its own because the JavaScript thread, and so its event loop, is busy in the guest.
#pragma once

#include <cstdint>

namespace windlass {

// Interrupts the context after `milliseconds`; returns an id that is never used again, 0 when no thread can be started.
uint64_t startTimer(uintptr_t contextAddress, double milliseconds);
// Asks for the attention of the context's guest every `milliseconds` (at least 1) while it runs, until cancelled.
uint64_t startTicks(uintptr_t contextAddress, double milliseconds);
// Does nothing when the timer has fired or been cancelled.
void cancelTimer(uint64_t id);
// Drops the timers of a context that goes away.
void cancelTimersOf(uintptr_t contextAddress);

}  // namespace windlass
