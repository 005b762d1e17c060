#include "arguments.h"

// The one file with the C++ wrappers of node-addon-api: their header takes the compiler seconds. Errors are thrown by them; what is
// called while the addon loads is plain Node-API, which only fails in a worker that is being terminated.
#include <napi.h>

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

#include "../entry.h"

namespace windlass {
namespace {

constexpr double maxSafeInteger = 9007199254740991.0;

void throwAs(Napi::Error error, const char *code) {
  if (error.IsEmpty()) return;
  error.Set("code", code);
  error.ThrowAsJavaScriptException();
}

bool readNumber(napi_env env, napi_value value, const char *name, double *out) {
  const Napi::Value argument(env, value);
  if (argument.IsNumber()) {
    *out = argument.As<Napi::Number>().DoubleValue();
    return true;
  }
  throwTypeError(env, (std::string(name) + " has to be a number").c_str());
  return false;
}

template <typename T>
bool readElements(napi_env env, napi_value value, const char *name, napi_typedarray_type type, const char *typeName,
                  Elements<T> *out) {
  napi_typedarray_type found = {};
  void *data = nullptr;
  const napi_status status = napi_get_typedarray_info(env, value, &found, &out->length, &data, nullptr, nullptr);
  out->data = static_cast<T *>(data);
  if (status == napi_ok && found == type) return true;
  throwTypeError(env, (std::string(name) + " has to be a " + typeName).c_str());
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

bool Arguments::path(size_t index, const char *name, char (*out)[PATH_MAX]) const {
  size_t length = 0;
  if (napi_get_value_string_utf8(env_, values_[index], *out, sizeof *out, &length) != napi_ok) {
    throwTypeError(env_, (std::string(name) + " has to be a string").c_str());
    return false;
  }
  if (length == sizeof *out - 1) (*out)[0] = 0;
  return true;
}

bool Arguments::elements(size_t index, const char *name, Elements<uint8_t> *out) const {
  return readElements(env_, values_[index], name, napi_uint8_array, "Uint8Array", out);
}

bool Arguments::elements(size_t index, const char *name, Elements<uint32_t> *out) const {
  return readElements(env_, values_[index], name, napi_uint32_array, "Uint32Array", out);
}

bool Arguments::elements(size_t index, const char *name, Elements<int64_t> *out) const {
  return readElements(env_, values_[index], name, napi_bigint64_array, "BigInt64Array", out);
}

void throwTypeError(napi_env env, const char *message) { throwAs(Napi::TypeError::New(env, message), argumentErrorCode); }

void throwRangeError(napi_env env, const char *message) { throwAs(Napi::RangeError::New(env, message), argumentErrorCode); }

void throwReserveError(napi_env env, const char *what, uint64_t bytes, int error) {
  char message[256];
  snprintf(message, sizeof message,
           "cannot get %" PRIu64 " bytes for %s: %s. Raise the limit on address space or locked memory (ulimit -v), or "
           "ask for less",
           bytes, what, strerror(error));
  throwAs(Napi::RangeError::New(env, message), "ERR_WINDLASS_RESERVE");
}

napi_value makeNumber(napi_env env, uint64_t value) {
  napi_value number = nullptr;
  napi_create_double(env, static_cast<double>(value), &number);
  return number;
}

napi_value makeBoolean(napi_env env, bool value) {
  napi_value boolean = nullptr;
  napi_get_boolean(env, value, &boolean);
  return boolean;
}

napi_value makeView(napi_env env, void *address, size_t bytes, napi_finalize finalize, void *hint) {
  napi_value buffer = nullptr;
  const napi_status status = bytes == 0 ? napi_create_arraybuffer(env, 0, nullptr, &buffer)
                                        : napi_create_external_arraybuffer(env, address, bytes, finalize, hint, &buffer);
  if (status == napi_ok) return buffer;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) throwRangeError(env, "bytes is more than an ArrayBuffer of this Node can have");
  return nullptr;
}

void setNumber(napi_env env, napi_value object, const char *name, uint64_t value) {
  napi_set_named_property(env, object, name, makeNumber(env, value));
}

void setBoolean(napi_env env, napi_value object, const char *name, bool value) {
  napi_set_named_property(env, object, name, makeBoolean(env, value));
}

}  // namespace windlass
