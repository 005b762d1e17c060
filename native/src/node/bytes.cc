// Work on many bytes: copies, on this thread and beside it, and digests.
#include <cstring>
#include <memory>

#include "../blake2b.h"
#include "arguments.h"
#include "environment.h"
#include "exports.h"

namespace windlass {
namespace {

// Three words a range: offset in the target, offset in the source, number of bytes.
napi_value copyRanges(napi_env env, napi_callback_info info) {
  constexpr size_t words = 3;
  const Arguments args(env, info);
  Elements<uint8_t> target;
  Elements<uint8_t> source;
  Elements<uint32_t> ranges;
  if (!args.elements(0, "target", &target) || !args.elements(1, "source", &source) ||
      !args.elements(2, "ranges", &ranges)) {
    return nullptr;
  }
  for (size_t i = 0; i + words <= ranges.length; i += words) {
    const uint64_t to = ranges.data[i];
    const uint64_t from = ranges.data[i + 1];
    const uint64_t bytes = ranges.data[i + 2];
    if (to + bytes > target.length || from + bytes > source.length) {
      throwRangeError(env, "ranges have to lie inside target and source");
      return nullptr;
    }
    if (bytes != 0) memmove(target.data + to, source.data + from, bytes);
  }
  return nullptr;
}

napi_value beginCopy(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  Elements<uint8_t> target;
  Elements<uint8_t> source;
  if (!args.elements(0, "target", &target) || !args.elements(1, "source", &source)) return nullptr;
  if (target.length != source.length) {
    throwTypeError(env, "target and source have to be of one length");
    return nullptr;
  }
  Environment *environment = environmentOf(env);
  auto copy = std::make_unique<Copy>(target.data, source.data, source.length);
  napi_create_reference(env, args[0], 1, &copy->target);
  napi_create_reference(env, args[1], 1, &copy->source);
  copy->errand.start();
  const uint64_t id = ++environment->lastCopy;
  environment->copies.emplace(id, std::move(copy));
  return makeNumber(env, id);
}

napi_value endCopy(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t id = 0;
  if (!args.integer(0, "id", &id)) return nullptr;
  auto &copies = environmentOf(env)->copies;
  const auto found = copies.find(id);
  if (found == copies.end()) return nullptr;
  found->second->errand.finish();
  napi_delete_reference(env, found->second->target);
  napi_delete_reference(env, found->second->source);
  copies.erase(found);
  return nullptr;
}

napi_value digest(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  Elements<uint8_t> bytes;
  if (!args.elements(0, "bytes", &bytes)) return nullptr;
  void *result = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, blake2bBytes, &result, &buffer) != napi_ok) return nullptr;
  blake2b(bytes.data, bytes.length, static_cast<uint8_t *>(result));
  return buffer;
}

}  // namespace

void exportBytes(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"copyRanges", copyRanges},
    {"beginCopy", beginCopy},
    {"endCopy", endCopy},
    {"digest", digest},
  });
}

}  // namespace windlass
