#include "arguments.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

namespace windlass {
namespace {

constexpr const char *argumentCode = "ERR_WINDLASS_ARGUMENT";
constexpr double maxSafeInteger = 9007199254740991.0;

napi_value makeString(napi_env env, const char *text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

// Fails without a word where nothing can be thrown: a worker that is being terminated refuses all calls, also while it loads the
// addon. (The C++ wrappers of node-addon-api end the process then.)
void throwAs(napi_env env, napi_status (*create)(napi_env, napi_value, napi_value, napi_value *), const char *code,
             const char *message) {
  napi_value error = nullptr;
  if (create(env, makeString(env, code), makeString(env, message), &error) == napi_ok) napi_throw(env, error);
}

bool readNumber(napi_env env, napi_value value, const char *name, double *out) {
  if (napi_get_value_double(env, value, out) == napi_ok) return true;
  throwTypeError(env, (std::string(name) + " has to be a number").c_str());
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

void throwTypeError(napi_env env, const char *message) { throwAs(env, napi_create_type_error, argumentCode, message); }

void throwRangeError(napi_env env, const char *message) { throwAs(env, napi_create_range_error, argumentCode, message); }

void throwReserveError(napi_env env, const char *what, uint64_t bytes, int error) {
  char message[256];
  snprintf(message, sizeof message,
           "cannot get %" PRIu64 " bytes for %s: %s. Raise the limit on address space or locked memory (ulimit -v), or "
           "ask for less",
           bytes, what, strerror(error));
  throwAs(env, napi_create_range_error, "ERR_WINDLASS_RESERVE", message);
}

napi_value makeNumber(napi_env env, uint64_t value) {
  napi_value number = nullptr;
  napi_create_double(env, static_cast<double>(value), &number);
  return number;
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
