// Interrupts, timers and the signal handler's decision, with contexts that no guest ever runs on.
#include <unistd.h>

#include <memory>

#include "../src/arena.h"
#include "../src/attention.h"
#include "../src/call_trace.h"
#include "../src/faults.h"
#include "../src/fiber.h"
#include "../src/signals.h"
#include "../src/timers.h"
#include "check.h"

using namespace windlass;

// A context that nothing runs on: only its address counts.
static constexpr uintptr_t owner = 4096;

namespace {

struct LiveContext {
  std::unique_ptr<ExecContext> context{new ExecContext()};
  LiveContext() { registerContext(context.get()); }
  ~LiveContext() {
    cancelTimersOf(address());
    unregisterContext(context.get());
  }
  uintptr_t address() const { return reinterpret_cast<uintptr_t>(context.get()); }
  bool interrupted() const { return __atomic_load_n(&context->interrupt, __ATOMIC_SEQ_CST) != 0; }
  bool waitUntilInterrupted() const {
    for (int i = 0; i < 10000 && !interrupted(); i++) usleep(1000);
    return interrupted();
  }
};

}  // namespace

TEST(interrupt_sets_the_word_of_one_context) {
  LiveContext a;
  LiveContext b;
  interruptContext(a.address());
  CHECK(a.interrupted() && !b.interrupted());
  answerInterrupt(a.context.get());
  CHECK(!a.interrupted());
}

TEST(a_handler_interrupts_its_own_context_when_nobody_else_does) {
  LiveContext own;
  LiveContext other;
  CHECK(tryInterrupt(own.context.get()));
  CHECK(own.interrupted() && !other.interrupted());
  Arena arena;
  CHECK(createArena(65536, 4096, own.address(), &arena));
  answerInterrupt(own.context.get());
  CHECK(!own.interrupted());
  releaseArena(arena.id);
}

TEST(interrupt_of_a_context_that_has_gone_is_ignored) {
  uintptr_t gone = 0;
  {
    LiveContext context;
    gone = context.address();
    interruptContext(gone);
  }
  interruptContext(gone);
  interruptContext(0);
}

TEST(timers_fire_in_order_and_can_be_cancelled) {
  LiveContext first;
  LiveContext second;
  LiveContext never;
  const uint64_t cancelled = startTimer(never.address(), 30);
  cancelTimer(cancelled);
  CHECK(startTimer(second.address(), 60) != 0);
  CHECK(startTimer(first.address(), 1) != 0);
  CHECK(first.waitUntilInterrupted());
  CHECK(second.waitUntilInterrupted());
  CHECK(!never.interrupted());
  cancelTimer(cancelled);
  cancelTimer(12345678);
}

TEST(ticks_ask_only_guests_that_run_or_wait_for_the_host) {
  LiveContext idle;
  LiveContext busy;
  LiveContext hosted;
  __atomic_store_n(&hosted.context->entryBase, 4096, __ATOMIC_RELAXED);
  __atomic_store_n(&busy.context->running, 1, __ATOMIC_RELAXED);
  const uint64_t idleTicks = startTicks(idle.address(), 1);
  const uint64_t busyTicks = startTicks(busy.address(), 1);
  const uint64_t hostedTicks = startTicks(hosted.address(), 1);
  for (int i = 0; i < 3; i++) {
    CHECK(busy.waitUntilInterrupted());
    answerInterrupt(busy.context.get());
  }
  CHECK(hosted.waitUntilInterrupted());
  CHECK(!idle.interrupted());
  cancelTimer(hostedTicks);
  cancelTimer(idleTicks);
  cancelTimer(busyTicks);
}

TEST(timers_end_with_their_context) {
  LiveContext watcher;
  for (int i = 0; i < 100; i++) {
    LiveContext context;
    startTimer(context.address(), i % 3);
    startTimer(context.address(), 1e18);
  }
  startTimer(watcher.address(), 5);
  CHECK(watcher.waitUntilInterrupted());
}

TEST(faults_are_classified) {
  Arena arena;
  CHECK(createArena(1 << 16, 0, owner, &arena));
  ExecContext context = {};
  context.fiberLow = 0x100000000;
  context.fiberHigh = context.fiberLow + 65536;
  const uint64_t inside = context.fiberLow + 4096;
  const uint64_t guard = context.fiberLow - 8;
  const uint64_t code = arena.exec + 16;
  const uint64_t foreign = 0x1234;

  // In an arena everything but a poll is a trap.
  CHECK(classifyFault({code, inside, 0, false}, context) == FaultAction::trap);
  CHECK(classifyFault({code, inside, 0, true}, context) == FaultAction::trap);
  CHECK(classifyFault({code, guard, guard - 8, true}, context) == FaultAction::trap);

  // A poll.
  CHECK(classifyFault({code, inside, arena.poll(), true}, context) == FaultAction::stepPoll);
  context.pollStub = code;
  CHECK(classifyFault({code, inside, arena.poll(), true}, context) == FaultAction::stepPoll);
  context.interrupt = 1;
  CHECK(classifyFault({code, inside, arena.poll(), true}, context) == FaultAction::callPoll);
  CHECK(classifyFault({code, context.fiberLow + 8, arena.poll(), true}, context) == FaultAction::callPoll);
  CHECK(classifyFault({code, context.fiberLow, arena.poll(), true}, context) == FaultAction::trap);
  CHECK(classifyFault({code, context.fiberHigh + 8, arena.poll(), true}, context) == FaultAction::trap);
  context.pollStub = 0;
  CHECK(classifyFault({code, inside, arena.poll(), true}, context) == FaultAction::stepPoll);

  // A call through a jump table.
  Arena calling;
  CHECK(createArena(1 << 16, 4096, owner, &calling));
  const uint64_t jump = calling.jumps() + 8;
  context.interrupt = 0;
  CHECK(classifyFault({jump, inside, jump, true}, context) == FaultAction::stepCall);
  context.interrupt = 1;
  CHECK(classifyFault({jump, inside, jump, true}, context) == FaultAction::stepCall);
  context.callPollStub = code;
  CHECK(classifyFault({jump, inside, jump, true}, context) == FaultAction::pollCall);
  CHECK(classifyFault({jump, inside, 0, false}, context) == FaultAction::trap);
  releaseArena(calling.id);

  // Elsewhere only an overflow of the fiber is ours.
  CHECK(classifyFault({foreign, inside, 0, true}, context) == FaultAction::forward);
  CHECK(classifyFault({foreign, inside, arena.poll(), true}, context) == FaultAction::forward);
  CHECK(classifyFault({foreign, context.fiberLow, guard, true}, context) == FaultAction::trap);
  CHECK(classifyFault({foreign, guard, guard - 64, true}, context) == FaultAction::trap);
  CHECK(classifyFault({foreign, inside, guard, false}, context) == FaultAction::forward);
  CHECK(classifyFault({foreign, 0x7fff00000000, guard, true}, context) == FaultAction::forward);
  CHECK(classifyFault({foreign, inside, context.fiberLow, true}, context) == FaultAction::forward);
  CHECK(classifyFault({foreign, inside, context.fiberLow - stackGuardBytes - 1, true}, context) ==
        FaultAction::forward);
  releaseArena(arena.id);
}

TEST(a_trace_records_so_many_events_and_interrupts_then) {
  LiveContext live;
  ExecContext *context = live.context.get();
  beginTrace(context, 2);
  CHECK(context->traceLeft == 2 && context->traceLength == 0);
  recordEvent(context, 8, 16);
  CHECK(!live.interrupted());
  recordEvent(context, 24, 0);
  CHECK(live.interrupted());
  CHECK(context->traceLeft == 0 && context->traceLength == 2);
  CHECK(context->trace[0].place == 8 && context->trace[0].jump == 16);
  CHECK(context->trace[1].place == 24 && context->trace[1].jump == 0);
  recordEvent(context, 32, 0);
  CHECK(context->traceLength == 2);
  answerInterrupt(context);
  beginTrace(context, maxTraceEvents + 1);
  CHECK(context->traceLeft == maxTraceEvents && context->traceLength == 0);
  beginTrace(context, 0);
  answerInterrupt(context);
}

TEST(a_trace_protects_the_poll_pages_without_asking_for_attention) {
  LiveContext live;
  ExecContext *context = live.context.get();
  Arena arena;
  CHECK(createArena(1 << 16, 4096, live.address(), &arena));
  beginTrace(context, 1);
  CHECK(!live.interrupted());
  const uint64_t code = arena.exec + 16;
  context->pollStub = code;
  context->fiberLow = 0x100000000;
  context->fiberHigh = context->fiberLow + 65536;
  CHECK(classifyFault({code, context->fiberLow + 64, arena.poll(), true}, *context) == FaultAction::stepPoll);
  recordEvent(context, code, 0);
  CHECK(classifyFault({code, context->fiberLow + 64, arena.poll(), true}, *context) == FaultAction::callPoll);
  answerInterrupt(context);
  releaseArena(arena.id);
}

TEST(without_a_fiber_no_fault_is_an_overflow) {
  const ExecContext context = {};
  CHECK(classifyFault({0x1234, 0x7fff00000000, 0, true}, context) == FaultAction::forward);
  CHECK(classifyFault({0x1234, 0x7fff00000000, ~0ull, true}, context) == FaultAction::forward);
}

TEST(alternate_stack_is_counted) {
  CHECK(acquireAlternateStack());
  CHECK(acquireAlternateStack());
  releaseAlternateStack();
  releaseAlternateStack();
}
