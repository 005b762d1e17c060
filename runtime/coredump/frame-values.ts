/**
 * The wasm frames of a snapshot with the values of their locals and operands. Which value is where comes from frame states
 * (tiers/compiled.ts), made by compiling each function on the stack once more; the values themselves from the
 * snapshot's registers and stack.
 */
import { POLL_LENGTH, Reg, TableEntry, TrapCode, signatureOf } from '../../tiers/abi.js'
import {
  BETWEEN_SITES, FRAMES_START, FRAME_HEAD_WORDS, FRAME_VALUE_WORDS, frameExpressions, frameStateEnd, Where, siteAux, siteKind, SiteKind, siteTrap,
  type CompiledTier,
} from '../../tiers/compiled.js' // oxfmt-ignore
import { rematerialize } from '../../tiers/optimizing/rematerialize.js'
import { F32, F64, I32, isRef, V128, type ValType } from '../../wasm/types.js'
import type { ModuleCode } from '../code.js'
import type { Instance } from '../instance.js'
import { POLL_SAVED } from '../poll-frame.js'
import { MAX_CALL_BYTES } from '../versions.js'
import type { GuestSnapshot, StackFrame } from './snapshot.js'

/** A local or an operand. 32-bit values have their bits in `lo`. */
export interface FrameValue {
  readonly type: ValType
  /** False when the value is nowhere any more, or of a type that a dump cannot hold. */
  readonly known: boolean
  readonly lo: number
  readonly hi: number
}

/** A frame as the guest's author sees it; in inlined code several stand for one frame of the stack. */
export interface GuestFrame {
  readonly code: ModuleCode
  readonly instance: Instance | undefined
  /** Index among the defined functions, and with the imports. */
  readonly defined: number
  readonly funcIndex: number
  /** Of the instruction, in the module. */
  readonly offset: number
  readonly tier: CompiledTier
  /** Inlined into the next frame by the optimizing tier. */
  readonly inlined: boolean
  readonly locals: readonly FrameValue[]
  /** The operand stack before the instruction, at a call without the arguments; the top comes last. */
  readonly operands: readonly FrameValue[]
}

/** SIGFPE. */
const DIVIDE_SIGNAL = 8

const NO_STATES = Int32Array.of(0)

/** Finds out what a snapshot's frames hold. Frame states are kept, since a recursion has the same function again and again. */
export class FrameReader {
  private readonly snapshot: GuestSnapshot
  private readonly states = new Map<ModuleCode, Map<number, Int32Array>>()

  constructor(snapshot: GuestSnapshot) {
    this.snapshot = snapshot
  }

  /** All frames, innermost first. */
  *frames(): Generator<GuestFrame> {
    for (const frame of this.snapshot.frames) yield* this.read(frame)
  }

  /** The wasm frames that one frame of the stack stands for. */
  read(frame: StackFrame): GuestFrame[] {
    const { version } = frame
    const { owner, versions } = version.code
    if (owner === undefined) return []
    const { info } = owner
    const site = siteOf(frame)
    if (site < 0) return this.readWithoutSite(frame, info.bodyStart[version.defined])
    const words = this.statesOf(frame)
    const isCall = siteKind(versions.siteWord(site + 2)) === SiteKind.Call
    const states = findStates(words, versions.siteWord(site), isCall)
    const places = versions.framesAt(version.version, site)
    return places.map(([defined, offset], i) => {
      const funcIndex = info.importedFuncs + defined
      const at = states.at(i)
      const [locals, operands] =
        at === undefined ? [this.unknownLocals(frame, funcIndex), []] : this.values(frame, words, at)
      if (i === 0) {
        this.recoverIndex(frame, site, operands)
        this.recoverDividend(frame, operands)
      }
      return { ...base(frame), defined, funcIndex, offset, inlined: i < places.length - 1, locals, operands }
    })
  }

  /**
   * Where the stack ended without an instruction that may trap: in a prologue, the parameters are still where they arrived; where a call saves
   * values, a state between sites says where they are; elsewhere nothing is known of them.
   */
  private readWithoutSite(frame: StackFrame, bodyStart: number): GuestFrame[] {
    const { versions, owner } = frame.version.code
    const before = versions.siteBefore(frame.version.version, frame.offset)
    const words = this.statesOf(frame)
    const isPrologue = frame.offset < words[0]
    const state = isPrologue ? -1 : stateBetween(words, before < 0 ? 0 : versions.siteWord(before), frame.offset)
    const places =
      isPrologue || before < 0
        ? [[frame.version.defined, bodyStart] as const]
        : versions.framesAt(frame.version.version, before)
    return places.map(([defined, offset], i) => {
      const funcIndex = (owner?.info.importedFuncs ?? 0) + defined
      const common = { ...base(frame), defined, funcIndex, offset, inlined: i < places.length - 1 }
      if (isPrologue) return { ...common, locals: this.entryLocals(frame, funcIndex), operands: [] }
      if (state < 0) return { ...common, locals: this.unknownLocals(frame, funcIndex), operands: [] }
      const [locals, operands] = this.values(frame, words, state)
      return { ...common, locals, operands }
    })
  }

  private statesOf(frame: StackFrame): Int32Array {
    const { code, version } = frame.version
    let known = this.states.get(code)
    if (known === undefined) {
      known = new Map()
      this.states.set(code, known)
    }
    let words = known.get(version)
    if (words === undefined) {
      words = code.owner?.frameStates(frame.version) ?? NO_STATES
      known.set(version, words)
    }
    return words
  }

  private values(frame: StackFrame, words: Int32Array, at: number): [FrameValue[], FrameValue[]] {
    const locals = words[at + 2]
    const count = locals + words[at + 3]
    const values: FrameValue[] = []
    for (let i = 0, word = at + FRAME_HEAD_WORDS; i < count; i++, word += FRAME_VALUE_WORDS) {
      const [type, where, payload, high] = words.subarray(word, word + FRAME_VALUE_WORDS)
      const isComputed = where === Where.Computed
      values.push(
        isComputed ? this.computed(frame, words, at, type, payload) : this.value(frame, type, where, payload, high),
      )
    }
    return [values.slice(0, locals), values.slice(locals)]
  }

  /** A value that the code would have computed later. */
  private computed(frame: StackFrame, words: Int32Array, state: number, type: ValType, payload: number): FrameValue {
    const bits = rematerialize(words, frameExpressions(words, state), payload, (where, low, high) => {
      const place = this.place(frame, where, low, high)
      return place === undefined ? undefined : (BigInt(place[1] >>> 0) << 32n) | BigInt(place[0] >>> 0)
    })
    if (bits === undefined || isRef(type)) return { type, known: false, lo: 0, hi: 0 }
    return found(type, Number(bits & 0xffff_ffffn), Number(bits >> 32n))
  }

  private value(frame: StackFrame, type: ValType, where: number, payload: number, high: number): FrameValue {
    const place = type === V128 || isRef(type) ? undefined : this.place(frame, where, payload, high)
    return place === undefined ? { type, known: false, lo: 0, hi: 0 } : found(type, place[0], place[1])
  }

  /** The 8 bytes at a place, low half first; undefined when they are not there any more. */
  private place(frame: StackFrame, where: number, payload: number, high: number): [number, number] | undefined {
    const { snapshot } = this
    switch (where) {
      case Where.Const:
        return [payload, high]
      case Where.Frame:
        return [snapshot.word(frame.fp + payload), snapshot.word(frame.fp + payload + 4)]
      case Where.Gpr:
        return this.gpr(frame, payload)
      case Where.Xmm:
        return this.xmm(frame, payload)
      default:
        return undefined
    }
  }

  /** A general register of a frame: the fault's, or what the poll stub saved. No other frame has values in registers. */
  private gpr(frame: StackFrame, reg: number): [number, number] | undefined {
    const { snapshot } = this
    if (!frame.isReturn) return [snapshot.gprs[reg * 2], snapshot.gprs[reg * 2 + 1]]
    const order = POLL_SAVED.indexOf(reg)
    if (!isAtPoll(frame) || order < 0) return undefined
    const at = frame.callee - 8 * (order + 1)
    return [snapshot.word(at), snapshot.word(at + 4)]
  }

  private xmm(frame: StackFrame, reg: number): [number, number] | undefined {
    const { snapshot } = this
    if (!frame.isReturn) return [snapshot.xmms[reg * 4], snapshot.xmms[reg * 4 + 1]]
    if (!isAtPoll(frame)) return undefined
    const at = frame.callee - 8 * POLL_SAVED.length - 16 * (16 - reg)
    return [snapshot.word(at), snapshot.word(at + 4)]
  }

  /** At a failed call_indirect the index has become the address of the table entry, from which it is computed back. */
  private recoverIndex(frame: StackFrame, site: number, operands: FrameValue[]): void {
    const info = frame.version.code.versions.siteWord(site + 2)
    const index = operands.at(-1)
    if (siteTrap(info) !== TrapCode.FuncSigMismatch || index === undefined || index.known || siteAux(info) === 0) return
    const address = this.snapshot.register(siteAux(info) - 1)
    for (const table of frame.instance?.tables ?? []) {
      const distance = (address - table.address) / TableEntry.size
      if (distance < 0 || distance >= table.length || !Number.isInteger(distance)) continue
      operands[operands.length - 1] = found(I32, distance, 0)
    }
  }

  /** A division that the hardware refused has its dividend in rax, whatever became of the value itself. */
  private recoverDividend(frame: StackFrame, operands: FrameValue[]): void {
    const dividend = operands.at(-2)
    if (frame.isReturn || this.snapshot.signal !== DIVIDE_SIGNAL || dividend === undefined || dividend.known) return
    const { gprs } = this.snapshot
    operands[operands.length - 2] = found(dividend.type, gprs[Reg.rax * 2], gprs[Reg.rax * 2 + 1])
  }

  /** Locals of a function whose prologue overflowed: parameters where the caller put them, all others zero. */
  private entryLocals(frame: StackFrame, funcIndex: number): FrameValue[] {
    const unknown = this.unknownLocals(frame, funcIndex)
    const { owner } = frame.version.code
    if (owner === undefined || frame.isReturn || frame.version.loop >= 0) return unknown
    const signature = signatureOf(owner.info.types[owner.info.funcTypes[funcIndex]])
    const area = frame.fp === 0 ? this.snapshot.register(Reg.rsp) + 8 : frame.fp + 16
    return signature.params.map(({ type, reg, stack }): FrameValue => {
      if (type === V128 || isRef(type)) return { type, known: false, lo: 0, hi: 0 }
      if (reg < 0) return found(type, this.snapshot.word(area + 8 * stack), this.snapshot.word(area + 8 * stack + 4))
      const place = isXmm(type) ? Where.Xmm : Where.Gpr
      return this.value(frame, type, place, reg, 0)
    })
  }

  private unknownLocals(frame: StackFrame, funcIndex: number): FrameValue[] {
    const { owner } = frame.version.code
    if (owner === undefined) return []
    const { params } = owner.info.types[owner.info.funcTypes[funcIndex]]
    return params.map((type) => ({ type, known: false, lo: 0, hi: 0 }))
  }
}

function isXmm(type: ValType): boolean {
  return type === F32 || type === F64
}

function found(type: ValType, lo: number, hi: number): FrameValue {
  const is32 = type === I32 || type === F32
  return { type, known: true, lo: lo >>> 0, hi: is32 ? 0 : hi >>> 0 }
}

function base({ version, instance }: StackFrame): Pick<GuestFrame, 'code' | 'instance' | 'tier'> {
  return { code: version.code, instance, tier: version.tier }
}

/** The site that a frame is at (index into the version table's words), -1 in a prologue and where the stack ended within the function. */
function siteOf(frame: StackFrame): number {
  const { code, version } = frame.version
  const site = code.versions.findSite(version, frame.offset, frame.isReturn)
  if (site >= 0) return site
  // A call has no room for its return address: nothing of the function called has run.
  if (!frame.isReturn) return code.versions.callAfter(version, frame.offset, MAX_CALL_BYTES)
  return code.versions.findSite(version, frame.offset - POLL_LENGTH, false)
}

function isAtPoll(frame: StackFrame): boolean {
  const { code, version } = frame.version
  return code.versions.findSite(version, frame.offset, true) < 0
}

/** The state that holds at an offset without a site, -1 when there is none since the site before. */
function stateBetween(words: Int32Array, before: number, offset: number): number {
  let found = -1
  for (let at = FRAMES_START; at < words.length; at = frameStateEnd(words, at)) {
    if (words[at + 1] === BETWEEN_SITES && words[at] >= before && words[at] <= offset) found = at
  }
  // An empty one says that nothing is known from there on.
  return found >= 0 && words[found + 2] + words[found + 3] > 0 ? found : -1
}

/**
 * Where the states of a site are in `words`, innermost frame first. Each list of them ends with node 0; a call's return
 * address may be that of another site, whose states then come later.
 */
function findStates(words: Int32Array, codeOffset: number, isCall: boolean): number[] {
  let states: number[] = []
  let isComplete = false
  for (let at = FRAMES_START; at < words.length; at = frameStateEnd(words, at)) {
    if (words[at] !== codeOffset || words[at + 1] === BETWEEN_SITES) continue
    if (isComplete && isCall) break
    if (isComplete) states = []
    states.push(at)
    isComplete = words[at + 1] === 0
  }
  return states
}
