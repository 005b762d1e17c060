// Getting the attention of running guest code: the registry of live execution contexts, and the rule that ties their
// `interrupt` words to the poll pages: the pages are armed while any live context's word is set. The pages belong to all
// threads, so a guest whose own word is clear pays a fault at each poll until the others have answered; that is
// the price of a poll without a register or a compare, and callers answer soon.
#pragma once

#include <cstdint>

#include "context.h"

namespace windlass {

void registerContext(ExecContext *context);
void unregisterContext(ExecContext *context);

// Sets the context's interrupt word and arms the poll pages. Any thread; a context that has gone is ignored, since its
// thread cannot be asked any more.
void interruptContext(uintptr_t contextAddress);
// What a repeating timer does: interrupts the context while its guest runs. While it does not, takes an unanswered
// interrupt back, so that an idle thread never leaves the pages of all threads armed.
void interruptIfRunning(uintptr_t contextAddress);
// Clears the context's own word; disarms the poll pages when no word is set any more.
void answerInterrupt(ExecContext *context);

}  // namespace windlass
