/**
 * The metadata table of a function (tiers/compiled.ts): sites in code order, the out-of-line traps they explain, and on
 * request frame states. Traps stand behind the code as one `ud2` each, so that the hot path is one untaken branch.
 */
import { declareMutable } from '../../wasm/mutable-fields.js'
import { TrapCode } from '../abi.js'
import { FRAME_HEAD_WORDS, FRAME_VALUE_WORDS, SITE_WORDS, SiteKind, siteInfo, Where } from '../compiled.js'
import { Form } from '../isa/x64/forms.js'
import { Kind, XMM } from './kinds.js'
import type { State } from './state.js'
import { grown } from '../grown.js'
import { poppedAtTrap } from './trap-operands.js'

export class Metadata {
  sites = new Int32Array(256 * SITE_WORDS)
  siteCount = 0
  wantFrames = false
  frames = new Int32Array(0)
  frameWords = 0

  private trapCount = 0
  private trapLabel = new Int32Array(64)
  /** Info word of the site. */
  private trapInfo = new Int32Array(64)
  private trapWasm = new Int32Array(64)
  /** Where the trap's frame state starts, when frame states are wanted. */
  private trapFrame = new Int32Array(64)

  constructor() {
    declareMutable(this)
  }

  reset(wantFrames: boolean): void {
    this.siteCount = 0
    this.frameWords = 0
    this.trapCount = 0
    this.wantFrames = wantFrames
  }

  addSite(code: number, wasm: number, info: number): void {
    const at = this.siteCount++ * SITE_WORDS
    if (at === this.sites.length) this.sites = grown(this.sites)
    this.sites[at] = code
    this.sites[at + 1] = wasm
    this.sites[at + 2] = info
  }

  addTrap(label: number, info: number, wasm: number): void {
    const at = this.trapCount++
    if (at === this.trapLabel.length) {
      this.trapLabel = grown(this.trapLabel)
      this.trapInfo = grown(this.trapInfo)
      this.trapWasm = grown(this.trapWasm)
      this.trapFrame = grown(this.trapFrame)
    }
    this.trapLabel[at] = label
    this.trapInfo[at] = info
    this.trapWasm[at] = wasm
    this.trapFrame[at] = this.frameWords
  }

  /** Emits the out-of-line traps. */
  emitTraps(s: State): void {
    for (let i = 0; i < this.trapCount; i++) {
      s.asm.bind(this.trapLabel[i])
      if (this.wantFrames) this.frames[this.trapFrame[i]] = s.asm.size
      this.addSite(s.asm.size, this.trapWasm[i], this.trapInfo[i])
      s.asm.op(Form.ud2)
    }
  }

  /** Appends the present state of all locals and operands, at a trap with those that the opcode has popped. */
  addFrame(s: State, code: number, trap: number): void {
    const operands = trap === TrapCode.None || trap === TrapCode.OutOfFuel ? s.sp : s.sp + poppedAtTrap(s)
    const words = FRAME_HEAD_WORDS + (s.localCount + operands) * FRAME_VALUE_WORDS
    if (this.frameWords + words > this.frames.length) this.frames = grown(this.frames, this.frameWords + words)
    const f = this.frames
    let at = this.frameWords
    this.frameWords += words
    f[at] = code
    f[at + 1] = 0
    f[at + 2] = s.localCount
    f[at + 3] = operands
    at += FRAME_HEAD_WORDS
    for (let local = 0; local < s.localCount; local++, at += FRAME_VALUE_WORDS) {
      f[at] = s.facts.localTypes[local]
      this.placeLocal(s, local, at + 1)
    }
    for (let h = 0; h < operands; h++, at += FRAME_VALUE_WORDS) {
      const kind = s.kind[h]
      // A latent i32 may stand for the i64 that it is extended to; only its own width is in its home.
      f[at] = kind === Kind.Local ? s.facts.localTypes[s.lo[h]] : s.type[h]
      if (kind === Kind.Const) this.place(at + 1, Where.Const, s.lo[h], s.hi[h])
      else if (kind === Kind.Reg) this.placeRegister(at + 1, s.lo[h])
      else if (kind === Kind.Home) this.place(at + 1, Where.Frame, s.operandBase - 8 * s.lo[h], 0)
      else this.placeLocal(s, s.lo[h], at + 1)
    }
    // The index has become the address of the entry, which the site names (TrapCode).
    if (trap === TrapCode.FuncSigMismatch) this.place(at - FRAME_VALUE_WORDS + 1, Where.Gone, 0, 0)
  }

  private placeLocal(s: State, local: number, at: number): void {
    const pin = s.pin[local]
    if (pin >= 0 && ((s.inReg >>> pin) & 1) !== 0) this.placeRegister(at, pin)
    else if (pin >= 0 && ((s.stored >>> pin) & 1) === 0) this.place(at, Where.Const, 0, 0)
    else if (s.localHome[local] !== 0) this.place(at, Where.Frame, s.localHome[local], 0)
    else if (local < s.paramCount) this.place(at, Where.Gone, 0, 0)
    else this.place(at, Where.Const, 0, 0)
  }

  private placeRegister(at: number, reg: number): void {
    this.place(at, reg < XMM ? Where.Gpr : Where.Xmm, reg & 15, 0)
  }

  private place(at: number, where: number, payload: number, high: number): void {
    this.frames[at] = where
    this.frames[at + 1] = payload
    this.frames[at + 2] = high
  }
}

/** Records a site at the current code offset for the opcode being compiled. */
export function site(s: State, kind: number, trap: number, aux: number): void {
  const meta = s.meta
  if (meta.wantFrames) meta.addFrame(s, s.asm.size, trap)
  meta.addSite(s.asm.size, s.opPos + s.moduleDelta, siteInfo(kind, trap, aux))
}

/** The next instruction accesses memory and traps when the access is out of bounds. */
export function memorySite(s: State): void {
  site(s, SiteKind.Trap, TrapCode.MemoryOutOfBounds, 0)
}

/** A label at which the opcode being compiled traps; jump to it. */
export function trapLabel(s: State, code: number, aux = 0): number {
  const label = s.asm.newLabel()
  s.meta.addTrap(label, siteInfo(SiteKind.Trap, code, aux), s.opPos + s.moduleDelta)
  if (s.meta.wantFrames) s.meta.addFrame(s, -1, code)
  return label
}

/** Traps when the condition holds. @param aux of the site (TrapCode says what) */
export function trapIf(s: State, cc: number, code: number, aux = 0): void {
  s.asm.jcc(cc, trapLabel(s, code, aux))
}
