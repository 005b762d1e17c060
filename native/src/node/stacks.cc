// Fibers, and entering the guest on them. The two hot functions, `enter` and `resume`, take no arguments and return nothing.
#include <errno.h>

#include "../entry.h"
#include "../fiber.h"
#include "arguments.h"
#include "environment.h"
#include "exports.h"

namespace windlass {
namespace {

napi_value createFiber(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t bytes = 0;
  if (!args.integer(0, "bytes", &bytes)) return nullptr;
  FiberRange fiber;
  if (!environmentOf(env)->fibers.create(bytes, &fiber)) {
    throwReserveError(env, "a stack", bytes, errno);
    return nullptr;
  }
  napi_value result = nullptr;
  napi_create_object(env, &result);
  setNumber(env, result, "low", fiber.low);
  setNumber(env, result, "high", fiber.high);
  return result;
}

napi_value releaseFiber(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t low = 0;
  if (!args.integer(0, "low", &low)) return nullptr;
  if (!environmentOf(env)->fibers.release(low)) throwRangeError(env, "low has to be that of a fiber in use");
  return nullptr;
}

// The context of the calling environment. Several environments of one thread (or several loads of the addon in one) each
// have their own; the thread remembers the last one so that the common case is a compare.
inline ExecContext *contextOf(napi_env env) {
  if (__builtin_expect(threadState.owner != env, 0)) threadState = {environmentOf(env)->context, env};
  return threadState.context;
}

napi_value enter(napi_env env, napi_callback_info) {
  ExecContext *context = contextOf(env);
  if (!hasRoomToEnter(*context)) {
    napi_throw_range_error(env, nullptr, stackExhaustedMessage);
    return nullptr;
  }
  wl_enter(context);
  return nullptr;
}

bool hasEntry(napi_env env, const ExecContext *context) {
  if (isCallSuspended(*context)) return true;
  napi_throw_error(env, argumentErrorCode, nothingSuspendedMessage);
  return false;
}

napi_value resume(napi_env env, napi_callback_info) {
  ExecContext *context = contextOf(env);
  if (hasEntry(env, context)) wl_resume(context);
  return nullptr;
}

napi_value abandon(napi_env env, napi_callback_info) {
  ExecContext *context = contextOf(env);
  if (!hasEntry(env, context)) return nullptr;
  const auto *entry = reinterpret_cast<const EntryFrame *>(context->entryBase);
  context->fp = entry->callerFp;
  context->entryBase = entry->callerEntryBase;
  context->fiberSp = entry->callerFiberSp;
  return nullptr;
}

}  // namespace

void exportStacks(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"createFiber", createFiber},
    {"releaseFiber", releaseFiber},
    {"enter", enter},
    {"resume", resume},
    {"abandon", abandon},
  });
}

}  // namespace windlass
