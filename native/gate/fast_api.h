// The part of V8's fast API calls that the gate needs, as V8 11.3, 13.6 and 14.6 (Node 20, 24, 26) have it. Node exports these classes from its
// executable but does not install the header that declares them, so their layout is stated here; a constructor that is
// not there under its mangled name makes the loader refuse the gate, and sizes are asserted.
//
// A CFunction given to a FunctionTemplate is what optimized code calls directly: no exit frame, no handle scope, no
// arguments object. In return it must not allocate, throw or run JavaScript.
#pragma once

#include <v8.h>

#include <cstdint>

// From V8 12.6 on a fast call may throw; before that it asks for the ordinary callback instead. (Not used with V8 12.4, whose fast
// calls take longer than Node-API's: 16 to 23 ns into the guest instead of 13.)
#define WL_FAST_CALLS_THROW (V8_MAJOR_VERSION >= 13)

namespace v8 {

class CTypeInfo {
 public:
  enum class Type : uint8_t { kVoid = 0, kV8Value = 10, kCallbackOptions = 255 };
  explicit constexpr CTypeInfo(Type type) : type_(type) {}

 private:
  Type type_;
  uint8_t sequence_ = 0;
  uint8_t flags_ = 0;
};

class V8_EXPORT CFunctionInfo {
 public:
#if WL_FAST_CALLS_THROW
  enum class Int64Representation : uint8_t { kNumber = 0 };
  CFunctionInfo(const CTypeInfo &result, unsigned int count, const CTypeInfo *arguments, Int64Representation);
#else
  CFunctionInfo(const CTypeInfo &result, unsigned int count, const CTypeInfo *arguments);
#endif

 private:
  CTypeInfo result_;
#if WL_FAST_CALLS_THROW
  Int64Representation representation_;
#endif
  unsigned int count_;
  const CTypeInfo *arguments_;
};

class V8_EXPORT CFunction {
 public:
  CFunction(const void *address, const CFunctionInfo *info);

 private:
  const void *address_;
  const CFunctionInfo *info_;
};

#if !WL_FAST_CALLS_THROW
// Lives in the caller's frame; only ever used by reference. The members behind `fallback` are left out.
struct FastApiCallbackOptions {
  // Set by a callee that did nothing: V8 then calls the ordinary callback of the template, which may throw.
  bool fallback;
};
#endif

static_assert(sizeof(CTypeInfo) == 3 && sizeof(CFunctionInfo) == 16 && sizeof(CFunction) == 16);

}  // namespace v8
