// Reading arguments and making results for the addon's cold functions: addresses and sizes as JavaScript
// numbers. Every reader throws (TypeError or RangeError, code ERR_WINDLASS_ARGUMENT, naming the argument) and returns
// false when the argument is not what it has to be.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>

namespace windlass {

// The arguments of one call; missing ones are undefined.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info);

  napi_value operator[](size_t index) const { return values_[index]; }
  // A whole number from 0 to 2^53 - 1: an address, a size or an id.
  bool integer(size_t index, const char *name, uint64_t *out) const;
  // A number of milliseconds, at least 0.
  bool milliseconds(size_t index, const char *name, double *out) const;

 private:
  static constexpr size_t maxArguments = 5;
  napi_env env_;
  napi_value values_[maxArguments];
};

void throwTypeError(napi_env env, const char *message);
void throwRangeError(napi_env env, const char *message);
// RangeError with code ERR_WINDLASS_RESERVE: the system has no such memory. `error` is an errno.
void throwReserveError(napi_env env, const char *what, uint64_t bytes, int error);

napi_value makeNumber(napi_env env, uint64_t value);
// Properties of an object under construction.
void setNumber(napi_env env, napi_value object, const char *name, uint64_t value);
void setBoolean(napi_env env, napi_value object, const char *name, bool value);

}  // namespace windlass
