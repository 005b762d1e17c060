#include "quit.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

#include <atomic>

namespace windlass {
namespace {

std::atomic<ExecContext *> watched{nullptr};
std::atomic<bool> requested{false};
// Threads in the handler, which may be any of the process: a context stays while they may look at it.
std::atomic<int> looking{0};
// Written before our handler is installed.
struct sigaction previous;

// Whether there is a guest to ask. entryBase: a call is under way, in the guest or in what it has called.
bool isGuestActive() {
  looking.fetch_add(1);
  const ExecContext *context = watched.load();
  const bool active = context != nullptr && __atomic_load_n(&context->entryBase, __ATOMIC_RELAXED) != 0;
  looking.fetch_sub(1);
  return active;
}

void handleQuit(int signal) {
  const int error = errno;
  if (!isGuestActive() || requested.exchange(true)) {
    // It comes again when this handler returns.
    sigaction(signal, &previous, nullptr);
    raise(signal);
  }
  errno = error;
}

}  // namespace

bool watchQuit(ExecContext *context) {
  requested = false;
  if (watched.exchange(context) != nullptr) return true;
  struct sigaction action = {};
  action.sa_handler = handleQuit;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGQUIT, nullptr, &previous) == 0 && sigaction(SIGQUIT, &action, nullptr) == 0) return true;
  watched = nullptr;
  return false;
}

void unwatchQuit() {
  if (watched.exchange(nullptr) == nullptr) return;
  sigaction(SIGQUIT, &previous, nullptr);
  while (looking.load() != 0) sched_yield();
}

void unwatchQuitOf(const ExecContext *context) {
  if (watched.load() == context) unwatchQuit();
}

bool takeQuit() { return requested.exchange(false); }

}  // namespace windlass
