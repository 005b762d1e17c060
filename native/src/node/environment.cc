#include "environment.h"

#include <sys/mman.h>

#include "../arena.h"
#include "../attention.h"
#include "../end_signals.h"
#include "../sampler.h"
#include "../signals.h"
#include "../timers.h"

extern "C" void wl_switch_to_host();

namespace windlass {
namespace {

// Runs on the environment's own thread when no more JavaScript will run in it.
void endEnvironment(void *data) {
  auto *environment = static_cast<Environment *>(data);
  ExecContext *context = environment->context;
  environment->copies.clear();
  // Each ends the call at hand.
  environment->calls.clear();
  cancelTimersOf(reinterpret_cast<uintptr_t>(context));
  unwatchSignalsOf(context);
  unregisterSampledThread(context);
  unregisterContext(context);
  if (threadState.owner == environment->env) threadState = {nullptr, nullptr};
  releaseAlternateStack();
  for (const auto &[id, references] : environment->arenaReferences) {
    for (int i = 0; i < references; i++) releaseArena(id);
  }
  munmap(context, sizeof(ExecContext));
  // Buffers may be finalized after this.
  napi_set_instance_data(environment->env, nullptr, nullptr, nullptr);
  delete environment;
}

}  // namespace

Environment *environmentOf(napi_env env) {
  void *data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Environment *>(data);
}

bool beginEnvironment(napi_env env) {
  void *memory = mmap(nullptr, sizeof(ExecContext), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  if (!acquireAlternateStack()) {
    munmap(memory, sizeof(ExecContext));
    return false;
  }
  if (!installSignalHandlers()) {
    releaseAlternateStack();
    munmap(memory, sizeof(ExecContext));
    return false;
  }
  auto *environment = new Environment();
  environment->env = env;
  environment->context = static_cast<ExecContext *>(memory);
  environment->context->switchToHost = reinterpret_cast<uintptr_t>(&wl_switch_to_host);
  environment->entryPoint = {environment->context, env, &threadState};
  registerContext(environment->context);
  registerSampledThread(environment->context, &environment->fibers.list());
  napi_set_instance_data(env, environment, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, endEnvironment, environment);
  return true;
}

}  // namespace windlass
