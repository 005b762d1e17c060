/**
 * What samples of the stack say about calls (tiers/policy/call-profile.ts): frames next to each other are a call and its
 * target, in whatever version they are; in inlined code the inline tree says the same.
 */
import { feedbackWeight } from '../tiers/feedback.js'
import { CallProfile } from '../tiers/policy/call-profile.js'
import { findVersion, type CodeVersion, type ModuleCode } from './code.js'
import { SampleState, SampleWord, sampleState } from './sampling.js'

/** A call that is not inlined, seen from the function called. */
export interface LeafCall {
  readonly caller: CodeVersion
  readonly callee: number
  readonly isKnown: boolean
}

const profiles = new WeakMap<ModuleCode, CallProfile>()

/** What was seen of the calls in a module. */
export function callProfile(code: ModuleCode): CallProfile {
  let profile = profiles.get(code)
  if (profile === undefined) profiles.set(code, (profile = new CallProfile()))
  return profile
}

/**
 * Takes in the calls of a sample (SampleVisitor).
 * @returns the version that called the function in which the sample was taken, when both belong to one module; and whether its
 *   feedback knew of that
 */
export function sampleCalls(words: Uint32Array, at: number): LeafCall | undefined {
  let leaf: LeafCall | undefined
  const end = at + words[at + SampleWord.length] * 2
  const isGuest = sampleState(words[at + SampleWord.info]) === SampleState.Guest
  /** The frame above: a function that may have been called from the one at hand, -1 when it is something else. */
  let callee = -1
  let calleeCode: ModuleCode | undefined
  for (let word = at + SampleWord.addresses; word < end; word += 2) {
    const address = words[word] + words[word + 1] * 2 ** 32
    const isReturn = !isGuest || word > at + SampleWord.addresses
    // A stub, or the entry from JavaScript: what is above was not called from what is below.
    const found = address === 0 ? undefined : findVersion(isReturn ? address - 1 : address)
    if (found === undefined) {
      callee = -1
      continue
    }
    const { code, version } = found
    const { versions } = code
    const offset = address - found.start
    const site = isReturn ? versions.findSite(version, offset, true) : versions.siteBefore(version, offset)
    // Without a site it is at the function's beginning, or at a poll.
    if (site < 0) {
      callee = isReturn ? -1 : found.defined
      calleeCode = code
      continue
    }
    const frames = versions.framesAt(version, site)
    for (let i = 0; i < frames.length; i++) {
      const [defined, place] = frames[i]
      if (callee >= 0 && (i > 0 || calleeCode === code)) {
        callProfile(code).record(defined, place, callee)
        if (i === 0 && word === at + SampleWord.addresses + 2) {
          leaf = { caller: found, callee, isKnown: feedbackWeight(versions.feedback(version), place, callee) > 1 }
        }
      }
      callee = defined
    }
    calleeCode = code
  }
  return leaf
}
