// Following another profiler of the process, V8's, which interrupts threads by SIGPROF: a handler put before that profiler's takes a
// record and then calls it. So both see the thread at one moment, and their stacks can be put together. The other profiler is
// shown the host's stack where a fiber is what was interrupted: it knows of no other.
#pragma once

#include "sampled_threads.h"

namespace windlass {

// The lock is held. Has the session get a record at each of the other profiler's signals, whose handler has to be in place. False
// when there is none that can be followed.
bool follow(Session &session);
// The lock is held. Ends that; without sessions that follow, the signal is the other profiler's alone.
void unfollow(Session &session);

}  // namespace windlass
