// What the garbage collector has taken: watches of objects, and a way to have it run.
#include "arguments.h"
#include "exports.h"

namespace windlass {
namespace {

napi_value watch(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  napi_ref reference = nullptr;
  if (napi_create_reference(env, args[0], 0, &reference) != napi_ok) {
    throwTypeError(env, "owner has to be an object");
    return nullptr;
  }
  return makeNumber(env, reinterpret_cast<uintptr_t>(reference));
}

napi_value isCollected(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t reference = 0;
  if (!args.integer(0, "watch", &reference)) return nullptr;
  napi_value object = nullptr;
  napi_get_reference_value(env, reinterpret_cast<napi_ref>(reference), &object);
  return makeBoolean(env, object == nullptr);
}

napi_value watched(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t reference = 0;
  if (!args.integer(0, "watch", &reference)) return nullptr;
  napi_value object = nullptr;
  napi_get_reference_value(env, reinterpret_cast<napi_ref>(reference), &object);
  return object;
}

napi_value unwatch(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t reference = 0;
  if (args.integer(0, "watch", &reference)) napi_delete_reference(env, reinterpret_cast<napi_ref>(reference));
  return nullptr;
}

napi_value collectGarbage(napi_env env, napi_callback_info) {
  // More than half of any heap: V8 then collects before it returns.
  constexpr int64_t pressure = int64_t{1} << 46;
  int64_t total = 0;
  napi_adjust_external_memory(env, pressure, &total);
  napi_adjust_external_memory(env, -pressure, &total);
  return nullptr;
}

}  // namespace

void exportCollection(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"watch", watch},
    {"isCollected", isCollected},
    {"watched", watched},
    {"unwatch", unwatch},
    {"collectGarbage", collectGarbage},
  });
}

}  // namespace windlass
