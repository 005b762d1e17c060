// What belongs to one environment (main thread or worker) and goes when it goes.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <map>
#include <memory>

#include "../context.h"
#include "../entry.h"
#include "../errand.h"
#include "../fiber.h"
#include "../memory.h"
#include "../plain_code.h"

namespace windlass {

// A copy under way, and what keeps both arrays alive.
struct Copy {
  Copy(void *target, const void *source, size_t bytes) : errand(target, source, bytes) {}
  CopyErrand errand;
  napi_ref target = nullptr;
  napi_ref source = nullptr;
};

// Calls under way.
struct Calls {
  Calls(std::vector<uintptr_t> functions, const PlainBlock &block, uintptr_t context, uintptr_t base, uintptr_t notify,
        const Supply &supply)
      : errand(std::move(functions), block, context, base, notify, supply) {}
  CallErrand errand;
  // Keeps what is copied for them.
  napi_ref source = nullptr;
};

// A view that V8 does not count (views.cc).
struct UncountedView {
  uint64_t bytes;
  // Over a guest's memory.
  bool isGuest;
  // V8 has been told, before it goes.
  bool isAdded = false;
};

struct Environment {
  ExecContext *context = nullptr;
  Reservations reservations;
  Fibers fibers;
  std::map<int, int> arenaReferences;  // arena id -> references that this environment holds
  std::map<uint64_t, std::unique_ptr<Copy>> copies;  // by id
  uint64_t lastCopy = 0;
  PlainCode plainCode;
  std::map<uint64_t, std::unique_ptr<Calls>> calls;  // by id; behind the code that they run, so that they end first
  uint64_t lastCalls = 0;
  std::map<void *, UncountedView *> uncountedViews;  // by address, the newest of each
  uint64_t uncountedGuestBytes = 0;
  napi_env env = nullptr;
  EntryPoint entryPoint = {};
};

Environment *environmentOf(napi_env env);
// Gives the environment its data. False: errno says what the system refused.
bool beginEnvironment(napi_env env);

}  // namespace windlass
