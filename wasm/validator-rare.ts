/**
 * The opcodes of the validator that are too rare or too long for its loop: tables, bulk memory, references, select, the
 * immediates of br_table and call_indirect. One method each, called with the height of the operand stack.
 */
import { MAX_BR_TABLE_SIZE } from './limits.js'
import { FC_BASE, Op, opcodeInfo, PREFIX_FC } from './opcodes.js'
import { BOT, EXTERNREF, FUNCREF, I32, isRef, valTypeName } from './types.js'
import { fixedParams, fixedResult } from './validator-ops.js'
import { Frame, FrameKind, ValidatorState } from './validator-state.js'

export abstract class RareValidator extends ValidatorState {
  /** The immediates of call_indirect: returns the signature. */
  protected indirectType(pos: number): number {
    const sig = this.u32(pos, 'singature index')
    if (sig >= this.info.types.length) this.fail(`invalid signature index: ${sig}`, pos)
    const tableAt = this.next
    const table = this.u32(tableAt, 'table index')
    if (table >= this.tables.tableTypes.length) this.fail(`invalid table index: ${table}`, tableAt)
    if (this.tables.tableTypes[table] !== FUNCREF) {
      this.fail(`call_indirect: immediate table #${table} is not of a function type`, pos)
    }
    return sig
  }

  /**
   * The immediates of br_table at `pos`; returns the position behind them. A label type is checked once for each
   * table, so that the time is linear in the number of labels, however many values they carry.
   */
  protected branchTable(pos: number, sp: number, at: number): number {
    const labels = this.u32(pos, 'table count')
    if (labels > MAX_BR_TABLE_SIZE) this.fail(`invalid table count (> max br_table size): ${labels}`, pos)
    const { frames } = this
    const serial = ++this.brTables
    let label = this.next
    if (labels > this.end - label) this.fail(`expected ${labels} bytes, fell off end`, at)
    let arity = -1
    for (let i = 0; i <= labels; i++) {
      const depth = this.index(label, 'branch table entry')
      const target = this.frame - depth * Frame.words
      if (target < 0) this.failDepth(label)
      const count = frames[target + Frame.labelCount]
      if (arity < 0) arity = count
      else if (arity !== count) this.fail(`br_table: label arity inconsistent with previous arity ${arity}`, label)
      const key = 2 * frames[target + Frame.sig] + (frames[target + Frame.kind] === FrameKind.Loop ? 1 : 0)
      if (this.labelChecked[key] !== serial) {
        this.labelChecked[key] = serial
        if (count > 0) this.checkMerge(sp, frames[target + Frame.label], count, false, 'branch', at)
      }
      label = this.next
    }
    return label
  }

  /** `select` without types; returns the height below its result, whose type is in that slot. */
  protected select(height: number, at: number): number {
    const { types } = this
    let sp = this.pop(height, I32, 2, 0, at)
    sp = this.pop(sp, BOT, 1, 1, at)
    const second = types[sp]
    const secondSlot = sp
    sp = this.pop(sp, BOT, 0, 2, at)
    const first = types[sp]
    if (isRef(first) || isRef(second)) this.fail('select without type is only valid for value type inputs', at)
    if (first !== second && first !== BOT && second !== BOT) {
      this.failType(at, 0, `type ${valTypeName(second)}`, secondSlot - 1)
    }
    types[sp] = first === BOT ? second : first
    return sp
  }

  protected tableIndex(pos: number): number {
    const table = this.u32(pos, 'table index')
    if (table >= this.tables.tableTypes.length) this.fail(`invalid table index: ${table}`, pos)
    return table
  }

  protected elemIndex(pos: number): number {
    const elem = this.u32(pos, 'element segment index')
    if (elem >= this.tables.elemTypes.length) this.fail(`invalid element segment index: ${elem}`, pos)
    return elem
  }

  protected dataIndex(pos: number): void {
    const data = this.u32(pos, 'data segment index')
    if (data >= Math.max(this.info.dataCount, 0)) this.fail(`invalid data segment index: ${data}`, pos)
  }

  /** Pops the operands of an opcode with a fixed signature and pushes its result, if it has one. */
  protected fixed(id: number, height: number, at: number): number {
    const params = fixedParams[id] ?? []
    let sp = height
    for (let i = params.length - 1; i >= 0; i--) sp = this.pop(sp, params[i], i, params.length - 1 - i, at)
    const result = fixedResult(id)
    return result === 0 ? sp : this.push(sp, result)
  }

  protected push(sp: number, type: number): number {
    this.types[sp] = type
    return sp + 1
  }

  /** Opcodes that are too rare for a case in the loop. Returns the height; `next` is the position behind them. */
  protected rare(opcode: number, first: number, height: number, at: number): number {
    let id = opcode
    let pos = first
    let sp = height
    if (opcode === PREFIX_FC) {
      const sub = this.u32(pos, 'prefixed opcode index')
      if (sub > 0xff) this.fail(`Invalid prefixed opcode ${sub}`, at)
      id = FC_BASE + sub
      if (opcodeInfo[id] === undefined) this.fail(`invalid numeric opcode: 0xfc${hex2(sub)}`, at)
      pos = this.next
    }
    const { tableTypes, elemTypes } = this.tables
    switch (id) {
      case Op.MemorySize:
      case Op.MemoryGrow:
      case Op.MemoryFill:
        this.memoryByte(pos)
        return this.fixed(id, sp, at)
      case Op.MemoryCopy:
        this.memoryByte(pos)
        this.memoryByte(this.next)
        return this.fixed(id, sp, at)
      case Op.MemoryInit:
        this.dataIndex(pos)
        this.memoryByte(this.next)
        return this.fixed(id, sp, at)
      case Op.DataDrop:
        this.dataIndex(pos)
        return sp
      case Op.ElemDrop:
        this.elemIndex(pos)
        return sp
      case Op.TableInit: {
        const elem = this.elemIndex(pos)
        const table = this.tableIndex(this.next)
        if (elemTypes[elem] !== tableTypes[table]) {
          this.fail(`table ${table} is not a super-type of ${valTypeName(elemTypes[elem])}`, pos)
        }
        return this.fixed(id, sp, at)
      }
      case Op.TableCopy: {
        const to = this.tableIndex(pos)
        const from = this.tableIndex(this.next)
        if (tableTypes[from] !== tableTypes[to]) {
          this.fail(`table ${to} is not a super-type of ${valTypeName(tableTypes[from])}`, pos)
        }
        return this.fixed(id, sp, at)
      }
      case Op.TableSize:
        this.tableIndex(pos)
        return this.fixed(id, sp, at)
      case Op.TableGet: {
        const table = this.tableIndex(pos)
        sp = this.pop(sp, I32, 0, 0, at)
        return this.push(sp, tableTypes[table])
      }
      case Op.TableSet: {
        const table = this.tableIndex(pos)
        sp = this.pop(sp, tableTypes[table], 1, 0, at)
        return this.pop(sp, I32, 0, 1, at)
      }
      case Op.TableGrow: {
        const table = this.tableIndex(pos)
        sp = this.pop(sp, I32, 1, 0, at)
        sp = this.pop(sp, tableTypes[table], 0, 1, at)
        return this.push(sp, I32)
      }
      case Op.TableFill: {
        const table = this.tableIndex(pos)
        sp = this.pop(sp, I32, 2, 0, at)
        sp = this.pop(sp, tableTypes[table], 1, 1, at)
        return this.pop(sp, I32, 0, 2, at)
      }
      case Op.SelectT: {
        const count = this.u32(pos, 'number of select types')
        if (count !== 1) this.fail('Invalid number of types. Select accepts exactly one type', pos)
        const type = this.valType(this.next)
        sp = this.pop(sp, I32, 2, 0, at)
        sp = this.pop(sp, type, 1, 1, at)
        sp = this.pop(sp, type, 0, 2, at)
        return this.push(sp, type)
      }
      case Op.RefNull:
        return this.push(sp, this.heapType(pos))
      case Op.RefIsNull: {
        sp = this.pop(sp, BOT, 0, 0, at)
        const type = this.types[sp]
        if (type !== BOT && !isRef(type)) this.failType(at, 0, 'reference type', sp)
        this.next = pos
        return this.push(sp, I32)
      }
      case Op.RefFunc: {
        const index = this.u32(pos, 'function index')
        if (index >= this.tables.funcSig.length) this.fail(`function index #${index} is out of bounds`, pos)
        if (this.info.declaredRefs[index] === 0) this.fail(`undeclared reference to function #${index}`, pos)
        return this.push(sp, FUNCREF)
      }
      default:
        // The saturating conversions.
        this.next = pos
        return this.fixed(id, sp, at)
    }
  }

  /** 2.0 has two heap types, written as one byte each. */
  protected heapType(pos: number): number {
    if (pos >= this.end) this.fail('expected heap type', pos)
    this.next = pos + 1
    const type = this.bytes[pos]
    if (type === FUNCREF || type === EXTERNREF) return type
    return this.fail(`Unknown heap type ${type < 0x40 ? type : type - 0x80}`, pos)
  }
}

function hex2(value: number): string {
  return value.toString(16).padStart(2, '0')
}
