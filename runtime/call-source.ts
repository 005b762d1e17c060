/** The source name of generated call wrappers: how backtraces recognize them in V8's stacks. */
export const CALL_SOURCE = 'windlass-call'
