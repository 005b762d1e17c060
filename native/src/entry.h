// What entering and resuming the guest needs to know, stated once for the addon's functions and for the gate
// (native/gate), a library of its own that gets the address of an EntryPoint.
#pragma once

#include "context.h"
#include "fiber.h"
#include "signals.h"

extern "C" void wl_enter(windlass::ExecContext *);
extern "C" void wl_resume(windlass::ExecContext *);

namespace windlass {

constexpr char stackExhaustedMessage[] = "Maximum call stack size exceeded";
constexpr char nothingSuspendedMessage[] = "no call is suspended on the current fiber";
constexpr char argumentErrorCode[] = "ERR_WINDLASS_ARGUMENT";

// What a caller of the switch routines works on; lives as long as the environment.
struct EntryPoint {
  ExecContext *context;
  const void *owner;    // the environment, as ThreadState has it
  ThreadState *thread;  // of the environment's thread
};

// Below the reserve the entry's own frame could fault half made. A host call that calls back at the very bottom gets
// there. (fiberLow is 0 while no fiber is in use.)
inline bool hasRoomToEnter(const ExecContext &context) {
  return __builtin_expect(context.fiberSp >= context.fiberLow + entryReserveBytes && context.fiberLow != 0, 1);
}

inline bool isCallSuspended(const ExecContext &context) { return __builtin_expect(context.entryBase != 0, 1); }

}  // namespace windlass
