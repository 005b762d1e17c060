#include "end_signals.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

#include <atomic>

namespace windlass {
namespace {

struct Watch {
  int signal;
  // Whose guest is asked, nullptr while the signal is not watched.
  std::atomic<ExecContext *> context;
  // Written before our handler is installed.
  struct sigaction previous;
};

Watch watches[] = {{SIGINT, {nullptr}, {}}, {SIGQUIT, {nullptr}, {}}, {SIGTERM, {nullptr}, {}}};
// The signal that came first, until it is taken.
std::atomic<int> requested{0};
// Threads in the handler, which may be any of the process: a context stays while they may look at it.
std::atomic<int> looking{0};

Watch *watchOf(int signal) {
  for (Watch &watch : watches) {
    if (watch.signal == signal) return &watch;
  }
  return nullptr;
}

// Whether there is a guest to ask. entryBase: a call is under way, in the guest or in what it has called.
bool isGuestActive(const Watch &watch) {
  looking.fetch_add(1);
  const ExecContext *context = watch.context.load();
  const bool active = context != nullptr && __atomic_load_n(&context->entryBase, __ATOMIC_RELAXED) != 0;
  looking.fetch_sub(1);
  return active;
}

void handleEnd(int signal) {
  const int error = errno;
  const Watch &watch = *watchOf(signal);
  int none = 0;
  if (!isGuestActive(watch) || !requested.compare_exchange_strong(none, signal)) {
    // It comes again when this handler returns.
    sigaction(signal, &watch.previous, nullptr);
    raise(signal);
  }
  errno = error;
}

void unwatch(Watch &watch) {
  if (watch.context.exchange(nullptr) == nullptr) return;
  sigaction(watch.signal, &watch.previous, nullptr);
  while (looking.load() != 0) sched_yield();
}

}  // namespace

bool watchSignal(ExecContext *context, int signal) {
  Watch *watch = watchOf(signal);
  if (watch == nullptr) {
    errno = EINVAL;
    return false;
  }
  requested = 0;
  if (watch->context.exchange(context) != nullptr) return true;
  struct sigaction action = {};
  action.sa_handler = handleEnd;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  if (sigaction(signal, nullptr, &watch->previous) == 0 && sigaction(signal, &action, nullptr) == 0) return true;
  watch->context = nullptr;
  return false;
}

void unwatchSignal(int signal) {
  Watch *watch = watchOf(signal);
  if (watch != nullptr) unwatch(*watch);
}

void unwatchSignalsOf(const ExecContext *context) {
  for (Watch &watch : watches) {
    if (watch.context.load() == context) unwatch(watch);
  }
}

int takeSignal() { return requested.exchange(0); }

}  // namespace windlass
