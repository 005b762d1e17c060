// A trace of the guest: the next calls and loop headers that it comes to, exactly, one after the other. Polls do it: while the poll
// pages are armed and nobody wants the guest's attention, each call and each loop header faults and is stepped over
// (faults.h), and the handler writes down which it was. So code needs no counters, and costs what it always did when nobody traces.
//
// What was recorded stays in the context (`trace`, `traceLength`) until the next trace begins. After the last event the guest is
// interrupted, so that its owner comes to read it; an interrupt that comes before ends the arming, and the owner may go on.
#pragma once

#include <cstdint>

#include "context.h"

namespace windlass {

// Events that a context has room for.
constexpr uint32_t maxTraceEvents = sizeof(ExecContext::trace) / sizeof(ExecContext::TraceEvent);

// Begins a trace of so many events (at most maxTraceEvents) of the calling thread's own context, whose guest stands still; or goes on with
// what is left of one. 0 ends it.
void beginTrace(ExecContext *context, uint32_t events);
void continueTrace(ExecContext *context);

// For the signal handler, async-signal-safe: the guest of this thread has stepped over a poll, or a call (then `jump` is the address of the
// jump that it ran, otherwise 0). `place` is the poll's address, or the call's return address.
inline void recordEvent(ExecContext *context, uint64_t place, uint64_t jump) {
  if (context->traceLeft == 0) return;
  context->trace[context->traceLength++] = {place, jump};
  // The pages are armed: with the word set the next event is a poll.
  if (--context->traceLeft == 0) __atomic_store_n(&context->interrupt, 1, __ATOMIC_SEQ_CST);
}

}  // namespace windlass
