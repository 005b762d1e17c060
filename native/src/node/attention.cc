// What stops a guest or the process: interrupts, timers, signals, the end.
#include <limits.h>
#include <unistd.h>

#include <algorithm>

#include "../attention.h"
#include "../call_trace.h"
#include "../end_signals.h"
#include "../timers.h"
#include "arguments.h"
#include "environment.h"
#include "exports.h"

namespace windlass {
namespace {

napi_value beginWatch(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t signal = 0;
  if (!args.integer(0, "signal", &signal)) return nullptr;
  const bool fits = signal <= INT_MAX;
  if (!fits || !watchSignal(environmentOf(env)->context, static_cast<int>(signal))) {
    throwRangeError(env, "signal cannot be watched");
  }
  return nullptr;
}

napi_value endWatch(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t signal = 0;
  if (args.integer(0, "signal", &signal) && signal <= INT_MAX) unwatchSignal(static_cast<int>(signal));
  return nullptr;
}

napi_value takeNumber(napi_env env, napi_callback_info) { return makeNumber(env, static_cast<uint64_t>(takeSignal())); }

napi_value endProcess(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t code = 0;
  if (!args.integer(0, "code", &code)) return nullptr;
  _exit(static_cast<int>(code));
}

napi_value interrupt(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t address = 0;
  if (args.integer(0, "contextAddress", &address)) interruptContext(address);
  return nullptr;
}

napi_value startTrace(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t events = 0;
  if (!args.integer(0, "events", &events)) return nullptr;
  beginTrace(environmentOf(env)->context, static_cast<uint32_t>(std::min<uint64_t>(events, maxTraceEvents)));
  return nullptr;
}

napi_value goOnTracing(napi_env env, napi_callback_info) {
  continueTrace(environmentOf(env)->context);
  return nullptr;
}

napi_value disarm(napi_env env, napi_callback_info) {
  answerInterrupt(environmentOf(env)->context);
  return nullptr;
}

napi_value beginTimer(napi_env env, napi_callback_info info, uint64_t (*start)(uintptr_t, double)) {
  const Arguments args(env, info);
  uint64_t address = 0;
  double milliseconds = 0;
  if (!args.integer(0, "contextAddress", &address) || !args.milliseconds(1, "milliseconds", &milliseconds)) {
    return nullptr;
  }
  const uint64_t id = start(address, milliseconds);
  if (id == 0) {
    napi_throw_error(env, "ERR_WINDLASS_THREAD", "cannot start the timer thread: the limit of threads is reached");
    return nullptr;
  }
  return makeNumber(env, id);
}

napi_value beginSingle(napi_env env, napi_callback_info info) { return beginTimer(env, info, startTimer); }
napi_value beginTicks(napi_env env, napi_callback_info info) { return beginTimer(env, info, startTicks); }

napi_value endTimer(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t id = 0;
  if (args.integer(0, "id", &id)) cancelTimer(id);
  return nullptr;
}

}  // namespace

void exportAttention(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"interrupt", interrupt},
    {"disarm", disarm},
    {"beginTrace", startTrace},
    {"continueTrace", goOnTracing},
    {"startTimer", beginSingle},
    {"startTicks", beginTicks},
    {"cancelTimer", endTimer},
    {"watchSignal", beginWatch},
    {"unwatchSignal", endWatch},
    {"takeSignal", takeNumber},
    {"endProcess", endProcess},
  });
}

}  // namespace windlass
