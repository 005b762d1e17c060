// Errands: pieces of work that a thread of its own does while the environment's thread does something else. A thread
// is made for each, since they are rare and take milliseconds, and a thread less than a tenth of one.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <cstdint>

namespace windlass {

// Copying a block of memory. Mostly that is the kernel's work of giving pages to the target, which goes on meanwhile.
class CopyErrand {
 public:
  // Both blocks have to stay until `finish`.
  CopyErrand(void *target, const void *source, size_t bytes) : target_(target), source_(source), bytes_(bytes) {}
  CopyErrand(const CopyErrand &) = delete;
  CopyErrand &operator=(const CopyErrand &) = delete;
  ~CopyErrand() { finish(); }

  // Copies now where the system gives no thread.
  void start();
  // Returns when everything is copied.
  void finish();

 private:
  void *target_;
  const void *source_;
  size_t bytes_;
  pthread_t thread_ = {};
  bool started_ = false;
};

}  // namespace windlass
