/** How a trap is told: why, where in which module, and what to do about it. */
import { RuntimeError, STACK_OVERFLOW_MESSAGE, type WasmFrame } from '../runtime/errors.js'

/** Frames printed unless -D max-backtrace says otherwise. */
export const DEFAULT_MAX_BACKTRACE = 50

function frameLine(frame: WasmFrame, index: number, place: string): string {
  const name = frame.name ?? `wasm-function[${frame.funcIndex}]`
  const at = frame.offset < 0 ? '' : `:0x${frame.offset.toString(16)}`
  return `  ${String(index).padStart(3)}: ${name} (${place}${at})`
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
  const frames = framesOf(error)
  if (frames.length > 0) lines.push('wasm backtrace:')
  frames.slice(0, maxFrames).forEach((frame, i) => lines.push(frameLine(frame, i, fileOf(frame.url) ?? frame.url)))
  if (frames.length > maxFrames) lines.push(`       ... and ${frames.length - maxFrames} more (-D max-backtrace=N)`)
  if (isStackOverflow(error)) lines.push('-W max-wasm-stack=SIZE gives the program more stack.')
  return lines.join('\n')
}
