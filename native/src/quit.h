// SIGQUIT as a request to a running guest: the handler only notes it, and the guest's next poll finds the note. When there
// is no guest to ask, or it did not answer the last time, the signal is whose it was before: by default it ends the process.
#pragma once

#include "context.h"

namespace windlass {

// Watches for the guest of this context, one at a time. False: errno says why.
bool watchQuit(ExecContext *context);
// Gives the signal back to whom it belonged before. The context is not looked at any more.
void unwatchQuit();
// The same if it is this context's guest that is watched for.
void unwatchQuitOf(const ExecContext *context);
// Whether the signal came since the last time.
bool takeQuit();

}  // namespace windlass
