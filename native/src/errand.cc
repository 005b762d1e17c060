#include "errand.h"

#include <signal.h>

#include <cstring>

namespace windlass {

void CopyErrand::start() {
  const auto run = [](void *errand) -> void * {
    const auto *copy = static_cast<CopyErrand *>(errand);
    memcpy(copy->target_, copy->source_, copy->bytes_);
    return nullptr;
  };
  // Node's and the program's signal handlers belong on their threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  started_ = pthread_create(&thread_, nullptr, run, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!started_) run(this);
}

void CopyErrand::finish() {
  if (started_) pthread_join(thread_, nullptr);
  started_ = false;
}

}  // namespace windlass
