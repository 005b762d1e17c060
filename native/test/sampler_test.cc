// The sampler without guests: chains of frames made by hand, rings, and threads that come and go while they are sampled.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <vector>

#include "../src/arena.h"
#include "../src/fiber.h"
#include "../src/sample.h"
#include "../src/sampler.h"
#include "../src/signals.h"
#include "check.h"

using namespace windlass;

// A context that nothing runs on: only its address counts.
static constexpr uintptr_t owner = 4096;

namespace {

constexpr uint32_t depth = 16;

// A fiber with frames on it, an arena for their return addresses, a context that says so.
struct Guest {
  Fibers fibers;
  FiberRange fiber;
  Arena arena;
  std::unique_ptr<ExecContext> context{new ExecContext()};
  uint64_t record[sampleHeadWords + maxSampleDepth];

  Guest() {
    CHECK(fibers.create(65536, &fiber));
    CHECK(createArena(65536, 4096, owner, &arena));
    context->fiberLow = fiber.low;
    context->fiberHigh = fiber.high;
  }
  ~Guest() { releaseArena(arena.id); }

  // A frame at `offset` bytes below the top.
  uint64_t frame(uint64_t offset, uint64_t next, uint64_t back, uint64_t above = 0) const {
    auto *at = reinterpret_cast<uint64_t *>(fiber.high - offset);
    at[0] = next;
    at[1] = back;
    at[2] = above;
    return fiber.high - offset;
  }
  void code(uint64_t offset, std::vector<uint8_t> bytes) const {
    for (size_t i = 0; i < bytes.size(); i++) reinterpret_cast<uint8_t *>(arena.write)[offset + i] = bytes[i];
  }
  size_t sample(const SampleRegisters &registers, uint32_t limit = depth) {
    return takeSample(registers, *context, fibers.list(), limit, record) - sampleHeadWords;
  }
  uint64_t address(size_t i) const { return record[sampleHeadWords + i]; }
  SampleState state() const { return static_cast<SampleState>(record[0] >> 32 & 0xff); }
  bool truncated() const { return (record[0] >> 48 & sampleTruncated) != 0; }
};

}  // namespace

TEST(a_list_of_fibers_finds_what_contains_an_address) {
  FiberList list;
  CHECK(list.find(0x1000, 8).high == 0);
  for (uintptr_t i = 1; i <= 100; i++) list.add({i << 20, (i << 20) + 4096});
  for (uintptr_t i = 2; i <= 100; i += 2) list.remove(i << 20);
  list.remove(12345);
  for (uintptr_t i = 1; i <= 100; i++) {
    const bool there = i % 2 == 1;
    CHECK((list.find((i << 20) + 4088, 8).low == i << 20) == there);
    CHECK(list.find((i << 20) + 4088, 16).high == 0);
    CHECK(list.find((i << 20) - 8, 8).high == 0);
  }
}

TEST(samples_walk_frames_and_entries) {
  Guest guest;
  const uint64_t base = guest.arena.exec;
  const uint64_t outer = guest.frame(64, 0, 0, 0);
  const uint64_t middle = guest.frame(256, outer, base + 100);
  const uint64_t inner = guest.frame(384, middle, base + 200);
  guest.context->running = 1;
  guest.context->entryBase = outer;
  CHECK(guest.sample({base + 300, inner - 64, inner, 77}) == 4);
  CHECK(guest.state() == SampleState::guest && !guest.truncated() && guest.record[4] == 77);
  CHECK(guest.address(0) == base + 300 && guest.address(1) == base + 200 && guest.address(2) == base + 100);
  CHECK(guest.address(3) == 0);

  // A C routine: the pc is not compiled code, the chain is the guest's.
  CHECK(guest.sample({0x7f0000000000, inner - 64, inner, 0}) == 3);
  CHECK(guest.state() == SampleState::routine && guest.address(0) == base + 200);

  // The host: the context's chain, whatever the registers are.
  guest.context->running = 0;
  guest.context->fp = middle;
  guest.context->reason = 1;
  CHECK(guest.sample({0x7f0000000000, 0x7fff00000000, 3, 0}) == 2);
  CHECK(guest.state() == SampleState::host && guest.address(0) == base + 100 && (guest.record[0] >> 40 & 0xff) == 1);

  // Cut at the depth.
  guest.context->running = 1;
  CHECK(guest.sample({base + 300, inner - 64, inner, 0}, 2) == 2);
  CHECK(guest.truncated());
  CHECK(guest.sample({base + 300, inner - 64, inner, 0}, 1) == 1);

  // No guest.
  guest.context->running = 0;
  guest.context->entryBase = 0;
  guest.context->activityDetail = 5;
  guest.context->activity = 2;
  CHECK(guest.sample({0x7f0000000000, 0x7fff00000000, 3, 0}) == 0);
  CHECK(guest.state() == SampleState::outside && guest.record[3] == (uint64_t{2} << 32 | 5));
}

TEST(samples_find_the_caller_of_a_frame_that_is_not_there_yet) {
  Guest guest;
  const uint64_t base = guest.arena.exec;
  const uint64_t outer = guest.frame(64, 0, 0, 0);
  const uint64_t caller = guest.frame(128, outer, base + 100);
  const uint64_t sp = caller - 64;
  guest.context->running = 1;
  guest.context->entryBase = outer;
  auto *stack = reinterpret_cast<uint64_t *>(sp);
  stack[0] = base + 200;
  stack[1] = base + 300;
  const auto second = [&](uint64_t offset) {
    CHECK(guest.sample({base + offset, sp, caller, 0}) >= 2);
    return guest.address(1) - base;
  };
  guest.code(512, {0x55, 0x48, 0x89, 0xe5, 0x90, 0xc3});
  CHECK(second(512) == 200);
  CHECK(second(513) == 300);
  CHECK(second(516) == 100);
  CHECK(second(517) == 200);
  guest.code(528, {0xc2, 0x08, 0x00});
  CHECK(second(528) == 200);
  // At the very end of the code nothing beyond it is read, armed or not.
  protectPollPages(owner, true);
  CHECK(second(guest.arena.poll() - base - 1) == 100);
  CHECK(second(guest.arena.jumps() - base + 8) == 200);
  protectPollPages(owner, false);
}

TEST(damaged_chains_end) {
  Guest guest;
  const uint64_t base = guest.arena.exec;
  guest.context->running = 1;
  const auto frames = [&](uint64_t fp) { return guest.sample({base + 8, guest.fiber.high - 1024, fp, 0}); };
  CHECK(frames(0) == 1);
  CHECK(frames(8) == 1);
  CHECK(frames(guest.fiber.high) == 1);
  CHECK(frames(guest.fiber.high - 16) == 1);
  CHECK(frames(guest.fiber.low - 8) == 1);
  CHECK(frames(guest.fiber.high - 511) == 1);
  CHECK(frames(~uint64_t{7}) == 1);
  // Itself; out of the arena; another fiber.
  CHECK(frames(guest.frame(512, guest.fiber.high - 512, base + 8)) == depth);
  CHECK(guest.truncated());
  CHECK(frames(guest.frame(512, guest.fiber.high - 256, 0x1234)) == 1);
  FiberRange other;
  CHECK(guest.fibers.create(65536, &other));
  *reinterpret_cast<uint64_t *>(other.high - 64) = 0;
  *reinterpret_cast<uint64_t *>(other.high - 56) = base + 16;
  CHECK(frames(guest.frame(512, other.high - 64, base + 8)) == 3);
  CHECK(guest.fibers.release(other.low));
  CHECK(frames(guest.fiber.high - 512) == 2);
  // The guest's sp elsewhere: the switch was interrupted.
  guest.context->entryBase = 1;
  CHECK(guest.sample({base + 8, 0x7fff00000000, 0, 0}) == 0);
  CHECK(guest.state() == SampleState::host);
}

namespace {

uint64_t milliseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000 + static_cast<uint64_t>(time.tv_nsec) / 1000000;
}

// A guest on the calling thread, which is registered as long as it is there.
struct SampledGuest : Guest {
  explicit SampledGuest(uint32_t activity = 1) {
    CHECK(acquireAlternateStack());
    context->activity = activity;
    const bool registered = registerSampledThread(context.get(), &fibers.list());
    CHECK(registered);
  }
  ~SampledGuest() {
    unregisterSampledThread(context.get());
    releaseAlternateStack();
  }
};

bool waitFor(const std::atomic<uint32_t> &counter, uint32_t value) {
  const uint64_t end = milliseconds() + 20000;
  while (counter.load() < value && milliseconds() < end);
  return counter.load() >= value;
}

void *beSampled(void *) {
  SampledGuest guest;
  SamplerSession first;
  SamplerSession second;
  CHECK(startSampling(guest.context.get(), {100, 8, minRingWords, 1}, &first));
  CHECK(startSampling(guest.context.get(), {200, 8, minRingWords, 1}, &second));
  CHECK(waitFor(first.ring->samples, 20));
  CHECK(stopSampling(guest.context.get(), first.id));
  CHECK(!stopSampling(guest.context.get(), first.id));
  CHECK(waitFor(second.ring->samples, 20));
  // One session is still there when the thread goes.
  releaseRing(first.ring);
  releaseRing(second.ring);
  return nullptr;
}

}  // namespace

TEST(threads_may_end_while_they_are_sampled) {
  for (int round = 0; round < 20; round++) {
    pthread_t workers[4];
    for (pthread_t &worker : workers) pthread_create(&worker, nullptr, beSampled, nullptr);
    for (pthread_t worker : workers) pthread_join(worker, nullptr);
  }
}

TEST(ticks_are_those_of_the_threads_own_time) {
  SampledGuest guest;
  SamplerSession session;
  CHECK(startSampling(guest.context.get(), {1000, 8, minRingWords, 1u << 31, SampleSource::ticks}, &session));
  CHECK(waitFor(session.ring->samples, 5));
  // Asleep it has none, and idle none that says anything.
  const uint32_t before = session.ring->samples;
  usleep(50000);
  CHECK(session.ring->samples <= before + 1);
  guest.context->activity = 0;
  const uint32_t idle = session.ring->samples;
  for (const uint64_t end = milliseconds() + 30; milliseconds() < end;);
  CHECK(session.ring->samples <= idle + 1);
  guest.context->activity = 1;
  CHECK(waitFor(session.ring->samples, idle + 2));
  CHECK(stopSampling(guest.context.get(), session.id));
  CHECK(!stopSampling(guest.context.get(), session.id));
  releaseRing(session.ring);
}

TEST(an_alarm_is_one_tick_more) {
  SampledGuest guest;
  SamplerSession ticks;
  SamplerSession other;
  // No tick of theirs comes but the first ones.
  CHECK(startSampling(guest.context.get(), {10'000'000, 8, minRingWords, 1u << 31, SampleSource::ticks}, &ticks));
  CHECK(startSampling(guest.context.get(), {10'000'000, 8, minRingWords, 1u << 31}, &other));
  CHECK(waitFor(ticks.ring->samples, 1));
  for (uint32_t i = 2; i < 10; i++) {
    CHECK(setAlarm(guest.context.get(), 1));
    CHECK(waitFor(ticks.ring->samples, i));
    CHECK(ticks.ring->samples == i);
  }
  CHECK(other.ring->samples <= 1);
  // A later one takes the place of the one before; at once, and never.
  CHECK(setAlarm(guest.context.get(), 1e300));
  CHECK(setAlarm(guest.context.get(), 0));
  CHECK(waitFor(ticks.ring->samples, 10));
  // An idle thread has nothing to show.
  guest.context->activity = 0;
  CHECK(setAlarm(guest.context.get(), 1));
  for (const uint64_t end = milliseconds() + 5; milliseconds() < end;);
  CHECK(ticks.ring->samples == 10);
  // It is of a thread that can be sampled.
  ExecContext unknown = {};
  CHECK(!setAlarm(&unknown, 1));
  CHECK(stopSampling(guest.context.get(), ticks.id));
  CHECK(stopSampling(guest.context.get(), other.id));
  releaseRing(ticks.ring);
  releaseRing(other.ring);
}

TEST(alarms_may_come_when_their_thread_has_gone) {
  for (int i = 0; i < 100; i++) {
    SampledGuest guest;
    CHECK(setAlarm(guest.context.get(), 0.001 * i));
  }
  usleep(1000);
}

TEST(a_full_ring_drops_and_counts) {
  SampledGuest guest;
  SamplerSession session;
  CHECK(startSampling(guest.context.get(), {50, 8, minRingWords, 1u << 31}, &session));
  CHECK(waitFor(session.ring->dropped, 3));
  CHECK(session.ring->samples == minRingWords / sampleHeadWords);
  // Reading makes room; a `read` that is nonsense does not lead out of the ring.
  session.ring->read.store(session.ring->written.load());
  CHECK(waitFor(session.ring->samples, minRingWords / sampleHeadWords + 3));
  session.ring->read.store(0x80000000);
  CHECK(waitFor(session.ring->dropped, session.ring->dropped + 3));
  // Idle threads are left alone.
  __atomic_store_n(&guest.context->activity, 0, __ATOMIC_RELAXED);
  usleep(20000);
  const uint32_t late = session.ring->dropped + session.ring->samples;
  usleep(20000);
  CHECK(session.ring->dropped + session.ring->samples == late);
  CHECK(stopSampling(guest.context.get(), session.id));
  releaseRing(session.ring);
}

TEST(errno_and_children_are_left_alone) {
  SampledGuest guest;
  SamplerSession session;
  CHECK(startSampling(guest.context.get(), {50, 8, minRingWords, 1u << 31}, &session));
  errno = 1234;
  CHECK(waitFor(session.ring->samples, 20));
  CHECK(errno == 1234);
  for (int i = 0; i < 20; i++) {
    const pid_t child = fork();
    if (child == 0) {
      usleep(1000);
      _exit(7);
    }
    int status = 0;
    // SA_RESTART: never EINTR.
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
  }
  // The signal from somebody else means nothing.
  sigval value = {};
  value.sival_int = -1;
  CHECK(sigqueue(getpid(), samplerSignal(), value) == 0);
  value.sival_int = 100000;
  CHECK(sigqueue(getpid(), samplerSignal(), value) == 0);
  kill(getpid(), samplerSignal());
  CHECK(stopSampling(guest.context.get(), session.id));
  releaseRing(session.ring);
}

namespace {

std::atomic<uint32_t> followedSignals{0};
void profilerOfSomebody(int, siginfo_t *, void *) { followedSignals.fetch_add(1); }


bool installProfiler() {
  struct sigaction action = {};
  action.sa_sigaction = profilerOfSomebody;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  return sigaction(SIGPROF, &action, nullptr) == 0;
}

}  // namespace

TEST(a_session_follows_another_profiler) {
  SampledGuest guest(0);
  SamplerSession session;
  const SamplerOptions options = {1000, 8, minRingWords, 1u << 31, SampleSource::follow};
  // Nobody to follow.
  signal(SIGPROF, SIG_IGN);
  CHECK(!startSampling(guest.context.get(), options, &session) && errno == EAGAIN);
  CHECK(installProfiler());
  CHECK(startSampling(guest.context.get(), options, &session));
  // One record a signal, and the other handler is called; also where nothing runs.
  for (uint32_t i = 1; i <= 5; i++) {
    raise(SIGPROF);
    CHECK(session.ring->samples == i && followedSignals == i);
  }
  CHECK(session.ring->data[0] >> 32 == static_cast<uint64_t>(SampleState::outside) && session.ring->data[2] > 0);
  // The other profiler goes and comes back.
  CHECK(pauseFollowing(guest.context.get(), session.id));
  raise(SIGPROF);
  CHECK(session.ring->samples == 5 && followedSignals == 6);
  CHECK(installProfiler() && resumeFollowing(guest.context.get(), session.id));
  raise(SIGPROF);
  CHECK(session.ring->samples == 6 && followedSignals == 7);
  // It puts its handler back without a word.
  CHECK(installProfiler() && resumeFollowing(guest.context.get(), session.id));
  raise(SIGPROF);
  CHECK(session.ring->samples == 7 && followedSignals == 8);
  // The end of the session, or of its thread, gives the other handler its place back.
  CHECK(stopSampling(guest.context.get(), session.id));
  CHECK(!pauseFollowing(guest.context.get(), session.id) && !resumeFollowing(guest.context.get(), session.id));
  releaseRing(session.ring);
  CHECK(startSampling(guest.context.get(), options, &session));
  unregisterSampledThread(guest.context.get());
  raise(SIGPROF);
  CHECK(session.ring->samples == 0 && followedSignals == 9);
  signal(SIGPROF, SIG_DFL);
  releaseRing(session.ring);
  releaseAlternateStack();
}
