// Errands: pieces of work that a thread of its own does while the environment's thread does something else. A thread
// is made for each: that takes less than a tenth of a millisecond, and what is smaller is not sent.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plain_code.h"

namespace windlass {

// The thread of an errand.
class ErrandThread {
 public:
  ErrandThread() = default;
  ErrandThread(const ErrandThread &) = delete;
  ErrandThread &operator=(const ErrandThread &) = delete;
  ~ErrandThread() { join(); }

  // False where the system gives none.
  bool start(void *(*run)(void *), void *argument);
  // Returns when it has ended; at once when there is none.
  void join();

 private:
  pthread_t thread_ = {};
  bool started_ = false;
};

// Copying a block of memory. Mostly that is the kernel's work of giving pages to the target, which goes on meanwhile.
class CopyErrand {
 public:
  // Both blocks have to stay until `finish`.
  CopyErrand(void *target, const void *source, size_t bytes) : target_(target), source_(source), bytes_(bytes) {}
  // Copies now where the system gives no thread.
  void start();
  // Returns when everything is copied.
  void finish() { thread_.join(); }

 private:
  void *target_;
  const void *source_;
  size_t bytes_;
  ErrandThread thread_;  // last: it ends before what it works on
};

// Bytes for a call to find.
struct Supply {
  void *to = nullptr;
  const void *from = nullptr;
  size_t bytes = 0;
};

// Calls of plain code one after the other, each with the same context and base, up to the first that came to its exit. Until the errand is done
// nobody else may touch what they work on, and code and memory have to stay.
class CallErrand {
 public:
  // `block` is the code that all functions are in. `supply` is copied before the first call. When it is done a guest of the execution context
  // `notify` is asked to look, if one runs.
  CallErrand(std::vector<uintptr_t> functions, const PlainBlock &block, uintptr_t context, uintptr_t base,
             uintptr_t notify, const Supply &supply = {});
  CallErrand(const CallErrand &) = delete;
  CallErrand &operator=(const CallErrand &) = delete;
  // Waits for the call at hand; those behind it do not happen.
  ~CallErrand();

  // False where the system gives no thread: then it never begins.
  bool start();
  bool isDone() const { return done_.load(std::memory_order_acquire); }
  // Returns when it is done.
  void finish() { thread_.join(); }

  // To ask when it is done: how long each call took that returned. The others failed, or did not happen.
  const std::vector<uint64_t> &nanoseconds() const { return nanoseconds_; }

 private:
  void run();

  std::vector<uintptr_t> functions_;
  PlainBlock block_;
  uintptr_t context_;
  uintptr_t base_;
  uintptr_t notify_;
  Supply supply_;
  std::vector<uint64_t> nanoseconds_;
  // Nothing is read by it: the calls before have to be finished all the same.
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> done_ = false;
  ErrandThread thread_;  // last: it ends before what it works on
};

}  // namespace windlass
