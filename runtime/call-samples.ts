/**
 * What samples of the stack, and events of traces, say about calls (tiers/policy/call-profile.ts): frames next to each other are a call and its
 * target, in whatever version they are; in inlined code the inline tree says the same.
 *
 * A program is seen at the same addresses again and again, so what an address means is kept. Every sample is read on the
 * guest's thread, mostly before V8 has optimized this code: looking each address up costs as much as taking the sample.
 */
import { feedbackWeight, OTHERS } from '../tiers/feedback.js'
import { Op } from '../wasm/opcodes.js'
import { CallProfile } from '../tiers/policy/call-profile.js'
import { findAdopted, onCodeRelease, type ModuleCode } from './code.js'
import { SampleState, SampleWord, sampleState } from './sampling.js'

/** What an address means. It must not keep the code: modules are collected while they are sampled. */
export interface Place {
  readonly code: WeakRef<ModuleCode>
  readonly profile: CallProfile
  readonly defined: number
  readonly isBaseline: boolean
  /** Its number in the code's table. */
  readonly version: number
  readonly feedback: Int32Array
  /** The guest's frames there, the innermost first; undefined at a function's beginning, and where a poll returns to. */
  readonly frames: readonly (readonly [defined: number, offset: number])[] | undefined
}

/** A call that is not inlined, seen from the function called. */
export interface LeafCall {
  readonly caller: Place
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

/** More addresses than this are those of a program without hot places. */
const MAX_PLACES = 4096

/** Addresses of instructions, and return addresses: the call before one and the instruction at it are different places. */
const pcs = new Map<number, Place>()
const returns = new Map<number, Place>()
onCodeRelease(() => {
  pcs.clear()
  returns.clear()
})

/** What an address means; undefined in a stub, and in the entry from JavaScript. The code of all samples must have been adopted. */
function placeOf(address: number, isReturn: boolean): Place | undefined {
  if (address === 0) return undefined
  const known = isReturn ? returns : pcs
  let place = known.get(address)
  if (place !== undefined) return place
  const found = findAdopted(isReturn ? address - 1 : address)
  // Not kept: code may come to be there.
  if (found === undefined) return undefined
  const { code, version, defined, feedback } = found
  const { versions } = code
  const offset = address - found.start
  const site = isReturn ? versions.findSite(version, offset, true) : versions.siteBefore(version, offset)
  place = {
    code: new WeakRef(code),
    profile: callProfile(code),
    defined,
    isBaseline: found.tier === 'baseline',
    version,
    feedback,
    frames: site < 0 ? undefined : versions.framesAt(version, site),
  }
  if (known.size >= MAX_PLACES) known.clear()
  known.set(address, place)
  return place
}

/** Where a sample was taken, when it was in guest code. */
export function samplePlace(words: Uint32Array, at: number): Place | undefined {
  return placeOf(addressAt(words, at + SampleWord.addresses), false)
}

/**
 * Takes in an event of a trace (call-trace.ts). The code must have been adopted.
 * @param at the return address of a call, or the address of a poll
 * @param jump address of the jump that the call ran, 0 for a poll
 */
export function tracedEvent(at: number, jump: number): void {
  const place = placeOf(at, jump !== 0)
  const code = place?.code.deref()
  const owner = code?.owner
  if (place?.frames === undefined || code === undefined || owner === undefined) return
  const { profile, isBaseline } = place
  const [defined, offset] = place.frames[0]
  if (jump === 0) {
    // Optimized code has inlined calls, of which nothing would be known.
    if (isBaseline) profile.pass(defined, offset)
    return
  }
  const callee = code.definedAt(jump)
  if (callee < 0) {
    profile.traced(defined, offset, OTHERS)
    return
  }
  const { bytes, info } = owner
  if (bytes[offset] === Op.CallIndirect) profile.record(defined, offset, callee)
  else profile.traced(defined, offset, callee)
  const version = code.currentVersion(callee)
  if (version < 0 || code.versions.tier(version) === 'baseline') profile.pass(callee, info.bodyStart[callee])
}

function addressAt(words: Uint32Array, word: number): number {
  return words[word] + words[word + 1] * 2 ** 32
}

/**
 * Takes in the calls of a sample (SampleVisitor).
 * @returns the version that called the function in which the sample was taken, when both belong to one module; and whether its
 *   feedback knew of that
 */
export function sampleCalls(words: Uint32Array, at: number): LeafCall | undefined {
  let leaf: LeafCall | undefined
  const first = at + SampleWord.addresses
  const end = at + words[at + SampleWord.length] * 2
  const isGuest = sampleState(words[at + SampleWord.info]) === SampleState.Guest
  /** The frame above: a function that may have been called from the one at hand, -1 when it is something else. */
  let callee = -1
  let calleeProfile: CallProfile | undefined
  for (let word = first; word < end; word += 2) {
    const isReturn = !isGuest || word > first
    const place = placeOf(addressAt(words, word), isReturn)
    // A stub, or the entry from JavaScript: what is above was not called from what is below.
    if (place === undefined) {
      callee = -1
      continue
    }
    const { profile, frames } = place
    if (frames === undefined) {
      callee = isReturn ? -1 : place.defined
      calleeProfile = profile
      continue
    }
    for (let i = 0; i < frames.length; i++) {
      const [defined, offset] = frames[i]
      if (callee >= 0 && (i > 0 || calleeProfile === profile)) {
        profile.record(defined, offset, callee)
        if (i === 0 && word === first + 2) {
          leaf = { caller: place, callee, isKnown: feedbackWeight(place.feedback, offset, callee) > 1 }
        }
      }
      callee = defined
    }
    calleeProfile = profile
  }
  return leaf
}
