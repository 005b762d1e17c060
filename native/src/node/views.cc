// ArrayBuffers over memory that somebody else owns, and what V8 counts of them. It takes the bytes of every buffer for memory that collecting
// it would give back, and collects the sooner the more there is: in a short run, whose heap is small, a few megabytes of code, stacks and
// images have it collect all of it, which takes seven milliseconds each time. So what no collection gives back is taken off its count when
// a view is made, and added again when the view goes.
#include <cstdint>
#include <map>

#include "arguments.h"
#include "environment.h"
#include "exports.h"

namespace windlass {
namespace {

// Memories of guests do go with their buffers, but V8 is told of them only beyond so much at a time.
constexpr uint64_t uncountedGuests = 64 << 20;

// From V8 13 on the process ends where the count would fall below nothing, as it does between a view's end and what is added again.
constexpr uint32_t firstStrictNode = 23;

bool mayUncount(napi_env env) {
  const napi_node_version *version = nullptr;
  return napi_get_node_version(env, &version) == napi_ok && version->major < firstStrictNode;
}

void count(napi_env env, int64_t bytes) {
  int64_t total = 0;
  napi_adjust_external_memory(env, bytes, &total);
}

// V8 takes the bytes of a view off its count when it goes, where they have not been: they have to be added, before if that can be, since V8 collects
// by how much more there is than there was at least.
void addAgain(napi_env env, Environment *environment, UncountedView &view) {
  if (view.isAdded) return;
  view.isAdded = true;
  if (view.isGuest && environment != nullptr) environment->uncountedGuestBytes -= view.bytes;
  count(env, static_cast<int64_t>(view.bytes));
}

void endView(napi_env env, void *address, void *data) {
  auto *view = static_cast<UncountedView *>(data);
  Environment *environment = environmentOf(env);
  addAgain(env, environment, *view);
  if (environment != nullptr) {
    const auto newest = environment->uncountedViews.find(address);
    if (newest != environment->uncountedViews.end() && newest->second == view) environment->uncountedViews.erase(newest);
  }
  delete view;
}

napi_value makeUncounted(napi_env env, void *address, uint64_t bytes, bool isGuest) {
  Environment *environment = environmentOf(env);
  auto *view = new UncountedView{bytes, isGuest};
  napi_value buffer = makeView(env, address, bytes, endView, view);
  if (buffer == nullptr) {
    delete view;
    return nullptr;
  }
  count(env, -static_cast<int64_t>(bytes));
  if (isGuest) environment->uncountedGuestBytes += bytes;
  environment->uncountedViews[address] = view;
  return buffer;
}

napi_value view(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t address = 0;
  uint64_t bytes = 0;
  if (!args.integer(0, "address", &address) || !args.integer(1, "bytes", &bytes)) return nullptr;
  bool isGuest = false;
  if (napi_get_value_bool(env, args[2], &isGuest) != napi_ok) isGuest = false;
  void *at = reinterpret_cast<void *>(address);
  const bool isCounted = isGuest && environmentOf(env)->uncountedGuestBytes + bytes > uncountedGuests;
  return isCounted || bytes == 0 || !mayUncount(env) ? makeView(env, at, bytes) : makeUncounted(env, at, bytes, isGuest);
}

napi_value detach(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  void *address = nullptr;
  size_t bytes = 0;
  Environment *environment = environmentOf(env);
  if (napi_get_arraybuffer_info(env, args[0], &address, &bytes) == napi_ok) {
    const auto newest = environment->uncountedViews.find(address);
    if (newest != environment->uncountedViews.end() && newest->second->bytes == bytes) {
      addAgain(env, environment, *newest->second);
      environment->uncountedViews.erase(newest);
    }
  }
  if (napi_detach_arraybuffer(env, args[0]) != napi_ok) throwTypeError(env, "buffer has to be a detachable ArrayBuffer");
  return nullptr;
}

}  // namespace

void exportViews(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"view", view},
    {"detach", detach},
  });
}

}  // namespace windlass
