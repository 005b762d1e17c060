/**
 * What goes to the terminal: colours when they are wanted, messages with the command's name, progress that leaves no
 * trace in a log.
 */
import { writeSync } from 'node:fs'
import { codeOf, reasonOf } from '../runtime/system-errors.js'
import { CommandError } from './errors.js'

/** https://no-color.org, https://force-color.org; else colours on a terminal. */
function wantsColor(stream: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force } = process.env
  if (no !== undefined && no !== '') return false
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  return stream.isTTY === true
}

type Style = 'bold' | 'red' | 'green' | 'dim'
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  red: [31, 39],
  green: [32, 39],
  dim: [2, 22],
}

function paint(stream: { readonly isTTY?: boolean }, style: Style, text: string): string {
  if (!wantsColor(stream)) return text
  const [on, off] = CODES[style]
  return `\x1b[${on}m${text}\x1b[${off}m`
}

/** Text for standard output. */
export function styled(style: Style, text: string): string {
  return paint(process.stdout, style, text)
}

/** Text for standard error. */
export function styledError(style: Style, text: string): string {
  return paint(process.stderr, style, text)
}

const STDOUT = 1
const STDERR = 2
/** How long to wait for a reader of our output that is slower than us. */
const RETRY_MILLISECONDS = 2

/**
 * Writes all of `text`, in order with what the guest writes. A reader that has gone is not our failure.
 * @throws CommandError when standard output cannot be written; of standard error there is nobody to tell
 */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  let done = 0
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') {
        if (fd === STDERR) return
        throw new CommandError(`cannot write to standard output: ${reasonOf(error)}`)
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MILLISECONDS)
    }
  }
}

/** Prints a line to standard output. */
export function print(line: string): void {
  writeAll(STDOUT, `${line}\n`)
}

/** Prints text to standard error. */
export function printError(text: string): void {
  writeAll(STDERR, `${text}\n`)
}

/** Prints `windlass: message` to standard error. */
export function complain(message: string): void {
  printError(`${paint(process.stderr, 'bold', 'windlass')}: ${paint(process.stderr, 'red', message)}`)
}

/** Work that takes longer than this shows how far it is. */
const PROGRESS_AFTER_MILLISECONDS = 1000
const PROGRESS_EVERY_MILLISECONDS = 100

/** A progress line on standard error, only on a terminal and only when the work takes longer than a second. */
export class Progress {
  private readonly label: string
  private readonly started = performance.now()
  private last = 0
  private shown = false

  constructor(label: string) {
    this.label = label
  }

  update(done: number, total: number): void {
    const now = performance.now()
    if (now - this.started < PROGRESS_AFTER_MILLISECONDS || now - this.last < PROGRESS_EVERY_MILLISECONDS) return
    if (process.stderr.isTTY !== true) return
    this.last = now
    this.shown = true
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
    writeAll(STDERR, `\r${this.label}: ${done} of ${total} functions (${percent}%)`)
  }

  /** Removes the line. */
  end(): void {
    if (this.shown) writeAll(STDERR, '\r\x1b[K')
  }
}
