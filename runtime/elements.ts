/**
 * Writes the functions of a large element segment to their table: makes their records, then the entries. Two flat loops over
 * words, integers only, since in a fresh process they run before V8 has optimized anything: a program of Go has
 * thousands of functions in its table, and one by one they take as long as a tenth of the program's validation.
 */
import { FuncrefRecord, TableEntry } from '../tiers/abi.js'
import { windowOf } from './data.js'
import type { Instance } from './instance.js'
import { JUMP_SIZE } from './jumps.js'
import type { Table } from './table.js'

/** Fewer functions than this are written one by one. */
const MANY = 64

/** The upper word of all addresses from `start` to `end`, -1 if it is not the same. */
function commonHigh(start: number, end: number): number {
  const high = Math.floor(start / 2 ** 32)
  return Math.floor(end / 2 ** 32) === high ? high : -1
}

/**
 * Writes `funcs[from, from + count)` to a table of functions from `to` on; the bounds are checked.
 * @returns false, nothing written, where that is not possible: they are few, one is imported, or their addresses do not
 *   share their upper words
 */
export function writeFunctions(
  { module, vmctx, funcrefs, records }: Instance,
  table: Table,
  to: number,
  funcs: Uint32Array,
  from: number,
  count: number,
): boolean {
  const { code, info, typeIds } = module
  const { funcTypes, importedFuncs: imported } = info
  const high = commonHigh(vmctx, records + code.functionCount * FuncrefRecord.size)
  const codeHigh = commonHigh(code.jump(0), code.jump(code.functionCount))
  if (count < MANY || high < 0 || codeHigh < 0) return false
  const end = from + count
  for (let k = from; k < end; k++) if (funcs[k] < imported) return false

  // The context, the slots and the records are one block, which lies in one window.
  const { base, u32 } = windowOf(vmctx)
  const firstSlot = (funcrefs - base) / 4
  const firstRecord = (records - base) / 4
  const contextLow = vmctx | 0
  const recordsLow = records | 0
  const codeLow = code.jump(0) | 0
  for (let k = from; k < end; k++) {
    const index = funcs[k]
    const slot = firstSlot + 2 * index
    // The block begins with the context, so the lower word of a record's address is not 0.
    if (u32[slot] !== 0) continue
    const defined = index - imported
    const record = firstRecord + (defined << (FuncrefRecord.shift - 2))
    u32[record] = codeLow + defined * JUMP_SIZE
    u32[record + 1] = codeHigh
    u32[record + FuncrefRecord.ctx / 4] = contextLow
    u32[record + FuncrefRecord.ctx / 4 + 1] = high
    u32[record + FuncrefRecord.sig / 4] = typeIds[funcTypes[index]]
    u32[record + FuncrefRecord.index / 4] = index
    u32[slot] = recordsLow + (defined << FuncrefRecord.shift)
    u32[slot + 1] = high
  }

  const { words } = table
  let at = table.wordOf(to)
  for (let k = from; k < end; k++) {
    const defined = funcs[k] - imported
    const record = firstRecord + (defined << (FuncrefRecord.shift - 2))
    words[at] = u32[record]
    words[at + 1] = u32[record + 1]
    words[at + TableEntry.ctx / 4] = contextLow
    words[at + TableEntry.ctx / 4 + 1] = high
    words[at + TableEntry.sig / 4] = u32[record + FuncrefRecord.sig / 4]
    words[at + TableEntry.funcref / 4] = recordsLow + (defined << FuncrefRecord.shift)
    words[at + TableEntry.funcref / 4 + 1] = high
    at += TableEntry.size / 4
  }
  return true
}
