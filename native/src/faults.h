// What a fault means: the decision of the signal handler, apart from the handler so that tests can ask it without
// generated code and signals. All of it is async-signal-safe.
#pragma once

#include <cstdint>

#include "context.h"

namespace windlass {

// Length of the poll instruction, POLL_LENGTH of tiers/abi.ts.
constexpr uint64_t pollLength = 6;

struct Fault {
  uint64_t pc;
  uint64_t sp;
  uint64_t address;  // that could not be accessed; 0 for signals that have none
  bool access;       // SIGSEGV or SIGBUS: `address` means something
};

enum class FaultAction {
  forward,   // not ours: the previous handler
  stepPoll,  // a poll that nobody asked for: go on behind it
  callPoll,  // a poll: call ExecContext.pollStub with the return address behind the poll
  stepCall,  // the same at a call, whose jump is protected: go on where the jump leads
  pollCall,  // the same: jump to ExecContext.callPollStub with the jump's address in r11
  trap,      // the guest's own fault: to the host with reason Trap
};

FaultAction classifyFault(const Fault &fault, const ExecContext &context);

}  // namespace windlass
