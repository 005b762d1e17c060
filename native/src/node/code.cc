// Machine code: arenas, code that is called as C calls it, and what debuggers are told of it.
#include <errno.h>

#include <utility>
#include <vector>

#include "../arena.h"
#include "../debug_objects.h"
#include "../plain_code.h"
#include "arguments.h"
#include "environment.h"
#include "exports.h"

namespace windlass {
namespace {

napi_value describeArena(napi_env env, const Arena &arena) {
  environmentOf(env)->arenaReferences[arena.id]++;
  napi_value result = nullptr;
  napi_create_object(env, &result);
  setNumber(env, result, "exec", arena.exec);
  setNumber(env, result, "write", arena.write);
  setNumber(env, result, "size", arena.bytes);
  setNumber(env, result, "poll", arena.poll());
  setNumber(env, result, "jumps", arena.jumps());
  setNumber(env, result, "id", static_cast<uint64_t>(arena.id));
  return result;
}

napi_value makeArena(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t bytes = 0;
  uint64_t jumpBytes = 0;
  if (!args.integer(0, "bytes", &bytes) || !args.integer(1, "jumpBytes", &jumpBytes)) return nullptr;
  if (bytes > maxArenaBytes || jumpBytes > maxArenaBytes / 2) {
    throwRangeError(env, "bytes of a code arena has to be at most 2^30");
    return nullptr;
  }
  Arena arena;
  if (!createArena(bytes, jumpBytes, reinterpret_cast<uintptr_t>(environmentOf(env)->context), &arena)) {
    throwReserveError(env, "a code arena", bytes, errno);
    return nullptr;
  }
  return describeArena(env, arena);
}

bool readArenaId(const Arguments &args, int *out) {
  uint64_t id = 0;
  if (!args.integer(0, "id", &id)) return false;
  *out = id < maxArenas ? static_cast<int>(id) : -1;
  return true;
}

napi_value openArena(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  int id = 0;
  if (!readArenaId(args, &id)) return nullptr;
  Arena arena;
  if (!retainArena(id, &arena)) {
    throwRangeError(env, "id has to be that of a live code arena");
    return nullptr;
  }
  return describeArena(env, arena);
}

napi_value growJumps(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  int id = 0;
  uint64_t bytes = 0;
  if (!readArenaId(args, &id) || !args.integer(1, "bytes", &bytes)) return nullptr;
  if (!useJumps(id, bytes)) throwReserveError(env, "jump tables", bytes, errno);
  return nullptr;
}

napi_value dropArena(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  int id = 0;
  if (!readArenaId(args, &id)) return nullptr;
  auto &references = environmentOf(env)->arenaReferences;
  const auto found = references.find(id);
  if (found == references.end()) {
    throwRangeError(env, "id has to be that of a code arena that this thread created or opened");
    return nullptr;
  }
  if (--found->second == 0) references.erase(found);
  releaseArena(id);
  return nullptr;
}

napi_value storeAddress(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t at = 0;
  uint64_t value = 0;
  if (!args.integer(0, "at", &at) || !args.integer(1, "value", &value)) return nullptr;
  if (at == 0 || at % sizeof(uint64_t) != 0) {
    throwRangeError(env, "at has to be a multiple of 8 and not 0");
    return nullptr;
  }
  __atomic_store_n(reinterpret_cast<uint64_t *>(at), value, __ATOMIC_RELEASE);
  return nullptr;
}

napi_value mapCode(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  char path[PATH_MAX];
  Elements<uint8_t> head;
  if (!args.path(0, "path", &path) || !args.elements(1, "head", &head)) return nullptr;
  const PlainFile file = environmentOf(env)->plainCode.map(path, head.data, head.length);
  if (file.at == 0) return nullptr;
  napi_value result = nullptr;
  napi_create_object(env, &result);
  setNumber(env, result, "address", file.at);
  setNumber(env, result, "bytes", file.bytes);
  return result;
}

napi_value callCode(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t address = 0;
  uint64_t context = 0;
  uint64_t base = 0;
  uint64_t a = 0;
  uint64_t b = 0;
  const bool fits = args.integer(0, "address", &address) && args.integer(1, "context", &context) &&
                    args.integer(2, "base", &base) && args.integer(3, "a", &a) && args.integer(4, "b", &b);
  if (!fits) return nullptr;
  const auto function = reinterpret_cast<PlainFunction>(address);
  napi_value result = nullptr;
  napi_create_int64(env, function(context, base, static_cast<uint32_t>(a), static_cast<uint32_t>(b)), &result);
  return result;
}

napi_value beginCalls(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t code = 0;
  Elements<uint32_t> offsets;
  uint64_t context = 0;
  uint64_t base = 0;
  uint64_t target = 0;
  Elements<uint8_t> source;
  const bool fits = args.integer(0, "code", &code) && args.elements(1, "functions", &offsets) &&
                    args.integer(2, "context", &context) && args.integer(3, "base", &base) &&
                    args.integer(4, "target", &target) && args.elements(5, "source", &source);
  if (!fits) return nullptr;
  const PlainBlock *block = plainBlockOf(code);
  if (block == nullptr) {
    throwRangeError(env, "code has to be loaded");
    return nullptr;
  }
  std::vector<uintptr_t> functions;
  for (size_t i = 0; i < offsets.length; i++) functions.push_back(code + offsets.data[i]);
  Environment *environment = environmentOf(env);
  const auto notify = reinterpret_cast<uintptr_t>(environment->context);
  const Supply supply = {reinterpret_cast<void *>(target), source.data, source.length};
  auto calls = std::make_unique<Calls>(std::move(functions), *block, context, base, notify, supply);
  if (source.length > 0) napi_create_reference(env, args[5], 1, &calls->source);
  if (!calls->errand.start()) {
    if (calls->source != nullptr) napi_delete_reference(env, calls->source);
    return makeNumber(env, 0);
  }
  const uint64_t id = ++environment->lastCalls;
  environment->calls.emplace(id, std::move(calls));
  return makeNumber(env, id);
}

napi_value endCalls(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t id = 0;
  Elements<uint32_t> times;
  if (!args.integer(0, "id", &id) || !args.elements(1, "times", &times)) return nullptr;
  auto &calls = environmentOf(env)->calls;
  const auto found = calls.find(id);
  napi_value result = nullptr;
  if (found == calls.end() || !found->second->errand.isDone()) {
    napi_create_int32(env, -1, &result);
    return result;
  }
  found->second->errand.finish();
  const std::vector<uint64_t> &nanoseconds = found->second->errand.nanoseconds();
  for (size_t i = 0; i < nanoseconds.size() && i < times.length; i++) {
    times.data[i] = static_cast<uint32_t>(nanoseconds[i] / 1000);
  }
  napi_create_int32(env, static_cast<int32_t>(nanoseconds.size()), &result);
  if (found->second->source != nullptr) napi_delete_reference(env, found->second->source);
  calls.erase(found);
  return result;
}

napi_value registerObject(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  Elements<uint8_t> object;
  if (!args.elements(0, "object", &object)) return nullptr;
  const uint64_t id = registerDebugObject(object.data, object.length);
  if (id == 0) {
    throwReserveError(env, "a debug object", object.length, ENOMEM);
    return nullptr;
  }
  return makeNumber(env, id);
}

napi_value unregisterObject(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t id = 0;
  if (args.integer(0, "id", &id)) unregisterDebugObject(id);
  return nullptr;
}

}  // namespace

void exportCode(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"createArena", makeArena},
    {"openArena", openArena},
    {"releaseArena", dropArena},
    {"useJumps", growJumps},
    {"storeAddress", storeAddress},
    {"mapCode", mapCode},
    {"callCode", callCode},
    {"beginCalls", beginCalls},
    {"endCalls", endCalls},
    {"registerDebugObject", registerObject},
    {"unregisterDebugObject", unregisterObject},
  });
}

}  // namespace windlass
