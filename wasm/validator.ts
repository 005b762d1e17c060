/**
 * The validator of function bodies (specification sections 3.3 and 5.4): exact on Wasm 2.0 without vectors. One pass, no
 * allocation for a function or an opcode; time and memory are linear in the body's size.
 *
 * The loop keeps its state in local variables and takes the common case of each opcode inline: one-byte immediates,
 * operands of the right type above the frame's base. Everything else (unreachable code, errors, long immediates) goes
 * through the methods of `ValidatorState`, which decide again from scratch; the fast checks only ever say "surely valid".
 *
 * Immediates are read without looking for the end of the body. That is safe since a body whose last byte is `end` has a
 * byte behind every other opcode, and a one-byte read can pass the last byte only after an immediate that ended with it:
 * the loops that read several check for that. A body with another last byte is invalid anyway, and is checked in a
 * padded copy whose padding makes every read take the checking path (`validate`).
 *
 * On its way it leaves `FunctionFacts` behind. Facts cover unreachable code too: loops are counted as they stand.
 */
import { FunctionFacts, MAX_WEIGHTED_DEPTH } from './facts.js'
import { MAX_BR_TABLE_SIZE } from './limits.js'
import { FC_BASE, Op, PREFIX_FC, opcodeInfo } from './opcodes.js'
import { BOT, EXTERNREF, FUNCREF, I32, I64, F32, F64, isRef, valTypeName, type ModuleInfo } from './types.js'
import {
  ALIGN_MASK,
  ALIGN_SHIFT,
  FIRST_SHIFT,
  fixedParams,
  fixedResult,
  KIND_MASK,
  opDescriptions,
  OpKind,
  RESULT_SHIFT,
  SECOND_SHIFT,
  TYPE_MASK,
} from './validator-ops.js'
import { FrameKind, ValidatorState } from './validator-state.js'

const OPCODE_END = Op.End

/** Weight of a use by loop depth. */
const WEIGHTS = Float64Array.from({ length: MAX_WEIGHTED_DEPTH + 1 }, (_, depth) => 8 ** depth)

/** Longer than any immediate but br_table's, and with the continuation bit: no value ends in it. */
const PADDING = 16
const PADDING_BYTE = 0x80

export class FunctionValidator extends ValidatorState {
  private readonly scratchFacts = this.facts

  /**
   * Validates the body `bytes[start, end)` (locals declaration to final `end`) of a defined function.
   * @param defined function index minus the number of imported functions
   * @param moduleOffset offset in the module of `bytes[start]`, for errors
   * @param facts receives what there is to know about the body, valid when this returns
   * @throws WasmError with the function's index and the offset in the module
   */
  validate(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts | null,
  ): void {
    this.funcIndex = defined + this.info.importedFuncs
    this.facts = facts ?? this.scratchFacts
    if (end > start && bytes[end - 1] === OPCODE_END) {
      this.bytes = bytes
      this.start = start
      this.end = end
      this.origin = moduleOffset - start
    } else {
      const copy = new Uint8Array(end - start + PADDING).fill(PADDING_BYTE)
      copy.set(bytes.subarray(start, end))
      this.bytes = copy
      this.start = 0
      this.end = end - start
      this.origin = moduleOffset
    }
    this.run(this.tables.funcSig[this.funcIndex])
  }

  private run(funcSig: number): void {
    const { bytes, end, tables, facts } = this
    const { sigTypes, sigParams, sigParamCount, sigResults, sigResultCount, globalTypes, funcSig: funcSigs } = tables
    const hasMemory = this.info.memories.length > 0
    const funcCount = funcSigs.length
    const globalCount = globalTypes.length

    let pos = this.readLocals(funcSig)
    const { localTypes, localWeight, localCount } = facts

    let types = this.types
    let sources = this.sources
    let sp = 0
    let height = 0
    this.frame = -1
    this.pushFrame(FrameKind.Func, funcSig, 0, this.start)
    this.frameLabel[0] = sigResults[funcSig]
    this.frameLabelCount[0] = sigResultCount[funcSig]
    let base = 0

    // Facts of the innermost loop; those of the loops around it wait in `facts` until it ends.
    let loop = -1
    let loopDepth = 0
    let weight = 1
    let usedLo = 0
    let usedHi = 0
    let assignedLo = 0
    let assignedHi = 0
    let loopCalls = 0

    while (pos < end) {
      const at = pos
      const opcode = bytes[pos++]
      const op = opDescriptions[opcode]
      switch (op & KIND_MASK) {
        case OpKind.LocalGet: {
          let local = bytes[pos]
          if (local < 0x80) pos++
          else {
            local = this.u32(pos, 'local index')
            pos = this.next
          }
          if (local >= localCount) this.fail(`invalid local index: ${local}`, at + 1)
          localWeight[local] += weight
          if ((local & 32) === 0) usedLo |= 1 << local
          else usedHi |= 1 << local
          types[sp] = localTypes[local]
          sources[sp++] = at
          break
        }
        case OpKind.LocalSet:
        case OpKind.LocalTee: {
          let local = bytes[pos]
          if (local < 0x80) pos++
          else {
            local = this.u32(pos, 'local index')
            pos = this.next
          }
          if (local >= localCount) this.fail(`invalid local index: ${local}`, at + 1)
          localWeight[local] += weight
          if ((local & 32) === 0) assignedLo |= 1 << local
          else assignedHi |= 1 << local
          const type = localTypes[local]
          if (sp > base && types[sp - 1] === type) sp--
          else sp = this.pop(sp, type, 0, 0, at)
          if (opcode === Op.LocalTee) {
            types[sp] = type
            sources[sp++] = at
          }
          break
        }
        case OpKind.I32Const:
          if (bytes[pos] < 0x80) pos++
          else pos = this.skipS32(pos)
          types[sp] = I32
          sources[sp++] = at
          break
        case OpKind.I64Const:
          if (bytes[pos] < 0x80) pos++
          else pos = this.skipS64(pos)
          types[sp] = I64
          sources[sp++] = at
          break
        case OpKind.F32Const:
          if (end - pos < 4) this.fail('immf32', pos)
          pos += 4
          types[sp] = F32
          sources[sp++] = at
          break
        case OpKind.F64Const:
          if (end - pos < 8) this.fail('immf64', pos)
          pos += 8
          types[sp] = F64
          sources[sp++] = at
          break
        case OpKind.Unary: {
          const type = (op >> FIRST_SHIFT) & TYPE_MASK
          if (sp > base && types[sp - 1] === type) sp--
          else sp = this.pop(sp, type, 0, 0, at)
          types[sp] = op >> RESULT_SHIFT
          sources[sp++] = at
          break
        }
        case OpKind.Binary: {
          const first = (op >> FIRST_SHIFT) & TYPE_MASK
          const second = (op >> SECOND_SHIFT) & TYPE_MASK
          if (sp > base + 1 && types[sp - 1] === second && types[sp - 2] === first) sp -= 2
          else {
            sp = this.pop(sp, second, 1, 0, at)
            sp = this.pop(sp, first, 0, 1, at)
          }
          types[sp] = op >> RESULT_SHIFT
          sources[sp++] = at
          break
        }
        case OpKind.Load:
        case OpKind.Store: {
          const align = bytes[pos]
          if (align > ((op >> ALIGN_SHIFT) & ALIGN_MASK)) this.checkAlign(op, pos)
          else this.next = pos + 1
          pos = this.next
          if (bytes[pos] < 0x80) pos++
          else {
            this.u32(pos, 'offset')
            pos = this.next
          }
          if (!hasMemory) this.fail('memory instruction with no memory', at + 1)
          if ((op & KIND_MASK) === OpKind.Load) {
            if (sp > base && types[sp - 1] === I32) sp--
            else sp = this.pop(sp, I32, 0, 0, at)
            types[sp] = op >> RESULT_SHIFT
            sources[sp++] = at
          } else {
            const type = (op >> SECOND_SHIFT) & TYPE_MASK
            if (sp > base + 1 && types[sp - 1] === type && types[sp - 2] === I32) sp -= 2
            else {
              sp = this.pop(sp, type, 1, 0, at)
              sp = this.pop(sp, I32, 0, 1, at)
            }
          }
          break
        }
        case OpKind.GlobalGet:
        case OpKind.GlobalSet: {
          let global = bytes[pos]
          if (global < 0x80) pos++
          else {
            global = this.u32(pos, 'global index')
            pos = this.next
          }
          if (global >= globalCount) this.fail(`Invalid global index: ${global}`, at + 1)
          const type = globalTypes[global]
          if (opcode === Op.GlobalGet) {
            types[sp] = type
            sources[sp++] = at
          } else {
            if (tables.globalMutable[global] === 0) {
              this.fail(`immutable global #${global} cannot be assigned`, at)
            }
            sp = this.pop(sp, type, 0, 0, at)
          }
          break
        }
        case OpKind.Call:
        case OpKind.CallIndirect: {
          facts.hasCalls = true
          loopCalls = 1
          let index = bytes[pos]
          let sig = 0
          if (opcode === Op.Call) {
            if (index < 0x80) pos++
            else {
              index = this.u32(pos, 'function index')
              pos = this.next
            }
            if (index >= funcCount) this.fail(`function index #${index} is out of bounds`, at + 1)
            sig = funcSigs[index]
          } else {
            sig = this.indirectType(pos)
            pos = this.next
            sp = this.pop(sp, I32, 0, 0, at)
          }
          const params = sigParamCount[sig]
          const from = sigParams[sig]
          let i = 0
          if (sp - base >= params) while (i < params && types[sp - params + i] === sigTypes[from + i]) i++
          if (i === params) sp -= params
          else sp = this.popRange(sp, from, params, opcode === Op.Call ? 0 : 1, at)
          const results = sigResultCount[sig]
          if (results === 1) {
            types[sp] = sigTypes[sigResults[sig]]
            sources[sp++] = at
          } else if (results > 1) {
            sp = this.pushRange(sp, sigResults[sig], results, at)
            types = this.types
            sources = this.sources
          }
          break
        }
        case OpKind.Block:
        case OpKind.Loop:
        case OpKind.If: {
          let sig = -1
          if (bytes[pos] < 0x80) sig = tables.blockSig[bytes[pos]]
          if (sig >= 0) pos++
          else {
            sig = this.longBlockType(pos)
            pos = this.next
          }
          if (opcode === Op.If) {
            if (sp > base && types[sp - 1] === I32) sp--
            else sp = this.pop(sp, I32, 0, 0, at)
          }
          const params = sigParamCount[sig]
          if (params === 0) base = sp
          else {
            base = this.popRange(sp, sigParams[sig], params, 0, at)
            sp = this.repush(base, sp, sigParams[sig], params, at)
            types = this.types
            sources = this.sources
          }
          if (opcode === Op.Loop) {
            this.pushFrame(FrameKind.Loop, sig, base, at)
            this.frameLabel[this.frame] = sigParams[sig]
            this.frameLabelCount[this.frame] = params
            this.frameOuterLoop[this.frame] = loop
            if (loop >= 0) this.saveLoop(loop, usedLo, usedHi, assignedLo, assignedHi, loopCalls)
            loop = facts.addLoop()
            usedLo = 0
            usedHi = 0
            assignedLo = 0
            assignedHi = 0
            loopCalls = 0
            loopDepth++
            weight = WEIGHTS[loopDepth < MAX_WEIGHTED_DEPTH ? loopDepth : MAX_WEIGHTED_DEPTH]
          } else {
            this.pushFrame(opcode === Op.If ? FrameKind.If : FrameKind.Block, sig, base, at)
            this.frameLabel[this.frame] = sigResults[sig]
            this.frameLabelCount[this.frame] = sigResultCount[sig]
          }
          break
        }
        case OpKind.Else: {
          const frame = this.frame
          if (this.frameKind[frame] !== FrameKind.If) {
            const twice = this.frameKind[frame] === FrameKind.Else
            this.fail(twice ? 'else already present for if' : 'else does not match an if', at)
          }
          const sig = this.frameSig[frame]
          this.checkMerge(sp, sigResults[sig], sigResultCount[sig], true, 'fallthru', at)
          this.frameKind[frame] = FrameKind.Else
          this.frameDead[frame] = 0
          sp = base
          if (sigParamCount[sig] > 0) {
            sp = this.pushRange(base, sigParams[sig], sigParamCount[sig], this.frameAt[frame])
            types = this.types
            sources = this.sources
          }
          break
        }
        case OpKind.End: {
          const frame = this.frame
          const kind = this.frameKind[frame]
          const sig = this.frameSig[frame]
          if (kind === FrameKind.If) this.checkOneArmed(sig, this.frameAt[frame])
          const results = sigResultCount[sig]
          const from = sigResults[sig]
          if (results !== sp - base || results > 1 || (results === 1 && types[sp - 1] !== sigTypes[from])) {
            this.checkMerge(sp, from, results, true, 'fallthru', at)
          }
          if (frame === 0) {
            if (pos !== end) this.fail('trailing code after function end', pos)
            facts.maxHeight = height
            return
          }
          if (kind === FrameKind.Loop) {
            this.saveLoop(loop, usedLo, usedHi, assignedLo, assignedHi, loopCalls)
            loop = this.frameOuterLoop[frame]
            if (loop >= 0) {
              usedLo |= facts.loopUsedLo[loop]
              usedHi |= facts.loopUsedHi[loop]
              assignedLo |= facts.loopAssignedLo[loop]
              assignedHi |= facts.loopAssignedHi[loop]
              loopCalls |= facts.loopHasCall[loop]
            }
            loopDepth--
            weight = WEIGHTS[loopDepth < MAX_WEIGHTED_DEPTH ? loopDepth : MAX_WEIGHTED_DEPTH]
          }
          sp = base
          if (results > 0) {
            // What falls out of a loop is named by what made it, other results by the block, as in V8's messages.
            if (kind === FrameKind.Loop && this.frameDead[frame] === 0) sp += results
            else {
              sp = this.pushRange(sp, from, results, this.frameAt[frame])
              types = this.types
              sources = this.sources
            }
          }
          this.frame = frame - 1
          base = this.frameBase[frame - 1]
          break
        }
        case OpKind.Br:
        case OpKind.BrIf: {
          let depth = bytes[pos]
          if (depth < 0x80) pos++
          else {
            depth = this.u32(pos, 'branch depth')
            pos = this.next
          }
          const target = this.frame - depth
          if (target < 0) this.fail(`invalid branch depth: ${depth}`, at + 1)
          if (opcode === Op.BrIf) {
            if (sp > base && types[sp - 1] === I32) sp--
            else sp = this.pop(sp, I32, 0, 0, at)
          }
          const count = this.frameLabelCount[target]
          if (count !== 0) {
            const from = this.frameLabel[target]
            if (count !== 1 || sp === base || types[sp - 1] !== sigTypes[from]) {
              this.checkMerge(sp, from, count, false, 'branch', at)
              if (opcode === Op.BrIf && this.frameDead[this.frame] !== 0) {
                sp = this.pushRange(sp - Math.min(count, sp - base), from, count, at)
                types = this.types
                sources = this.sources
              }
            }
          }
          if (opcode === Op.Br) {
            this.frameDead[this.frame] = 1
            sp = base
          }
          break
        }
        case OpKind.BrTable:
          sp = this.pop(sp, I32, 0, 0, at)
          pos = this.branchTable(pos, sp, at)
          this.frameDead[this.frame] = 1
          sp = base
          break
        case OpKind.Return:
          this.checkMerge(sp, this.frameLabel[0], this.frameLabelCount[0], false, 'return', at)
          this.frameDead[this.frame] = 1
          sp = base
          break
        case OpKind.Unreachable:
          this.frameDead[this.frame] = 1
          sp = base
          break
        case OpKind.Nop:
          break
        case OpKind.Drop:
          if (sp > base) sp--
          else sp = this.pop(sp, BOT, 0, 0, at)
          break
        case OpKind.Select: {
          const type = types[sp - 2]
          if (sp > base + 2 && types[sp - 1] === I32 && types[sp - 3] === type && !isRef(type) && type !== BOT) sp -= 3
          else sp = this.select(sp, at)
          // The result's type is already in its slot.
          sources[sp++] = at
          break
        }
        case OpKind.Rare:
          sp = this.rare(opcode, pos, sp, at)
          pos = this.next
          break
        default:
          this.fail(`Invalid opcode 0x${opcode.toString(16)}`, at)
      }
      if (sp > height) {
        height = sp
        if (sp >= types.length) {
          this.growOperands(at)
          types = this.types
          sources = this.sources
        }
      }
    }
    this.fail('function body must end with "end" opcode', end)
  }

  private pushFrame(kind: number, sig: number, base: number, at: number): void {
    const frame = ++this.frame
    if (frame === this.frameKind.length) this.growFrames()
    this.frameKind[frame] = kind
    this.frameSig[frame] = sig
    this.frameBase[frame] = base
    this.frameDead[frame] = 0
    this.frameAt[frame] = at
  }

  /** Pushes a block's parameters back: those that were there keep their source, missing ones get the block's. */
  private repush(base: number, sp: number, from: number, count: number, at: number): number {
    const there = sp - base
    if (there === count) {
      this.types.set(this.tables.sigTypes.subarray(from, from + count), base)
      return sp
    }
    return this.pushRange(base, from, count, at)
  }

  private saveLoop(
    loop: number,
    usedLo: number,
    usedHi: number,
    assignedLo: number,
    assignedHi: number,
    calls: number,
  ): void {
    const { facts } = this
    facts.loopUsedLo[loop] = usedLo
    facts.loopUsedHi[loop] = usedHi
    facts.loopAssignedLo[loop] = assignedLo
    facts.loopAssignedHi[loop] = assignedHi
    facts.loopHasCall[loop] = calls
  }

  /** The alignment at `pos` is not a byte up to the natural one: it may still be such a number, written longer. */
  private checkAlign(op: number, pos: number): void {
    const natural = (op >> ALIGN_SHIFT) & ALIGN_MASK
    const align = this.u32(pos, 'alignment')
    if (align > natural) {
      this.fail(`invalid alignment; expected maximum alignment is ${natural}, actual alignment is ${align}`, pos)
    }
    if (this.next >= this.end) this.fail('expected offset', this.next)
  }

  /** The immediates of call_indirect: returns the signature. */
  private indirectType(pos: number): number {
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
  private branchTable(pos: number, sp: number, at: number): number {
    const labels = this.u32(pos, 'table count')
    if (labels > MAX_BR_TABLE_SIZE) this.fail(`invalid table count (> max br_table size): ${labels}`, pos)
    const serial = ++this.brTables
    let label = this.next
    if (labels > this.end - label) this.fail(`expected ${labels} bytes, fell off end`, at)
    let arity = -1
    for (let i = 0; i <= labels; i++) {
      const depth = this.u32(label, 'branch table entry')
      const target = this.frame - depth
      if (target < 0) this.fail(`invalid branch depth: ${depth}`, label)
      const count = this.frameLabelCount[target]
      if (arity < 0) arity = count
      else if (arity !== count) this.fail(`br_table: label arity inconsistent with previous arity ${arity}`, label)
      const key = 2 * this.frameSig[target] + (this.frameKind[target] === FrameKind.Loop ? 1 : 0)
      if (this.labelChecked[key] !== serial) {
        this.labelChecked[key] = serial
        if (count > 0) this.checkMerge(sp, this.frameLabel[target], count, false, 'branch', at)
      }
      label = this.next
    }
    return label
  }

  /** `select` without types; returns the height below its result, whose type is in that slot. */
  private select(height: number, at: number): number {
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

  private tableIndex(pos: number): number {
    const table = this.u32(pos, 'table index')
    if (table >= this.tables.tableTypes.length) this.fail(`invalid table index: ${table}`, pos)
    return table
  }

  private elemIndex(pos: number): number {
    const elem = this.u32(pos, 'element segment index')
    if (elem >= this.tables.elemTypes.length) this.fail(`invalid element segment index: ${elem}`, pos)
    return elem
  }

  private dataIndex(pos: number): void {
    const data = this.u32(pos, 'data segment index')
    if (data >= Math.max(this.info.dataCount, 0)) this.fail(`invalid data segment index: ${data}`, pos)
  }

  /** Pops the operands of an opcode with a fixed signature and pushes its result, if it has one. */
  private fixed(id: number, height: number, at: number): number {
    const params = fixedParams[id] ?? []
    let sp = height
    for (let i = params.length - 1; i >= 0; i--) sp = this.pop(sp, params[i], i, params.length - 1 - i, at)
    const result = fixedResult(id)
    return result === 0 ? sp : this.push(sp, result, at)
  }

  private push(sp: number, type: number, at: number): number {
    this.types[sp] = type
    this.sources[sp] = at
    return sp + 1
  }

  /** Opcodes that are too rare for a case in the loop. Returns the height; `next` is the position behind them. */
  private rare(opcode: number, first: number, height: number, at: number): number {
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
        return this.push(sp, tableTypes[table], at)
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
        return this.push(sp, I32, at)
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
        return this.push(sp, type, at)
      }
      case Op.RefNull:
        return this.push(sp, this.heapType(pos), at)
      case Op.RefIsNull: {
        sp = this.pop(sp, BOT, 0, 0, at)
        const type = this.types[sp]
        if (type !== BOT && !isRef(type)) this.failType(at, 0, 'reference type', sp)
        this.next = pos
        return this.push(sp, I32, at)
      }
      case Op.RefFunc: {
        const index = this.u32(pos, 'function index')
        if (index >= this.tables.funcSig.length) this.fail(`function index #${index} is out of bounds`, pos)
        if (this.info.declaredRefs[index] === 0) this.fail(`undeclared reference to function #${index}`, pos)
        return this.push(sp, FUNCREF, at)
      }
      default:
        // The saturating conversions.
        this.next = pos
        return this.fixed(id, sp, at)
    }
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

function hex2(value: number): string {
  return value.toString(16).padStart(2, '0')
}

let validator: { readonly info: ModuleInfo; readonly run: FunctionValidator } | undefined

/**
 * Validates one function body; see `FunctionValidator.validate`. The newest module's validator is kept, so calling it for
 * body after body of one module costs no more than keeping a `FunctionValidator`.
 */
export function validateBody(
  info: ModuleInfo,
  defined: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  moduleOffset: number,
  facts: FunctionFacts | null,
): void {
  if (validator === undefined || validator.info !== info) validator = { info, run: new FunctionValidator(info) }
  validator.run.validate(defined, bytes, start, end, moduleOffset, facts)
}
