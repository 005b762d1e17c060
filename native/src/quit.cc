#include "quit.h"

#include <signal.h>

#include <atomic>

namespace windlass {
namespace {

std::atomic<ExecContext *> watched{nullptr};
std::atomic<bool> requested{false};
struct sigaction previous;

void handleQuit(int signal) {
  const ExecContext *context = watched.load();
  // entryBase: a call is under way, in the guest or in what it has called.
  if (context != nullptr && context->entryBase != 0 && !requested.exchange(true)) return;
  struct sigaction byDefault = {};
  byDefault.sa_handler = SIG_DFL;
  sigaction(signal, &byDefault, nullptr);
  raise(signal);
}

}  // namespace

bool watchQuit(ExecContext *context) {
  requested = false;
  if (watched.exchange(context) != nullptr) return true;
  struct sigaction action = {};
  action.sa_handler = handleQuit;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGQUIT, &action, &previous) == 0) return true;
  watched = nullptr;
  return false;
}

void unwatchQuit() {
  if (watched.exchange(nullptr) != nullptr) sigaction(SIGQUIT, &previous, nullptr);
}

void unwatchQuitOf(const ExecContext *context) {
  if (watched.load() == context) unwatchQuit();
}

bool takeQuit() { return requested.exchange(false); }

}  // namespace windlass
