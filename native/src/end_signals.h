// SIGINT, SIGQUIT and SIGTERM as requests to a running guest to end: the handler only notes which came, and the guest's next poll
// finds the note. When there is no guest to ask, or it did not answer the last time, the signal is whose it was before: by default it
// ends the process.
#pragma once

#include "context.h"

namespace windlass {

// Watches a signal for the guest of this context, one at a time. False: errno says why (EINVAL: it is none of the three).
bool watchSignal(ExecContext *context, int signal);
// Gives a signal back to whom it belonged before. The context is not looked at any more.
void unwatchSignal(int signal);
// The same of all signals that are watched for this context's guest.
void unwatchSignalsOf(const ExecContext *context);
// The signal that came since the last time, 0 for none.
int takeSignal();

}  // namespace windlass
