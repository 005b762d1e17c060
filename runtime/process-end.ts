/**
 * The end of a process that only ran us. Node takes itself down with care at its end: it stops the threads, one of which may be
 * in the middle of starting, collects and frees all heaps, gives back all memory; milliseconds for what the kernel does
 * anyway. Who waits for a short program waits for that too.
 */
import { addon } from './context.js'

/** What the system keeps of an exit code: programs end with -1, too. */
const EXIT_CODE_BITS = 0xff

let isSet = false

/** Somebody who started Node so may want files written when it is taken down: profiles, coverage, a report. */
function isNodeWatched(): boolean {
  const { NODE_OPTIONS: options = '', NODE_V8_COVERAGE: coverage = '' } = process.env
  return process.execArgv.length > 0 || options !== '' || coverage !== ''
}

/**
 * Has the process end at once when it has come to its end: after the event loop, and after the listeners of 'exit' so
 * far. Not when it ends by an exception that nobody caught. Only for a process that is ours alone and writes its output synchronously.
 */
export function endWithoutTeardown(): void {
  if (isSet || isNodeWatched()) return
  isSet = true
  // Node says what was not caught after these listeners.
  let isFailing = false
  process.on('uncaughtExceptionMonitor', () => (isFailing = true))
  process.on('exit', (code) => {
    if (!isFailing) addon.endProcess(code & EXIT_CODE_BITS)
  })
}
