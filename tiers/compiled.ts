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

/** Words of a relocation: kind, offset of the field in the code (4 bytes unless said), operand. */
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
  /**
   * rip-relative disp32 to the routine that calls an import of a function type with its code's address in SCRATCH and its
   * context in VMCTX, for `call rel32`; operand = type index in the module.
   */
  Import: 4,
  /** imm64 (8 bytes): address of the u32 that counts the function's failed guards; no operand. */
  GuardFailures: 5,
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

/**
 * Packs a site's info word: kind (4 bits), trap code (8 bits), aux (4 bits, its meaning depends on the trap code), node of
 * the inline tree (16 bits; 0: the function itself).
 */
export function siteInfo(kind: number, trap = 0, aux = 0, node = 0): number {
  return kind | (trap << 4) | (aux << 12) | (node << 16)
}
export function siteKind(info: number): number {
  return info & 15
}
export function siteTrap(info: number): number {
  return (info >>> 4) & 0xff
}
export function siteAux(info: number): number {
  return (info >>> 12) & 15
}
export function siteNode(info: number): number {
  return info >>> 16
}

/**
 * Words of a node of the inline tree: parent node (0: the function itself, otherwise a lower number), defined function that
 * was inlined, wasm offset of the call in the parent. Node n is at (n - 1) * INLINE_WORDS. A site's wasm offset is in the
 * function of its node; its frames are the node's, then the parent's at the call, and so on to node 0.
 */
export const INLINE_WORDS = 3
/** What a site's info word has room for. */
export const MAX_INLINE_NODES = 0xffff

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
  /** payload = word of the state's expressions at which one begins that computes it from what is somewhere */
  Computed: 5,
} as const

/**
 * Frame states as a flat Int32Array. Its first word is the size of the prologue: before its end, parameters are still where the caller put
 * them. Then the states follow, in the order of the wasm code (out-of-line sites come last in the table of sites, so look them up
 * by code offset): code offset, node of the inline tree, number of locals, number of operands, number of
 * words of expressions; then for each value four words: value type, Where, payload, payloadHi; then the expressions. A site in
 * inlined code has one such state for each of its frames, the innermost first, all with its code offset; a caller's is the
 * one before its call. At a trap the operands are those before the instruction, in both tiers.
 *
 * An expression (only the optimizing tier has them) is what code after the site would compute if it came so far: EXPRESSION_HEAD_WORDS
 * words (operation, type, aux, number of operands, as in tiers/optimizing/ir), then its operands like values, with IR types
 * (tiers/optimizing/rematerialize.ts).
 */
export const FRAMES_START = 1
/**
 * Node of a frame state that is of no site: it holds from its code offset up to the next such state or site. Where a call saves values to the frame,
 * the stack may end without an instruction that traps.
 */
export const BETWEEN_SITES = -1
export const FRAME_HEAD_WORDS = 5
export const FRAME_VALUE_WORDS = 4
export const EXPRESSION_HEAD_WORDS = 4

/** Where the expressions of the frame state at a place begin. */
export function frameExpressions(frames: Int32Array, at: number): number {
  return at + FRAME_HEAD_WORDS + (frames[at + 2] + frames[at + 3]) * FRAME_VALUE_WORDS
}

/** Where the frame state at a place ends, which is where the next one begins. */
export function frameStateEnd(frames: Int32Array, at: number): number {
  return frameExpressions(frames, at) + frames[at + 4]
}

/** CPU features that code generation may use, detected by the addon. SSE4.1 and POPCNT are required. */
export interface CpuFeatures {
  readonly lzcnt: boolean
  readonly bmi1: boolean
  readonly bmi2: boolean
  readonly avx: boolean
  readonly avx2: boolean
  readonly fma: boolean
  /** Jumps that cross or end at a boundary of 32 bytes are slow (Intel's erratum SKX102, "JCC"). */
  readonly jumpErratum: boolean
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
  /** Count fuel (tiers/fuel.ts). */
  readonly fuel?: boolean
  /**
   * The module's bytes (`info.bodyStart` says where the bodies are) when every body has been validated, for inlining.
   * Without them nothing is inlined. Code must not depend on when it is made: either all compiles of a function see them
   * or none does.
   */
  readonly moduleBytes?: () => Uint8Array
}

/** Which compiler made a function's code. */
export type CompiledTier = 'baseline' | 'optimizing'

/**
 * A compiled function. The arrays are the compiler's own buffers, or of a program that all compilers of a tier share: they are
 * valid until the thread's next compile, so the receiver copies what it keeps.
 */
export interface CompiledFunction {
  /** Not always the compiler that was asked: the optimizing one passes on what it refuses. */
  readonly tier: CompiledTier
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
  /** The inline tree, INLINE_WORDS a node. */
  readonly inlines: Int32Array
  readonly inlineCount: number
  /** Bytes that the function subtracts from rsp. */
  readonly frameSize: number
  /** The feedback (feedback.ts) that it was made by: compiling it again takes the same. */
  readonly feedback: Int32Array
}

/**
 * Code of functions is put at multiples of this: the window in which the processor's front end works, so what compilers align within a function
 * holds at its address.
 */
export const CODE_ALIGN = 32
/**
 * What the optimizing tier made begins at multiples of this: the bytes by which processors predict branches, and newer ones cache decoded
 * instructions. The same code takes up to a fifth longer elsewhere, so its place must not depend on when it was made (tiers/optimizing/emit/windows.ts).
 */
export const OPTIMIZED_ALIGN = 64

/** Words of a row of a run: offset and size of a function's code, how many sites it has. */
export const ROW_WORDS = 3

/**
 * Many functions that were compiled together, from function `first` on: their code, rows (ROW_WORDS) and sites, and the relocations that are left
 * to the runtime (offsets are in `code`). Valid until the thread's next compile.
 */
export interface CompiledRun {
  readonly first: number
  readonly count: number
  readonly code: Uint8Array
  readonly rows: Int32Array
  readonly relocs: Int32Array
  readonly relocCount: number
  readonly sites: Int32Array
}

/** Where the code of a run leads, as addresses. */
export interface RunTargets {
  /** The jump of defined function 0; bytes from one to the next. */
  readonly jumps: number
  readonly jumpSize: number
  /** The poll page. */
  readonly poll: number
  /** The slot of StubId 0. */
  readonly stubSlots: number
  /** Engine-wide type ids by type index. */
  readonly typeIds: Uint32Array
}

export interface FunctionCompiler {
  /**
   * Compiles the body `bytes[start, end)` of the defined function `defined`. The body has been validated.
   * @param moduleOffset offset in the module of `bytes[start]`: what the sites' wasm offsets are relative to the module with
   * @param frames also write frame states
   * @param facts what the validator learned about this body; without, the compiler validates once more to learn it
   */
  compile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts?: FunctionFacts | null,
  ): CompiledFunction
}

/** What a compiler is asked to compile: the operands of `FunctionCompiler.compile`. */
export type CompileRequest = Parameters<FunctionCompiler['compile']>
