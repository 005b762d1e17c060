/**
 * Instruction sequences of the text format to bytes (specification section 6.5), folded and flat.
 *
 * One loop and an explicit stack of open forms, so that text nested 100,000 deep costs memory and not the JavaScript
 * stack. A folded instruction stands before its operands in the text and after them in the binary: on the way in its
 * immediates are only stepped over, when its parenthesis closes they are read. That is also the order in which the
 * specification expands the abbreviation, and with it the order in which implied types come into being.
 */
import { FB_BASE, FC_BASE, FD_BASE, FE_BASE, Imm, immOf, Op, opcodeInfo, opcodes } from '../opcodes.js'
import { PREFIX_FB, PREFIX_FC, PREFIX_FD, PREFIX_FE } from '../opcodes.js'
import { EXTERNREF, FUNCREF } from '../types.js'
import type { ByteWriter } from './bytes.js'
import type { Cursor } from './cursor.js'
import { LabelStack } from './labels.js'
import { Token } from './lexer.js'
import { emptyNames, IndexSpace, type NameMap } from './names.js'
import { parseF32, parseF64, parseI32, parseI64, parseU32 } from './numbers.js'
import type { TypeSpace } from './typeuses.js'

/** Opcode ids by text name. The typed `select` shares its name with the plain one and is told apart by its result. */
const opcodeByName = new Map<string, number>()
for (const info of opcodes) if (info.id !== Op.SelectT) opcodeByName.set(info.name, info.id)

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

/** What is open. Flat forms end with `end`, folded ones with a parenthesis. */
const Form = {
  Block: 0,
  If: 1,
  Else: 2,
  FoldedPlain: 3,
  FoldedBlock: 4,
  /** `(if` before its `(then`: the condition. */
  FoldedIf: 5,
  FoldedThen: 6,
  FoldedAfterThen: 7,
  FoldedElse: 8,
  FoldedAfterElse: 9,
} as const
type Form = (typeof Form)[keyof typeof Form]

export class InstructionAssembler {
  private readonly cursor: Cursor
  private readonly spaces: InstructionSpaces
  private out!: ByteWriter
  private locals = new IndexSpace('local')
  private forms: Form[] = []
  /** Token of the instruction that opened the form, and for folded ones the token after its immediates. */
  private heads: number[] = []
  private immediatesEnd: number[] = []
  private readonly labels = new LabelStack()
  /** Blocks of the function so far: the index space of label names. */
  private blockCount = 0
  private labelNames = emptyNames()
  /** True once an instruction has needed the data count section (specification section 5.5.16). */
  usesDataCount = false

  constructor(cursor: Cursor, spaces: InstructionSpaces) {
    this.cursor = cursor
    this.spaces = spaces
  }

  /** Names of the labels of the last function. */
  get names(): NameMap {
    return this.labelNames
  }

  /**
   * Assembles the instructions from the cursor up to token `end`, which must be where they stop, and an `end`.
   * @param locals names of the function's locals; absent in constant expressions
   */
  sequence(out: ByteWriter, end: number, locals = new IndexSpace('local')): void {
    const { cursor } = this
    this.out = out
    this.locals = locals
    this.blockCount = 0
    this.labelNames = emptyNames()
    while (cursor.at < end) {
      if (cursor.kind === Token.LeftParen) this.openFolded()
      else if (cursor.kind === Token.RightParen) this.closeFolded()
      else if (cursor.kind === Token.Atom) this.flat()
      else cursor.unexpected()
    }
    if (this.forms.length > 0) cursor.fail('unexpected end: a block is not closed by end', this.heads.at(-1))
    out.byte(Op.End)
  }

  private push(form: Form, head: number, immediatesEnd: number): void {
    this.forms.push(form)
    this.heads.push(head)
    this.immediatesEnd.push(immediatesEnd)
  }

  private pop(): void {
    this.forms.pop()
    this.heads.pop()
    this.immediatesEnd.pop()
  }

  private get top(): Form | -1 {
    return this.forms.length > 0 ? this.forms[this.forms.length - 1] : -1
  }

  private set top(form: Form) {
    this.forms[this.forms.length - 1] = form
  }

  private openFolded(): void {
    const { cursor } = this
    const head = cursor.at + 1
    const form = this.top
    if (form >= Form.FoldedAfterThen && form !== Form.FoldedElse) {
      if (form !== Form.FoldedAfterThen || !cursor.skipOpen('else')) cursor.unexpected()
      this.out.byte(Op.Else)
      this.top = Form.FoldedElse
      return
    }
    if (form === Form.FoldedIf && cursor.isOpen('then')) {
      this.openThen()
      return
    }
    cursor.at = head
    const id = this.opcode()
    switch (id) {
      case Op.Block:
      case Op.Loop:
        this.openBlock(id)
        this.push(Form.FoldedBlock, head, 0)
        return
      case Op.If:
        cursor.optionalId()
        this.skipImmediates()
        this.push(Form.FoldedIf, head, cursor.at)
        return
      case Op.Else:
      case Op.End:
        cursor.fail(`unexpected token ${cursor.text(head)}`, head)
        return
      default:
        this.skipImmediates()
        this.push(Form.FoldedPlain, head, cursor.at)
    }
  }

  /** Steps over what can stand between an instruction's name and its operands. */
  private skipImmediates(): void {
    const { cursor } = this
    const { close } = cursor.tokens
    for (;;) {
      if (cursor.isOpen('type') || cursor.isOpen('param') || cursor.isOpen('result')) cursor.at = close[cursor.at] + 1
      else if (cursor.kind === Token.Atom || cursor.kind === Token.Id || cursor.kind === Token.String) cursor.at++
      else return
    }
  }

  private openThen(): void {
    const { cursor } = this
    const then = cursor.at
    const index = this.forms.length - 1
    cursor.at = this.heads[index] + 1
    this.openBlock(Op.If)
    if (cursor.at !== this.immediatesEnd[index]) cursor.unexpected()
    cursor.at = then + 2
    this.top = Form.FoldedThen
  }

  private closeFolded(): void {
    const { cursor } = this
    switch (this.top) {
      case Form.FoldedPlain: {
        const close = cursor.at
        const index = this.forms.length - 1
        cursor.at = this.heads[index]
        this.plain(this.opcode())
        if (cursor.at !== this.immediatesEnd[index]) cursor.unexpected()
        cursor.at = close
        this.pop()
        break
      }
      case Form.FoldedThen:
        this.top = Form.FoldedAfterThen
        break
      case Form.FoldedElse:
        this.top = Form.FoldedAfterElse
        break
      case Form.FoldedBlock:
      case Form.FoldedAfterThen:
      case Form.FoldedAfterElse:
        this.closeBlock()
        break
      case Form.FoldedIf:
        cursor.fail('(then is expected here')
        break
      default:
        cursor.fail('unexpected end: a block is not closed by end')
    }
    cursor.at++
  }

  private flat(): void {
    const { cursor } = this
    const head = cursor.at
    const form = this.top
    const operandsOnly =
      form === Form.FoldedPlain ||
      form === Form.FoldedIf ||
      form === Form.FoldedAfterThen ||
      form === Form.FoldedAfterElse
    if (operandsOnly) cursor.unexpected()
    const id = this.opcode()
    switch (id) {
      case Op.Block:
      case Op.Loop:
      case Op.If:
        this.openBlock(id)
        this.push(id === Op.If ? Form.If : Form.Block, head, 0)
        return
      case Op.Else:
        if (form !== Form.If) cursor.fail('unexpected token else', head)
        this.matchLabel()
        this.out.byte(Op.Else)
        this.top = Form.Else
        return
      case Op.End:
        if (form !== Form.Block && form !== Form.If && form !== Form.Else) cursor.fail('unexpected token end', head)
        this.matchLabel()
        this.closeBlock()
        return
      default:
        this.plain(id)
    }
  }

  /** The opcode named by the next token. */
  private opcode(): number {
    const { cursor } = this
    const id = cursor.kind === Token.Atom ? opcodeByName.get(cursor.text()) : undefined
    if (id === undefined) {
      if (cursor.kind !== Token.Atom) cursor.unexpected()
      return cursor.fail(`unknown operator ${cursor.text()}`)
    }
    cursor.at++
    return id
  }

  /** Label and block type of a structured instruction. */
  private openBlock(id: number): void {
    const label = this.cursor.optionalId()
    this.out.byte(id)
    this.spaces.types.writeBlockType(this.cursor, this.out)
    if (label !== undefined) {
      this.labelNames.indices.push(this.blockCount)
      this.labelNames.names.push(label)
    }
    this.labels.push(label ?? '')
    this.blockCount++
  }

  private closeBlock(): void {
    this.out.byte(Op.End)
    this.labels.pop()
    this.pop()
  }

  /** The identifier that may follow `else` and `end` repeats the block's. */
  private matchLabel(): void {
    const { cursor } = this
    const token = cursor.at
    const label = cursor.optionalId()
    if (label !== undefined && label !== this.labels.at(this.labels.depth - 1)) cursor.fail('mismatching label', token)
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

  private plain(id: number): void {
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
