/** A core dump as text: frames with their values, memory as hex dump, strings and typed views. */
import type { CoreMemory } from '../wasm/coredump-memory.js'
import { positionText } from '../wasm/debug/debug-info.js'
import type { FrameView, ValueView } from './coredump-view.js'
import { styled } from './terminal.js'

/** A frame's line, and one more for each call that its compiler inlined there. */
export function frameLines(frame: FrameView, isCurrent = false): string[] {
  const offset = frame.offset ?? frame.codeOffset
  const place = `${frame.module}${frame.offset === undefined ? ` function ${frame.funcIndex} +` : ':'}0x${offset.toString(16)}`
  const how = frame.inlined ? ' inlined' : ''
  const mark = isCurrent ? '*' : ' '
  const number = `#${frame.index}`.padStart(4)
  const lines = [`${mark}${number} ${styled('bold', frame.name)} (${place})${how}`]
  for (const { func, inlined, position } of frame.source) {
    if (!inlined && position === undefined) continue
    lines.push(`        ${inlined ? `${func ?? '<unknown>'} (inlined) ` : ''}at ${positionText(position)}`)
  }
  return lines
}

export function valueLine(value: ValueView, prefix: string): string {
  const name = value.name === undefined ? `${prefix}${value.index}` : `${prefix}${value.index} ${value.name}`
  const type = value.type === undefined ? '' : `: ${value.type}`
  if (value.value === undefined) return `${name}${type} = ${styled('dim', '<not available>')}`
  const hex = value.hex === undefined || /^0x\d$/.test(value.hex) ? '' : styled('dim', ` (${value.hex})`)
  return `${name}${type} = ${value.value}${hex}`
}

/** Variables of the source, wasm locals and operands of a frame. */
export function frameDetails(frame: FrameView): string[] {
  const lines: string[] = []
  for (const { name, type, value } of frame.variables) {
    lines.push(`  ${name}: ${type} = ${value ?? styled('dim', '<optimized out>')}`)
  }
  for (const local of frame.locals) lines.push(`  ${valueLine(local, 'local ')}`)
  for (const operand of frame.stack) lines.push(`  ${valueLine(operand, 'stack ')}`)
  return lines.length === 0 ? ['  no locals'] : lines
}

const BYTES_PER_LINE = 16
/** Columns that a line of so many bytes takes; a narrower terminal gets half of them. */
const DUMP_COLUMNS = 78

function addressText(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`
}

/** Lines of 16 bytes: address, hexadecimal, printable characters. */
export function hexDump(memory: CoreMemory, address: number, length: number, columns: number): string[] {
  const bytes = memory.read(address, length)
  const perLine = columns < DUMP_COLUMNS ? BYTES_PER_LINE / 2 : BYTES_PER_LINE
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += perLine) {
    const row = Array.from(bytes.subarray(at, at + perLine))
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${addressText(address + at)}  ${hex.padEnd(perLine * 3 - 1)}  ${text}`)
  }
  return lines
}

/** What `x` shows: gdb's letters. */
export interface Format {
  readonly count: number
  /** x hexadecimal, d signed, u unsigned, f float, c character, s string, b bytes with text */
  readonly letter: string
  /** Bytes of a value: 1, 2, 4 or 8. */
  readonly size: number
}

const SIZES: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, g: 8 }
/** More than this nobody reads. */
const MAX_COUNT = 1 << 20

/** `16xw`, `s`, `4dg`; undefined when it is no format. */
export function parseFormat(text: string): Format | undefined {
  const match = /^(\d{0,7})([xdufcs]?)([bhwg]?)$/.exec(text) ?? /^(\d{0,7})([bhwg])([xdufcs])$/.exec(text)
  if (match === null) return undefined
  const isSwapped = match[2] in SIZES && match[3] !== ''
  const letter = (isSwapped ? match[3] : match[2]) || 'x'
  const size = SIZES[isSwapped ? match[2] : match[3]] ?? (letter === 'c' ? 1 : letter === 'f' ? 8 : 4)
  if (letter === 'f' && size < 4) return undefined
  const count = Math.min(MAX_COUNT, match[1] === '' ? 1 : Number(match[1]))
  return { count, letter, size }
}

/** Memory as values, several a line. */
export function examine(memory: CoreMemory, address: number, format: Format): string[] {
  if (format.letter === 's') return strings(memory, address, format.count)
  const perLine = Math.max(1, BYTES_PER_LINE / format.size)
  const bytes = memory.read(address, format.count * format.size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const lines: string[] = []
  const count = Math.floor(bytes.length / format.size)
  for (let i = 0; i < count; i += perLine) {
    const values: string[] = []
    for (let k = i; k < Math.min(count, i + perLine); k++) values.push(typed(view, k * format.size, format))
    lines.push(`${addressText(address + i * format.size)}:  ${values.join('  ')}`)
  }
  if (count < format.count) lines.push(`the memory ends at 0x${memory.size.toString(16)}`)
  return lines
}

function typed(view: DataView, at: number, { letter, size }: Format): string {
  if (letter === 'f') return String(size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true))
  const unsigned = integer(view, at, size)
  if (letter === 'x') return `0x${unsigned.toString(16).padStart(size * 2, '0')}`
  if (letter === 'd') return String(BigInt.asIntN(size * 8, unsigned))
  if (letter === 'u') return String(unsigned)
  const code = Number(BigInt.asUintN(8, unsigned))
  return `${code} ${code >= 0x20 && code < 0x7f ? `'${String.fromCharCode(code)}'` : ''}`.trimEnd()
}

function integer(view: DataView, at: number, size: number): bigint {
  if (size === 1) return BigInt(view.getUint8(at))
  if (size === 2) return BigInt(view.getUint16(at, true))
  return size === 4 ? BigInt(view.getUint32(at, true)) : view.getBigUint64(at, true)
}

/** Longest piece of a string that is shown. */
const MAX_STRING = 4096

/** Strings that end with a zero byte, one behind the other. */
function strings(memory: CoreMemory, address: number, count: number): string[] {
  const lines: string[] = []
  let at = address
  for (let i = 0; i < count && at < memory.size; i++) {
    const bytes = memory.read(at, MAX_STRING)
    const zero = bytes.indexOf(0)
    const length = zero < 0 ? bytes.length : zero
    lines.push(
      `${addressText(at)}:  ${JSON.stringify(new TextDecoder().decode(bytes.subarray(0, length)))}${zero < 0 ? '...' : ''}`,
    )
    at += length + 1
  }
  return lines
}
