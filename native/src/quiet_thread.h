// Threads of the addon's own. They are created with all signals blocked: Node's and the program's handlers belong on their threads.
#pragma once

#include <pthread.h>

namespace windlass {

// A thread to be joined. False where the system gives none.
bool startQuietThread(void *(*run)(void *), void *argument, pthread_t *thread);
// One that serves the process until its end. Nobody joins it, so what it uses is never destroyed.
bool startServiceThread(void *(*run)(void *));
// For timed waits by CLOCK_MONOTONIC.
void initMonotonicCondition(pthread_cond_t *condition);

}  // namespace windlass
