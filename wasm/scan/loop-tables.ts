/** The loops of a body, by the engine's program where there is one. */
import { LoopTable } from '../loops.js'
import { ProgramFailure } from '../programs.js'
import { dropScan, memoryFor, type ScanMemory } from './memory.js'
import type { ScanProgram } from './program.js'

/** Columns of a LoopTable, cut to what is valid of them; offsets are in the bytes. */
export interface Loops {
  readonly at: Int32Array
  readonly end: Int32Array
  readonly bits: Int32Array
}

/** Of the body `bytes[start, end)`, which has been validated. */
export function loopsOf(bytes: Uint8Array, start: number, end: number): Loops {
  const memory = memoryFor(end - start)
  if (memory.program !== undefined) {
    try {
      return byProgram(memory, memory.program, bytes, start, end)
    } catch (error) {
      if (!(error instanceof ProgramFailure)) throw error
      dropScan()
    }
  }
  const table = new LoopTable()
  table.walk(bytes, start, end)
  const column = (words: Int32Array): Int32Array => words.subarray(0, table.count)
  return { at: column(table.at), end: column(table.end), bits: column(table.bits) }
}

function byProgram(memory: ScanMemory, program: ScanProgram, bytes: Uint8Array, start: number, end: number): Loops {
  memory.openWindow(end - start)
  const { window } = memory
  memory.bytes.set(bytes.subarray(start, end), window)
  const record = program.loops(window, window + end - start) >>> 2
  memory.look()
  const { words } = memory
  const column = (index: number): Int32Array => {
    const from = words[record + index] >>> 2
    return words.slice(from, from + words[record])
  }
  const inBytes = (offset: number): number => offset + start
  return { at: column(1).map(inBytes), end: column(2).map(inBytes), bits: column(3) }
}
