// The gate: `enter` and `resume` of the addon once more, as functions that V8's optimizing compiler calls directly.
//
// A Node-API call costs some 40 ns however little it does; V8's own fast API calls cost 2 or 3, and demand that the callee
// neither allocates nor runs JavaScript. `enter` and `resume` never do: the guest yields instead of calling out. But fast
// calls are no part of Node-API, so they need V8's headers and one binary a Node version. Therefore this is a second
// library: built only where the headers of the running Node lie beside it, loaded only by that version
// (runtime/native.ts), and all works without it.
//
// What it does is exactly what src/node/stacks.cc does: the same checks, the same errors (src/entry.h), the same switch
// routines. Where a check fails a fast call falls back to the ordinary callback, which throws.
//
// V8 records the JavaScript frame that makes a fast call, so its sampler and its stack traces start from that frame and
// never look at the guest's stack.
//
// It also has V8 take the bundle's code caches (bin/windlass).
#include <node.h>

#include "../src/entry.h"
#include "fast_api.h"

namespace windlass {
namespace {

using v8::CFunction;
using v8::CFunctionInfo;
using v8::CTypeInfo;
using v8::FunctionCallbackInfo;
using v8::Local;
using v8::Value;

// Fast calls have no receiver of their own to find their state by, so it is the thread's. `initial-exec`: one instruction
// instead of a call; the few bytes come from the reserve that libc keeps for libraries loaded late.
// A copy, not a pointer: one load less before the context is known.
thread_local EntryPoint entry __attribute__((tls_model("initial-exec")));

// Tells the signal handler whose guest runs now. Stores without a look: cheaper than the branch.
inline ExecContext *claim() {
  *entry.thread = {entry.context, entry.owner};
  return entry.context;
}

Local<v8::String> text(v8::Isolate *isolate, const char *chars) {
  return v8::String::NewFromUtf8(isolate, chars).ToLocalChecked();
}

void throwExhausted(v8::Isolate *isolate) {
  isolate->ThrowException(v8::Exception::RangeError(text(isolate, stackExhaustedMessage)));
}

void throwNothingSuspended(v8::Isolate *isolate) {
  const Local<v8::Context> context = isolate->GetCurrentContext();
  const Local<Value> error = v8::Exception::Error(text(isolate, nothingSuspendedMessage));
  if (error.As<v8::Object>()->Set(context, text(isolate, "code"), text(isolate, argumentErrorCode)).IsNothing()) return;
  isolate->ThrowException(error);
}

void slowEnter(const FunctionCallbackInfo<Value> &info) {
  if (hasRoomToEnter(*entry.context)) return wl_enter(claim());
  throwExhausted(info.GetIsolate());
}

void slowResume(const FunctionCallbackInfo<Value> &info) {
  if (isCallSuspended(*entry.context)) return wl_resume(claim());
  throwNothingSuspended(info.GetIsolate());
}

// What V8 calls fast: with the receiver, and where a call that cannot be done is not allowed to throw, with what asks for the
// ordinary callback. `refuse` is where the caller's own machine code goes then.
#if WL_FAST_CALLS_THROW
void refuseEnter(Local<Value>) {
  v8::Isolate *isolate = v8::Isolate::GetCurrent();
  const v8::HandleScope scope(isolate);
  throwExhausted(isolate);
}

void refuseResume(Local<Value>) {
  v8::Isolate *isolate = v8::Isolate::GetCurrent();
  const v8::HandleScope scope(isolate);
  throwNothingSuspended(isolate);
}

void fastEnter(Local<Value> receiver) {
  if (!hasRoomToEnter(*entry.context)) return refuseEnter(receiver);
  wl_enter(claim());
}

void fastResume(Local<Value> receiver) {
  if (!isCallSuspended(*entry.context)) return refuseResume(receiver);
  wl_resume(claim());
}

constexpr CTypeInfo argumentTypes[] = {CTypeInfo(CTypeInfo::Type::kV8Value)};
constexpr unsigned int argumentCount = 1;
#else
void fastEnter(Local<Value>, v8::FastApiCallbackOptions &options) {
  if (!hasRoomToEnter(*entry.context)) {
    options.fallback = true;
    return;
  }
  wl_enter(claim());
}

void fastResume(Local<Value>, v8::FastApiCallbackOptions &options) {
  if (!isCallSuspended(*entry.context)) {
    options.fallback = true;
    return;
  }
  wl_resume(claim());
}

constexpr CTypeInfo argumentTypes[] = {
    CTypeInfo(CTypeInfo::Type::kV8Value),
    CTypeInfo(CTypeInfo::Type::kCallbackOptions),
};
constexpr unsigned int argumentCount = 2;
#endif

// Optimized code of any thread refers to this for as long as the process lives; the library is never unloaded.
const CFunctionInfo *signature() {
#if WL_FAST_CALLS_THROW
  static const CFunctionInfo info(CTypeInfo(CTypeInfo::Type::kVoid), argumentCount, argumentTypes,
                                  CFunctionInfo::Int64Representation::kNumber);
#else
  static const CFunctionInfo info(CTypeInfo(CTypeInfo::Type::kVoid), argumentCount, argumentTypes);
#endif
  return &info;
}

void define(v8::Isolate *isolate, Local<v8::Object> target, const char *name, v8::FunctionCallback slow,
            const void *fast) {
  const Local<v8::Context> context = isolate->GetCurrentContext();
  const CFunction direct(fast, signature());
  const Local<v8::FunctionTemplate> made =
      v8::FunctionTemplate::New(isolate, slow, Local<Value>(), Local<v8::Signature>(), 0,
                                v8::ConstructorBehavior::kThrow, v8::SideEffectType::kHasSideEffect, &direct);
  Local<v8::Function> function;
  if (!made->GetFunction(context).ToLocal(&function)) return;
  function->SetName(text(isolate, name));
  target->Set(context, text(isolate, name), function).Check();
}

const void *addressOf(Local<Value> value) {
  if (!value->IsNumber()) return nullptr;
  return reinterpret_cast<const void *>(static_cast<uintptr_t>(value.As<v8::Number>()->Value()));
}

// adopt(enter, resume): addresses of machine code that does what fastEnter and fastResume do. Returns { enter, resume }.
void adopt(const FunctionCallbackInfo<Value> &info) {
  v8::Isolate *isolate = info.GetIsolate();
  const void *fastEnterCode = addressOf(info[0]);
  const void *fastResumeCode = addressOf(info[1]);
  if (fastEnterCode == nullptr || fastResumeCode == nullptr) {
    isolate->ThrowException(v8::Exception::TypeError(text(isolate, "enter and resume have to be addresses")));
    return;
  }
  const Local<v8::Object> result = v8::Object::New(isolate);
  define(isolate, result, "enter", slowEnter, fastEnterCode);
  define(isolate, result, "resume", slowResume, fastResumeCode);
  info.GetReturnValue().Set(result);
}

// compile(text, name, cache): what a script gives, compiled by its code cache; undefined where V8 refuses that. It is what node:vm does,
// which Node would have to compile first. A text that runs must be a function and no more: nothing is imported by it.
void compile(const FunctionCallbackInfo<Value> &info) {
  v8::Isolate *isolate = info.GetIsolate();
  if (!info[0]->IsString() || !info[1]->IsString() || !info[2]->IsArrayBuffer()) return;
  const Local<v8::ArrayBuffer> cache = info[2].As<v8::ArrayBuffer>();
  auto *const cached =
      new v8::ScriptCompiler::CachedData(static_cast<const uint8_t *>(cache->Data()),
                                         static_cast<int>(cache->ByteLength()),
                                         v8::ScriptCompiler::CachedData::BufferNotOwned);
#if V8_MAJOR_VERSION >= 13
  const v8::ScriptOrigin origin(info[1]);
#else
  const v8::ScriptOrigin origin(isolate, info[1]);
#endif
  // It owns `cached`.
  v8::ScriptCompiler::Source source(info[0].As<v8::String>(), origin, cached);
  Local<v8::UnboundScript> script;
  if (!v8::ScriptCompiler::CompileUnboundScript(isolate, &source, v8::ScriptCompiler::kConsumeCodeCache)
           .ToLocal(&script) ||
      cached->rejected) {
    return;
  }
  Local<Value> result;
  if (script->BindToCurrentContext()->Run(isolate->GetCurrentContext()).ToLocal(&result)) {
    info.GetReturnValue().Set(result);
  }
}

#if WL_FAST_CALLS_THROW
void setAddress(v8::Isolate *isolate, Local<v8::Object> target, const char *name, void (*function)(Local<Value>)) {
  const auto address = static_cast<double>(reinterpret_cast<uintptr_t>(function));
  target->Set(isolate->GetCurrentContext(), text(isolate, name), v8::Number::New(isolate, address)).Check();
}
#endif

// open(entryPoint): the number that the addon exports. Returns { enter, resume, adopt }, and where fast calls throw the addresses
// { refuseEnter, refuseResume }; or undefined when another environment of this thread has the gate: the addon's own functions
// serve that one.
void open(const FunctionCallbackInfo<Value> &info) {
  v8::Isolate *isolate = info.GetIsolate();
  if (entry.context != nullptr || !info[0]->IsNumber()) return;
  entry = *reinterpret_cast<const EntryPoint *>(static_cast<uintptr_t>(info[0].As<v8::Number>()->Value()));
  node::AddEnvironmentCleanupHook(
      isolate, [](void *) { entry = {}; }, nullptr);
  const Local<v8::Object> result = v8::Object::New(isolate);
  define(isolate, result, "enter", slowEnter, reinterpret_cast<const void *>(fastEnter));
  define(isolate, result, "resume", slowResume, reinterpret_cast<const void *>(fastResume));
  const Local<v8::Context> context = isolate->GetCurrentContext();
  const Local<v8::Function> adopting = v8::Function::New(context, adopt).ToLocalChecked();
  result->Set(context, text(isolate, "adopt"), adopting).Check();
#if WL_FAST_CALLS_THROW
  setAddress(isolate, result, "refuseEnter", refuseEnter);
  setAddress(isolate, result, "refuseResume", refuseResume);
#endif
  info.GetReturnValue().Set(result);
}

}  // namespace
}  // namespace windlass

NODE_MODULE_INIT(/* exports, module, context */) {
  static_cast<void>(module);
  NODE_SET_METHOD(exports, "open", windlass::open);
  NODE_SET_METHOD(exports, "compile", windlass::compile);
  static_cast<void>(context);
}
