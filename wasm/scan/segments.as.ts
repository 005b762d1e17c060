/**
 * Reads data segments, in AssemblyScript, as long as they are what nearly all are: active, of memory 0, at `i32.const`,
 * well-formed. A program of Go has 100,000 of them, which JavaScript would read before it is optimized.
 */
import { END, EXTENT, LEFT, LIMIT, NEXT, ORIGIN, RANGES } from './layout'
import { leb, skipS32 } from './leb'
import * as Op from './opcodes'

/** Most bytes that the head of a plain segment takes: flags, `i32.const`, its operand, `end`, the size. */
const PLAIN_HEAD: i32 = 13

/** The signed LEB128 that takes the bytes from `pos` to `end`. */
function signed(pos: i32, end: i32): i32 {
  let value: i32 = 0
  let shift = 0
  while (pos < end) {
    value |= (<i32>load<u8>(pos++) & 0x7f) << shift
    shift += 7
  }
  return shift < 32 ? (value << (32 - shift)) >> (32 - shift) : value
}

/**
 * Goes on with the segments whose heads are in the window, from NEXT to LIMIT; the section ends at END, which need not be
 * in it. Writes a row for each to RANGES (DataSegments in ../data-segments.ts) and raises EXTENT.
 */
export function segments(): void {
  const limit = load<i32>(LIMIT) - PLAIN_HEAD
  const end = load<i32>(END)
  const origin = load<i32>(ORIGIN)
  let extent = load<u64>(EXTENT)
  let left = load<i32>(LEFT)
  let row = load<i32>(RANGES)
  let next = load<i32>(NEXT)
  while (left > 0 && next <= limit) {
    if (load<u8>(next) != 0 || load<u8>(next + 1) != Op.I32Const) break
    const operandEnd = skipS32(next + 2)
    if (operandEnd == 0 || load<u8>(operandEnd) != Op.End) break
    const sized = leb(operandEnd + 1)
    const start = <i32>(sized >> 32)
    if (start == 0 || start > end || <u32>sized > <u32>(end - start)) break
    const target = signed(next + 2, operandEnd)
    store<i32>(row, target)
    store<i32>(row, start + origin, 4)
    store<i32>(row, <i32>sized, 8)
    extent = max(extent, <u64>(<u32>target) + <u64>(<u32>sized))
    row += 12
    left--
    next = start + <i32>sized
  }
  store<u64>(EXTENT, extent)
  store<i32>(LEFT, left)
  store<i32>(RANGES, row)
  store<i32>(NEXT, next)
}
