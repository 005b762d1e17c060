/**
 * One step of the validator: any opcode in its general form (specification section 3.3), with every check. The scan
 * (scan/scan.as.ts) runs over the common cases much faster and leaves all others to this; alone, step after step, this
 * file is a complete validator, and that is how it is run to find the words of an error.
 */
import { MAX_BR_TABLE_SIZE, MAX_LOCALS } from './limits.js'
import { FC_BASE, Op, opcodeInfo, PREFIX_FC } from './opcodes.js'
import { BOT, EXTERNREF, F32, F64, FUNCREF, I32, I64, isRef, valTypeName } from './types.js'
import { naturalAlign, operandTypes, resultTypes } from './validator-ops.js'
import { ValidatorFacts } from './validator-facts.js'
import { KIND_BLOCK, KIND_FUNC, KIND_IF, KIND_LOOP } from './scan/layout.js'
import { Frame } from './validator-stacks.js'

export abstract class StepValidator extends ValidatorFacts {
  /** Position of the next opcode. */
  protected pos = 0

  /** Starts the current function: its locals, its frame. */
  protected begin(): void {
    const sig = this.tables.funcSig[this.funcIndex]
    this.pos = this.readLocals(sig)
    this.beginFacts()
    this.openFunction(sig)
  }

  /** Reads the locals declaration at `start`; returns the position behind it. */
  private readLocals(sig: number): number {
    const { sigTypes, sigParams, sigParamCount } = this.tables
    const params = sigParamCount[sig]
    const groups = this.u32(this.start, 'local decls count')
    if (groups > this.end - this.next) {
      this.fail('local decls count bigger than remaining function size', this.start)
    }
    for (let i = 0; i < params; i++) this.addLocals(i, 1, sigTypes[sigParams[sig] + i])
    let count = params
    let pos = this.next
    for (let i = 0; i < groups; i++) {
      const size = this.u32(pos, 'local count')
      if (size > MAX_LOCALS - count) this.fail('local count too large', pos)
      this.addLocals(count, size, this.valType(this.next))
      count += size
      pos = this.next
    }
    this.localCount = count
    return pos
  }

  /**
   * Validates the opcode at `pos` and moves on.
   * @returns true at the function's end
   */
  protected step(): boolean {
    const at = this.pos
    if (at >= this.end) this.fail('function body must end with "end" opcode', this.end)
    this.at = at
    this.next = at + 1
    const opcode = this.bytes[at]
    const done = this.execute(opcode, at + 1)
    this.pos = this.next
    if (done && this.pos !== this.end) this.fail('trailing code after function end', this.pos)
    return done
  }

  /** The opcode with immediates at `pos`: control here, the rest below. Leaves the position behind it in `next`. */
  private execute(opcode: number, pos: number): boolean {
    switch (opcode) {
      case Op.Unreachable:
        this.setDead()
        break
      case Op.Block:
        this.openFrame(KIND_BLOCK, this.blockType(pos))
        break
      case Op.Loop:
        this.openFrame(KIND_LOOP, this.blockType(pos))
        this.enterLoop()
        break
      case Op.If: {
        const sig = this.blockType(pos)
        this.pop(I32, 0, 0)
        this.openFrame(KIND_IF, sig)
        break
      }
      case Op.Else:
        this.elseFrame()
        break
      case Op.End:
        return this.endBlock()
      case Op.Br:
        this.branch(this.label(pos))
        this.setDead()
        break
      case Op.BrIf:
        this.branchIf(this.label(pos))
        break
      case Op.BrTable:
        this.pop(I32, 0, 0)
        this.branchTable(pos)
        this.setDead()
        break
      case Op.Return:
        this.checkMerge(
          this.labelTypes(this.memory.firstFrame),
          this.labelCount(this.memory.firstFrame),
          false,
          'return',
        )
        this.setDead()
        break
      case Op.Call:
        this.call(this.function(pos), 0)
        break
      case Op.CallIndirect: {
        const sig = this.indirectType(pos)
        this.pop(I32, this.tables.sigParamCount[sig], 0)
        this.call(sig, 1)
        break
      }
      default:
        this.plain(opcode, pos)
    }
    return false
  }

  // --- control ------------------------------------------------------------------------------------------------------

  private endBlock(): boolean {
    this.endFrame()
    const kind = this.words[this.frame + Frame.kind]
    if (kind === KIND_LOOP) this.leaveLoop()
    if (kind === KIND_FUNC) return true
    this.frame -= Frame.words
    return false
  }

  /** The frame that the label index at `pos` names. */
  private label(pos: number, what = 'branch depth'): number {
    const depth = this.u32(pos, what)
    const target = this.frame - depth * Frame.words
    if (target < this.memory.firstFrame) this.fail(`invalid branch depth: ${depth}`, pos)
    return target
  }

  private branch(target: number): void {
    this.checkMerge(this.labelTypes(target), this.labelCount(target), false, 'branch')
  }

  private branchIf(target: number): void {
    this.pop(I32, 0, 0)
    this.branch(target)
    if (!this.dead) return
    // The values are the label's from here on, even those that unreachable code left out.
    const count = this.labelCount(target)
    this.sp -= Math.min(count, this.sp - this.base)
    this.pushRange(this.labelTypes(target), count, this.at)
  }

  /**
   * The labels of br_table. A label type is checked once for each table, so that the time is linear in the number of
   * labels, however many values they carry.
   */
  private branchTable(pos: number): void {
    const { words } = this
    const labels = this.u32(pos, 'table count')
    if (labels > MAX_BR_TABLE_SIZE) this.fail(`invalid table count (> max br_table size): ${labels}`, pos)
    if (labels > this.end - this.next) this.fail(`expected ${labels} bytes, fell off end`, this.at)
    const serial = ++this.brTables
    let arity = -1
    for (let i = 0; i <= labels; i++) {
      const labelAt = this.next
      const target = this.label(labelAt, 'branch table entry')
      const count = this.labelCount(target)
      if (arity < 0) arity = count
      else if (arity !== count) this.fail(`br_table: label arity inconsistent with previous arity ${arity}`, labelAt)
      const key = 2 * words[target + Frame.sig] + (words[target + Frame.kind] === KIND_LOOP ? 1 : 0)
      if (this.labelChecked[key] === serial) continue
      this.labelChecked[key] = serial
      this.branch(target)
    }
  }

  /** The signature of the function whose index is at `pos`. */
  private function(pos: number): number {
    const { funcSig } = this.tables
    const index = this.u32(pos, 'function index')
    if (index >= funcSig.length) this.fail(`function index #${index} is out of bounds`, pos)
    return funcSig[index]
  }

  private indirectType(pos: number): number {
    const { tableTypes } = this.tables
    // V8 11.3 spells it so.
    const sig = this.index(pos, this.info.types.length, 'singature index', 'invalid signature index')
    const table = this.index(this.next, tableTypes.length, 'table index', 'invalid table index')
    if (tableTypes[table] !== FUNCREF) {
      this.fail(`call_indirect: immediate table #${table} is not of a function type`, pos)
    }
    return sig
  }

  /** Pops the arguments of a call, of which `extra` operands are popped already, and pushes its results. */
  private call(sig: number, extra: number): void {
    const { sigParams, sigParamCount, sigResults, sigResultCount } = this.tables
    this.lastCall = this.at
    this.popRange(sigParams[sig], sigParamCount[sig], extra)
    this.pushRange(sigResults[sig], sigResultCount[sig], this.at)
  }

  // --- the rest -----------------------------------------------------------------------------------------------------

  private local(pos: number): number {
    return this.index(pos, this.localCount, 'local index', 'invalid local index')
  }

  private table(pos: number): number {
    return this.index(pos, this.tables.tableTypes.length, 'table index', 'invalid table index')
  }

  private elem(pos: number): number {
    return this.index(pos, this.tables.elemTypes.length, 'element segment index', 'invalid element segment index')
  }

  private data(pos: number): void {
    this.index(pos, Math.max(this.info.dataCount, 0), 'data segment index', 'invalid data segment index')
  }

  /** Pops the operands of an opcode with a fixed signature and pushes its result, if it has one. */
  private fixed(id: number): void {
    const params = operandTypes[id] ?? []
    for (let i = params.length - 1; i >= 0; i--) this.pop(params[i], i, params.length - 1 - i)
    const result = resultTypes[id]
    if (result !== 0) this.push(result)
  }

  private plain(opcode: number, pos: number): void {
    const { globalTypes } = this.tables
    switch (opcode) {
      case Op.Drop:
        this.pop(BOT, 0, 0)
        break
      case Op.LocalGet: {
        const local = this.local(pos)
        this.noteUse(local)
        this.push(this.localType(local))
        break
      }
      case Op.LocalSet:
      case Op.LocalTee: {
        const local = this.local(pos)
        this.noteAssignment(local)
        this.pop(this.localType(local), 0, 0)
        if (opcode === Op.LocalTee) this.push(this.localType(local))
        break
      }
      case Op.GlobalGet:
        this.push(globalTypes[this.index(pos, globalTypes.length, 'global index', 'Invalid global index')])
        break
      case Op.GlobalSet: {
        const global = this.index(pos, globalTypes.length, 'global index', 'Invalid global index')
        if (this.tables.globalMutable[global] === 0) {
          this.fail(`immutable global #${global} cannot be assigned`, this.at)
        }
        this.pop(globalTypes[global], 0, 0)
        break
      }
      case Op.I32Const:
        this.skipS32(pos)
        this.push(I32)
        break
      case Op.I64Const:
        this.skipS64(pos)
        this.push(I64)
        break
      case Op.F32Const:
        if (this.end - pos < 4) this.fail('immf32', pos)
        this.next = pos + 4
        this.push(F32)
        break
      case Op.F64Const:
        if (this.end - pos < 8) this.fail('immf64', pos)
        this.next = pos + 8
        this.push(F64)
        break
      case Op.Select:
        this.select()
        break
      case PREFIX_FC:
        this.prefixed(pos)
        break
      default: {
        if (opcodeInfo[opcode] === undefined) this.fail(`Invalid opcode 0x${opcode.toString(16)}`, this.at)
        const align = naturalAlign[opcode]
        if (align >= 0) {
          this.memArg(align, pos)
          this.fixed(opcode)
        } else this.other(opcode, pos)
      }
    }
  }

  private select(): void {
    this.pop(I32, 2, 0)
    const second = this.pop(BOT, 1, 1)
    const slot = this.sp - 1
    const first = this.pop(BOT, 0, 2)
    if (isRef(first) || isRef(second)) this.fail('select without type is only valid for value type inputs', this.at)
    if (first !== second && first !== BOT && second !== BOT) this.failType(0, `type ${valTypeName(second)}`, slot)
    this.push(first === BOT ? second : first)
  }

  private prefixed(pos: number): void {
    const sub = this.u32(pos, 'prefixed opcode index')
    if (sub > 0xff) this.fail(`Invalid prefixed opcode ${sub}`, this.at)
    const id = FC_BASE + sub
    if (opcodeInfo[id] === undefined) {
      this.fail(`invalid numeric opcode: 0xfc${sub.toString(16).padStart(2, '0')}`, this.at)
    }
    this.other(id, this.next)
  }

  /** Memory, tables, references, and whatever has a fixed signature and no immediates. */
  private other(id: number, pos: number): void {
    const { tableTypes, elemTypes } = this.tables
    switch (id) {
      case Op.MemorySize:
      case Op.MemoryGrow:
      case Op.MemoryFill:
        this.memoryByte(pos)
        break
      case Op.MemoryCopy:
        this.memoryByte(pos)
        this.memoryByte(this.next)
        break
      case Op.MemoryInit:
        this.data(pos)
        this.memoryByte(this.next)
        break
      case Op.DataDrop:
        this.data(pos)
        break
      case Op.ElemDrop:
        this.elem(pos)
        break
      case Op.TableInit: {
        const elem = this.elem(pos)
        this.checkTableTypes(this.table(this.next), elemTypes[elem], pos)
        break
      }
      case Op.TableCopy: {
        const to = this.table(pos)
        this.checkTableTypes(to, tableTypes[this.table(this.next)], pos)
        break
      }
      case Op.TableSize:
        this.table(pos)
        break
      case Op.TableGet: {
        const table = this.table(pos)
        this.pop(I32, 0, 0)
        this.push(tableTypes[table])
        return
      }
      case Op.TableSet:
        this.pop(tableTypes[this.table(pos)], 1, 0)
        this.pop(I32, 0, 1)
        return
      case Op.TableGrow: {
        const table = this.table(pos)
        this.pop(I32, 1, 0)
        this.pop(tableTypes[table], 0, 1)
        this.push(I32)
        return
      }
      case Op.TableFill: {
        const table = this.table(pos)
        this.pop(I32, 2, 0)
        this.pop(tableTypes[table], 1, 1)
        this.pop(I32, 0, 2)
        return
      }
      case Op.SelectT: {
        const count = this.u32(pos, 'number of select types')
        if (count !== 1) this.fail('Invalid number of types. Select accepts exactly one type', pos)
        const type = this.valType(this.next)
        this.pop(I32, 2, 0)
        this.pop(type, 1, 1)
        this.pop(type, 0, 2)
        this.push(type)
        return
      }
      case Op.RefNull:
        this.push(this.heapType(pos))
        return
      case Op.RefIsNull: {
        const type = this.pop(BOT, 0, 0)
        if (type !== BOT && !isRef(type)) this.failType(0, 'reference type', this.sp)
        this.push(I32)
        return
      }
      case Op.RefFunc: {
        const index = this.u32(pos, 'function index')
        if (index >= this.tables.funcSig.length) this.fail(`function index #${index} is out of bounds`, pos)
        if (this.info.declaredRefs[index] === 0) this.fail(`undeclared reference to function #${index}`, pos)
        this.push(FUNCREF)
        return
      }
      default:
        this.next = pos
    }
    this.fixed(id)
  }

  private checkTableTypes(to: number, from: number, pos: number): void {
    if (this.tables.tableTypes[to] !== from) this.fail(`table ${to} is not a super-type of ${valTypeName(from)}`, pos)
  }

  /** 2.0 has two heap types, written as one byte each. */
  private heapType(pos: number): number {
    if (pos >= this.end) this.fail('expected heap type', pos)
    this.next = pos + 1
    const type = this.bytes[pos]
    if (type === FUNCREF || type === EXTERNREF) return type
    return this.fail(`Unknown heap type ${type < 0x40 ? type : type - 0x80}`, pos)
  }
}
