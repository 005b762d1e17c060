// Samplers and their rings.
#include "../sampler.h"
#include "arguments.h"
#include "environment.h"
#include "exports.h"

namespace windlass {
namespace {

void endRing(napi_env, void *ring, void *) { releaseRing(static_cast<SampleRing *>(ring)); }

bool readWord(const Arguments &args, size_t index, const char *name, uint32_t *out) {
  uint64_t value = 0;
  if (!args.integer(index, name, &value)) return false;
  *out = static_cast<uint32_t>(value > UINT32_MAX ? UINT32_MAX : value);
  return true;
}

napi_value beginSampling(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  SamplerOptions options = {};
  uint32_t source = 0;
  if (!readWord(args, 0, "intervalUs", &options.intervalUs) || !readWord(args, 1, "depth", &options.depth) ||
      !readWord(args, 2, "ringWords", &options.ringWords) || !readWord(args, 3, "wakeRecords", &options.wakeRecords) ||
      !readWord(args, 4, "source", &source)) {
    return nullptr;
  }
  if (source > static_cast<uint32_t>(SampleSource::ticks)) {
    throwRangeError(env, "source is none of the known ones");
    return nullptr;
  }
  options.source = static_cast<SampleSource>(source);
  SamplerSession session;
  if (!startSampling(environmentOf(env)->context, options, &session)) {
    napi_throw_error(env, "ERR_WINDLASS_SAMPLER",
                     "cannot start sampling: no memory, or too many samplers, threads or signals are in use");
    return nullptr;
  }
  napi_value buffer = makeView(env, session.ring, ringBytes(session.ring), endRing);
  if (buffer == nullptr) {
    stopSampling(environmentOf(env)->context, session.id);
    releaseRing(session.ring);
    return nullptr;
  }
  napi_value result = nullptr;
  napi_create_object(env, &result);
  setNumber(env, result, "id", session.id);
  napi_set_named_property(env, result, "ring", buffer);
  return result;
}

napi_value endSampling(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t id = 0;
  if (args.integer(0, "id", &id)) stopSampling(environmentOf(env)->context, id);
  return nullptr;
}

napi_value beginAlarm(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  double milliseconds = 0;
  if (!args.milliseconds(0, "milliseconds", &milliseconds)) return nullptr;
  return makeBoolean(env, setAlarm(environmentOf(env)->context, milliseconds));
}

napi_value setFollowing(napi_env env, napi_callback_info info, bool (*set)(ExecContext *, uint64_t)) {
  const Arguments args(env, info);
  uint64_t id = 0;
  if (!args.integer(0, "id", &id)) return nullptr;
  return makeBoolean(env, set(environmentOf(env)->context, id));
}

napi_value stopFollowing(napi_env env, napi_callback_info info) { return setFollowing(env, info, pauseFollowing); }
napi_value goOnFollowing(napi_env env, napi_callback_info info) { return setFollowing(env, info, resumeFollowing); }

}  // namespace

void exportSampling(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"startSampling", beginSampling},
    {"stopSampling", endSampling},
    {"setAlarm", beginAlarm},
    {"pauseFollowing", stopFollowing},
    {"resumeFollowing", goOnFollowing},
  });
}

}  // namespace windlass
