/**
 * Where the locals and operands of a baseline frame are at one loop's poll: what has to be known to go on in a version that is
 * entered at that loop. A compile worker finds it out together with the version, since compiling the function once more
 * with frame states takes longer than all else that a replacement costs.
 */
import {
  BETWEEN_SITES,
  FRAMES_START,
  frameStateEnd,
  SITE_WORDS,
  SiteKind,
  siteKind,
  type CompiledFunction,
} from '../tiers/compiled.js'

export interface LoopState {
  /** Size of the baseline code that it is about: code of another size is other code. */
  readonly codeSize: number
  /** Frame states (tiers/compiled.ts) of which only this one is there. */
  readonly words: Int32Array
}

/** Offset in the code of the poll of a loop, -1 when there is none. */
function pollOf({ sites, siteCount }: CompiledFunction, loop: number): number {
  for (let at = 0; at < siteCount * SITE_WORDS; at += SITE_WORDS) {
    if (sites[at + 1] === loop && siteKind(sites[at + 2]) === SiteKind.Poll) return sites[at]
  }
  return -1
}

/** Where the state of a poll begins, -1 without one. A call's return address may be its address too, but that state comes first. */
export function findPollState(words: Int32Array, codeOffset: number, end = words.length): number {
  let found = -1
  for (let at = FRAMES_START; at < end; at = frameStateEnd(words, at)) {
    if (words[at] === codeOffset && words[at + 1] !== BETWEEN_SITES) found = at
  }
  return found
}

/**
 * The state at a loop of a function, undefined when the code does not poll there.
 * @param compiled by the baseline compiler, with frame states
 * @param loop offset in the module of the `loop` opcode
 */
export function loopStateOf(compiled: CompiledFunction, loop: number): LoopState | undefined {
  const { frames, frameWords, codeSize } = compiled
  const at = findPollState(frames, pollOf(compiled, loop), frameWords)
  if (at < 0) return undefined
  const state = frames.subarray(at, frameStateEnd(frames, at))
  const words = new Int32Array(FRAMES_START + state.length)
  words.set(state, FRAMES_START)
  return { codeSize, words }
}
