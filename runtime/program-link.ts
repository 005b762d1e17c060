/**
 * Makes a program of the engine's own (wasm/programs.ts) into one block of machine code that is called as C calls functions, when the engine
 * is built: from its first instruction on it runs as the optimizing tier makes it, with no instance, no fiber and no stubs around it.
 *
 *     word 0    what polls read; nothing arms it
 *     slots     addresses of the routines of StubId, which the loader makes absolute
 *     jumps     one a function, as in a module's jump table
 *     code      functions, routines, and one entry an export
 *
 * An entry is `int32_t f(context, base, uint32_t a, uint32_t b)` of the System V ABI (PlainFunction of native/src/plain_code.h). The
 * program's memory is a reservation of 8 GiB that nothing else is in, so no access reaches anything else. An access beyond the pages that
 * there are would end the process: who calls makes the memory large enough. A program with any other trap is not linked.
 */
import { ARG_GPRS, MEMBASE, Reg, StubId, TrapCode, VMCTX, vmctxLayout } from '../tiers/abi.js'
import {
  RELOC_WORDS,
  RelocKind,
  SITE_WORDS,
  SiteKind,
  siteKind,
  siteTrap,
  type CompiledFunction,
  type CpuFeatures,
} from '../tiers/compiled.js'
import { Assembler } from '../tiers/isa/x64/assembler.js'
import { Form } from '../tiers/isa/x64/forms.js'
import { ModuleDecoder } from '../wasm/decoder.js'
import { ExternKind, I32, type FuncType, type ModuleInfo } from '../wasm/types.js'
import { JUMP_SIZE, jumpHigh, jumpLow } from './jumps.js'
import type { ProgramParts } from './program-image.js'
import { relocate, type LinkTargets, type OwnTargets } from './relocate.js'
import { createOptimizer } from './tier.js'

const WORD = 8
const POLL_WORD = 0
const SLOTS = WORD
const JUMPS = SLOTS + StubId.count * WORD
const CODE_ALIGN = 32
/** Registers that a C function gives back as it got them. */
const CALLEE_SAVED = [Reg.rbp, Reg.rbx, Reg.r12, Reg.r13, Reg.r14, Reg.r15] as const
/** Where C passes the first integer arguments. */
const C_ARGS = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.rcx] as const
const MOST_PARAMS = 2
const REP_STOSB = new Uint8Array([0xf3, 0xaa])
/** What relocations name that a linked program cannot have. */
const NOT_HERE: OwnTargets = { importCall: refuse, guardFailures: refuse }

function refuse(): never {
  throw new Error('a program of the engine has no imports, tables or feedback')
}

/** A program that stands for itself: one memory of its own, and exports that C could call. */
function checkShape(info: ModuleInfo): void {
  const outside = info.imports.length + info.tables.length + info.elems.length
  if (outside > 0 || info.memories.length !== 1 || info.start >= 0 || !info.datas.allPlain) refuse()
}

function isPlain({ params, results }: FuncType): boolean {
  return params.length <= MOST_PARAMS && results.length <= 1 && [...params, ...results].every((type) => type === I32)
}

/** A trap would end the process: only accesses to the memory may be able to. */
function checkTraps({ sites, siteCount }: CompiledFunction): void {
  for (let at = 0; at < siteCount * SITE_WORDS; at += SITE_WORDS) {
    const info = sites[at + 2]
    if (siteKind(info) === SiteKind.Trap && siteTrap(info) !== TrapCode.MemoryOutOfBounds)
      throw new Error(`a program of the engine may trap (${siteTrap(info)})`)
  }
}

/** Code under construction; addresses are offsets in it. */
class Block {
  bytes = new Uint8Array(1 << 16)
  size = 0
  private readonly targets: LinkTargets
  private readonly words = new DataView(this.bytes.buffer)

  constructor(functions: number) {
    this.targets = { jumps: JUMPS, entries: 0, poll: POLL_WORD, stubSlots: SLOTS, typeIds: new Uint32Array(0) }
    this.size = JUMPS + functions * JUMP_SIZE
  }

  /** @returns where the code stands */
  place(code: Uint8Array, relocs: Int32Array, relocCount: number): number {
    const at = Math.ceil(this.size / CODE_ALIGN) * CODE_ALIGN
    if (at + code.length > this.bytes.length) throw new Error('a program of the engine is larger than expected')
    for (let i = 0; i < relocCount * RELOC_WORDS; i += RELOC_WORDS) {
      const isOther = relocs[i] === RelocKind.Stub && relocs[i + 2] !== StubId.MemoryFill
      if (relocs[i] === RelocKind.SigId || isOther)
        throw new Error(`a program of the engine calls routine ${relocs[i + 2]}`)
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

/** What C calls: takes over its registers, and passes (context, base, a, b) on. */
function emitEntry(asm: Assembler, defined: number): void {
  const [context, base, a, b] = C_ARGS
  for (const reg of CALLEE_SAVED) asm.push(reg)
  asm.rr(Form.mov64RM, VMCTX, context)
  asm.rr(Form.mov64RM, MEMBASE, base)
  asm.rr(Form.mov32RM, ARG_GPRS[0], a)
  asm.rr(Form.mov32RM, ARG_GPRS[1], b)
  asm.callDirect(RelocKind.Entry, defined)
  for (const reg of CALLEE_SAVED.toReversed()) asm.pop(reg)
  asm.ret(0)
}

/** @throws Error when the program has what cannot be linked */
export function linkProgram(code: Uint8Array, features: CpuFeatures): ProgramParts {
  const decoder = new ModuleDecoder()
  decoder.push(code, true)
  const info = decoder.finish()
  checkShape(info)
  const layout = vmctxLayout(info, info.datas.length)
  const block = new Block(info.bodyStart.length)
  const compiler = createOptimizer({ info, layout, features, bounds: 'guard', checked: false, moduleBytes: () => code })
  info.bodyStart.forEach((start, defined) => {
    const made = compiler.compile(defined, code, start, info.bodyEnd[defined], start, false)
    checkTraps(made)
    block.jump(defined, block.place(made.code.subarray(0, made.codeSize), made.relocs, made.relocCount))
  })
  const words = [block.slot(StubId.MemoryFill, block.emit(emitFill))]
  const entries = info.exports
    .filter((each) => each.kind === ExternKind.Func)
    .map(({ name, index }) => {
      if (!isPlain(info.types[info.funcTypes[index]])) throw new Error(`C cannot call '${name}' of a program`)
      return { name, at: block.emit((asm) => emitEntry(asm, index)) }
    })
  const globals = info.globals.map(({ init }, i) => {
    if (init?.kind !== 'const') refuse()
    return { at: layout.globals[i], lo: init.lo, hi: init.hi }
  })
  const datas = Array.from({ length: info.datas.length }, (_, i) => ({
    to: info.datas.target(i) >>> 0,
    from: info.datas.start(i),
    size: info.datas.size(i),
  }))
  const { min, max } = info.memories[0]
  const pages = { min, max: max < 0 ? -1 : max }
  return { code: block.bytes.subarray(0, block.size), words, entries, pages, contextSize: layout.size, globals, datas } // oxfmt-ignore
}
