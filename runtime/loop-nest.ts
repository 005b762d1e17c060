/**
 * How the loops of a function lie in each other: a walk over the opcodes of its body, which has been validated. One for all places of the function
 * that are asked for: of a large body it takes a millisecond, and frames are found at one place of it after the other.
 */
import { Cursor } from '../wasm/cursor.js'
import { Op } from '../wasm/opcodes.js'

export interface LoopNest {
  /** Offsets in the module: the opcode itself, then the `loop` opcodes around it that something repeats, outwards. */
  readonly loops: readonly number[]
  /** It is a loop with loops in it. */
  readonly isOuter: boolean
}

interface Loop {
  /** Offsets in the module of the opcode, and of its `end`. */
  readonly at: number
  end: number
  isRepeated: boolean
  isOuter: boolean
}

class FunctionLoops {
  /** In the order of the bytes. */
  private readonly all: Loop[] = []

  /** Of the body `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    const { all } = this
    /** Open blocks, the innermost last: loops, and undefined for others. The function's own label is below all. */
    const open: (Loop | undefined)[] = []
    /** Those of them that are loops. */
    const around: Loop[] = []
    const cursor = new Cursor()
    cursor.bytes = bytes
    cursor.pos = start
    cursor.skipLocals()
    const repeat = (label: number): void => {
      const loop = label < open.length ? open[open.length - 1 - label] : undefined
      if (loop !== undefined) loop.isRepeated = true
    }
    while (cursor.pos < end) {
      const at = cursor.pos
      const op = cursor.opcode()
      if (op === Op.Br || op === Op.BrIf) repeat(cursor.u32())
      else if (op === Op.BrTable) for (let count = cursor.u32() + 1; count > 0; count--) repeat(cursor.u32())
      else cursor.skipImmediates(op)
      if (op === Op.Loop) {
        for (const outer of around) outer.isOuter = true
        const loop = { at, end, isRepeated: false, isOuter: false }
        all.push(loop)
        open.push(loop)
        around.push(loop)
      } else if (op === Op.Block || op === Op.If) {
        open.push(undefined)
      } else if (op === Op.End) {
        const loop = open.pop()
        if (loop === undefined) continue
        loop.end = at
        around.pop()
      }
    }
  }

  nestAt(place: number): LoopNest {
    const { all } = this
    const outer = all.filter(({ at, end, isRepeated }) => isRepeated && at < place && place <= end)
    return {
      loops: [place, ...outer.map(({ at }) => at).toReversed()],
      isOuter: all.some(({ at, isOuter }) => at === place && isOuter),
    }
  }
}

/** By the bytes of their module, then by where the body starts. */
const known = new WeakMap<Uint8Array, Map<number, FunctionLoops>>()

/** @param place offset in the module of a `loop` or another opcode in the body `bytes[start, end)` */
export function loopNest(bytes: Uint8Array, start: number, end: number, place: number): LoopNest {
  let functions = known.get(bytes)
  if (functions === undefined) known.set(bytes, (functions = new Map()))
  let loops = functions.get(start)
  if (loops === undefined) functions.set(start, (loops = new FunctionLoops(bytes, start, end)))
  return loops.nestAt(place)
}
