// The addon's face to JavaScript: the interface `Native` of runtime/native.ts. Its functions are in rooms beside this file; here
// they are put together with the constants. Plain C Node-API: all but two functions are cold.
#include <errno.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

#include "../cpu.h"
#include "arguments.h"
#include "environment.h"
#include "exports.h"

extern "C" void wl_switch_to_host();
extern "C" void wl_switch_to_host_end();
extern "C" void wl_exit();
extern "C" void wl_exit_end();

// Of the libuv in Node; not in one before 18.14.
extern "C" __attribute__((weak)) unsigned int uv_available_parallelism();

namespace windlass {
namespace {

// What os.availableParallelism() says.
unsigned int availableProcessors() {
  if (uv_available_parallelism != nullptr) return uv_available_parallelism();
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// Milliseconds since 1970, to a fraction of a microsecond.
napi_value wallClock(napi_env env, napi_callback_info) {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  napi_value result = nullptr;
  napi_create_double(env, static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6, &result);
  return result;
}

napi_value makeFeatures(napi_env env) {
  const CpuFeatures features = detectCpuFeatures();
  napi_value result = nullptr;
  napi_create_object(env, &result);
  setBoolean(env, result, "sse41", features.sse41);
  setBoolean(env, result, "popcnt", features.popcnt);
  setBoolean(env, result, "lzcnt", features.lzcnt);
  setBoolean(env, result, "bmi1", features.bmi1);
  setBoolean(env, result, "bmi2", features.bmi2);
  setBoolean(env, result, "avx", features.avx);
  setBoolean(env, result, "avx2", features.avx2);
  setBoolean(env, result, "fma", features.fma);
  setBoolean(env, result, "fsgsbase", features.fsgsbase);
  setBoolean(env, result, "jumpErratum", features.jumpErratum);
  return result;
}

napi_value makeContextLayout(napi_env env) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
#define SET_OFFSET(name) setNumber(env, result, #name, offsetof(ExecContext, name));
  WL_CONTEXT_FIELDS(SET_OFFSET)
#undef SET_OFFSET
  setNumber(env, result, "size", sizeof(ExecContext));
  return result;
}

napi_value makeContext(napi_env env, ExecContext *context) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  setNumber(env, result, "address", reinterpret_cast<uintptr_t>(context));
  napi_set_named_property(env, result, "buffer", makeView(env, context, sizeof(ExecContext)));
  return result;
}

napi_value makeRoutines(napi_env env) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  setNumber(env, result, "memmove", reinterpret_cast<uintptr_t>(&memmove));
  setNumber(env, result, "memset", reinterpret_cast<uintptr_t>(&memset));
  return result;
}

// The bytes of a routine of switch.S.
napi_value makeCode(napi_env env, void (*first)(), void (*end)()) {
  const auto begin = reinterpret_cast<uintptr_t>(first);
  const size_t size = reinterpret_cast<uintptr_t>(end) - begin;
  void *data = nullptr;
  napi_value result = nullptr;
  if (napi_create_arraybuffer(env, size, &data, &result) == napi_ok) {
    memcpy(data, reinterpret_cast<const void *>(begin), size);
  }
  return result;
}

}  // namespace

void exportFunctions(napi_env env, napi_value exports, std::initializer_list<ExportedFunction> functions) {
  for (const ExportedFunction &function : functions) {
    napi_value value = nullptr;
    napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.callback, nullptr, &value);
    napi_set_named_property(env, exports, function.name, value);
  }
}

}  // namespace windlass

NAPI_MODULE_INIT() {
  using namespace windlass;
  if (!beginEnvironment(env)) {
    throwReserveError(env, "an execution context", sizeof(ExecContext), errno);
    return nullptr;
  }
  exportMemory(env, exports);
  exportViews(env, exports);
  exportCollection(env, exports);
  exportBytes(env, exports);
  exportFiles(env, exports);
  exportCode(env, exports);
  exportStacks(env, exports);
  exportAttention(env, exports);
  exportSampling(env, exports);
  exportFunctions(env, exports, {{"wallClock", wallClock}});
  setNumber(env, exports, "pageSize", pageSize());
  setNumber(env, exports, "processors", availableProcessors());
  setBoolean(env, exports, "mainThread", gettid() == getpid());
  napi_set_named_property(env, exports, "features", makeFeatures(env));
  napi_set_named_property(env, exports, "contextLayout", makeContextLayout(env));
  napi_set_named_property(env, exports, "context", makeContext(env, environmentOf(env)->context));
  napi_set_named_property(env, exports, "routines", makeRoutines(env));
  napi_set_named_property(env, exports, "switchCode", makeCode(env, wl_switch_to_host, wl_switch_to_host_end));
  napi_set_named_property(env, exports, "exitCode", makeCode(env, wl_exit, wl_exit_end));
  setNumber(env, exports, "entryPoint", reinterpret_cast<uintptr_t>(&environmentOf(env)->entryPoint));
  return exports;
}
