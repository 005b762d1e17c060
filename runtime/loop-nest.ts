/** How the loops of a function lie in each other: a walk over the opcodes of its body, which has been validated. */
import { Cursor } from '../wasm/cursor.js'
import { Op } from '../wasm/opcodes.js'

export interface LoopNest {
  /** Offsets in the module: the opcode itself, then the `loop` opcodes around it that something repeats, outwards. */
  readonly loops: readonly number[]
  /** It is a loop with loops in it. */
  readonly isOuter: boolean
}

interface OpenBlock {
  /** Offset of the opcode, -1 of what is no loop. */
  readonly loop: number
  isRepeated: boolean
}

/** @param place offset in the module of a `loop` or another opcode in the body `bytes[start, end)` */
export function loopNest(bytes: Uint8Array, start: number, end: number, place: number): LoopNest {
  const open: OpenBlock[] = []
  let around: readonly OpenBlock[] = []
  let isOuter = false
  const cursor = new Cursor()
  cursor.bytes = bytes
  cursor.pos = start
  cursor.skipLocals()
  /** The function's own label is below all blocks. */
  const repeat = (label: number): void => {
    const target = open.at(-1 - label)
    if (label < open.length && target !== undefined) target.isRepeated = true
  }
  while (cursor.pos < end) {
    const at = cursor.pos
    if (at === place) around = open.filter((block) => block.loop >= 0)
    const op = cursor.opcode()
    if (op === Op.Br || op === Op.BrIf) repeat(cursor.u32())
    else if (op === Op.BrTable) for (let count = cursor.u32() + 1; count > 0; count--) repeat(cursor.u32())
    else cursor.skipImmediates(op)
    if (op === Op.Block || op === Op.If || op === Op.Loop) {
      isOuter ||= op === Op.Loop && open.some((block) => block.loop === place)
      open.push({ loop: op === Op.Loop ? at : -1, isRepeated: false })
    } else if (op === Op.End) open.pop()
  }
  const outer = around.filter((block) => block.isRepeated).map((block) => block.loop)
  return { loops: [place, ...outer.toReversed()], isOuter }
}
