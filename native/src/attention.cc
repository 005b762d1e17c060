#include "attention.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "arena.h"

namespace windlass {
namespace {

// Taken before the arenas' lock, never after it.
std::mutex mutex;

// Never destroyed: the timer thread may still look while the process exits.
std::vector<ExecContext *> &liveContexts() {
  static auto *contexts = new std::vector<ExecContext *>();
  return *contexts;
}

// `mutex` is held.
void disarmIfAnswered() {
  for (const ExecContext *context : liveContexts()) {
    if (__atomic_load_n(&context->interrupt, __ATOMIC_SEQ_CST) != 0) return;
  }
  protectPollPages(false);
}

}  // namespace

void registerContext(ExecContext *context) {
  std::lock_guard<std::mutex> lock(mutex);
  liveContexts().push_back(context);
}

void unregisterContext(ExecContext *context) {
  std::lock_guard<std::mutex> lock(mutex);
  auto &contexts = liveContexts();
  contexts.erase(std::remove(contexts.begin(), contexts.end(), context), contexts.end());
  if (__atomic_load_n(&context->interrupt, __ATOMIC_SEQ_CST) != 0) disarmIfAnswered();
}

void interruptContext(uintptr_t contextAddress) {
  std::lock_guard<std::mutex> lock(mutex);
  for (ExecContext *context : liveContexts()) {
    if (reinterpret_cast<uintptr_t>(context) != contextAddress) continue;
    __atomic_store_n(&context->interrupt, 1, __ATOMIC_SEQ_CST);
    protectPollPages(true);
    return;
  }
}

void interruptIfRunning(uintptr_t contextAddress) {
  std::lock_guard<std::mutex> lock(mutex);
  for (ExecContext *context : liveContexts()) {
    if (reinterpret_cast<uintptr_t>(context) != contextAddress) continue;
    const bool set = __atomic_load_n(&context->interrupt, __ATOMIC_SEQ_CST) != 0;
    const bool running = __atomic_load_n(&context->running, __ATOMIC_RELAXED) != 0;
    if (running == set) return;
    __atomic_store_n(&context->interrupt, running ? 1 : 0, __ATOMIC_SEQ_CST);
    if (running) {
      protectPollPages(true);
    } else {
      disarmIfAnswered();
    }
    return;
  }
}

void answerInterrupt(ExecContext *context) {
  std::lock_guard<std::mutex> lock(mutex);
  __atomic_store_n(&context->interrupt, 0, __ATOMIC_SEQ_CST);
  disarmIfAnswered();
}

}  // namespace windlass
