// Somebody else's handler of a signal, whose place one of ours has taken.
#pragma once

#include <signal.h>

namespace windlass {

// The default action or none at all: there is no function to call. (SA_SIGINFO says nothing then; both kinds of handler share one word.)
inline bool hasHandler(const struct sigaction &action) {
  return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

// Calls the handler, which has to be one.
inline void callHandler(const struct sigaction &action, int signal, siginfo_t *info, void *interrupted) {
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, interrupted);
  } else {
    action.sa_handler(signal);
  }
}

}  // namespace windlass
