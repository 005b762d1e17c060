// Signals that ask a guest to end: noted while a call is under way, otherwise and the second time whose they were before.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "../src/end_signals.h"
#include "check.h"

using namespace windlass;

namespace {


// What a process ends with that does so.
int endOf(void (*run)(ExecContext *)) {
  const pid_t child = fork();
  if (child == 0) {
    const auto context = std::make_unique<ExecContext>();
    context->entryBase = 4096;
    run(context.get());
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

TEST(a_signal_is_noted_while_a_call_is_under_way) {
  CHECK(endOf([](ExecContext *context) {
          if (!watchSignal(context, SIGINT) || !watchSignal(context, SIGTERM)) _exit(1);
          raise(SIGTERM);
          if (takeSignal() != SIGTERM || takeSignal() != 0) _exit(2);
          raise(SIGINT);
          if (takeSignal() != SIGINT) _exit(3);
          unwatchSignalsOf(context);
          raise(SIGINT);
        }) == 128 + SIGINT);
}

// ThreadSanitizer calls handlers itself, some time after the signal: nothing can be said then of a signal that is raised in one.
#ifndef __SANITIZE_THREAD__

static int handled = 0;

static void countSignal(int) { handled++; }

TEST(a_signal_ends_the_process_without_a_guest_and_the_second_time) {
  CHECK(endOf([](ExecContext *context) {
          context->entryBase = 0;
          watchSignal(context, SIGQUIT);
          raise(SIGQUIT);
        }) == 128 + SIGQUIT);
  CHECK(endOf([](ExecContext *context) {
          watchSignal(context, SIGQUIT);
          watchSignal(context, SIGINT);
          raise(SIGQUIT);
          raise(SIGINT);
        }) == 128 + SIGINT);
}

TEST(a_signal_goes_to_the_handler_that_was_there) {
  CHECK(endOf([](ExecContext *context) {
          signal(SIGINT, countSignal);
          context->entryBase = 0;
          watchSignal(context, SIGINT);
          raise(SIGINT);
          if (handled != 1) _exit(1);
          unwatchSignal(SIGINT);
          raise(SIGINT);
          _exit(handled == 2 ? 0 : 2);
        }) == 0);
}

#endif

TEST(only_signals_that_end_are_watched) {
  const auto context = std::make_unique<ExecContext>();
  CHECK(!watchSignal(context.get(), SIGUSR1));
  unwatchSignal(SIGUSR1);
}
