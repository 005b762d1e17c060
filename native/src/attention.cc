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
void setInterrupt(ExecContext *context, bool set) {
  __atomic_store_n(&context->interrupt, set ? 1 : 0, __ATOMIC_SEQ_CST);
  protectPollPages(reinterpret_cast<uintptr_t>(context), set);
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
  setInterrupt(context, false);
}

void interruptContext(uintptr_t contextAddress) {
  std::lock_guard<std::mutex> lock(mutex);
  for (ExecContext *context : liveContexts()) {
    if (reinterpret_cast<uintptr_t>(context) != contextAddress) continue;
    setInterrupt(context, true);
    return;
  }
}

bool tryInterrupt(ExecContext *context) {
  const std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  if (!lock || !tryArmPollPages(reinterpret_cast<uintptr_t>(context))) return false;
  __atomic_store_n(&context->interrupt, 1, __ATOMIC_SEQ_CST);
  return true;
}

void interruptIfActive(uintptr_t contextAddress) {
  std::lock_guard<std::mutex> lock(mutex);
  for (ExecContext *context : liveContexts()) {
    if (reinterpret_cast<uintptr_t>(context) != contextAddress) continue;
    const bool active = __atomic_load_n(&context->running, __ATOMIC_RELAXED) != 0 ||
                        __atomic_load_n(&context->entryBase, __ATOMIC_RELAXED) != 0;
    if (active) setInterrupt(context, true);
    return;
  }
}

void armForSteps(ExecContext *context) {
  std::lock_guard<std::mutex> lock(mutex);
  protectPollPages(reinterpret_cast<uintptr_t>(context), true);
}

void answerInterrupt(ExecContext *context) {
  std::lock_guard<std::mutex> lock(mutex);
  setInterrupt(context, false);
}

}  // namespace windlass
