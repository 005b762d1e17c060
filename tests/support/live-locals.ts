/**
 * Which locals of a function body are live before each instruction: those that some path from there reads before it
 * assigns them. From the bytes alone, as the specification reads them, so that it says what frame states should know
 * without asking the compiler that makes them. Written to be obviously right, not fast.
 */
import { immOf } from '../../wasm/immediates.js'
import { Imm, Op } from '../../wasm/opcodes.js'
import { Cursor } from '../../wasm/cursor.js'

interface Instruction {
  readonly op: number
  readonly at: number
  /** Local of an access, or the constructs that a branch may lead to (their opening instructions; -1: the function). */
  readonly local: number
  readonly targets: readonly number[]
  /** Of an `else` or `end`: the opening instruction, -1 for the function's. */
  readonly opened: number
}

interface Body {
  readonly instructions: readonly Instruction[]
  /** By opening instruction: its `else`, when it has one. */
  readonly elses: ReadonlyMap<number, number>
}

function decode(bytes: Uint8Array, start: number): Body {
  const cursor = new Cursor()
  cursor.bytes = bytes
  cursor.pos = start
  for (let groups = cursor.u32(); groups > 0; groups--) {
    cursor.u32()
    cursor.s32()
  }
  const instructions: Instruction[] = []
  const elses = new Map<number, number>()
  const open: number[] = [-1]
  const label = (depth: number): number => open[open.length - 1 - depth]
  while (open.length > 0) {
    const at = cursor.pos
    const op = cursor.opcode()
    const index = instructions.length
    let local = -1
    let targets: number[] = []
    let opened = -1
    if (immOf[op] === Imm.Local) local = cursor.u32()
    else if (immOf[op] === Imm.Label) targets = [label(cursor.u32())]
    else if (immOf[op] === Imm.Labels) for (let n = cursor.u32() + 1; n > 0; n--) targets.push(label(cursor.u32()))
    else cursor.skipImmediates(op)
    if (op === Op.Block || op === Op.Loop || op === Op.If) open.push(index)
    if (op === Op.Else) {
      opened = label(0)
      elses.set(opened, index)
    }
    if (op === Op.End) opened = open.pop() ?? -1
    instructions.push({ op, at, local, targets, opened })
  }
  return { instructions, elses }
}

/** A set of locals, as bits. */
export type LocalSet = bigint

/**
 * @param start of the body in `bytes`
 * @returns the live locals before the instruction at each offset of the body; at `start` those at the function's beginning
 */
export function liveLocals(bytes: Uint8Array, start: number): ReadonlyMap<number, LocalSet> {
  const { instructions, elses } = decode(bytes, start)
  /** By opening instruction: what is live at its label, and at its `else`. */
  const atLabel = new Map<number, LocalSet>()
  const atElse = new Map<number, LocalSet>()
  const live = new Map<number, LocalSet>()
  for (let changed = true; changed;) {
    changed = false
    let now = 0n
    for (let i = instructions.length - 1; i >= 0; i--) {
      const { op, at, local, targets, opened } = instructions[i]
      const atTargets = targets.reduce((sum, target) => sum | (atLabel.get(target) ?? 0n), 0n)
      switch (op) {
        case Op.LocalGet:
          now |= 1n << BigInt(local)
          break
        case Op.LocalSet:
        case Op.LocalTee:
          now &= ~(1n << BigInt(local))
          break
        case Op.Br:
        case Op.BrTable:
          now = atTargets
          break
        case Op.BrIf:
          now |= atTargets
          break
        case Op.Return:
        case Op.Unreachable:
          now = 0n
          break
        case Op.End:
          if (opened >= 0 && instructions[opened].op !== Op.Loop) atLabel.set(opened, now)
          break
        case Op.Else:
          atElse.set(opened, now)
          now = atLabel.get(opened) ?? 0n
          break
        case Op.If:
          now |= (elses.has(i) ? atElse.get(i) : atLabel.get(i)) ?? 0n
          break
        case Op.Loop:
          changed ||= atLabel.get(i) !== now
          atLabel.set(i, now)
          break
        default:
      }
      live.set(at, now)
    }
    live.set(start, now)
  }
  return live
}
