#include "errand.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <cstring>
#include <utility>

#include "attention.h"
#include "signals.h"

namespace windlass {
namespace {

// How much more willingly a thread that calls code waits for a processor than those that run guests: it should use what they leave.
constexpr int niceness = 5;
// What a fault in plain code arrives as. All other signals belong on the threads of Node and of the program.
constexpr int faultSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};

uint64_t now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

bool ErrandThread::start(void *(*run)(void *), void *argument) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  started_ = pthread_create(&thread_, nullptr, run, argument) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started_;
}

void ErrandThread::join() {
  if (started_) pthread_join(thread_, nullptr);
  started_ = false;
}

void CopyErrand::start() {
  const auto run = [](void *errand) -> void * {
    const auto *copy = static_cast<CopyErrand *>(errand);
    memcpy(copy->target_, copy->source_, copy->bytes_);
    return nullptr;
  };
  if (!thread_.start(run, this)) run(this);
}

CallErrand::CallErrand(std::vector<uintptr_t> functions, const PlainBlock &block, uintptr_t context, uintptr_t base,
                       uintptr_t notify)
    : functions_(std::move(functions)), block_(block), context_(context), base_(base), notify_(notify) {
  block_.next = nullptr;
  nanoseconds_.reserve(functions_.size());
}

bool CallErrand::start() {
  const auto run = [](void *errand) -> void * {
    static_cast<CallErrand *>(errand)->run();
    return nullptr;
  };
  return thread_.start(run, this);
}

void CallErrand::run() {
  pthread_setname_np(pthread_self(), "windlass-call");
  // On Linux the number 0 means this thread. Where it is refused, nothing is lost.
  setpriority(PRIO_PROCESS, 0, niceness);
  sigset_t faults;
  sigemptyset(&faults);
  for (const int signal : faultSignals) sigaddset(&faults, signal);
  // Without a stack of its own for the handler, a call that runs out of stack would end the process.
  if (acquireAlternateStack()) {
    const PlainScope scope(&block_);
    pthread_sigmask(SIG_UNBLOCK, &faults, nullptr);
    for (const uintptr_t function : functions_) {
      const uint64_t start = now();
      const int64_t result = reinterpret_cast<PlainFunction>(function)(context_, base_, 0, 0);
      if (result != static_cast<int32_t>(result)) break;
      nanoseconds_.push_back(now() - start);
    }
    pthread_sigmask(SIG_BLOCK, &faults, nullptr);
    releaseAlternateStack();
  }
  done_.store(true, std::memory_order_release);
  interruptIfActive(notify_);
}

}  // namespace windlass
