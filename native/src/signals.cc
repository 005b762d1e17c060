#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include <mutex>

#include "arena.h"
#include "call_trace.h"
#include "faults.h"
#include "memory.h"
#include "plain_code.h"
#include "sampler.h"
#include "signal_action.h"

extern "C" void wl_trap_return();

namespace windlass {

__thread ThreadState threadState = {nullptr, nullptr};

namespace {

constexpr int handledSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
// Written before our handler is installed for the signal, read by it.
struct sigaction previousActions[NSIG];

// The kernel's frame alone takes up to 11 KiB on machines with AMX; V8's and a crash reporter's handlers run here too.
constexpr size_t alternateStackBytes = 64 * 1024;
__thread void *alternateStack __attribute__((tls_model("initial-exec"))) = nullptr;
__thread int alternateStackUsers __attribute__((tls_model("initial-exec"))) = 0;

// Hardware numbering: rax rcx rdx rbx rsp rbp rsi rdi r8 to r15.
constexpr int hardwareOrder[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                   REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

// The string operations go backward.
constexpr greg_t directionFlag = 0x400;

void recordTrap(int signal, const Fault &fault, const mcontext_t &machine, ExecContext *context) {
  context->reason = WL_REASON_TRAP;
  context->trapSignal = static_cast<uint32_t>(signal);
  context->trapPc = fault.pc;
  context->trapSp = fault.sp;
  context->trapFp = static_cast<uint64_t>(machine.gregs[REG_RBP]);
  context->trapAddress = fault.address;
  for (int i = 0; i < 16; i++) context->trapGprs[i] = static_cast<uint64_t>(machine.gregs[hardwareOrder[i]]);
  memcpy(context->trapXmms, machine.fpregs->_xmm, sizeof context->trapXmms);
  // What JavaScript enters before it abandons this call goes below the frames that it may still want to look at.
  context->fiberSp = fault.sp;
}

// True when the interrupted thread can go on with the edited registers.
bool handleFault(int signal, const siginfo_t *info, ucontext_t *interrupted) {
  // Sent by kill() and the like (si_code <= 0): nobody's fault.
  if (info->si_code <= 0) return false;
  mcontext_t &machine = interrupted->uc_mcontext;
  if (const uintptr_t exit = plainExit(static_cast<uintptr_t>(machine.gregs[REG_RIP]))) {
    machine.gregs[REG_RIP] = static_cast<greg_t>(exit);
    machine.gregs[REG_EFL] &= ~directionFlag;
    return true;
  }
  ExecContext *context = threadState.context;
  if (context == nullptr) return false;
  const bool access = signal == SIGSEGV || signal == SIGBUS;
  const Fault fault = {static_cast<uint64_t>(machine.gregs[REG_RIP]), static_cast<uint64_t>(machine.gregs[REG_RSP]),
                       access ? reinterpret_cast<uint64_t>(info->si_addr) : 0, access};
  switch (classifyFault(fault, *context)) {
    case FaultAction::forward:
      return false;
    case FaultAction::stepPoll:
      recordEvent(context, fault.pc, 0);
      machine.gregs[REG_RIP] += pollLength;
      return true;
    case FaultAction::callPoll: {
      const uint64_t sp = fault.sp - sizeof(uint64_t);
      *reinterpret_cast<uint64_t *>(sp) = fault.pc + pollLength;
      machine.gregs[REG_RSP] = static_cast<greg_t>(sp);
      machine.gregs[REG_RIP] = static_cast<greg_t>(context->pollStub);
      return true;
    }
    case FaultAction::stepCall:
      // Nothing has run since the call: its return address is on top of the stack, which is there.
      if (context->traceLeft != 0) recordEvent(context, *reinterpret_cast<uint64_t *>(fault.sp), fault.pc);
      machine.gregs[REG_RIP] = static_cast<greg_t>(jumpTarget(fault.pc));
      return true;
    case FaultAction::pollCall:
      // Nothing lives in r11 at a call.
      machine.gregs[REG_R11] = static_cast<greg_t>(fault.pc);
      machine.gregs[REG_RIP] = static_cast<greg_t>(context->callPollStub);
      return true;
    case FaultAction::trap:
      recordTrap(signal, fault, machine, context);
      machine.gregs[REG_R11] = reinterpret_cast<greg_t>(context);
      machine.gregs[REG_RIP] = reinterpret_cast<greg_t>(&wl_trap_return);
      // A C routine may have been in a backward string operation; the host's C code expects the flag clear.
      machine.gregs[REG_EFL] &= ~directionFlag;
      return true;
  }
  return false;
}

// Gives the signal to whoever had it before us.
void forwardSignal(int signal, siginfo_t *info, void *interrupted) {
  const struct sigaction &previous = previousActions[signal];
  if (hasHandler(previous)) {
    callHandler(previous, signal, info, interrupted);
    return;
  }
  const bool sent = info->si_code <= 0;
  if (previous.sa_handler == SIG_IGN && sent) return;
  // The default action is the usual crash, core file and all: with the default back in place, the instruction faults
  // again as soon as we return (a real fault cannot be ignored either). A signal that was sent does not come again by
  // itself, so it is raised again; it is delivered when this handler returns.
  struct sigaction byDefault = {};
  byDefault.sa_handler = SIG_DFL;
  sigaction(signal, &byDefault, nullptr);
  if (sent) raise(signal);
}

void handleSignal(int signal, siginfo_t *info, void *interrupted) {
  if (handleFault(signal, info, static_cast<ucontext_t *>(interrupted))) return;
  const int error = errno;
  forwardSignal(signal, info, interrupted);
  errno = error;
}

}  // namespace

bool installSignalHandlers() {
  static std::mutex mutex;
  static bool installed = false;
  std::lock_guard<std::mutex> lock(mutex);
  if (installed) return true;
  pageSize();  // so that the handler does not compute it
  for (int signal : handledSignals) {
    if (sigaction(signal, nullptr, &previousActions[signal]) != 0) return false;
    struct sigaction action = {};
    action.sa_sigaction = handleSignal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    // A sample sees the guest as it was before or after the fault, never this handler's frames.
    if (samplerSignal() != 0) sigaddset(&action.sa_mask, samplerSignal());
    if (sigaction(signal, &action, nullptr) != 0) return false;
  }
  installed = true;
  return true;
}

bool acquireAlternateStack() {
  if (alternateStackUsers > 0) {
    alternateStackUsers++;
    return true;
  }
  stack_t current;
  if (sigaltstack(nullptr, &current) != 0) return false;
  if ((current.ss_flags & SS_DISABLE) == 0) {
    // Somebody else's, and theirs to remove.
    alternateStackUsers = 1;
    return true;
  }
  const size_t guard = pageSize();
  void *at = mmap(nullptr, guard + alternateStackBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return false;
  void *low = static_cast<char *>(at) + guard;
  stack_t ours = {};
  ours.ss_sp = low;
  ours.ss_size = alternateStackBytes;
  if (mprotect(low, alternateStackBytes, PROT_READ | PROT_WRITE) != 0 || sigaltstack(&ours, nullptr) != 0) {
    munmap(at, guard + alternateStackBytes);
    return false;
  }
  alternateStack = at;
  alternateStackUsers = 1;
  return true;
}

void releaseAlternateStack() {
  if (--alternateStackUsers > 0 || alternateStack == nullptr) return;
  stack_t current;
  const void *ours = static_cast<char *>(alternateStack) + pageSize();
  if (sigaltstack(nullptr, &current) == 0 && current.ss_sp == ours) {
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }
  munmap(alternateStack, pageSize() + alternateStackBytes);
  alternateStack = nullptr;
}

}  // namespace windlass
