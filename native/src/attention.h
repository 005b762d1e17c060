// Getting the attention of running guest code: the registry of live execution contexts, and the rule that ties a context's
// `interrupt` word to the poll pages of the arenas whose code its thread runs: they are armed while the word is set. So a
// poll needs no register and no compare, and other threads are not disturbed.
#pragma once

#include <cstdint>

#include "context.h"

namespace windlass {

void registerContext(ExecContext *context);
void unregisterContext(ExecContext *context);

// Sets the context's interrupt word and arms the poll pages. Any thread; a context that has gone is ignored, since its
// thread cannot be asked any more.
void interruptContext(uintptr_t contextAddress);
// The same of the calling thread's own context, for a signal handler that interrupted guest code. It waits for nobody: false, and
// nothing has happened, when another thread is at it.
bool tryInterrupt(ExecContext *context);
// What a repeating timer does: the same while a guest runs, or has called the host. An idle thread is left alone.
void interruptIfActive(uintptr_t contextAddress);
// Arms the context's poll pages without setting its word: a guest that comes to them steps over them (call_trace.h). The rule above holds
// again with the next interrupt or answer. Only for the context's own thread.
void armForSteps(ExecContext *context);
// Clears the context's word and disarms its poll pages.
void answerInterrupt(ExecContext *context);

}  // namespace windlass
