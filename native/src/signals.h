// The process's handlers for SIGSEGV, SIGBUS, SIGILL and SIGFPE, and the alternate stack that each thread needs for
// them (the guest's own stack may be what overflowed). The handler does almost nothing: it asks classifyFault and then
// edits the interrupted registers. What it does not know goes to the handler that was there before: V8's, Node's, a
// reporter's, or the system's default.
#pragma once

#include "context.h"

namespace windlass {

// What the handler and the hot entry points know about their thread. Plain thread storage of the initial-exec model:
// reading it is one instruction and safe in a signal handler (no lazy allocation).
struct ThreadState {
  ExecContext *context;  // of the guest that runs on this thread now, or ran last
  const void *owner;     // the environment (napi_env) that `context` belongs to
};
extern __thread ThreadState threadState __attribute__((tls_model("initial-exec")));

// Once a process; later calls do nothing. False: errno says why.
bool installSignalHandlers();

// Gives this thread an alternate signal stack unless it has one; counted, each call needs a releaseAlternateStack on
// the same thread. False: errno says why.
bool acquireAlternateStack();
void releaseAlternateStack();

}  // namespace windlass
