#include "sampled_threads.h"

namespace windlass {

SampledThread sampledThreads[maxSampledThreads];
int sampledThreadsUsed = 0;
pthread_mutex_t samplerMutex = PTHREAD_MUTEX_INITIALIZER;
__thread SampledThread *ownSampledThread __attribute__((tls_model("initial-exec"))) = nullptr;

bool Session::wantsReading() const {
  const uint32_t records = ring->samples.load(std::memory_order_relaxed) - ring->drained.load(std::memory_order_relaxed);
  const uint32_t used = ring->written.load(std::memory_order_relaxed) - ring->read.load(std::memory_order_relaxed);
  return records > 0 && (records >= ring->wake || used > ring->words / 2);
}

SampledThread *sampledThreadOf(const ExecContext *context) {
  for (SampledThread &thread : sampledThreads) {
    if (thread.context.load(std::memory_order_relaxed) == context) return &thread;
  }
  return nullptr;
}

bool isActive(const ExecContext &context) {
  return __atomic_load_n(&context.entryBase, __ATOMIC_RELAXED) != 0 ||
         __atomic_load_n(&context.running, __ATOMIC_RELAXED) != 0 ||
         __atomic_load_n(&context.activity, __ATOMIC_RELAXED) != 0;
}

}  // namespace windlass
