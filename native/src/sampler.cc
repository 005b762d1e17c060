#include "sampler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "arena.h"
#include "attention.h"
#include "sample.h"
#include "signals.h"

namespace windlass {
namespace {

constexpr uint64_t nanosecondsPerSecond = 1000000000;
constexpr uint64_t nanosecondsPerMicrosecond = 1000;
// The kernel may merge wake-ups that are this close; the default of 50 us is half an interval at 10 kHz.
constexpr unsigned long timerSlackNanoseconds = 2000;
// More threads than this at once are not sampled.
constexpr int maxSampledThreads = 256;

struct Session {
  uint64_t id = 0;
  uint64_t interval = 0;  // nanoseconds
  uint64_t deadline = 0;  // nanoseconds of CLOCK_MONOTONIC
  uint32_t depth = 0;
  uint32_t wakeRecords = 0;
  SampleRing *ring = nullptr;
  SampleSource source = SampleSource::timer;
  // With `ticks`.
  timer_t ticks = nullptr;
  // Counted in `followers`.
  bool following = false;
  // Set by the timer thread, taken by the handler.
  std::atomic<bool> due{false};
  // Ticks since the last record that found the previous signal not yet taken.
  std::atomic<uint32_t> late{0};
  // Ticks since the last record at which the thread had nothing to do.
  std::atomic<uint32_t> idle{0};
  // A record under construction, the handler's own: its length is known only at the end, and the alternate stack is small.
  uint64_t record[sampleHeadWords + maxSampleDepth];
};

struct SampledThread {
  // Published last, emptied first, both on the thread itself.
  std::atomic<ExecContext *> context{nullptr};
  // Address of a variable of the thread: tells the handler that the slot is still that of its thread.
  const void *identity = nullptr;
  pid_t tid = 0;
  const FiberList *fibers = nullptr;
  // Its processor time, read by the timer thread before it sends the signal: asking takes a microsecond or two, which the
  // guest need not pay for.
  clockid_t cpuClock = 0;
  std::atomic<uint64_t> cpuTime{0};
  // A signal was sent and not taken yet.
  std::atomic<bool> pending{false};
  std::atomic<Session *> sessions[maxSessionsPerThread] = {};
};

// Static storage without destructors, a plain mutex: the timer thread may still look while the process exits.
SampledThread threads[maxSampledThreads];
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed;
// One past the highest slot ever used.
int threadsUsed = 0;
bool timerStarted = false;
int sessionCount = 0;
uint64_t lastId = 0;

struct Lock {
  Lock() { pthread_mutex_lock(&mutex); }
  ~Lock() { pthread_mutex_unlock(&mutex); }
};

uint64_t clockNow(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * nanosecondsPerSecond + static_cast<uint64_t>(time.tv_nsec);
}

// --- the handlers -------------------------------------------------------------------------------------------------------

// Is there something to see on this thread?
bool isActive(const ExecContext &context) {
  return __atomic_load_n(&context.entryBase, __ATOMIC_RELAXED) != 0 ||
         __atomic_load_n(&context.running, __ATOMIC_RELAXED) != 0 ||
         __atomic_load_n(&context.activity, __ATOMIC_RELAXED) != 0;
}

bool wantsReading(const Session &session) {
  const SampleRing &ring = *session.ring;
  const uint32_t records = ring.samples.load(std::memory_order_relaxed) - ring.drained.load(std::memory_order_relaxed);
  const uint32_t used = ring.written.load(std::memory_order_relaxed) - ring.read.load(std::memory_order_relaxed);
  return records > 0 && (records >= session.wakeRecords || used > ring.words / 2);
}

void writeRecord(Session &session, const SampledThread &thread, const ExecContext &context, const mcontext_t &machine,
                 uint64_t time, uint64_t cpuTime) {
  const SampleRegisters registers = {
      static_cast<uint64_t>(machine.gregs[REG_RIP]), static_cast<uint64_t>(machine.gregs[REG_RSP]),
      static_cast<uint64_t>(machine.gregs[REG_RBP]), static_cast<uint64_t>(machine.gregs[REG_R14])};
  uint64_t *record = session.record;
  const size_t words = takeSample(registers, context, *thread.fibers, session.depth, record);
  record[1] = time;
  record[2] = cpuTime;
  record[5] = session.late.exchange(0, std::memory_order_relaxed) |
              static_cast<uint64_t>(session.idle.exchange(0, std::memory_order_relaxed)) << 32;
  appendRecord(session.ring, record, words);
}

// A tick of the thread's processor time.
void handleTick(const SampledThread &thread, ExecContext *context, const mcontext_t &machine) {
  if (!isActive(*context)) return;
  const uint64_t time = clockNow(CLOCK_MONOTONIC);
  const uint64_t cpuTime = clockNow(CLOCK_THREAD_CPUTIME_ID);
  bool wake = false;
  for (const auto &slot : thread.sessions) {
    Session *session = slot.load(std::memory_order_relaxed);
    if (session == nullptr || session->source != SampleSource::ticks) continue;
    writeRecord(*session, thread, *context, machine, time, cpuTime);
    wake = wake || wantsReading(*session);
  }
  // In guest code this thread holds none of the locks that asking for a poll takes: whoever has them will give them back.
  const bool isGuest = context->running != 0 && isArenaCode(static_cast<uintptr_t>(machine.gregs[REG_RIP]));
  if (wake && isGuest && context->interrupt == 0) interruptContext(reinterpret_cast<uintptr_t>(context));
}

void handleSample(int, siginfo_t *info, void *interrupted) {
  const auto index = static_cast<unsigned>(info->si_value.sival_int);
  // Sent by somebody else.
  if ((info->si_code != SI_QUEUE && info->si_code != SI_TIMER) || index >= maxSampledThreads) return;
  SampledThread &thread = threads[index];
  ExecContext *context = thread.context.load(std::memory_order_relaxed);
  if (context == nullptr || thread.identity != &threadState) return;

  const int error = errno;
  if (info->si_code == SI_TIMER) {
    handleTick(thread, context, static_cast<ucontext_t *>(interrupted)->uc_mcontext);
    errno = error;
    return;
  }
  thread.pending.store(false, std::memory_order_relaxed);
  const mcontext_t &machine = static_cast<ucontext_t *>(interrupted)->uc_mcontext;
  const uint64_t time = clockNow(CLOCK_MONOTONIC);
  const uint64_t cpuTime = thread.cpuTime.load(std::memory_order_relaxed);
  for (auto &slot : thread.sessions) {
    Session *session = slot.load(std::memory_order_relaxed);
    if (session == nullptr || !session->due.exchange(false, std::memory_order_relaxed)) continue;
    writeRecord(*session, thread, *context, machine, time, cpuTime);
  }
  errno = error;
}

// This thread's slot, for a signal that does not tell it.
__thread SampledThread *ownSlot __attribute__((tls_model("initial-exec"))) = nullptr;
// Whose place handleFollowed took. Written before it is installed.
struct sigaction followedAction;

// What the host's registers were when the thread left the host's stack: save_host of switch.S, in the order of its pushes.
struct SavedHost {
  uint64_t r15, r14, r13, r12, rbp, rbx, back;
};

void callFollowed(int signal, siginfo_t *info, void *interrupted) {
  if ((followedAction.sa_flags & SA_SIGINFO) != 0) {
    followedAction.sa_sigaction(signal, info, interrupted);
  } else if (followedAction.sa_handler != SIG_DFL && followedAction.sa_handler != SIG_IGN) {
    followedAction.sa_handler(signal);
  }
}

void handleFollowed(int signal, siginfo_t *info, void *interrupted) {
  const int error = errno;
  const SampledThread *thread = ownSlot;
  const ExecContext *context = thread == nullptr ? nullptr : thread->context.load(std::memory_order_relaxed);
  if (context == nullptr) {
    callFollowed(signal, info, interrupted);
    return;
  }
  mcontext_t &machine = static_cast<ucontext_t *>(interrupted)->uc_mcontext;
  const uint64_t time = clockNow(CLOCK_MONOTONIC);
  for (const auto &slot : thread->sessions) {
    Session *session = slot.load(std::memory_order_relaxed);
    if (session == nullptr || session->source != SampleSource::follow) continue;
    writeRecord(*session, *thread, *context, machine, time, clockNow(CLOCK_THREAD_CPUTIME_ID));
  }
  const greg_t pc = machine.gregs[REG_RIP];
  const greg_t sp = machine.gregs[REG_RSP];
  const greg_t fp = machine.gregs[REG_RBP];
  // While rsp is in a fiber, hostSp is where it left the host's stack.
  if (thread->fibers->find(static_cast<uintptr_t>(sp), 1).high != 0) {
    const auto *host = reinterpret_cast<const SavedHost *>(context->hostSp);
    machine.gregs[REG_RIP] = static_cast<greg_t>(host->back);
    machine.gregs[REG_RSP] = static_cast<greg_t>(context->hostSp + sizeof(SavedHost));
    machine.gregs[REG_RBP] = static_cast<greg_t>(host->rbp);
  }
  callFollowed(signal, info, interrupted);
  machine.gregs[REG_RIP] = pc;
  machine.gregs[REG_RSP] = sp;
  machine.gregs[REG_RBP] = fp;
  errno = error;
}

// Sessions that follow, and whether our handler is somewhere in the chain of handlers. The mutex guards them.
int followers = 0;
bool followInstalled = false;

bool isFollowing(const struct sigaction &action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == handleFollowed;
}

// The mutex is held.
bool follow(Session &session) {
  struct sigaction current;
  if (sigaction(SIGPROF, nullptr, &current) != 0) return false;
  if (!isFollowing(current)) {
    // Below somebody else's handler, which calls ours: in front of that one ours would call itself without end. Unless it is the
    // one that we follow, put back by its owner, who knows of no other.
    if (followInstalled && current.sa_sigaction != followedAction.sa_sigaction) return false;
    if ((current.sa_flags & SA_SIGINFO) == 0) return false;
    followedAction = current;
    struct sigaction action = {};
    action.sa_sigaction = handleFollowed;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigfillset(&action.sa_mask);
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&action.sa_mask, signal);
    if (sigaction(SIGPROF, &action, nullptr) != 0) return false;
    followInstalled = true;
  }
  if (!session.following) followers++;
  session.following = true;
  return true;
}

// The mutex is held.
void unfollow(Session &session) {
  if (!session.following) return;
  session.following = false;
  if (--followers > 0) return;
  struct sigaction current;
  // Where somebody else's handler calls ours it stays, and passes the signal on.
  if (sigaction(SIGPROF, nullptr, &current) != 0 || !isFollowing(current)) return;
  followInstalled = sigaction(SIGPROF, &followedAction, nullptr) != 0;
}

// The first real-time signal that nobody has a handler for, and not the very first ones, which are popular.
int chooseSignal() {
  for (int signal = SIGRTMIN + 4; signal <= SIGRTMAX; signal++) {
    struct sigaction current;
    if (sigaction(signal, nullptr, &current) != 0) continue;
    if ((current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_DFL) return signal;
  }
  return 0;
}

bool installHandler() {
  static bool installed = false;
  if (installed) return true;
  if (samplerSignal() == 0) return false;
  struct sigaction action = {};
  action.sa_sigaction = handleSample;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigfillset(&action.sa_mask);
  // A fault in the handler would be a bug of ours; it must not be hidden.
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&action.sa_mask, signal);
  installed = sigaction(samplerSignal(), &action, nullptr) == 0;
  return installed;
}

// --- the timer thread ---------------------------------------------------------------------------------------------------

bool sendSample(const SampledThread &thread) {
  siginfo_t info = {};
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_int = static_cast<int>(&thread - threads);
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread.tid, samplerSignal(), &info) == 0;
}

// Next deadline, with up to an eighth of the interval more or less: a guest that repeats itself in step with an even
// interval would always be seen at the same place (the reason why perf and Go prefer odd rates).
uint64_t nextDeadline(const Session &session, uint64_t now) {
  static uint64_t random = 0x9e3779b97f4a7c15;
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  const uint64_t spread = session.interval / 4;
  const uint64_t next = session.deadline + session.interval - spread / 2 + (spread > 0 ? random % spread : 0);
  return std::max(next, now);
}

// The mutex is held.
void tick(SampledThread &thread, uint64_t now) {
  const ExecContext *context = thread.context.load(std::memory_order_relaxed);
  if (context == nullptr) return;
  bool any = false;
  bool wake = false;
  const bool active = isActive(*context);
  const bool pending = thread.pending.load(std::memory_order_relaxed);
  for (auto &slot : thread.sessions) {
    Session *session = slot.load(std::memory_order_relaxed);
    if (session == nullptr || session->source == SampleSource::ticks || session->deadline > now) continue;
    session->deadline = nextDeadline(*session, now);
    if (session->source == SampleSource::follow) {
      wake = wake || wantsReading(*session);
      continue;
    }
    if (!active) {
      session->idle.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    wake = wake || wantsReading(*session);
    any = true;
    session->due.store(true, std::memory_order_relaxed);
    if (!pending) continue;
    session->late.fetch_add(1, std::memory_order_relaxed);
    session->ring->late.fetch_add(1, std::memory_order_relaxed);
  }
  if (any && !pending) {
    thread.pending.store(true, std::memory_order_relaxed);
    thread.cpuTime.store(clockNow(thread.cpuClock), std::memory_order_relaxed);
    if (!sendSample(thread)) thread.pending.store(false, std::memory_order_relaxed);
  }
  // Asking again before the guest has answered would only cost. (A guest that is not running is in JavaScript, which reads
  // the ring by itself.)
  if (wake && __atomic_load_n(&context->running, __ATOMIC_RELAXED) != 0 &&
      __atomic_load_n(&context->interrupt, __ATOMIC_RELAXED) == 0) {
    interruptContext(reinterpret_cast<uintptr_t>(context));
  }
}

// The mutex is held. 0 when nobody samples.
uint64_t earliestDeadline() {
  uint64_t earliest = 0;
  for (int i = 0; i < threadsUsed; i++) {
    for (const auto &slot : threads[i].sessions) {
      const Session *session = slot.load(std::memory_order_relaxed);
      if (session == nullptr || session->source == SampleSource::ticks) continue;
      if (earliest == 0 || session->deadline < earliest) earliest = session->deadline;
    }
  }
  return earliest;
}

void *runSampler(void *) {
  prctl(PR_SET_NAME, "windlass-sample");
  prctl(PR_SET_TIMERSLACK, timerSlackNanoseconds);
  pthread_mutex_lock(&mutex);
  for (;;) {
    if (sessionCount == 0) {
      pthread_cond_wait(&changed, &mutex);
      continue;
    }
    const uint64_t deadline = earliestDeadline();
    const uint64_t now = clockNow(CLOCK_MONOTONIC);
    if (deadline > now) {
      const timespec until = {static_cast<time_t>(deadline / nanosecondsPerSecond),
                              static_cast<long>(deadline % nanosecondsPerSecond)};
      pthread_cond_timedwait(&changed, &mutex, &until);
      continue;
    }
    for (int i = 0; i < threadsUsed; i++) tick(threads[i], now);
  }
}

// The mutex is held. The thread takes no signals: they belong on the program's own threads.
bool startTimerThread() {
  if (timerStarted) return true;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&changed, &attributes);
  pthread_condattr_destroy(&attributes);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  timerStarted = pthread_create(&thread, nullptr, runSampler, nullptr) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (timerStarted) pthread_detach(thread);
  return timerStarted;
}

// --- sessions -----------------------------------------------------------------------------------------------------------

SampledThread *threadOf(const ExecContext *context) {
  for (SampledThread &thread : threads) {
    if (thread.context.load(std::memory_order_relaxed) == context) return &thread;
  }
  return nullptr;
}

// The mutex is held. The slot of a session of a thread, null when there is none.
std::atomic<Session *> *findSession(const ExecContext *context, uint64_t id) {
  SampledThread *thread = threadOf(context);
  if (thread == nullptr) return nullptr;
  for (auto &slot : thread->sessions) {
    const Session *session = slot.load(std::memory_order_relaxed);
    if (session != nullptr && session->id == id) return &slot;
  }
  return nullptr;
}

// The mutex is held; on the session's thread, so its handler is not at work.
void endSession(std::atomic<Session *> &slot) {
  unfollow(*slot.load(std::memory_order_relaxed));
  Session *session = slot.exchange(nullptr, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (session->source == SampleSource::ticks) {
    timer_delete(session->ticks);
  } else {
    sessionCount--;
  }
  releaseRing(session->ring);
  delete session;
}

// A timer on the calling thread's processor time.
bool startTicks(Session &session, int index) {
  struct sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = samplerSignal();
  event.sigev_value.sival_int = index;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &session.ticks) != 0) return false;
  const timespec interval = {static_cast<time_t>(session.interval / nanosecondsPerSecond),
                             static_cast<long>(session.interval % nanosecondsPerSecond)};
  const itimerspec times = {interval, interval};
  if (timer_settime(session.ticks, 0, &times, nullptr) == 0) return true;
  timer_delete(session.ticks);
  return false;
}

// The mutex is held; on the session's thread.
bool startSource(Session &session, int index) {
  if (session.source == SampleSource::ticks) return startTicks(session, index);
  return startTimerThread() && (session.source != SampleSource::follow || follow(session));
}

}  // namespace

int samplerSignal() {
  static const int signal = chooseSignal();
  return signal;
}

bool registerSampledThread(ExecContext *context, const FiberList *fibers) {
  const Lock lock;
  SampledThread *thread = threadOf(nullptr);
  if (thread == nullptr) return false;
  threadsUsed = std::max(threadsUsed, static_cast<int>(thread - threads) + 1);
  thread->identity = &threadState;
  thread->tid = static_cast<pid_t>(syscall(SYS_gettid));
  thread->fibers = fibers;
  pthread_getcpuclockid(pthread_self(), &thread->cpuClock);
  thread->pending.store(false, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  thread->context.store(context, std::memory_order_release);
  ownSlot = thread;
  return true;
}

void unregisterSampledThread(ExecContext *context) {
  const Lock lock;
  SampledThread *thread = threadOf(context);
  if (thread == nullptr) return;
  if (ownSlot == thread) ownSlot = nullptr;
  thread->context.store(nullptr, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  for (auto &slot : thread->sessions) {
    if (slot.load(std::memory_order_relaxed) != nullptr) endSession(slot);
  }
}

bool startSampling(ExecContext *context, const SamplerOptions &options, SamplerSession *out) {
  SampleRing *ring = createRing(options.ringWords);
  if (ring == nullptr) return false;
  const Lock lock;
  SampledThread *thread = threadOf(context);
  std::atomic<Session *> *free = nullptr;
  if (thread != nullptr) {
    for (auto &slot : thread->sessions) {
      if (slot.load(std::memory_order_relaxed) == nullptr) free = &slot;
    }
  }
  auto *session = new Session();
  session->source = options.source;
  session->interval = std::max(options.intervalUs, minSampleInterval) * nanosecondsPerMicrosecond;
  if (free == nullptr || !installHandler() || !startSource(*session, static_cast<int>(thread - threads))) {
    releaseRing(ring);
    releaseRing(ring);
    delete session;
    errno = EAGAIN;
    return false;
  }
  session->id = ++lastId;
  session->deadline = clockNow(CLOCK_MONOTONIC) + session->interval;
  session->depth = std::min(std::max(options.depth, 1u), maxSampleDepth);
  session->wakeRecords = std::max(options.wakeRecords, 1u);
  session->ring = ring;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  free->store(session, std::memory_order_release);
  if (session->source != SampleSource::ticks) {
    sessionCount++;
    pthread_cond_signal(&changed);
  }
  *out = {session->id, ring};
  return true;
}

bool pauseFollowing(ExecContext *context, uint64_t id) {
  const Lock lock;
  std::atomic<Session *> *slot = findSession(context, id);
  if (slot == nullptr) return false;
  unfollow(*slot->load(std::memory_order_relaxed));
  return true;
}

bool resumeFollowing(ExecContext *context, uint64_t id) {
  const Lock lock;
  std::atomic<Session *> *slot = findSession(context, id);
  return slot != nullptr && follow(*slot->load(std::memory_order_relaxed));
}

bool stopSampling(ExecContext *context, uint64_t id) {
  const Lock lock;
  std::atomic<Session *> *slot = findSession(context, id);
  if (slot == nullptr) return false;
  endSession(*slot);
  return true;
}

}  // namespace windlass
