// Reservations of address space, and buffers that show memory to JavaScript.
#include <errno.h>

#include "arguments.h"
#include "environment.h"
#include "exports.h"

namespace windlass {
namespace {

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
  napi_value buffer = makeView(env, reinterpret_cast<void *>(address), bytes, endLoan);
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

napi_value addressOf(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  void *data = nullptr;
  if (napi_get_typedarray_info(env, args[0], nullptr, nullptr, &data, nullptr, nullptr) != napi_ok) {
    throwTypeError(env, "view has to be a typed array");
    return nullptr;
  }
  return makeNumber(env, reinterpret_cast<uintptr_t>(data));
}

napi_value populatePages(napi_env env, napi_callback_info info) {
  const Arguments args(env, info);
  Elements<uint8_t> bytes;
  if (args.elements(0, "bytes", &bytes) && bytes.length > 0) populate(const_cast<uint8_t *>(bytes.data), bytes.length);
  return nullptr;
}

}  // namespace

void exportMemory(napi_env env, napi_value exports) {
  exportFunctions(env, exports, {
    {"reserve", reserve},
    {"commit", commit},
    {"populate", populatePages},
    {"decommit", decommit},
    {"release", release},
    {"lend", lend},
    {"leaveLent", leaveLent},
    {"addressOf", addressOf},
  });
}

}  // namespace windlass
