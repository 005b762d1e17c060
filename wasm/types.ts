/**
 * Value types, function types and the entities of a module (specification sections 2.3 and 2.5).
 *
 * A value type is one int32, so that the validator's stacks are typed arrays and comparing types is comparing
 * integers: the low byte is the byte of the binary format; for a reference to a heap type other than the two short
 * forms it is `0x64` (non-null) or `0x63` (nullable) and the signed upper 24 bits are the heap type (a type index, or
 * the negative code of an abstract one). Wasm 2.0 needs only the constants below; typed references of 3.0 fit.
 */
import type { DataSegments } from './data-segments.js'

export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b
export const FUNCREF = 0x70
export const EXTERNREF = 0x6f
/** The type of a value popped in unreachable code: matches everything (specification appendix, "Bot"). */
export const BOT = 0

export type ValType = number

/** Text spelling of a value type, as V8 and the text format write it. */
export function valTypeName(type: ValType): string {
  switch (type) {
    case I32:
      return 'i32'
    case I64:
      return 'i64'
    case F32:
      return 'f32'
    case F64:
      return 'f64'
    case V128:
      return 'v128'
    case FUNCREF:
      return 'funcref'
    case EXTERNREF:
      return 'externref'
    case BOT:
      return '<bot>'
    default:
      return `<type 0x${(type >>> 0).toString(16)}>`
  }
}

/** True for reference types, whatever their heap type. */
export function isRef(type: ValType): boolean {
  const code = type & 0xff
  return code >= 0x63 && code <= 0x74
}

export interface FuncType {
  readonly kind: 'func'
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
}

/** A type definition; 3.0 adds struct and array kinds, supertypes and rec groups here. */
export type TypeDef = FuncType

export interface Limits {
  readonly min: number
  /** -1 when absent */
  readonly max: number
}

export interface TableType extends Limits {
  readonly element: ValType
}

export interface MemoryType extends Limits {
  readonly shared: boolean
  /** 64-bit addresses (3.0); always false today. */
  readonly index64: boolean
}

export interface GlobalType {
  readonly type: ValType
  readonly mutable: boolean
}

export const ExternKind = { Func: 0, Table: 1, Memory: 2, Global: 3, Tag: 4 } as const
export type ExternKind = (typeof ExternKind)[keyof typeof ExternKind]

export type ImportDesc =
  | { readonly kind: typeof ExternKind.Func; readonly typeIndex: number }
  | { readonly kind: typeof ExternKind.Table; readonly type: TableType }
  | { readonly kind: typeof ExternKind.Memory; readonly type: MemoryType }
  | { readonly kind: typeof ExternKind.Global; readonly type: GlobalType }

export interface Import {
  readonly module: string
  readonly name: string
  readonly desc: ImportDesc
}

export interface Export {
  readonly name: string
  readonly kind: ExternKind
  readonly index: number
}

/**
 * A constant expression, already decoded: the few forms that 2.0 has. Numbers are kept as bits so that NaN payloads
 * survive: `lo` and `hi` are the two 32-bit halves (hi 0 for 32-bit types). 3.0's extended constants will add a
 * `code` form that keeps the byte range.
 */
export type ConstExpr =
  | { readonly kind: 'const'; readonly type: ValType; readonly lo: number; readonly hi: number }
  | { readonly kind: 'global'; readonly index: number }
  | { readonly kind: 'ref.null'; readonly type: ValType }
  | { readonly kind: 'ref.func'; readonly index: number }

export interface Global extends GlobalType {
  /** Absent for imported globals. */
  readonly init?: ConstExpr
}

export const SegmentMode = { Active: 0, Passive: 1, Declarative: 2 } as const
export type SegmentMode = (typeof SegmentMode)[keyof typeof SegmentMode]

export interface ElemSegment {
  readonly mode: SegmentMode
  readonly type: ValType
  readonly table: number
  /** Only when active. */
  readonly offset?: ConstExpr
  /** Function indices when every item is `ref.func`; the common and compact form. */
  readonly funcs?: Uint32Array
  /** The items otherwise. */
  readonly items?: readonly ConstExpr[]
}

export interface CustomSection {
  readonly name: string
  /** Byte range of the contents (after the name) in the module. */
  readonly start: number
  readonly end: number
}

/**
 * A decoded module: what the sections say, with indices resolved to nothing yet. Index spaces put imports first, as
 * in the specification. The tiers read it as the "module description"; nobody changes it after decoding.
 */
export interface ModuleInfo {
  readonly types: readonly TypeDef[]
  readonly imports: readonly Import[]
  readonly exports: readonly Export[]
  /** Type index of every function, imports first. */
  readonly funcTypes: Uint32Array
  readonly importedFuncs: number
  readonly tables: readonly TableType[]
  readonly importedTables: number
  readonly memories: readonly MemoryType[]
  readonly importedMemories: number
  readonly globals: readonly Global[]
  readonly importedGlobals: number
  /** Function index, or -1. */
  readonly start: number
  readonly elems: readonly ElemSegment[]
  readonly datas: DataSegments
  /**
   * Number of data segments that the data count section declares, -1 without one: then no body may name a segment.
   * Bodies are compiled before the data section arrives, so they go by this and not by `datas.length`.
   */
  readonly dataCount: number
  readonly customs: readonly CustomSection[]
  /**
   * Byte ranges of the defined functions' bodies (from the locals declaration to after the final `end`), by defined
   * index (function index minus `importedFuncs`), as offsets into the module.
   */
  readonly bodyStart: Uint32Array
  readonly bodyEnd: Uint32Array
  /** 1 where a function may be the operand of `ref.func` (specification section 3.4.10, C.refs), by function index. */
  readonly declaredRefs: Uint8Array
  /** Byte range of the code section's contents, 0 and 0 when there is none. */
  readonly codeStart: number
  readonly codeEnd: number
}
