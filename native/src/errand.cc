#include "errand.h"

#include <signal.h>
#include <sys/resource.h>

#include <cstring>
#include <utility>

#include "attention.h"
#include "clock.h"
#include "quiet_thread.h"
#include "signals.h"

namespace windlass {
namespace {

// How much more willingly a thread that calls code waits for a processor than those that run guests: it should use what they leave.
constexpr int niceness = 5;
// What a fault in plain code arrives as. All other signals belong on the threads of Node and of the program.
constexpr int faultSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};

}  // namespace

bool ErrandThread::start(void *(*run)(void *), void *argument) {
  started_ = startQuietThread(run, argument, &thread_);
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
                       uintptr_t notify, const Supply &supply)
    : functions_(std::move(functions)), block_(block), context_(context), base_(base), notify_(notify), supply_(supply) {
  block_.next = nullptr;
  nanoseconds_.reserve(functions_.size());
}

CallErrand::~CallErrand() {
  stopped_.store(true, std::memory_order_relaxed);
  finish();
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
  if (supply_.bytes > 0) memcpy(supply_.to, supply_.from, supply_.bytes);
  sigset_t faults;
  sigemptyset(&faults);
  for (const int signal : faultSignals) sigaddset(&faults, signal);
  // Without a stack of its own for the handler, a call that runs out of stack would end the process.
  if (acquireAlternateStack()) {
    const PlainScope scope(&block_);
    pthread_sigmask(SIG_UNBLOCK, &faults, nullptr);
    for (const uintptr_t function : functions_) {
      if (stopped_.load(std::memory_order_relaxed)) break;
      const uint64_t start = clockNow();
      const int64_t result = reinterpret_cast<PlainFunction>(function)(context_, base_, 0, 0);
      if (result != static_cast<int32_t>(result)) break;
      nanoseconds_.push_back(clockNow() - start);
    }
    pthread_sigmask(SIG_BLOCK, &faults, nullptr);
    releaseAlternateStack();
  }
  done_.store(true, std::memory_order_release);
  interruptIfActive(notify_);
}

}  // namespace windlass
