/**
 * The end of a process that only ran us. Node takes itself down with care at its end: it stops the threads, one of which may be
 * in the middle of starting, collects and frees all heaps, gives back all memory; milliseconds for what the kernel does
 * anyway. Who waits for a short program waits for that too.
 */
import { addon } from './context.js'

/** What the system keeps of an exit code: programs end with -1, too. */
const EXIT_CODE_BITS = 0xff

/** Somebody who started Node so may want files written when it is taken down: profiles, coverage, a report. */
function isNodeWatched(): boolean {
  const { NODE_OPTIONS: options = '', NODE_V8_COVERAGE: coverage = '' } = process.env
  return process.execArgv.length > 0 || options !== '' || coverage !== ''
}

/**
 * Ends the process, at once where nobody listens for its end. Only for a process that is ours alone and writes its output synchronously.
 * @param code as `process.exitCode` has it
 */
export function endProcess(code: number): void {
  if (!isNodeWatched() && process.listenerCount('exit') === 0) addon.endProcess(code & EXIT_CODE_BITS)
  process.exit(code)
}
