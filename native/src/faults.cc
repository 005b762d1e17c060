#include "faults.h"

#include "arena.h"
#include "fiber.h"

namespace windlass {
namespace {

bool isOnFiber(uint64_t sp, const ExecContext &context) {
  return sp - (context.fiberLow - stackGuardBytes) <= context.fiberHigh - context.fiberLow + stackGuardBytes;
}

bool isInGuard(uint64_t address, const ExecContext &context) {
  return address - (context.fiberLow - stackGuardBytes) < stackGuardBytes;
}

}  // namespace

FaultAction classifyFault(const Fault &fault, const ExecContext &context) {
  if (!isArenaCode(fault.pc)) {
    // A C routine, or the switch itself, ran out of the fiber's stack.
    const bool overflow = fault.access && isInGuard(fault.address, context) && isOnFiber(fault.sp, context);
    return overflow ? FaultAction::trap : FaultAction::forward;
  }
  if (!fault.access) return FaultAction::trap;
  const bool asked = __atomic_load_n(&context.interrupt, __ATOMIC_SEQ_CST) != 0;
  if (isJumpTable(fault.pc)) return asked && context.callPollStub != 0 ? FaultAction::pollCall : FaultAction::stepCall;
  if (!isPollPage(fault.address)) return FaultAction::trap;
  if (!asked || context.pollStub == 0) return FaultAction::stepPoll;
  // The call's return address has to fit; when it does not, the stack has overflowed.
  const bool room = fault.sp >= context.fiberLow + sizeof(uint64_t) && fault.sp <= context.fiberHigh;
  return room ? FaultAction::callPoll : FaultAction::trap;
}

}  // namespace windlass
