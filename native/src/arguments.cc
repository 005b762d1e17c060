#include "arguments.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace windlass {
namespace {

constexpr const char *argumentCode = "ERR_WINDLASS_ARGUMENT";
constexpr double maxSafeInteger = 9007199254740991.0;

bool readNumber(napi_env env, napi_value value, const char *name, double *out) {
  if (napi_get_value_double(env, value, out) == napi_ok) return true;
  char message[128];
  snprintf(message, sizeof message, "%s has to be a number", name);
  throwTypeError(env, message);
  return false;
}

}  // namespace

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env), values_() {
  size_t count = maxArguments;
  napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
}

bool Arguments::integer(size_t index, const char *name, uint64_t *out) const {
  double number = 0;
  if (!readNumber(env_, values_[index], name, &number)) return false;
  if (!(number >= 0 && number <= maxSafeInteger) || number != std::floor(number)) {
    char message[128];
    snprintf(message, sizeof message, "%s has to be an integer from 0 to 2^53 - 1, but is %g", name, number);
    throwRangeError(env_, message);
    return false;
  }
  *out = static_cast<uint64_t>(number);
  return true;
}

bool Arguments::milliseconds(size_t index, const char *name, double *out) const {
  if (!readNumber(env_, values_[index], name, out)) return false;
  if (*out >= 0) return true;
  char message[128];
  snprintf(message, sizeof message, "%s has to be a number of milliseconds, at least 0, but is %g", name, *out);
  throwRangeError(env_, message);
  return false;
}

void throwTypeError(napi_env env, const char *message) { napi_throw_type_error(env, argumentCode, message); }

void throwRangeError(napi_env env, const char *message) { napi_throw_range_error(env, argumentCode, message); }

void throwReserveError(napi_env env, const char *what, uint64_t bytes, int error) {
  char message[256];
  snprintf(message, sizeof message,
           "cannot get %" PRIu64 " bytes for %s: %s. Raise the limit on address space or locked memory (ulimit -v), or "
           "ask for less",
           bytes, what, strerror(error));
  napi_throw_range_error(env, "ERR_WINDLASS_RESERVE", message);
}

napi_value makeNumber(napi_env env, uint64_t value) {
  napi_value result = nullptr;
  napi_create_double(env, static_cast<double>(value), &result);
  return result;
}

void setNumber(napi_env env, napi_value object, const char *name, uint64_t value) {
  napi_set_named_property(env, object, name, makeNumber(env, value));
}

void setBoolean(napi_env env, napi_value object, const char *name, bool value) {
  napi_value boolean = nullptr;
  napi_get_boolean(env, value, &boolean);
  napi_set_named_property(env, object, name, boolean);
}

}  // namespace windlass
