#include "call_trace.h"

#include <algorithm>

#include "attention.h"

namespace windlass {

void beginTrace(ExecContext *context, uint32_t events) {
  context->traceLength = 0;
  context->traceLeft = std::min(events, maxTraceEvents);
  continueTrace(context);
}

void continueTrace(ExecContext *context) {
  if (context->traceLeft != 0) armForSteps(context);
}

}  // namespace windlass
