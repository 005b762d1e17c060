// Sampling of threads by signals: a handler writes a record (sample.h) of what the interrupted thread was doing into the ring of each
// session that wants one. Nobody pays while nobody samples. What says when records are taken is the session's source:
//
// timer: a thread of the addon's (sampling_thread.h), at up to 10 kHz.
//
// follow: another profiler of the process, V8's (followed_profiler.h).
//
// ticks: the ticks of the scheduler, by a timer on the thread's own processor time, which the kernel looks at in the clock interrupt
// that comes anyway. So it is coarse (every 4 ms with most kernels), and costs hardly anything; whereas a signal from another thread
// interrupts the processor once more, for which a virtual machine may have to be left and entered: 30 to 60 us were measured.
//
// sampled_threads.h has the data, and who may touch what of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "context.h"
#include "fiber_list.h"
#include "sample_ring.h"

namespace windlass {

// Samplers of one thread at a time: the tiering policy's, a profile's, and room for two more.
constexpr int maxSessionsPerThread = 4;
constexpr uint32_t minSampleInterval = 50;  // microseconds; more than 10 kHz is refused by the runtime

// What says when samples are taken.
enum class SampleSource : uint8_t {
  timer,
  // SIGPROF, when it arrives: whoever sends it has its handler in place.
  follow,
  ticks,
};

struct SamplerOptions {
  uint32_t intervalUs;
  uint32_t depth;
  uint32_t ringWords;  // rounded up to a power of two
  // So many records, or a ring half full, and a running guest is asked to yield (attention.h), so that they can be read.
  uint32_t wakeRecords;
  SampleSource source = SampleSource::timer;
};

struct SamplerSession {
  uint64_t id;
  SampleRing *ring;
};

// The environment of this thread can be sampled from now on. False when there are too many threads: it then cannot.
bool registerSampledThread(ExecContext *context, const FiberList *fibers);
// Ends the thread's sessions. On the thread itself, before the context and the fibers go.
void unregisterSampledThread(ExecContext *context);

// Starts sampling the calling thread. False: errno says why (EAGAIN: no session, signal or thread left).
bool startSampling(ExecContext *context, const SamplerOptions &options, SamplerSession *out);
// The followed profiler is about to take its handler away: gives its place back to it. The session takes no records until
// it is followed again. False when there is no such session, or nobody to follow.
bool pauseFollowing(ExecContext *context, uint64_t id);
bool resumeFollowing(ExecContext *context, uint64_t id);
// Ends a session of the calling thread; its ring stays until the caller of startSampling releases it, too. False when there is none with this id.
bool stopSampling(ExecContext *context, uint64_t id);

// An extra tick of the calling thread after so many milliseconds of the clock, in place of one that was asked for before: a record for its sessions with
// `ticks`, and a running guest is asked to yield. Where a guest runs that has called the host, or another thread is at its arenas, the next tick asks; an idle
// thread is left alone. False: errno says why; there is none then.
bool setAlarm(ExecContext *context, double milliseconds);

// The signal that sampling uses, the same for the life of the process; 0 when none is free. Other handlers that run on the
// guest's registers keep it blocked.
int samplerSignal();

}  // namespace windlass
