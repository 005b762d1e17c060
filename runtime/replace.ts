/**
 * On-stack replacement: a frame of baseline code that stands at a loop's poll goes on in an optimized version that is
 * entered at that loop.
 *
 * Where the values of the frame's locals and operands are, the frame states of its code say (tiers/compiled.ts): in registers that the poll stub
 * has saved, or in their homes. They go to the cells, which the new version reads first thing; the poll stub is made
 * to go on in the replace stub (stubs.ts), which takes the frame away. Stack arguments and results stay where they are,
 * so the caller sees nothing.
 */
import { ExecContext, POLL_LENGTH } from '../tiers/abi.js'
import {
  BETWEEN_SITES,
  FRAMES_START,
  FRAME_HEAD_WORDS,
  FRAME_VALUE_WORDS,
  SiteKind,
  Where,
  frameStateEnd,
  siteKind,
} from '../tiers/compiled.js'
import { F32, I32 } from '../wasm/types.js'
import { findVersion, type CodeVersion, type ModuleCode } from './code.js'
import { Cell64, addressBits, control64, controlAddress, slab } from './context.js'
import { peek, peek32, poke } from './fiber-words.js'
import { POLL_SAVED } from './poll-frame.js'

/** A frame that stands at a loop's poll. */
export interface LoopFrame {
  readonly version: CodeVersion
  /** Offset in the module of the `loop` opcode. */
  readonly loop: number
  /** Of the function's own frame. */
  readonly fp: number
}

/** Offset of the poll's instruction in the code of the version that yielded at it, -1 in other yields. */
function pollOffset(version: CodeVersion, pc: number): number {
  const { versions } = version.code
  const offset = pc - POLL_LENGTH - version.start
  const site = versions.findSite(version.version, offset, false)
  return site >= 0 && siteKind(versions.siteWord(site + 2)) === SiteKind.Poll ? offset : -1
}

/** The innermost frame of the guest, which has yielded at a poll, when it is one of baseline code at a loop. */
export function loopFrame(): LoopFrame | undefined {
  const stub = controlAddress(ExecContext.fp)
  const pc = peek(stub + 8)
  const version = findVersion(pc - POLL_LENGTH)
  if (version?.tier !== 'baseline') return undefined
  const offset = pollOffset(version, pc)
  if (offset < 0) return undefined
  const { versions } = version.code
  const loop = versions.siteWord(versions.findSite(version.version, offset, false) + 1)
  return { version, loop, fp: peek(stub) }
}

/** Frames of optimized code that are passed over: looking at one costs as much as at a sample. */
const MAX_PASSED = 4

/**
 * The innermost frame of baseline code that stands at a call, with the call in place of a loop: the guest has yielded at that call, which is a poll, or
 * in optimized code that was called from there, maybe through more of such.
 */
export function callFrame(): LoopFrame | undefined {
  let at = controlAddress(ExecContext.fp)
  for (let passed = 0; passed <= MAX_PASSED; passed++) {
    const back = peek(at + 8)
    const version = back === 0 ? undefined : findVersion(back - 1)
    if (version === undefined) return undefined
    at = peek(at)
    if (version.tier !== 'baseline') continue
    const { versions } = version.code
    const site = versions.findSite(version.version, back - version.start, true)
    return site < 0 ? undefined : { version, loop: versions.siteWord(site + 1), fp: at }
  }
  return undefined
}

/** Frame states of baseline versions that were replaced: compiling them again for each frame would cost too much. */
const states = new WeakMap<ModuleCode, Map<number, Int32Array>>()

function statesOf(version: CodeVersion): Int32Array | undefined {
  let known = states.get(version.code)
  if (known === undefined) {
    known = new Map()
    states.set(version.code, known)
  }
  let words = known.get(version.version)
  if (words === undefined) {
    words = version.code.owner?.frameStates(version)
    if (words !== undefined) known.set(version.version, words)
  }
  return words
}

/** Where the state of a poll begins, -1 without one. A call's return address may be its address too, but that state comes first. */
function findPollState(words: Int32Array, codeOffset: number): number {
  let found = -1
  for (let at = FRAMES_START; at < words.length; at = frameStateEnd(words, at)) {
    if (words[at] === codeOffset && words[at + 1] !== BETWEEN_SITES) found = at
  }
  return found
}

/** Address of the 8 bytes in which a value is, on the stack. */
function placeOf(where: number, payload: number, stub: number, fp: number): number {
  if (where === Where.Frame) return fp + payload
  if (where === Where.Gpr) return stub - 8 * (POLL_SAVED.indexOf(payload) + 1)
  return stub - 8 * POLL_SAVED.length - 16 * (16 - payload)
}

/** Copies locals and operands to the cells. */
function fillCells(words: Int32Array, state: number, stub: number, fp: number): void {
  const { u32 } = slab
  const count = words[state + 2] + words[state + 3]
  for (let i = 0, at = state + FRAME_HEAD_WORDS; i < count; i++, at += FRAME_VALUE_WORDS) {
    const [type, where, payload, high] = words.subarray(at, at + FRAME_VALUE_WORDS)
    const isNarrow = type === I32 || type === F32
    let lo = 0
    let hi = 0
    if (where === Where.Const) {
      lo = payload
      hi = high
    } else if (where !== Where.Gone) {
      // What is gone is never read again.
      const address = placeOf(where, payload, stub, fp)
      lo = peek32(address)
      hi = peek32(address + 4)
    }
    u32[2 * i] = lo
    u32[2 * i + 1] = isNarrow ? 0 : hi
  }
}

/**
 * Lets a frame go on in a version that is entered at its loop, when the guest is resumed.
 * @param replaceStub address of the replace stub
 * @returns false when that is not possible
 */
export function replaceFrame(frame: LoopFrame, target: number, replaceStub: number): boolean {
  const { version, fp } = frame
  const stub = controlAddress(ExecContext.fp)
  const words = statesOf(version)
  if (words === undefined) return false
  const state = findPollState(words, pollOffset(version, peek(stub + 8)))
  if (state < 0 || words[state + 2] + words[state + 3] > slab.f64.length) return false
  fillCells(words, state, stub, fp)
  control64[Cell64.callee] = addressBits(target)
  // The switch has pushed rbp below the address to go on at (native/src/switch.S).
  poke(controlAddress(ExecContext.fiberSp) + 8, replaceStub)
  return true
}
