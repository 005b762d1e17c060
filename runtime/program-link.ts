/**
 * Makes a program of the engine's own (wasm/programs.ts) into one block of machine code that is called as C calls functions, when the engine
 * is built: from its first instruction on it runs as the optimizing tier makes it, with no instance, no fiber and no stubs around it.
 *
 *     table     a page that is not executed: room for the image's head, the word that polls read (nothing arms it), and slots with the addresses of
 *               the routines of StubId, which the loader makes absolute
 *     exit      where a fault in any of it leads
 *     jumps     one a function, as in a module's jump table
 *     code      functions, routines, and one entry an export
 *
 * An entry is `int64_t f(context, base, uint32_t a, uint32_t b)` of the System V ABI (PlainFunction of native/src/plain_code.h). The
 * program's memory is a reservation of 8 GiB that nothing else is in, so no access reaches anything else. A trap, and an access beyond the
 * pages that there may be, ends the call: the signal handler leads it to the exit, which finds the entry's stack pointer in the context. Unlike in
 * the host, pages up to that limit can be read before the memory has grown to them; they are zero.
 */
import {
  ARG_GPRS,
  MEMBASE,
  MemoryRecord,
  Reg,
  RuntimeOp,
  SLACK_PAGES,
  StubId,
  VMCTX,
  Vmctx,
  vmctxLayout,
  type VmctxLayout,
} from '../tiers/abi.js'
import { BaselineCompiler } from '../tiers/baseline/compiler.js'
import { OPTIMIZED_ALIGN, RELOC_WORDS, RelocKind, type CpuFeatures } from '../tiers/compiled.js'
import { Assembler } from '../tiers/isa/x64/assembler.js'
import { Cc, Form } from '../tiers/isa/x64/forms.js'
import { OptimizingCompiler } from '../tiers/optimizing/compiler.js'
import { ModuleDecoder } from '../wasm/decoder.js'
import { ExternKind, I32, type FuncType, type ModuleInfo } from '../wasm/types.js'
import { JUMP_SIZE, jumpHigh, jumpLow } from './jumps.js'
import { FAULT, TABLE, TABLE_FREE, type ProgramParts } from './program-image.js'
import { relocate, type LinkTargets, type OwnTargets } from './relocate.js'

const WORD = 8
const POLL_WORD = TABLE_FREE
const SLOTS = POLL_WORD + WORD
const EXIT = TABLE
/** What the exit may take. */
const EXIT_SIZE = 64
const JUMPS = EXIT + EXIT_SIZE
/** Registers that a C function gives back as it got them. */
const CALLEE_SAVED = [Reg.rbp, Reg.rbx, Reg.r12, Reg.r13, Reg.r14, Reg.r15] as const
/** Where C passes the first integer arguments. */
const C_ARGS = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.rcx] as const
const MOST_PARAMS = 2
/** Room for the code of a program, and for its data. */
const MOST_CODE = 8 << 20
const PAGE_SHIFT = 16
const REP_STOSB = new Uint8Array([0xf3, 0xaa])
const REP_MOVSB = new Uint8Array([0xf3, 0xa4])
const STD = new Uint8Array([0xfd])
const CLD = new Uint8Array([0xfc])
const UD2 = new Uint8Array([0x0f, 0x0b])
/** What relocations name that a linked program cannot have. */
const NOT_HERE: OwnTargets = { importCall: refuse, guardFailures: refuse }

function refuse(): never {
  throw new Error('a program of the engine has no imports, tables or feedback')
}

/** A program that stands for itself: one memory of its own, and exports that C could call. */
function checkShape(info: ModuleInfo): void {
  const outside = info.imports.length + info.tables.length + info.elems.length
  if (outside > 0 || info.memories.length !== 1 || !info.datas.allPlain) refuse()
}

function isPlain({ params, results }: FuncType): boolean {
  return params.length <= MOST_PARAMS && results.length <= 1 && [...params, ...results].every((type) => type === I32)
}

/** Code under construction; addresses are offsets in it. */
class Block {
  bytes = new Uint8Array(MOST_CODE)
  size = EXIT
  private readonly jumpsEnd: number
  private readonly targets: LinkTargets
  private readonly words = new DataView(this.bytes.buffer)

  constructor(functions: number) {
    this.targets = {
      jumps: JUMPS,
      jumpSize: JUMP_SIZE,
      entries: 0,
      poll: POLL_WORD,
      stubSlots: SLOTS,
      typeIds: new Uint32Array(0),
    }
    this.jumpsEnd = JUMPS + functions * JUMP_SIZE
  }

  /** The exit, which comes first; the jumps, which are filled later. */
  begin(write: (asm: Assembler) => void): void {
    this.emit(write)
    if (this.size > JUMPS) throw new Error('the exit is larger than expected')
    this.size = this.jumpsEnd
  }

  /** @returns where the code stands */
  place(code: Uint8Array, relocs: Int32Array, relocCount: number): number {
    const at = Math.ceil(this.size / OPTIMIZED_ALIGN) * OPTIMIZED_ALIGN
    if (at + code.length > this.bytes.length) throw new Error('a program of the engine is larger than expected')
    for (let i = 0; i < relocCount * RELOC_WORDS; i += RELOC_WORDS) {
      if (relocs[i] === RelocKind.SigId) refuse()
    }
    this.bytes.set(code, at)
    relocate(this.bytes, at, at, relocs, relocCount, this.targets, NOT_HERE)
    this.size = at + code.length
    return at
  }

  emit(write: (asm: Assembler) => void): number {
    const asm = new Assembler()
    asm.reset()
    write(asm)
    asm.finish()
    return this.place(asm.bytes.subarray(0, asm.size), asm.relocs, asm.relocCount)
  }

  jump(defined: number, to: number): void {
    const at = JUMPS + defined * JUMP_SIZE
    const distance = to - (at + 5)
    this.words.setUint32(at, jumpLow(distance), true)
    this.words.setUint32(at + 4, jumpHigh(distance), true)
  }

  slot(id: number, routine: number): number {
    this.words.setUint32(SLOTS + id * WORD, routine, true)
    return SLOTS + id * WORD
  }
}

/** memset(rdi = address, esi = byte, rbx = bytes), as StubId.MemoryFill says. */
function emitFill(asm: Assembler): void {
  asm.rr(Form.mov64RM, Reg.rcx, Reg.rbx)
  asm.rr(Form.mov32RM, Reg.rax, Reg.rsi)
  asm.raw(REP_STOSB)
  asm.ret(0)
}

/** memmove(rdi = destination, rsi = source, rbx = bytes), as StubId.MemoryCopy says. */
function emitCopy(asm: Assembler): void {
  const backward = asm.newLabel()
  asm.rr(Form.mov64RM, Reg.rcx, Reg.rbx)
  asm.rr(Form.mov64RM, Reg.rax, Reg.rdi)
  asm.rr(Form.sub64RM, Reg.rax, Reg.rsi)
  asm.rr(Form.cmp64RM, Reg.rax, Reg.rbx)
  asm.jcc(Cc.b, backward)
  asm.raw(REP_MOVSB)
  asm.ret(0)
  asm.bind(backward)
  for (const reg of [Reg.rsi, Reg.rdi]) asm.memx(Form.lea64RM, reg, reg, Reg.rcx, 0, -1)
  asm.raw(STD)
  asm.raw(REP_MOVSB)
  asm.raw(CLD)
  asm.ret(0)
}

/**
 * StubId.Runtime for `memory.grow` alone (eax = op, rsi = pages): the loader has made all pages accessible that there may be, so growing is
 * counting. @param most pages
 */
function emitGrow(asm: Assembler, most: number): void {
  const [other, full] = [asm.newLabel(), asm.newLabel()]
  asm.ri(Form.cmp32MI, Reg.rax, RuntimeOp.MemoryGrow)
  asm.jcc(Cc.ne, other)
  asm.mem(Form.mov64RM, Reg.rcx, VMCTX, Vmctx.memory0)
  asm.mem(Form.mov64RM, Reg.rax, Reg.rcx, MemoryRecord.bytes)
  asm.shift(Form.shr64MI, Reg.rax, PAGE_SHIFT)
  asm.rr(Form.mov32RM, Reg.rdx, Reg.rsi)
  asm.rr(Form.add64RM, Reg.rdx, Reg.rax)
  asm.ri(Form.cmp64MI, Reg.rdx, most)
  asm.jcc(Cc.a, full)
  asm.shift(Form.shl64MI, Reg.rdx, PAGE_SHIFT)
  asm.mem(Form.mov64MR, Reg.rdx, Reg.rcx, MemoryRecord.bytes)
  asm.ret(0)
  asm.bind(full)
  asm.movImm(Reg.rax, -1, 0)
  asm.ret(0)
  asm.bind(other)
  asm.raw(UD2)
}

/** Gives the C function's registers back, and returns. */
function emitReturn(asm: Assembler): void {
  for (const reg of CALLEE_SAVED.toReversed()) asm.pop(reg)
  asm.ret(0)
}

/** What C calls: takes over its registers, and passes (context, base, a, b) on. @param stack where in the context its stack pointer goes */
function emitEntry(asm: Assembler, defined: number, stack: number): void {
  const [context, base, a, b] = C_ARGS
  for (const reg of CALLEE_SAVED) asm.push(reg)
  asm.rr(Form.mov64RM, VMCTX, context)
  asm.rr(Form.mov64RM, MEMBASE, base)
  asm.mem(Form.mov64MR, Reg.rsp, VMCTX, stack)
  asm.rr(Form.mov32RM, ARG_GPRS[0], a)
  asm.rr(Form.mov32RM, ARG_GPRS[1], b)
  asm.callDirect(RelocKind.Entry, defined)
  asm.rr(Form.movsxd64M32, Reg.rax, Reg.rax)
  emitReturn(asm)
}

/** Where a fault leads, with VMCTX as it always is. */
function emitExit(asm: Assembler, stack: number): void {
  asm.mem(Form.mov64RM, Reg.rsp, VMCTX, stack)
  asm.movImm(Reg.rax, 0, FAULT / 2 ** 32)
  emitReturn(asm)
}

/** What the context holds at first: globals. Behind the layout's end is a word for the stack pointer. */
function contextOf(info: ModuleInfo, layout: VmctxLayout): Uint8Array {
  const words = new Uint32Array((layout.size + WORD) / 4)
  info.globals.forEach(({ init }, i) => {
    if (init?.kind !== 'const') refuse()
    words.set([init.lo, init.hi], layout.globals[i] / 4)
  })
  return new Uint8Array(words.buffer)
}

/** What the memory holds at first: the segments as one, in their order, with the zeros between them. */
function memoryOf({ datas }: ModuleInfo, code: Uint8Array): { readonly data: Uint8Array; readonly dataTo: number } {
  const segments = Array.from({ length: datas.length }, (_, i) => {
    const bytes = code.subarray(datas.start(i), datas.start(i) + datas.size(i))
    return { to: datas.target(i) >>> 0, bytes }
  })
  if (segments.length === 0) return { data: new Uint8Array(0), dataTo: 0 }
  const dataTo = Math.min(...segments.map(({ to }) => to))
  const end = Math.max(...segments.map(({ to, bytes }) => to + bytes.length))
  if (end - dataTo > MOST_CODE) throw new Error('the data of a program is larger than expected')
  const data = new Uint8Array(end - dataTo)
  for (const { to, bytes } of segments) data.set(bytes, to - dataTo)
  return { data, dataTo }
}

/** @throws Error when the program has what cannot be linked */
export function linkProgram(code: Uint8Array, features: CpuFeatures): ProgramParts {
  const decoder = new ModuleDecoder()
  decoder.push(code, true)
  const info = decoder.finish()
  checkShape(info)
  const layout = vmctxLayout(info, info.datas.length)
  const stack = layout.size
  const block = new Block(info.bodyStart.length)
  block.begin((asm) => emitExit(asm, stack))
  const env = { info, layout, features, bounds: 'guard', checked: false, moduleBytes: () => code } as const
  // The compilers in JavaScript: what an earlier build has made takes no part.
  const compiler = new OptimizingCompiler(env, new BaselineCompiler(env))
  info.bodyStart.forEach((start, defined) => {
    const made = compiler.compile(defined, code, start, info.bodyEnd[defined], start, false)
    block.jump(defined, block.place(made.code.subarray(0, made.codeSize), made.relocs, made.relocCount))
  })
  const { min, max } = info.memories[0]
  const pages = { min, max: max < 0 ? SLACK_PAGES : max }
  const words = [
    block.slot(StubId.Runtime, block.emit((asm) => emitGrow(asm, pages.max))),
    block.slot(StubId.MemoryCopy, block.emit(emitCopy)),
    block.slot(StubId.MemoryFill, block.emit(emitFill)),
  ] // oxfmt-ignore
  const entries = info.exports
    .filter((each) => each.kind === ExternKind.Func)
    .map(({ name, index }) => {
      if (!isPlain(info.types[info.funcTypes[index]])) throw new Error(`C cannot call '${name}' of a program`)
      return { name, at: block.emit((asm) => emitEntry(asm, index, stack)) }
    })
  const start = info.start < 0 ? -1 : block.emit((asm) => emitEntry(asm, info.start, stack))
  return {
    code: block.bytes.subarray(0, block.size),
    words,
    entries,
    start,
    pages,
    context: contextOf(info, layout),
    ...memoryOf(info, code),
  }
}
