/**
 * Names and numbers of core dumps: the encoding of tool-conventions (Coredump.md), and the custom sections that Windlass
 * adds, which other tools skip. One truth for the writer (runtime/coredump) and the reader (wasm/coredump.ts).
 */

export const CORE_SECTION = 'core'
export const MODULES_SECTION = 'coremodules'
export const INSTANCES_SECTION = 'coreinstances'
export const STACK_SECTION = 'corestack'
/** JSON, see `CoredumpNotes`. */
export const NOTES_SECTION = 'windlass.notes'
/**
 * Tables, which the format has not got: vec(table), then for each instance vec(table index). A table is element type (byte),
 * length (u32) and vec(entry) of those that are not null; an entry is its index (u32) and, for functions, 1 + index of the
 * instance or 0 (a host function) and the function index there (u32 each), for other references a handle (u32).
 */
export const TABLES_SECTION = 'windlass.tables'

/** First byte of a value that is not known. Known ones begin with their type. */
export const MISSING_VALUE = 0x01

/** How frames are encoded: as the specification of the format says, or as the tool wasmgdb reads them. */
export type CoredumpDialect = 'spec' | 'wasmgdb'

/** Why there is a dump. */
export type CoredumpReason = 'trap' | 'exception' | 'interrupt' | 'request'

/** What a dump says about itself beyond the format. Addresses and registers are hexadecimal texts. */
export interface CoredumpNotes {
  readonly engine: string
  readonly node: string
  /** ISO 8601. */
  readonly time: string
  readonly pid: number
  readonly reason: CoredumpReason
  readonly message: string
  /** The trap as `error.trap` has it, 64-bit integers as texts. */
  readonly trap?: Readonly<Record<string, unknown>>
  readonly fault?: {
    readonly signal: number
    readonly pc: string
    readonly address: string
    readonly registers: Readonly<Record<string, string>>
  }
  /** In the order of `coremodules`. */
  readonly modules: readonly {
    readonly url: string
    readonly file?: string
    /** Contents of the `build_id` section. */
    readonly buildId?: string
    readonly bytes: number
  }[]
  /** How the frames were compiled, runs of equal ones: tier, inlined by us, how many. */
  readonly frames: readonly (readonly [tier: string, inlined: boolean, count: number])[]
}
