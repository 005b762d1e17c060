// The thread that says when samples are taken: one a process, alive from the first session on that needs it. It sends the sampler's
// signal to each thread that is due, but only while a guest is active on it or its `activity` says that it works: a thread that
// sleeps in the event loop is never woken. While there are no such sessions it waits for one.
#pragma once

namespace windlass {

// All with the lock of sampled_threads.h held.
// False where the system gives no thread.
bool startSamplingThread();
// A session that it looks after has begun, or ended.
void addTimedSession();
void removeTimedSession();

}  // namespace windlass
