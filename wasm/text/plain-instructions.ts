/**
 * Instructions other than the structured ones: their opcode and their immediates (specification sections 6.5.2 to
 * 6.5.9), read by the kinds that the opcode table gives them.
 */
import { immOf } from '../immediates.js'
import { FB_BASE, FC_BASE, FD_BASE, FE_BASE, Imm, Op, opcodeInfo } from '../opcodes.js'
import { PREFIX_FB, PREFIX_FC, PREFIX_FD, PREFIX_FE } from '../opcodes.js'
import { EXTERNREF, FUNCREF } from '../types.js'
import { ByteWriter } from './bytes.js'
import type { Cursor } from './cursor.js'
import type { LabelStack } from './labels.js'
import { Token } from './lexer.js'
import { IndexSpace } from './names.js'
import { parseF32, parseF64, parseI32, parseI64, parseU32 } from './numbers.js'
import type { TypeSpace } from './typeuses.js'

/** The index spaces that instructions refer to. */
export interface InstructionSpaces {
  readonly types: TypeSpace
  readonly funcs: IndexSpace
  readonly tables: IndexSpace
  readonly memories: IndexSpace
  readonly globals: IndexSpace
  readonly elems: IndexSpace
  readonly datas: IndexSpace
}

/** Flag of a memory argument's alignment that says that a memory index follows. */
const MEMARG_HAS_MEMORY = 0x40

export class PlainAssembler {
  private readonly cursor: Cursor
  private readonly spaces: InstructionSpaces
  private readonly labels: LabelStack
  private out = new ByteWriter()
  private locals = new IndexSpace('local')
  /** True once an instruction has needed the data count section (specification section 5.5.16). */
  usesDataCount = false

  /** @param labels the blocks that are open; the caller keeps it up to date */
  constructor(cursor: Cursor, spaces: InstructionSpaces, labels: LabelStack) {
    this.cursor = cursor
    this.spaces = spaces
    this.labels = labels
  }

  /** Turns to another sequence: where its bytes go and what its locals are called. */
  begin(out: ByteWriter, locals: IndexSpace): void {
    this.out = out
    this.locals = locals
  }

  private writeOpcode(id: number): void {
    const { out } = this
    if (id < FC_BASE) {
      out.byte(id)
    } else if (id < FD_BASE) {
      out.byte(PREFIX_FC)
      out.u32(id - FC_BASE)
    } else if (id < FE_BASE) {
      out.byte(PREFIX_FD)
      out.u32(id - FD_BASE)
    } else if (id < FB_BASE) {
      out.byte(PREFIX_FE)
      out.u32(id - FE_BASE)
    } else {
      out.byte(PREFIX_FB)
      out.u32(id - FB_BASE)
    }
  }

  /** Writes one instruction; the cursor stands behind its name. */
  write(id: number): void {
    const typedSelect = id === Op.Select && this.cursor.isOpen('result')
    const opcode = typedSelect ? Op.SelectT : id
    this.writeOpcode(opcode)
    this.immediates(opcode)
  }

  private isIndex(): boolean {
    return this.cursor.kind === Token.Id || this.cursor.isNumber()
  }

  private index(space: IndexSpace): void {
    this.out.u32(space.index(this.cursor))
  }

  private indexOrZero(space: IndexSpace): number {
    return this.isIndex() ? space.index(this.cursor) : 0
  }

  /** The immediates of an opcode, in the order of the binary format. */
  private immediates(id: number): void {
    const { cursor, out, spaces } = this
    switch (immOf[id]) {
      case Imm.None:
        return
      case Imm.Label:
        out.u32(this.label())
        return
      case Imm.Labels:
        this.labelVector()
        return
      case Imm.Func:
        this.index(spaces.funcs)
        return
      case Imm.TypeTable: {
        const table = this.indexOrZero(spaces.tables)
        out.u32(spaces.types.use(cursor))
        out.u32(table)
        return
      }
      case Imm.Local:
        this.index(this.locals)
        return
      case Imm.Global:
        this.index(spaces.globals)
        return
      case Imm.Table:
        out.u32(this.indexOrZero(spaces.tables))
        return
      case Imm.Memory:
        out.u32(this.indexOrZero(spaces.memories))
        return
      case Imm.MemArg:
        this.memArg(opcodeInfo[id]!.align)
        return
      case Imm.I32:
        out.s32(this.number(parseI32))
        return
      case Imm.I64:
        out.s64(this.number(parseI64))
        return
      case Imm.F32:
        out.word(this.number(parseF32))
        return
      case Imm.F64: {
        const bits = this.number(parseF64)
        out.word(Number(BigInt.asUintN(32, bits)))
        out.word(Number(bits >> 32n))
        return
      }
      case Imm.SelectTypes:
        this.selectTypes()
        return
      case Imm.HeapType:
        this.heapType()
        return
      case Imm.Data:
        this.usesDataCount = true
        this.index(spaces.datas)
        return
      case Imm.Elem:
        this.index(spaces.elems)
        return
      case Imm.DataMemory:
        this.usesDataCount = true
        this.segmentAndTarget(spaces.datas, spaces.memories)
        return
      case Imm.ElemTable:
        this.segmentAndTarget(spaces.elems, spaces.tables)
        return
      case Imm.MemoryMemory:
        this.targetAndSource(spaces.memories)
        return
      case Imm.TableTable:
        this.targetAndSource(spaces.tables)
        return
      case Imm.Block:
        // Structured instructions write theirs in openBlock.
        cursor.unexpected()
    }
  }

  private label(): number {
    const { cursor, labels } = this
    if (cursor.kind !== Token.Id) return cursor.u32()
    const level = labels.levelOf(cursor.idAt(cursor.at))
    if (level < 0) cursor.fail(`unknown label ${cursor.text()}`)
    cursor.at++
    return labels.depth - 1 - level
  }

  private labelVector(): void {
    const targets = [this.label()]
    while (this.isIndex()) targets.push(this.label())
    this.out.u32(targets.length - 1)
    for (const target of targets) this.out.u32(target)
  }

  private memArg(naturalAlign: number): void {
    const memory = this.indexOrZero(this.spaces.memories)
    const offset = this.keywordNumber('offset=') ?? 0
    const place = this.cursor.at
    const bytes = this.keywordNumber('align=')
    let align = naturalAlign
    if (bytes !== undefined) {
      align = 31 - Math.clz32(bytes)
      if (bytes === 0 || 2 ** align !== bytes) this.cursor.fail('alignment must be a power of two', place)
    }
    this.out.u32(memory === 0 ? align : align | MEMARG_HAS_MEMORY)
    if (memory !== 0) this.out.u32(memory)
    this.out.u32(offset)
  }

  /** The number in `keyword=N`, when that is next. */
  private keywordNumber(keyword: string): number | undefined {
    const { cursor } = this
    if (cursor.kind !== Token.Atom) return undefined
    const text = cursor.text()
    if (!text.startsWith(keyword)) return undefined
    const value = parseU32(text.slice(keyword.length))
    if (typeof value === 'string') return cursor.fail(value)
    cursor.at++
    return value
  }

  private number<T extends number | bigint>(parse: (text: string) => T | string): T {
    const { cursor } = this
    if (cursor.kind !== Token.Atom) cursor.unexpected()
    const value = parse(cursor.text())
    if (typeof value === 'string') return cursor.fail(value)
    cursor.at++
    return value
  }

  private selectTypes(): void {
    const { cursor, out } = this
    const types: number[] = []
    while (cursor.skipOpen('result')) {
      while (cursor.kind !== Token.RightParen) types.push(cursor.valType())
      cursor.close()
    }
    out.u32(types.length)
    for (const type of types) out.byte(type)
  }

  private heapType(): void {
    const { cursor, out } = this
    if (cursor.skipAtom('func')) out.byte(FUNCREF)
    else if (cursor.skipAtom('extern')) out.byte(EXTERNREF)
    else cursor.fail('a heap type (func or extern) is expected here')
  }

  /** `target? segment`: the text has the optional target first, the binary format has it last. */
  private segmentAndTarget(segments: IndexSpace, targets: IndexSpace): void {
    const { cursor, out } = this
    const first = cursor.at
    cursor.at++
    const two = this.isIndex()
    cursor.at = first
    const target = two ? targets.index(cursor) : 0
    out.u32(segments.index(cursor))
    out.u32(target)
  }

  private targetAndSource(space: IndexSpace): void {
    if (this.isIndex()) {
      this.index(space)
      this.index(space)
    } else {
      this.out.u32(0)
      this.out.u32(0)
    }
  }
}
