/**
 * Fuel: what instructions cost and where it is charged; one truth for both tiers, so that a program stops at the same
 * instruction in either, and in code that was inlined or entered at a loop.
 *
 * A unit is one instruction that is executed; `nop`, `drop`, `block`, `loop`, `unreachable`, `return`, `else` and `end` cost nothing, and a
 * call of a function costs one more, in the callee: Wasmtime's prices. A body is cut into *runs*, stretches that are executed
 * as a whole: a run ends behind each instruction that branches, calls, or to which others branch. A run is charged before its
 * first instruction, and one that cannot be paid traps there. So at a call everything before it has been paid, and nothing behind it.
 *
 * Charging up front, not behind as Wasmtime does, lets one subtraction do both: its sign says whether to trap.
 */
import { Op, OPCODE_SPACE } from '../wasm/opcodes.js'
import type { CompileEnv } from './compiled.js'
import { Cursor } from '../wasm/cursor.js'

/** By opcode id (wasm/opcodes.ts). */
const isFree = new Uint8Array(OPCODE_SPACE)
for (const op of [Op.Nop, Op.Drop, Op.Block, Op.Loop, Op.Unreachable, Op.Return, Op.Else, Op.End]) isFree[op] = 1

const endsRun = new Uint8Array(OPCODE_SPACE)
for (const op of [Op.Loop, Op.If, Op.Else, Op.End, Op.Br, Op.BrIf, Op.BrTable, Op.Return, Op.Unreachable])
  endsRun[op] = 1
for (const op of [Op.Call, Op.CallIndirect]) endsRun[op] = 1

/** Of entering a function. */
const ENTRY_COST = 1

/** What the baseline compiler asks at each opcode behind `end`. */
export interface RunMeter {
  readonly end: number
  enter(): void
  /** @param code offset of the code that follows @returns what the run that begins at `bytes[at]` costs */
  run(bytes: Uint8Array, at: number, code: number): number
}

/** Walks the runs of bodies. */
export class FuelMeter implements RunMeter {
  /** Where the last instruction of the current run is; -1: the next instruction begins one. */
  end = -1
  private extra = 0
  private readonly cursor = new Cursor()

  /** To call at the beginning of a body. */
  enter(): void {
    this.end = -1
    this.extra = ENTRY_COST
  }

  /** To call where a body goes on after a call that was inlined. */
  leave(): void {
    this.end = -1
    this.extra = 0
  }

  /** Takes in the run that begins at `bytes[at]`, when `at` is behind `end`. @returns what it costs */
  run(bytes: Uint8Array, at: number): number {
    const { cursor } = this
    let cost = this.extra
    this.extra = 0
    cursor.bytes = bytes
    cursor.pos = at
    for (;;) {
      this.end = cursor.pos
      const op = cursor.opcode()
      cost += 1 - isFree[op]
      if (endsRun[op] !== 0) return cost
      cursor.skipImmediates(op)
    }
  }
}

/** A meter where fuel is counted. */
export function fuelMeter(env: Pick<CompileEnv, 'fuel'>): FuelMeter | undefined {
  return env.fuel === true ? new FuelMeter() : undefined
}
