/**
 * The two ways in which a command ends early. Both print one message; they differ in the exit code.
 */

/** What an exit code says, see `windlass help`. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** 128 + SIGABRT: the guest trapped. As wasmtime. */
  trap: 134,
  /** To this the number of a signal is added that ended the program: 131 of SIGQUIT, 130 of Ctrl-C. */
  signal: 128,
} as const

/** The command line cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** Command whose help to point to. */
  command = ''
}

/** The command cannot do what it was asked to: a file is missing, a module is invalid. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
