#include "followed_profiler.h"

#include <errno.h>

#include "clock.h"
#include "sample_handler.h"
#include "signal_action.h"

namespace windlass {
namespace {

// Whose place our handler took. Written before ours is installed; later only with another handler's, which is then the one that
// gets the signals: nobody reads it meanwhile.
struct sigaction followedAction;
// Sessions that follow, and whether our handler is somewhere in the chain of handlers. They belong to the lock.
int followers = 0;
bool isInstalled = false;

// What the host's registers were when the thread left the host's stack: save_host of switch.S, in the order of its pushes.
struct SavedHost {
  uint64_t r15, r14, r13, r12, rbp, rbx, back;
};

// Calls the other profiler's handler, for the host's stack where a fiber was interrupted.
void callFollowed(const SampledThread &thread, const ExecContext &context, int signal, siginfo_t *info, void *interrupted) {
  mcontext_t &machine = static_cast<ucontext_t *>(interrupted)->uc_mcontext;
  const greg_t pc = machine.gregs[REG_RIP];
  const greg_t sp = machine.gregs[REG_RSP];
  const greg_t fp = machine.gregs[REG_RBP];
  // While rsp is in a fiber, hostSp is where it left the host's stack.
  if (thread.fibers->find(static_cast<uintptr_t>(sp), 1).high != 0) {
    const auto *host = reinterpret_cast<const SavedHost *>(context.hostSp);
    machine.gregs[REG_RIP] = static_cast<greg_t>(host->back);
    machine.gregs[REG_RSP] = static_cast<greg_t>(context.hostSp + sizeof(SavedHost));
    machine.gregs[REG_RBP] = static_cast<greg_t>(host->rbp);
  }
  callHandler(followedAction, signal, info, interrupted);
  machine.gregs[REG_RIP] = pc;
  machine.gregs[REG_RSP] = sp;
  machine.gregs[REG_RBP] = fp;
}

void handleFollowed(int signal, siginfo_t *info, void *interrupted) {
  const int error = errno;
  const SampledThread *thread = ownSampledThread;
  const ExecContext *context = thread == nullptr ? nullptr : thread->context.load(std::memory_order_relaxed);
  if (context == nullptr) {
    callHandler(followedAction, signal, info, interrupted);
  } else {
    const mcontext_t &machine = static_cast<ucontext_t *>(interrupted)->uc_mcontext;
    const uint64_t time = clockNow();
    for (const auto &slot : thread->sessions) {
      Session *session = slot.load(std::memory_order_relaxed);
      if (session == nullptr || session->source != SampleSource::follow) continue;
      writeRecord(*session, *thread, *context, machine, time, clockNow(CLOCK_THREAD_CPUTIME_ID));
    }
    callFollowed(*thread, *context, signal, info, interrupted);
  }
  errno = error;
}

bool isOurs(const struct sigaction &action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == handleFollowed;
}

// Takes the place of the handler that is there.
bool install(const struct sigaction &current) {
  const bool isKnown = current.sa_sigaction == followedAction.sa_sigaction;
  // Below somebody else's handler, which calls ours: in front of that one ours would call itself without end. Unless it is the
  // one that we follow, put back by its owner, who knows of no other.
  if (isInstalled && !isKnown) return false;
  if ((current.sa_flags & SA_SIGINFO) == 0 || !hasHandler(current)) return false;
  if (!isKnown) followedAction = current;
  const struct sigaction action = sampleAction(handleFollowed);
  if (sigaction(SIGPROF, &action, nullptr) != 0) return false;
  isInstalled = true;
  return true;
}

}  // namespace

bool follow(Session &session) {
  struct sigaction current;
  if (sigaction(SIGPROF, nullptr, &current) != 0) return false;
  if (!isOurs(current) && !install(current)) return false;
  if (!session.following) followers++;
  session.following = true;
  return true;
}

void unfollow(Session &session) {
  if (!session.following) return;
  session.following = false;
  if (--followers > 0) return;
  struct sigaction current;
  // Where somebody else's handler calls ours it stays, and passes the signal on.
  if (sigaction(SIGPROF, nullptr, &current) != 0 || !isOurs(current)) return;
  isInstalled = sigaction(SIGPROF, &followedAction, nullptr) != 0;
}

}  // namespace windlass
