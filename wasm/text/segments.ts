/**
 * Element and data segments of a module text (specification sections 6.6.10 and 6.6.11), alone or inside their table
 * or memory. The binary format often has several forms for one segment; which is taken follows wasm-tools.
 */
import { Op } from '../opcodes.js'
import { FUNCREF, type ValType } from '../types.js'
import { ByteWriter } from './bytes.js'
import type { Cursor } from './cursor.js'
import type { InstructionAssembler } from './instructions.js'
import { Token } from './lexer.js'
import { Items, type ModuleWriter } from './module-writer.js'
import type { InstructionSpaces } from './plain-instructions.js'

/** Element segment flags (specification section 5.5.12). */
const ELEM_NOT_ACTIVE = 1
/** Active: a table index follows. Not active: the segment is declarative. */
const ELEM_TABLE_OR_DECLARATIVE = 2
const ELEM_EXPRESSIONS = 4
const ELEM_KIND_FUNC = 0

const PAGE_SIZE = 65536

export class SegmentAssembler {
  private readonly cursor: Cursor
  private readonly spaces: InstructionSpaces
  private readonly instructions: InstructionAssembler
  private readonly out: ModuleWriter

  constructor(cursor: Cursor, spaces: InstructionSpaces, instructions: InstructionAssembler, out: ModuleWriter) {
    this.cursor = cursor
    this.spaces = spaces
    this.instructions = instructions
    this.out = out
  }

  /** `(elem ...)` inside table `index`; the result is the number of its items. */
  inlineElem(type: ValType, index: number): number {
    const { cursor } = this
    cursor.open('elem')
    const expressions = cursor.kind === Token.LeftParen
    const out = this.out.elems.next()
    // The explicit form even for table 0, as wasm-tools has it.
    out.byte(expressions ? ELEM_TABLE_OR_DECLARATIVE | ELEM_EXPRESSIONS : ELEM_TABLE_OR_DECLARATIVE)
    out.u32(index)
    this.zeroOffset(out)
    out.byte(expressions ? type : ELEM_KIND_FUNC)
    const count = expressions ? this.elemExpressions(out) : this.elemIndices(out)
    cursor.close()
    return count
  }

  /** `(data ...)` inside memory `index`; the result is the number of pages that it fills. */
  inlineData(index: number): number {
    const { cursor } = this
    cursor.open('data')
    const bytes = cursor.strings()
    cursor.close()
    const out = this.out.datas.next()
    this.activeDataHead(out, index)
    this.zeroOffset(out)
    out.vector(bytes)
    return Math.ceil(bytes.length / PAGE_SIZE)
  }

  private zeroOffset(out: ByteWriter): void {
    out.byte(Op.I32Const)
    out.s32(0)
    out.byte(Op.End)
  }

  /** `(keyword instr*)`, or its abbreviation, one folded instruction. */
  private wrappedExpression(out: ByteWriter, keyword: string): void {
    const { cursor } = this
    const close = cursor.tokens.close[cursor.at]
    if (cursor.kind !== Token.LeftParen) cursor.unexpected()
    if (cursor.skipOpen(keyword)) {
      this.instructions.sequence(out, close)
      cursor.close()
    } else {
      this.instructions.sequence(out, close + 1)
    }
  }

  /** `(elem ...)` with the cursor behind its keyword. */
  elem(): void {
    const { cursor } = this
    const out = this.out.elems.next()
    cursor.optionalId()
    if (cursor.skipAtom('declare')) {
      this.elemList(out, ELEM_NOT_ACTIVE | ELEM_TABLE_OR_DECLARATIVE, undefined)
      return
    }
    const table = this.tableUse()
    if (table < 0 && cursor.kind !== Token.LeftParen) {
      this.elemList(out, ELEM_NOT_ACTIVE, undefined)
      return
    }
    const offset = new ByteWriter()
    this.wrappedExpression(offset, 'offset')
    this.elemList(out, 0, { table, offset })
  }

  /** `(table $t)` or, the older form, the bare index; -1 when there is none. */
  private tableUse(): number {
    const { cursor } = this
    if (cursor.skipOpen('table')) {
      const table = this.spaces.tables.index(cursor)
      cursor.close()
      return table
    }
    // Only a segment with an offset has a bare index in front of a parenthesis.
    const bare =
      (cursor.kind === Token.Id || cursor.isNumber()) && cursor.tokens.kinds[cursor.at + 1] === Token.LeftParen
    return bare ? this.spaces.tables.index(cursor) : -1
  }

  /** The flags, the head and the items of a segment. */
  private elemList(
    out: ByteWriter,
    mode: number,
    active: { readonly table: number; readonly offset: ByteWriter } | undefined,
  ): void {
    const { cursor } = this
    const bare = active !== undefined && active.table < 0 && !cursor.isValType() && !cursor.isAtom('func')
    const expressions = cursor.isValType()
    const type = expressions ? cursor.refType() : FUNCREF
    if (!expressions && !bare && !cursor.skipAtom('func')) cursor.unexpected()
    let flags = expressions ? mode | ELEM_EXPRESSIONS : mode
    if (active !== undefined && (active.table >= 0 || type !== FUNCREF)) flags |= ELEM_TABLE_OR_DECLARATIVE
    out.byte(flags)
    if (active !== undefined) {
      if ((flags & ELEM_TABLE_OR_DECLARATIVE) !== 0) out.u32(Math.max(active.table, 0))
      out.bytes(active.offset.view())
    }
    if ((flags & (ELEM_NOT_ACTIVE | ELEM_TABLE_OR_DECLARATIVE)) !== 0) out.byte(expressions ? type : ELEM_KIND_FUNC)
    if (expressions) this.elemExpressions(out)
    else this.elemIndices(out)
  }

  /** Function indices up to the closing parenthesis; the result is their number. */
  private elemIndices(out: ByteWriter): number {
    const { cursor } = this
    const indices: number[] = []
    while (cursor.kind !== Token.RightParen) indices.push(this.spaces.funcs.index(cursor))
    out.u32(indices.length)
    for (const index of indices) out.u32(index)
    return indices.length
  }

  private elemExpressions(out: ByteWriter): number {
    const { cursor } = this
    const items = new Items()
    while (cursor.kind !== Token.RightParen) this.wrappedExpression(items.next(), 'item')
    out.u32(items.count)
    out.bytes(items.bytes.view())
    return items.count
  }

  private activeDataHead(out: ByteWriter, memory: number): void {
    out.byte(memory === 0 ? 0 : 2)
    if (memory !== 0) out.u32(memory)
  }

  /** `(data ...)` with the cursor behind its keyword. */
  data(): void {
    const { cursor } = this
    const out = this.out.datas.next()
    cursor.optionalId()
    let memory = -1
    if (cursor.skipOpen('memory')) {
      memory = this.spaces.memories.index(cursor)
      cursor.close()
    } else if (cursor.kind === Token.Id || cursor.isNumber()) {
      memory = this.spaces.memories.index(cursor)
    }
    if (memory >= 0 || cursor.kind === Token.LeftParen) {
      this.activeDataHead(out, Math.max(memory, 0))
      this.wrappedExpression(out, 'offset')
    } else {
      out.byte(1)
    }
    out.vector(cursor.strings())
  }
}
