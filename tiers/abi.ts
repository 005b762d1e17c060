/**
 * The calling convention and every memory layout that compiled code relies on: one truth for the tiers, the runtime's
 * stubs and the debugger. `docs/abi.md` explains it; this file is what is compiled against. The addon's header repeats
 * the execution-context offsets for C++, and the runtime asserts at load that both agree.
 */
import { F32, F64, V128, type FuncType, type ModuleInfo, type ValType } from '../wasm/types.js'

/** Hardware numbers of the general registers. */
// oxfmt-ignore
export const Reg = {
  rax: 0, rcx: 1, rdx: 2, rbx: 3, rsp: 4, rbp: 5, rsi: 6, rdi: 7,
  r8: 8, r9: 9, r10: 10, r11: 11, r12: 12, r13: 13, r14: 14, r15: 15,
} as const

/** The callee's context: an instance's vmctx, or a host function's record. Pinned; a callee returns it unchanged. */
export const VMCTX = Reg.r14
/** Base address of memory 0 of the instance in VMCTX. Pinned; a callee returns it unchanged. */
export const MEMBASE = Reg.r15
/** Never allocated: scratch of stubs, of relocated addresses and of the assembler's helpers. */
export const SCRATCH = Reg.r11
export const SCRATCH_XMM = 15
/** Number of xmm0 where the registers of both classes are numbered as one: general registers have 0 to 15, xmm registers 16 to 31. */
export const XMM = 16

/** Integer and reference arguments, in order; the rest go on the stack. */
export const ARG_GPRS = [Reg.rdi, Reg.rsi, Reg.rbx, Reg.r8, Reg.r12, Reg.r13] as const
/** Float (and later vector) arguments: xmm0 to xmm7. */
export const ARG_XMMS = [0, 1, 2, 3, 4, 5, 6, 7] as const
/** Results; disjoint from the argument registers so that a result is never in the way of the next call's arguments. */
export const RESULT_GPRS = [Reg.rax, Reg.rcx, Reg.rdx] as const
export const RESULT_XMMS = [8, 9, 10] as const
/** General registers that neither carry arguments nor are reserved. */
export const TEMP_GPRS = [Reg.rax, Reg.rcx, Reg.rdx, Reg.r9, Reg.r10] as const
export const TEMP_XMMS = [8, 9, 10, 11, 12, 13, 14] as const

export function isXmmType(type: ValType): boolean {
  return type === F32 || type === F64 || type === V128
}

/**
 * Where one argument or result travels. `reg >= 0`: that register of the class of its type. Otherwise `stack` is the
 * index of its 8-byte slot, counted from the lowest address of the stack-argument (or stack-result) area.
 */
export interface Place {
  readonly type: ValType
  readonly reg: number
  readonly stack: number
}

export interface Signature {
  readonly params: readonly Place[]
  readonly results: readonly Place[]
  /** 8-byte slots of stack arguments; popped by the callee (`ret 8 * stackParams`). */
  readonly stackParams: number
  /** 8-byte slots of stack results; reserved by the caller above the arguments, popped by the caller. */
  readonly stackResults: number
}

function places(
  types: readonly ValType[],
  gprs: readonly number[],
  xmms: readonly number[],
): { list: Place[]; stack: number } {
  let g = 0
  let x = 0
  let stack = 0
  const list = types.map((type): Place => {
    const xmm = isXmmType(type)
    if (xmm && x < xmms.length) return { type, reg: xmms[x++], stack: -1 }
    if (!xmm && g < gprs.length) return { type, reg: gprs[g++], stack: -1 }
    return { type, reg: -1, stack: stack++ }
  })
  return { list, stack }
}

/** The calling convention applied to a function type. */
export function signatureOf(type: FuncType): Signature {
  const params = places(type.params, ARG_GPRS, ARG_XMMS)
  const results = places(type.results, RESULT_GPRS, RESULT_XMMS)
  return { params: params.list, results: results.list, stackParams: params.stack, stackResults: results.stack }
}

/** Frame: `[rbp+8]` return address, `[rbp]` caller's rbp, `[rbp-8]` this function's VMCTX, homes below. */
export const FRAME_VMCTX = -8
/** Address of the first stack argument relative to rbp. Stack results lie above the stack arguments. */
export const FRAME_ARGS = 16

/** Fixed head of a context (instance or host function record). Offsets in bytes from VMCTX. */
export const Vmctx = {
  /** Address of the thread's execution context. */
  execContext: 0,
  /** Base address of memory 0, mirrored in MEMBASE; 0 without a memory and in host function records. */
  memBase: 8,
  /** Address of the record of memory 0, 0 without one. */
  memory0: 16,
  /** u32: instance id, or host function id in a host function record. */
  id: 24,
  /** Address of an array of 8-byte funcref values by function index; 0 entries are made on demand (RuntimeOp.RefFunc). */
  funcrefs: 32,
  /** Address of the array of 8-byte entry slots of the module's defined functions (for debuggers and stubs). */
  entries: 40,
  /** Address of the i64 of fuel that is left; only code that was compiled to count it reads this. */
  fuel: 48,
  /** First byte of the module-dependent part, see VmctxLayout. */
  dynamic: 64,
} as const

/** Size of a host function record: a context whose `id` names the host function. */
export const HOST_CONTEXT_SIZE = 64

/** A linear memory's record. `bytes` is the current length (u64). */
export const MemoryRecord = { base: 0, bytes: 8, size: 32 } as const

/**
 * A memory ends at least so many bytes below 2^32, unless it had all of its 65536 pages from the start. So what follows an
 * address that could be accessed, by less than this, is not beyond 2^32, and optimized code may add it without a wrap.
 */
export const MEMORY_SLACK = 65536
/** Pages of the largest memory that leaves the slack: none grows further. */
export const SLACK_PAGES = 65535

/**
 * The slack that a module's code may rely on. One that asks for all pages gets no memory with slack; to others such a memory is not
 * given (runtime/link.ts).
 * @param min pages that the module's memory has at least
 */
export function memorySlack(min: number): number {
  return min > SLACK_PAGES ? 0 : MEMORY_SLACK
}

/**
 * Tables: VMCTX holds the address of entry 0, which never moves (the storage is a reservation). The u32 length lies
 * below it. A funcref table has 32-byte entries, any other 8-byte ones (the reference itself).
 */
export const TableRecord = { length: -8, headerSize: 64 } as const
/**
 * A funcref's record, and an entry of a funcref table: all zero is null. `sig` is the engine-wide id of the function
 * type, at least 1. In an entry the last word is the funcref value (the record's address); in a record it is the
 * address of the stub through which JavaScript enters.
 */
export const FuncrefRecord = { code: 0, ctx: 8, sig: 16, index: 20, entryStub: 24, size: 32, shift: 5 } as const
export const TableEntry = { code: 0, ctx: 8, sig: 16, funcref: 24, size: 32, shift: 5 } as const
/** An imported function in VMCTX: its code and the context to call it with. */
export const ImportRecord = { code: 0, ctx: 8, size: 16 } as const
/** A data segment ({address, length in bytes}) or element segment ({address of table entries, count}) in VMCTX. */
export const SegmentRecord = { address: 0, length: 8, size: 16 } as const

/** Offsets of the module-dependent part of a vmctx. */
export interface VmctxLayout {
  readonly imports: number
  /** 8 bytes a memory: address of its record. */
  readonly memories: number
  /** 8 bytes a table: address of its entry 0. */
  readonly tables: number
  /** Byte offset of each global's cell: the value itself, or its address when `globalIndirect`. */
  readonly globals: Int32Array
  /** 1 for imported mutable globals, whose cell holds the address of the value. */
  readonly globalIndirect: Uint8Array
  readonly datas: number
  readonly elems: number
  readonly size: number
}

export function vmctxLayout(info: ModuleInfo, dataCount: number): VmctxLayout {
  let at: number = Vmctx.dynamic
  const imports = at
  at += info.importedFuncs * ImportRecord.size
  const memories = at
  at += info.memories.length * 8
  const tables = at
  at += info.tables.length * 8
  const globals = new Int32Array(info.globals.length)
  const globalIndirect = new Uint8Array(info.globals.length)
  info.globals.forEach((global, i) => {
    globalIndirect[i] = i < info.importedGlobals && global.mutable ? 1 : 0
    if (global.type === V128) at = (at + 15) & ~15
    globals[i] = at
    at += global.type === V128 ? 16 : 8
  })
  at = (at + 7) & ~7
  const datas = at
  at += dataCount * SegmentRecord.size
  const elems = at
  at += info.elems.length * SegmentRecord.size
  return { imports, memories, tables, globals, globalIndirect, datas, elems, size: (at + 63) & ~63 }
}

/**
 * The execution context, one a thread: control words, trap record and the slab of 64-bit cells in which operands and
 * results cross between JavaScript and compiled code. Byte offsets; the addon's `context.h` has the same numbers.
 */
export const ExecContext = {
  /** u32 YieldReason, written before every switch to the host. */
  reason: 0,
  /** u32 operand of the reason: host function id, RuntimeOp, function index. */
  operand: 4,
  /** Address of the funcref record to enter. */
  callee: 8,
  /** Stack pointer of the suspended guest (where the next enter continues below, or resume continues). */
  fiberSp: 16,
  hostSp: 24,
  /** Chain of entry frames on the fiber, for abandoning a call. */
  entryBase: 32,
  /** Lowest and one past the highest usable address of the current fiber. */
  fiberLow: 40,
  fiberHigh: 48,
  /** Address of the routine that switches to the host; jumped to (or called) on the fiber with r11 = the execution context. */
  switchToHost: 56,
  /** Address of the code that the signal handler makes a poll fault call; 0: polls are stepped over. */
  pollStub: 64,
  /** Address that a jump cache missed, at a yield for YieldReason.Learn. */
  target: 72,
  /** VMCTX at the last yield. */
  vmctx: 80,
  /** Frame pointer at the last yield: first link of the rbp chain to walk. */
  fp: 88,
  /** Trap record, written by the signal handler: u32 signal number, then pc, sp, fp, fault address. */
  trapSignal: 96,
  /** i32, counted down by misses of jump caches; at 0 one is to be learned. */
  misses: 100,
  trapPc: 104,
  trapSp: 112,
  trapFp: 120,
  trapAddress: 128,
  /** 16 general registers in hardware order, then 16 xmm registers of 16 bytes. */
  trapGprs: 136,
  /** Address of the code to which the signal handler sends a call that is a poll; 0: such calls just go on. */
  callPollStub: 264,
  trapXmms: 272,
  /** u32, set with the poll page armed: somebody wants the guest's attention. */
  interrupt: 528,
  /** u32, 1 while the guest runs: from enter or resume until it yields. Read by the timer thread. */
  running: 532,
  /** u32 Activity, u32 what it works on: what the thread does outside the guest, for the sampler. */
  activity: 536,
  activityDetail: 540,
  /**
   * A trace (runtime/call-trace.ts): u32 events still to record, u32 recorded, then the events: u64 address of a poll, or a call's return
   * address, u64 address of the jump that the call ran, 0 for a poll.
   */
  traceLeft: 544,
  traceLength: 548,
  trace: 552,
  /** First operand cell. */
  cells: 2048,
  size: 65536,
} as const

/** What a thread does that is not running a guest; it is sampled only while it does something. */
export const Activity = {
  None: 0,
  /** Detail: defined function index. */
  CompileBaseline: 1,
  /** Detail: defined function index. */
  CompileOptimizing: 2,
  /** Decoding, validating, linking. */
  Load: 3,
} as const

/** Why the guest switched to the host. */
export const YieldReason = {
  /** The entered call returned; results are in the cells. */
  Done: 0,
  /** A host function is called: operand = host function id, arguments in the cells; results expected there. */
  HostCall: 1,
  /** A RuntimeOp: operand = op, integer arguments in the cells; one result expected in cell 0. */
  Runtime: 2,
  /** A function that is not compiled yet was called: operand = defined function index. Resume re-dispatches. */
  Lazy: 3,
  /** The poll page was armed. */
  Poll: 4,
  /** A signal in compiled code; the trap record tells. */
  Trap: 5,
  /** A jump cache missed once too often: `target` says where to, operand which one (0: `enter`'s, else a type id). */
  Learn: 6,
} as const

/**
 * Operations that compiled code leaves to the runtime (they are rare or need JavaScript). Called through StubId.Runtime
 * with `eax` = op and the listed operands as integer arguments in ARG_GPRS; a result comes back in rax. They may trap.
 */
export const RuntimeOp = {
  /** (memory index, delta pages) -> old size in pages, or -1 */
  MemoryGrow: 0,
  /** (table index, delta, reference) -> old size, or -1 */
  TableGrow: 1,
  /** (table index, start, reference, count) */
  TableFill: 2,
  /** (destination table, source table, destination, source, count) */
  TableCopy: 3,
  /** (table index, element segment, destination, source, count) */
  TableInit: 4,
  /** (element segment) */
  ElemDrop: 5,
  /** (memory index, data segment, destination, source, count) */
  MemoryInit: 6,
  /** (data segment) */
  DataDrop: 7,
  /** (function index) -> funcref; called when the slot in Vmctx.funcrefs is 0 */
  RefFunc: 8,
  /** (table index, element index, funcref): the general form; externref tables are written inline */
  TableSet: 9,
} as const

/**
 * Routines that compiled code calls with `call [rip + slot]` (RelocKind.Stub). Each has a convention of its own; all
 * may be called with an unaligned stack, clobber every register but VMCTX, MEMBASE, rbp and rsp, unless said.
 */
export const StubId = {
  /** See RuntimeOp. */
  Runtime: 0,
  /** memmove(rdi = destination address, rsi = source address, rbx = bytes) */
  MemoryCopy: 1,
  /** memset(rdi = address, esi = byte, rbx = bytes) */
  MemoryFill: 2,
  /** What a poll calls that is armed by itself (runtime/armed-polls.ts): the poll stub. Keeps every register. */
  Poll: 3,
  count: 16,
} as const

/** Why a site in the code may trap. Values are stored in metadata and core dumps: append only. */
export const TrapCode = {
  None: 0,
  Unreachable: 1,
  MemoryOutOfBounds: 2,
  DivideByZero: 3,
  RemainderByZero: 4,
  DivideUnrepresentable: 5,
  FloatUnrepresentable: 6,
  TableOutOfBounds: 7,
  /** call_indirect: null entry or wrong signature; aux: 1 + the register that has the table entry's address, 0: none. */
  FuncSigMismatch: 8,
  StackOverflow: 9,
  /** A hardware divide fault of a signed division: by zero, or unrepresentable; the site's aux is the divisor's register. */
  DivideFault: 10,
  /** Less fuel is left than the instructions from here to the next branch or call cost (tiers/fuel.ts). */
  OutOfFuel: 11,
} as const
export type TrapCode = (typeof TrapCode)[keyof typeof TrapCode]

/** Length in bytes of the poll instruction (`test [rip + disp32], eax`): what the signal handler steps over. */
export const POLL_LENGTH = 6

/** A frame larger than this is probed page by page in the prologue; the guard below a fiber is at least twice as large. */
export const PROBE_THRESHOLD = 32 * 1024
export const STACK_GUARD_SIZE = 128 * 1024
