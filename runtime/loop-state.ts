/**
 * Where the locals and operands of a baseline frame are at one loop's poll: what has to be known to go on in a version that is
 * entered at that loop. A compile worker finds it out together with the version, since compiling the function once more
 * with frame states takes longer than all else that a replacement costs.
 */
import {
  FRAME_HEAD_WORDS,
  FRAME_VALUE_WORDS,
  SITE_WORDS,
  SiteKind,
  siteKind,
  type CompiledFunction,
} from '../tiers/compiled.js'

export interface LoopState {
  /** Size of the baseline code that it is about: code of another size is other code. */
  readonly codeSize: number
  /** One frame state (tiers/compiled.ts). */
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
  for (let at = 0; at < end;) {
    if (words[at] === codeOffset) found = at
    at += FRAME_HEAD_WORDS + (words[at + 2] + words[at + 3]) * FRAME_VALUE_WORDS
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
  const words = FRAME_HEAD_WORDS + (frames[at + 2] + frames[at + 3]) * FRAME_VALUE_WORDS
  return { codeSize, words: frames.slice(at, at + words) }
}
