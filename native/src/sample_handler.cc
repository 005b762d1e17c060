#include "sample_handler.h"

#include <errno.h>

#include <initializer_list>

#include "arena.h"
#include "attention.h"
#include "clock.h"
#include "signals.h"

namespace windlass {
namespace {

// A tick of the thread's processor time, or its alarm.
void handleTick(SampledThread &thread, ExecContext *context, const mcontext_t &machine, bool isAlarm) {
  if (!isActive(*context)) return;
  const uint64_t time = clockNow();
  const uint64_t cpuTime = clockNow(CLOCK_THREAD_CPUTIME_ID);
  bool wake = isAlarm || thread.pollWanted.load(std::memory_order_relaxed);
  for (const auto &slot : thread.sessions) {
    Session *session = slot.load(std::memory_order_relaxed);
    if (session == nullptr || session->source != SampleSource::ticks) continue;
    writeRecord(*session, thread, *context, machine, time, cpuTime);
    wake = wake || session->wantsReading();
  }
  if (!wake) return;
  // In guest code this thread holds none of the locks that asking for a poll takes. Where another one has them, the next tick asks: the
  // guest must not wait for a thread that does not run.
  const bool isGuest = context->running != 0 && isArenaCode(static_cast<uintptr_t>(machine.gregs[REG_RIP]));
  const bool asked = __atomic_load_n(&context->interrupt, __ATOMIC_RELAXED) != 0;
  const bool isDone = asked || (isGuest && tryInterrupt(context));
  thread.pollWanted.store(!isDone, std::memory_order_relaxed);
}

// The sampling thread has sent the signal.
void handleSample(SampledThread &thread, const ExecContext &context, const mcontext_t &machine) {
  thread.pending.store(false, std::memory_order_relaxed);
  const uint64_t time = clockNow();
  const uint64_t cpuTime = thread.cpuTime.load(std::memory_order_relaxed);
  for (auto &slot : thread.sessions) {
    Session *session = slot.load(std::memory_order_relaxed);
    if (session == nullptr || !session->due.exchange(false, std::memory_order_relaxed)) continue;
    writeRecord(*session, thread, context, machine, time, cpuTime);
  }
}

void handleSignal(int, siginfo_t *info, void *interrupted) {
  const bool isTimer = info->si_code == SI_TIMER;
  const bool isAlarm = isTimer && (info->si_value.sival_int & alarmFlag) != 0;
  const auto index = static_cast<unsigned>(info->si_value.sival_int & ~(isAlarm ? alarmFlag : 0));
  // Sent by somebody else.
  if ((info->si_code != SI_QUEUE && !isTimer) || index >= maxSampledThreads) return;
  SampledThread &thread = sampledThreads[index];
  ExecContext *context = thread.context.load(std::memory_order_relaxed);
  if (context == nullptr || thread.identity != &threadState) return;

  const int error = errno;
  const mcontext_t &machine = static_cast<ucontext_t *>(interrupted)->uc_mcontext;
  if (isTimer) {
    handleTick(thread, context, machine, isAlarm);
  } else {
    handleSample(thread, *context, machine);
  }
  errno = error;
}

// The first real-time signal that nobody has a handler for, and not the very first ones, which are popular.
int chooseSignal() {
  for (int signal = SIGRTMIN + 4; signal <= SIGRTMAX; signal++) {
    struct sigaction current;
    if (sigaction(signal, nullptr, &current) != 0) continue;
    if ((current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_DFL) return signal;
  }
  return 0;
}

}  // namespace

int samplerSignal() {
  static const int signal = chooseSignal();
  return signal;
}

struct sigaction sampleAction(void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigfillset(&action.sa_mask);
  // A fault in the handler would be a bug of ours; it must not be hidden.
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&action.sa_mask, signal);
  return action;
}

bool installSampleHandler() {
  static bool installed = false;
  if (installed) return true;
  if (samplerSignal() == 0) return false;
  const struct sigaction action = sampleAction(handleSignal);
  installed = sigaction(samplerSignal(), &action, nullptr) == 0;
  return installed;
}

void writeRecord(Session &session, const SampledThread &thread, const ExecContext &context, const mcontext_t &machine,
                 uint64_t time, uint64_t cpuTime) {
  const SampleRegisters registers = {
      static_cast<uint64_t>(machine.gregs[REG_RIP]), static_cast<uint64_t>(machine.gregs[REG_RSP]),
      static_cast<uint64_t>(machine.gregs[REG_RBP]), static_cast<uint64_t>(machine.gregs[REG_R14])};
  uint64_t *record = session.record;
  const size_t words = takeSample(registers, context, *thread.fibers, session.depth, record);
  record[1] = time;
  record[2] = cpuTime;
  record[5] = session.late.exchange(0, std::memory_order_relaxed) |
              static_cast<uint64_t>(session.idle.exchange(0, std::memory_order_relaxed)) << 32;
  appendRecord(session.ring, record, words);
}

}  // namespace windlass
