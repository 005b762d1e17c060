/** How a place in a function lies in its loops. The loops of a function are found once: frames are found at one place of it after the other. */
import { LoopBit } from '../wasm/loops.js'
import { loopsOf, type Loops } from '../wasm/scan/loop-tables.js'

export interface LoopNest {
  /** Offsets in the module: the opcode itself, then the `loop` opcodes around it that something repeats, outwards. */
  readonly loops: readonly number[]
  /** It is a loop with loops in it. */
  readonly isOuter: boolean
}

function nestAt({ at, end, bits }: Loops, place: number): LoopNest {
  const loops = [place]
  let isOuter = false
  for (let loop = at.length - 1; loop >= 0; loop--) {
    if (at[loop] === place) isOuter = (bits[loop] & LoopBit.Outer) !== 0
    else if (at[loop] < place && place <= end[loop] && (bits[loop] & LoopBit.Repeated) !== 0) loops.push(at[loop])
  }
  return { loops, isOuter }
}

/** By the bytes of their module, then by where the body starts. */
const known = new WeakMap<Uint8Array, Map<number, Loops>>()

/** @param place offset in the module of a `loop` or another opcode in the body `bytes[start, end)`, which has been validated */
export function loopNest(bytes: Uint8Array, start: number, end: number, place: number): LoopNest {
  let functions = known.get(bytes)
  if (functions === undefined) known.set(bytes, (functions = new Map()))
  let loops = functions.get(start)
  if (loops === undefined) functions.set(start, (loops = loopsOf(bytes, start, end)))
  return nestAt(loops, place)
}
