/**
 * What a tier gives back for a function: position-independent code, relocations, and the one metadata table from which
 * traps, backtraces, profiles, core dumps and later OSR and deoptimization read (design: one table, both tiers).
 *
 * The table is a list of *sites* in code order. Frame states (where each local and operand lives at a site) are only
 * written when asked for: a baseline compile is deterministic, so they are made by compiling the function again with
 * `frames: true` when a trap, a core dump or a debugger needs them, and cost nothing before.
 */
import type { FunctionFacts } from '../wasm/facts.js'
import type { ModuleInfo } from '../wasm/types.js'
import type { VmctxLayout } from './abi.js'

/** Words of a relocation: kind, offset of the 4-byte field in the code, operand. */
export const RELOC_WORDS = 3
export const RelocKind = {
  /** rip-relative disp32 to a defined function's fixed address, for `call rel32`; operand = defined function index. */
  Entry: 0,
  /** rip-relative disp32 to the poll page. */
  Poll: 1,
  /** imm32: engine-wide id of a function type; operand = type index in the module. */
  SigId: 2,
  /** rip-relative disp32 to the 8-byte slot of a stub's address; operand = StubId. */
  Stub: 3,
} as const

/**
 * Words of a site: code offset, wasm offset (from the start of the module), info. Two sites may have one offset: a call's
 * return address can be that of an instruction that traps.
 */
export const SITE_WORDS = 3
export const SiteKind = {
  /** The code offset is the return address of a call. */
  Call: 0,
  /** The code offset is that of the instruction that traps. */
  Trap: 1,
  /** The code offset is that of the poll instruction. */
  Poll: 2,
  /** A loop header or another place where only the mapping to the wasm offset matters. */
  Mark: 3,
} as const

/** Packs a site's info word: kind (4 bits), trap code (8 bits), aux (12 bits, its meaning depends on the trap code). */
export function siteInfo(kind: number, trap = 0, aux = 0): number {
  return kind | (trap << 4) | (aux << 12)
}
export function siteKind(info: number): number {
  return info & 15
}
export function siteTrap(info: number): number {
  return (info >>> 4) & 0xff
}
export function siteAux(info: number): number {
  return info >>> 12
}

/** Where a value is at a site. */
export const Where = {
  /** Not known any more (optimized out). */
  Gone: 0,
  /** payload = general register */
  Gpr: 1,
  /** payload = xmm register */
  Xmm: 2,
  /** payload = byte offset from rbp */
  Frame: 3,
  /** payload, payloadHi = the bits */
  Const: 4,
} as const

/**
 * Frame states as a flat Int32Array, one a site, in the order of the wasm code (out-of-line sites come last in the table
 * of sites, so look them up by code offset): code offset, number of locals, number of operands, then for each
 * value four words: value type, Where, payload, payloadHi.
 */
export const FRAME_HEAD_WORDS = 3
export const FRAME_VALUE_WORDS = 4

/** CPU features that code generation may use, detected by the addon. SSE4.1 and POPCNT are required. */
export interface CpuFeatures {
  readonly lzcnt: boolean
  readonly bmi1: boolean
  readonly bmi2: boolean
  readonly avx: boolean
  readonly avx2: boolean
  readonly fma: boolean
}

/** All that a tier may know about the world. */
export interface CompileEnv {
  readonly info: ModuleInfo
  readonly layout: VmctxLayout
  readonly features: CpuFeatures
  /** 'guard': the memory's reservation catches every 32-bit access; 'explicit': compare before each access. */
  readonly bounds: 'guard' | 'explicit'
  /** Emit assertions of the 32-bit zero-extension rule (tests). */
  readonly checked: boolean
}

/**
 * A compiled function. The arrays are the compiler's own buffers: they are valid until its next compile, so the
 * receiver copies what it keeps.
 */
export interface CompiledFunction {
  readonly code: Uint8Array
  readonly codeSize: number
  readonly relocs: Int32Array
  /** Number of relocations (not words). */
  readonly relocCount: number
  readonly sites: Int32Array
  readonly siteCount: number
  /** Frame states; `frameWords` is 0 unless they were asked for. */
  readonly frames: Int32Array
  readonly frameWords: number
  /** Bytes that the function subtracts from rsp. */
  readonly frameSize: number
}

export interface FunctionCompiler {
  /**
   * Compiles the body `bytes[start, end)` of the defined function `defined`. The body has been validated.
   * @param moduleOffset offset in the module of `bytes[start]`: what the sites' wasm offsets are relative to the module with
   * @param frames also write frame states
   * @param facts what the validator learned about this body; null: the compiler validates once more to learn it
   */
  compile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null,
  ): CompiledFunction
}
