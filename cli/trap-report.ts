/** How a trap is told: why, where in which module, and what to do about it. */
import { describeTrapValues } from '../runtime/coredump/trap-info.js'
import { RuntimeError, STACK_OVERFLOW_MESSAGE, type WasmFrame } from '../runtime/errors.js'
import { positionText } from '../wasm/debug/debug-info.js'
import { shownName } from '../wasm/debug/demangle.js'

/** Frames printed unless -D max-backtrace says otherwise. */
export const DEFAULT_MAX_BACKTRACE = 50

/** A frame, and with debug information where in the source it is: one more line for each call inlined there. */
function frameLines(frame: WasmFrame, index: number, place: string): string[] {
  const name = shownName(frame.name, frame.funcIndex)
  const at = frame.offset < 0 ? '' : `:0x${frame.offset.toString(16)}`
  const lines = [`  ${String(index).padStart(3)}: ${name} (${place}${at})`]
  for (const { func, inlined, position } of frame.source) {
    const inside = inlined ? `${func ?? '<unknown>'} (inlined) ` : ''
    if (inlined || position !== undefined) lines.push(`         ${inside}at ${positionText(position)}`)
  }
  return lines
}

function framesOf(error: Error): readonly WasmFrame[] {
  return 'frames' in error && Array.isArray(error.frames) ? (error.frames as readonly WasmFrame[]) : []
}

/** True when the stack of the guest, or that of JavaScript below it, is used up. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === STACK_OVERFLOW_MESSAGE
}

/** True for errors with which a guest ends abnormally by itself. */
export function isTrap(error: unknown): error is Error {
  return error instanceof RuntimeError || isStackOverflow(error)
}

/**
 * Reason, backtrace and advice, in lines.
 * @param fileOf the file that a module with this URL came from, undefined when it is not known
 */
export function describeTrap(error: Error, maxFrames: number, fileOf: (url: string) => string | undefined): string {
  const lines = [`trap: ${isStackOverflow(error) ? 'call stack exhausted' : error.message}`]
  const info = (error as RuntimeError).trap
  const values = info === undefined ? undefined : describeTrapValues(info)
  if (values !== undefined) lines.push(`  ${values}`)
  const frames = framesOf(error)
  if (frames.length > 0) lines.push('wasm backtrace:')
  frames.slice(0, maxFrames).forEach((frame, i) => lines.push(...frameLines(frame, i, fileOf(frame.url) ?? frame.url)))
  if (frames.length > maxFrames) lines.push(`       ... and ${frames.length - maxFrames} more (-D max-backtrace=N)`)
  if (isStackOverflow(error)) lines.push('-W max-wasm-stack=SIZE gives the program more stack.')
  return lines.join('\n')
}
