// The execution context: the block of memory, one for each loaded instance of the addon (so one for each JavaScript
// thread), through which JavaScript, compiled code and the signal handler talk. `tiers/abi.ts` (ExecContext) is the
// truth; this is its C++ mirror, exported as `contextLayout` so that the runtime can assert that both agree.
#pragma once

#include <cstddef>
#include <cstdint>

#include "layout.h"

namespace windlass {

struct ExecContext {
  uint32_t reason;
  uint32_t operand;
  uint64_t callee;
  uint64_t fiberSp;
  uint64_t hostSp;
  uint64_t entryBase;
  uint64_t fiberLow;
  uint64_t fiberHigh;
  uint64_t switchToHost;
  uint64_t pollStub;
  uint64_t target;
  uint64_t vmctx;
  uint64_t fp;
  uint32_t trapSignal;
  uint32_t misses;
  uint64_t trapPc;
  uint64_t trapSp;
  uint64_t trapFp;
  uint64_t trapAddress;
  uint64_t trapGprs[16];
  uint64_t callPollStub;
  uint8_t trapXmms[16][16];
  // Written by any thread (see attention.h), read by the signal handler: only through __atomic builtins.
  uint32_t interrupt;
  // Written by the switch, read by the timer threads and by the sampler's signal handler.
  uint32_t running;
  // What the thread does outside the guest (tiers/abi.ts, Activity), for the sampler. Written by JavaScript, read by any.
  uint32_t activity;
  uint32_t activityDetail;
  // See call_trace.h. Written by the thread's own signal handler and JavaScript.
  uint32_t traceLeft;
  uint32_t traceLength;
  struct TraceEvent {
    uint64_t place;
    uint64_t jump;
  } trace[64];
  uint8_t unused1576[2048 - 1576];
  uint64_t cells[(65536 - 2048) / 8];
};

static_assert(sizeof(ExecContext) == 65536, "whole pages: the context is mapped by itself");
static_assert(offsetof(ExecContext, reason) == WL_CTX_REASON);
static_assert(offsetof(ExecContext, callee) == WL_CTX_CALLEE);
static_assert(offsetof(ExecContext, running) == WL_CTX_RUNNING);
static_assert(offsetof(ExecContext, fiberSp) == WL_CTX_FIBER_SP);
static_assert(offsetof(ExecContext, hostSp) == WL_CTX_HOST_SP);
static_assert(offsetof(ExecContext, entryBase) == WL_CTX_ENTRY_BASE);
static_assert(offsetof(ExecContext, vmctx) == WL_CTX_VMCTX);
static_assert(offsetof(ExecContext, fp) == WL_CTX_FP);
static_assert(offsetof(ExecContext, trapXmms) % 16 == 0);

// The frame that entering leaves at the top of the guest's frames; `entryBase` and the entry stub's rbp point to it.
// docs/abi.md explains how a walker recognizes it and goes on across it.
struct EntryFrame {
  uint64_t callerFp;         // ExecContext.fp before: the rbp chain of the guest that called out, 0 without one
  uint64_t zero;             // where a return address would be
  uint64_t callerEntryBase;  // the next entry frame of the chain, 0 at its end
  uint64_t callerFiberSp;    // what fiberSp becomes when this entry is over
};

// Every field by the name that tiers/abi.ts gives it.
#define WL_CONTEXT_FIELDS(X)                                                                                    \
  X(reason) X(operand) X(callee) X(fiberSp) X(hostSp) X(entryBase) X(fiberLow) X(fiberHigh) X(switchToHost)     \
  X(pollStub) X(target) X(vmctx) X(fp) X(trapSignal) X(misses) X(trapPc) X(trapSp) X(trapFp) X(trapAddress)     \
  X(trapGprs) X(callPollStub) X(trapXmms) X(interrupt) X(running) X(activity) X(activityDetail) X(traceLeft) X(traceLength)  \
  X(trace) X(cells)

}  // namespace windlass
