// The rooms of the addon's face to JavaScript: each adds its functions, members of `Native` in runtime/native.ts, to the exports.
#pragma once

#include <node_api.h>

#include <initializer_list>

namespace windlass {

struct ExportedFunction {
  const char *name;
  napi_callback callback;
};

void exportFunctions(napi_env env, napi_value exports, std::initializer_list<ExportedFunction> functions);

void exportMemory(napi_env env, napi_value exports);
void exportViews(napi_env env, napi_value exports);
void exportCollection(napi_env env, napi_value exports);
void exportBytes(napi_env env, napi_value exports);
void exportFiles(napi_env env, napi_value exports);
void exportCode(napi_env env, napi_value exports);
void exportStacks(napi_env env, napi_value exports);
void exportAttention(napi_env env, napi_value exports);
void exportSampling(napi_env env, napi_value exports);

}  // namespace windlass
