// The handler that takes samples: of the sampling thread's signal, and of the timers on threads' own processor time. Its signal is a
// real-time one, because V8's profiler and many others use SIGPROF. All of it is async-signal-safe.
#pragma once

#include <signal.h>
#include <sys/ucontext.h>

#include "sampled_threads.h"

namespace windlass {

// Installs the handler, once a process. The lock is held. False: no signal is free.
bool installSampleHandler();

// How a handler that takes samples has to be installed.
struct sigaction sampleAction(void (*handler)(int, siginfo_t *, void *));
// Writes what the thread was doing into the session's ring. On the thread itself, in a handler; times in nanoseconds.
void writeRecord(Session &session, const SampledThread &thread, const ExecContext &context, const mcontext_t &machine,
                 uint64_t time, uint64_t cpuTime);

}  // namespace windlass
