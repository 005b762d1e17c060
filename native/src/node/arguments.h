// Reading arguments and making results for the addon's cold functions: addresses and sizes as JavaScript
// numbers. Every reader throws (TypeError or RangeError, code ERR_WINDLASS_ARGUMENT, naming the argument) and returns
// false when the argument is not what it has to be.
#pragma once

#include <limits.h>
#include <node_api.h>

#include <cstddef>
#include <cstdint>

namespace windlass {

// A typed array's contents, until its buffer is detached.
template <typename T>
struct Elements {
  T *data = nullptr;
  size_t length = 0;
};

// The arguments of one call; missing ones are undefined.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info);

  napi_value operator[](size_t index) const { return values_[index]; }
  // A whole number from 0 to 2^53 - 1: an address, a size or an id.
  bool integer(size_t index, const char *name, uint64_t *out) const;
  // A number of milliseconds, at least 0.
  bool milliseconds(size_t index, const char *name, double *out) const;
  // A string; empty, as no path is, where it is too long to be one.
  bool path(size_t index, const char *name, char (*out)[PATH_MAX]) const;
  // A Uint8Array, Uint32Array or BigInt64Array.
  bool elements(size_t index, const char *name, Elements<uint8_t> *out) const;
  bool elements(size_t index, const char *name, Elements<uint32_t> *out) const;
  bool elements(size_t index, const char *name, Elements<int64_t> *out) const;

 private:
  static constexpr size_t maxArguments = 6;
  napi_env env_;
  napi_value values_[maxArguments];
};

void throwTypeError(napi_env env, const char *message);
void throwRangeError(napi_env env, const char *message);
// RangeError with code ERR_WINDLASS_RESERVE: the system has no such memory. `error` is an errno.
void throwReserveError(napi_env env, const char *what, uint64_t bytes, int error);

napi_value makeNumber(napi_env env, uint64_t value);
napi_value makeBoolean(napi_env env, bool value);
// An ArrayBuffer over memory that stays; `finalize` is called with its address and `hint` when nobody can see it any longer. Null, and an
// error is pending, when there can be none.
napi_value makeView(napi_env env, void *address, size_t bytes, napi_finalize finalize = nullptr, void *hint = nullptr);
// Properties of an object under construction.
void setNumber(napi_env env, napi_value object, const char *name, uint64_t value);
void setBoolean(napi_env env, napi_value object, const char *name, bool value);

}  // namespace windlass
