// The addon's face to JavaScript: the interface `Native` of runtime/native.ts, one function a member, and the life of
// what belongs to one environment (main thread or worker). Plain C Node-API: the two hot functions take no arguments and
// return nothing, and the others are cold.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <memory>

#include "arena.h"
#include "arguments.h"
#include "attention.h"
#include "blake2b.h"
#include "context.h"
#include "cpu.h"
#include "debug_objects.h"
#include "entry.h"
#include "errand.h"
#include "fiber.h"
#include "memory.h"
#include "plain_code.h"
#include "quit.h"
#include "sample.h"
#include "sampler.h"
#include "signals.h"
#include "timers.h"

extern "C" void wl_switch_to_host();
extern "C" void wl_switch_to_host_end();
extern "C" void wl_exit();
extern "C" void wl_exit_end();

namespace windlass {
namespace {

// A copy under way, and what keeps both arrays alive.
struct Copy {
  Copy(void *target, const void *source, size_t bytes) : errand(target, source, bytes) {}
  CopyErrand errand;
  napi_ref target = nullptr;
  napi_ref source = nullptr;
};

// All that goes when the environment goes.
struct Environment {
  ExecContext *context = nullptr;
  Reservations reservations;
  Fibers fibers;
  std::map<int, int> arenaReferences;  // arena id -> references that this environment holds
  std::map<uint64_t, std::unique_ptr<Copy>> copies;  // by id
  uint64_t lastCopy = 0;
  PlainCode plainCode;
  napi_env env = nullptr;
  EntryPoint entryPoint = {};
};

Environment *environmentOf(napi_env env) {
  void *data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Environment *>(data);
}

// Runs on the environment's own thread when no more JavaScript will run in it.
void endEnvironment(void *data) {
  auto *environment = static_cast<Environment *>(data);
  ExecContext *context = environment->context;
  environment->copies.clear();
  cancelTimersOf(reinterpret_cast<uintptr_t>(context));
  windlass::unwatchQuitOf(context);
  unregisterSampledThread(context);
  unregisterContext(context);
  if (threadState.owner == environment->env) threadState = {nullptr, nullptr};
  releaseAlternateStack();
  for (const auto &[id, references] : environment->arenaReferences) {
    for (int i = 0; i < references; i++) releaseArena(id);
  }
  munmap(context, sizeof(ExecContext));
  // Buffers may be finalized after this.
  napi_set_instance_data(environment->env, nullptr, nullptr, nullptr);
  delete environment;
}

// --- memory ---------------------------------------------------------------------------------------------------------

napi_value reserve(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t bytes = 0;
  if (!args.integer(0, "bytes", &bytes)) return nullptr;
  if (bytes == 0) {
    throwRangeError(env, "bytes has to be at least 1");
    return nullptr;
  }
  const uintptr_t address = environmentOf(env)->reservations.reserve(bytes);
  if (address == 0) {
    throwReserveError(env, "a reservation", bytes, errno);
    return nullptr;
  }
  return makeNumber(env, address);
}

// The shape that commit, decommit and release have in common.
napi_value changePages(napi_env env, napi_callback_info info,
                       MemoryStatus (Reservations::*change)(uintptr_t, uint64_t)) {
  const Arguments args(env, info);
  uint64_t address = 0;
  uint64_t bytes = 0;
  if (!args.integer(0, "address", &address) || !args.integer(1, "bytes", &bytes)) return nullptr;
  switch ((environmentOf(env)->reservations.*change)(address, bytes)) {
    case MemoryStatus::ok:
      break;
    case MemoryStatus::notReserved:
      throwRangeError(env, "address and bytes have to name whole pages of a reservation of this thread");
      break;
    case MemoryStatus::exhausted:
      throwReserveError(env, "pages of a reservation", bytes, errno);
      break;
  }
  return nullptr;
}

napi_value commit(napi_env env, napi_callback_info info) { return changePages(env, info, &Reservations::commit); }
napi_value decommit(napi_env env, napi_callback_info info) { return changePages(env, info, &Reservations::decommit); }
napi_value release(napi_env env, napi_callback_info info) { return changePages(env, info, &Reservations::release); }

napi_value viewOf(napi_env env, void *address, size_t bytes, napi_finalize finalize = nullptr) {
  napi_value buffer = nullptr;
  const napi_status status = bytes == 0 ? napi_create_arraybuffer(env, 0, nullptr, &buffer)
                                        : napi_create_external_arraybuffer(env, address, bytes, finalize, nullptr, &buffer);
  if (status == napi_ok) return buffer;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) throwRangeError(env, "bytes is more than an ArrayBuffer of this Node can have");
  return nullptr;
}

napi_value view(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t address = 0;
  uint64_t bytes = 0;
  if (!args.integer(0, "address", &address) || !args.integer(1, "bytes", &bytes)) return nullptr;
  return viewOf(env, reinterpret_cast<void *>(address), bytes);
}

// Node calls this when the contents of a buffer are gone, not the buffer: they outlive it when a script moves them
// (ArrayBuffer.prototype.transfer).
void endLoan(napi_env env, void *address, void *) {
  Environment *environment = environmentOf(env);
  if (environment != nullptr) environment->reservations.endLoan(reinterpret_cast<uintptr_t>(address));
}

napi_value lend(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t address = 0;
  uint64_t bytes = 0;
  if (!args.integer(0, "address", &address) || !args.integer(1, "bytes", &bytes)) return nullptr;
  Reservations &reservations = environmentOf(env)->reservations;
  if (reservations.lend(address, bytes) != MemoryStatus::ok) {
    throwRangeError(env, "address and bytes have to name the first bytes of a reservation of this thread");
    return nullptr;
  }
  napi_value buffer = viewOf(env, reinterpret_cast<void *>(address), bytes, endLoan);
  // An empty buffer borrows nothing. A failed one was never finalized.
  if (buffer == nullptr || bytes == 0) reservations.endLoan(address);
  return buffer;
}

napi_value leaveLent(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t address = 0;
  if (!args.integer(0, "address", &address)) return nullptr;
  const uintptr_t behind = environmentOf(env)->reservations.leaveLent(address);
  if (behind != 0) return makeNumber(env, behind);
  throwRangeError(env, "address has to be that of a reservation of this thread");
  return nullptr;
}

// --- collection -----------------------------------------------------------------------------------------------------

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
  napi_value result = nullptr;
  napi_get_boolean(env, object == nullptr, &result);
  return result;
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

napi_value detach(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  if (napi_detach_arraybuffer(env, args[0]) != napi_ok) throwTypeError(env, "buffer has to be a detachable ArrayBuffer");
  return nullptr;
}

napi_value addressOf(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  void *data = nullptr;
  if (napi_get_typedarray_info(env, args[0], nullptr, nullptr, &data, nullptr, nullptr) != napi_ok) {
    throwTypeError(env, "view has to be a typed array");
    return nullptr;
  }
  return makeNumber(env, reinterpret_cast<uintptr_t>(data));
}

// Three words a range: offset in the target, offset in the source, number of bytes.
napi_value copyRanges(napi_env env, napi_callback_info info) {
  constexpr size_t words = 3;
  const Arguments args(env, info);
  napi_typedarray_type types[3] = {};
  void *data[3] = {};
  size_t lengths[3] = {};
  bool fits = true;
  for (size_t i = 0; i < 3; i++) {
    fits = fits && napi_get_typedarray_info(env, args[i], &types[i], &lengths[i], &data[i], nullptr, nullptr) == napi_ok;
  }
  if (!fits || types[0] != napi_uint8_array || types[1] != napi_uint8_array || types[2] != napi_uint32_array) {
    throwTypeError(env, "target and source have to be Uint8Arrays, ranges a Uint32Array");
    return nullptr;
  }
  auto *const target = static_cast<uint8_t *>(data[0]);
  const auto *const source = static_cast<const uint8_t *>(data[1]);
  const auto *const ranges = static_cast<const uint32_t *>(data[2]);
  for (size_t i = 0; i + words <= lengths[2]; i += words) {
    const uint64_t to = ranges[i];
    const uint64_t from = ranges[i + 1];
    const uint64_t bytes = ranges[i + 2];
    if (to + bytes > lengths[0] || from + bytes > lengths[1]) {
      throwRangeError(env, "ranges have to lie inside target and source");
      return nullptr;
    }
    if (bytes != 0) memmove(target + to, source + from, bytes);
  }
  return nullptr;
}

napi_value beginCopy(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  napi_typedarray_type types[2] = {};
  void *data[2] = {};
  size_t lengths[2] = {};
  bool fits = true;
  for (size_t i = 0; i < 2; i++) {
    fits = fits && napi_get_typedarray_info(env, args[i], &types[i], &lengths[i], &data[i], nullptr, nullptr) == napi_ok;
  }
  if (!fits || types[0] != napi_uint8_array || types[1] != napi_uint8_array || lengths[0] != lengths[1]) {
    throwTypeError(env, "target and source have to be Uint8Arrays of one length");
    return nullptr;
  }
  Environment *environment = environmentOf(env);
  auto copy = std::make_unique<Copy>(data[0], data[1], lengths[0]);
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

// Sets times of an open file, or of what is at a path (links are not followed), to the nanosecond. Returns an errno, 0 when it was done.
napi_value setTimes(napi_env env, napi_callback_info info) {
  constexpr size_t words = 4;
  const Arguments args(env, info);
  napi_typedarray_type type = {};
  void *data = nullptr;
  size_t length = 0;
  if (napi_get_typedarray_info(env, args[1], &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_bigint64_array || length != words) {
    throwTypeError(env, "times has to be a BigInt64Array of seconds and nanoseconds, twice");
    return nullptr;
  }
  const auto *const word = static_cast<const int64_t *>(data);
  const timespec times[2] = {{word[0], word[1]}, {word[2], word[3]}};
  int file = -1;
  char path[PATH_MAX];
  size_t pathLength = 0;
  int result = 0;
  if (napi_get_value_int32(env, args[0], &file) == napi_ok) {
    result = futimens(file, times);
  } else if (napi_get_value_string_utf8(env, args[0], path, sizeof path, &pathLength) != napi_ok) {
    throwTypeError(env, "file has to be a number or a path");
    return nullptr;
  } else if (pathLength == sizeof path - 1) {
    return makeNumber(env, ENAMETOOLONG);
  } else {
    result = utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
  }
  return makeNumber(env, result == 0 ? 0 : errno);
}

napi_value digest(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  napi_typedarray_type type = {};
  void *data = nullptr;
  size_t bytes = 0;
  if (napi_get_typedarray_info(env, args[0], &type, &bytes, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    throwTypeError(env, "bytes has to be a Uint8Array");
    return nullptr;
  }
  void *result = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, blake2bBytes, &result, &buffer) != napi_ok) return nullptr;
  blake2b(static_cast<const uint8_t *>(data), bytes, static_cast<uint8_t *>(result));
  return buffer;
}

// --- code -----------------------------------------------------------------------------------------------------------

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

napi_value loadCode(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  napi_typedarray_type types[2] = {};
  void *data[2] = {};
  size_t lengths[2] = {};
  bool fits = true;
  for (size_t i = 0; i < 2; i++) {
    fits = fits && napi_get_typedarray_info(env, args[i], &types[i], &lengths[i], &data[i], nullptr, nullptr) == napi_ok;
  }
  if (!fits || types[0] != napi_uint8_array || types[1] != napi_uint32_array) {
    throwTypeError(env, "code has to be a Uint8Array, words a Uint32Array");
    return nullptr;
  }
  const auto *const words = static_cast<const uint32_t *>(data[1]);
  for (size_t i = 0; i < lengths[1]; i++) {
    if (words[i] % sizeof(uint64_t) == 0 && words[i] + sizeof(uint64_t) <= lengths[0]) continue;
    throwRangeError(env, "words have to be aligned and inside the code");
    return nullptr;
  }
  const uintptr_t address =
      environmentOf(env)->plainCode.load(static_cast<const uint8_t *>(data[0]), lengths[0], words, lengths[1]);
  if (address == 0) {
    throwReserveError(env, "executable memory", lengths[0], errno);
    return nullptr;
  }
  return makeNumber(env, address);
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
  napi_create_int32(env, function(context, base, static_cast<uint32_t>(a), static_cast<uint32_t>(b)), &result);
  return result;
}

// --- stacks ---------------------------------------------------------------------------------------------------------

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

// --- attention ------------------------------------------------------------------------------------------------------

napi_value watchQuit(napi_env env, napi_callback_info) {
  if (!windlass::watchQuit(environmentOf(env)->context)) throwRangeError(env, "SIGQUIT cannot be watched");
  return nullptr;
}

napi_value unwatchQuit(napi_env, napi_callback_info) {
  windlass::unwatchQuit();
  return nullptr;
}

napi_value takeQuit(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_get_boolean(env, windlass::takeQuit(), &result);
  return result;
}

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

// --- sampling -------------------------------------------------------------------------------------------------------

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
  uint32_t follow = 0;
  if (!readWord(args, 0, "intervalUs", &options.intervalUs) || !readWord(args, 1, "depth", &options.depth) ||
      !readWord(args, 2, "ringWords", &options.ringWords) || !readWord(args, 3, "wakeRecords", &options.wakeRecords) ||
      !readWord(args, 4, "follow", &follow)) {
    return nullptr;
  }
  options.follow = follow != 0;
  SamplerSession session;
  if (!startSampling(environmentOf(env)->context, options, &session)) {
    napi_throw_error(env, "ERR_WINDLASS_SAMPLER",
                     "cannot start sampling: no memory, or too many samplers, threads or signals are in use");
    return nullptr;
  }
  napi_value buffer = viewOf(env, session.ring, ringBytes(session.ring), endRing);
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

napi_value setFollowing(napi_env env, napi_callback_info info, bool (*set)(ExecContext *, uint64_t)) {
  const Arguments args(env, info);
  uint64_t id = 0;
  if (!args.integer(0, "id", &id)) return nullptr;
  napi_value result = nullptr;
  napi_get_boolean(env, set(environmentOf(env)->context, id), &result);
  return result;
}

napi_value stopFollowing(napi_env env, napi_callback_info info) { return setFollowing(env, info, pauseFollowing); }
napi_value goOnFollowing(napi_env env, napi_callback_info info) { return setFollowing(env, info, resumeFollowing); }

// Maps a page of a file executable, and leaves it so: how perf learns of a jitdump file.
napi_value markFile(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  uint64_t file = 0;
  if (!args.integer(0, "file", &file)) return nullptr;
  if (mmap(nullptr, pageSize(), PROT_READ | PROT_EXEC, MAP_PRIVATE, static_cast<int>(file), 0) == MAP_FAILED) {
    throwReserveError(env, "an executable page of the file", pageSize(), errno);
  }
  return nullptr;
}

// --- debuggers ------------------------------------------------------------------------------------------------------

napi_value registerObject(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  bool isArray = false;
  napi_typedarray_type type;
  size_t length = 0;
  void *data = nullptr;
  if (napi_is_typedarray(env, args[0], &isArray) != napi_ok || !isArray ||
      napi_get_typedarray_info(env, args[0], &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    throwTypeError(env, "a debug object has to be a Uint8Array");
    return nullptr;
  }
  const uint64_t id = registerDebugObject(data, length);
  if (id == 0) {
    throwReserveError(env, "a debug object", length, ENOMEM);
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

// --- exports --------------------------------------------------------------------------------------------------------

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
  napi_set_named_property(env, result, "buffer", viewOf(env, context, sizeof(ExecContext)));
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

// False: errno says what the system refused.
bool beginEnvironment(napi_env env) {
  void *memory = mmap(nullptr, sizeof(ExecContext), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  if (!acquireAlternateStack()) {
    munmap(memory, sizeof(ExecContext));
    return false;
  }
  if (!installSignalHandlers()) {
    releaseAlternateStack();
    munmap(memory, sizeof(ExecContext));
    return false;
  }
  auto *environment = new Environment();
  environment->env = env;
  environment->context = static_cast<ExecContext *>(memory);
  environment->context->switchToHost = reinterpret_cast<uintptr_t>(&wl_switch_to_host);
  environment->entryPoint = {environment->context, env, &threadState};
  registerContext(environment->context);
  registerSampledThread(environment->context, &environment->fibers.list());
  napi_set_instance_data(env, environment, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, endEnvironment, environment);
  return true;
}

struct Function {
  const char *name;
  napi_callback callback;
};

constexpr Function functions[] = {
    {"reserve", reserve},           {"commit", commit},         {"decommit", decommit},
    {"release", release},           {"view", view},             {"detach", detach},
    {"copyRanges", copyRanges},     {"digest", digest},         {"setTimes", setTimes},
    {"beginCopy", beginCopy},       {"endCopy", endCopy},       {"loadCode", loadCode},     {"callCode", callCode},
    {"lend", lend},                 {"leaveLent", leaveLent},   {"watch", watch},
    {"isCollected", isCollected},   {"watched", watched},       {"unwatch", unwatch},       {"collectGarbage", collectGarbage},
    {"addressOf", addressOf},       {"createArena", makeArena}, {"openArena", openArena},
    {"releaseArena", dropArena},    {"createFiber", createFiber}, {"releaseFiber", releaseFiber},
    {"useJumps", growJumps},        {"storeAddress", storeAddress}, {"enter", enter},           {"resume", resume},
    {"abandon", abandon},           {"interrupt", interrupt},   {"disarm", disarm},
    {"watchQuit", watchQuit},       {"unwatchQuit", unwatchQuit}, {"takeQuit", takeQuit},
    {"endProcess", endProcess},
    {"startTimer", beginSingle},    {"startTicks", beginTicks},
    {"cancelTimer", endTimer},      {"startSampling", beginSampling},
    {"stopSampling", endSampling},  {"pauseFollowing", stopFollowing},
    {"resumeFollowing", goOnFollowing}, {"markFile", markFile},
    {"registerDebugObject", registerObject}, {"unregisterDebugObject", unregisterObject},
};

}  // namespace
}  // namespace windlass

NAPI_MODULE_INIT() {
  using namespace windlass;
  if (!beginEnvironment(env)) {
    throwReserveError(env, "an execution context", sizeof(ExecContext), errno);
    return nullptr;
  }
  for (const Function &function : functions) {
    napi_value value = nullptr;
    napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.callback, nullptr, &value);
    napi_set_named_property(env, exports, function.name, value);
  }
  setNumber(env, exports, "pageSize", pageSize());
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
