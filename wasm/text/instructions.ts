/**
 * Instruction sequences of the text format to bytes (specification section 6.5), folded and flat.
 *
 * One loop and an explicit stack of open forms, so that text nested 100,000 deep costs memory and not the JavaScript
 * stack. A folded instruction stands before its operands in the text and after them in the binary: on the way in its
 * immediates are only stepped over, when its parenthesis closes they are read. That is also the order in which the
 * specification expands the abbreviation, and with it the order in which implied types come into being.
 */
import { Op, opcodes } from '../opcodes.js'
import { ByteWriter } from './bytes.js'
import type { Cursor } from './cursor.js'
import { LabelStack } from './labels.js'
import { Token } from './lexer.js'
import { emptyNames, IndexSpace, type NameMap } from './names.js'
import { PlainAssembler, type InstructionSpaces } from './plain-instructions.js'
import type { TypeSpace } from './typeuses.js'

/** Opcode ids by text name. The typed `select` shares its name with the plain one and is told apart by its result. */
const opcodeByName = new Map<string, number>()
for (const info of opcodes) if (info.id !== Op.SelectT) opcodeByName.set(info.name, info.id)

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
  private readonly types: TypeSpace
  private readonly plain: PlainAssembler
  private out = new ByteWriter()
  private forms: Form[] = []
  /** Token of the instruction that opened the form, and for folded ones the token after its immediates. */
  private heads: number[] = []
  private immediatesEnd: number[] = []
  private readonly labels = new LabelStack()
  /** Blocks of the function so far: the index space of label names. */
  private blockCount = 0
  private labelNames = emptyNames()

  constructor(cursor: Cursor, spaces: InstructionSpaces) {
    this.cursor = cursor
    this.types = spaces.types
    this.plain = new PlainAssembler(cursor, spaces, this.labels)
  }

  /** True once an instruction has needed the data count section. */
  get usesDataCount(): boolean {
    return this.plain.usesDataCount
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
    this.plain.begin(out, locals)
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
        this.plain.write(this.opcode())
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
        this.plain.write(id)
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
    this.types.writeBlockType(this.cursor, this.out)
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
}
