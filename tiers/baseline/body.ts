/**
 * Compiles one body: the driver, which goes from opcode to opcode.
 *
 * This file and what it imports exist twice at run time, from one source: as JavaScript, and as a Wasm program
 * (program/program.as.ts says how it is made and why). So they keep to what both languages have: integers of 32 bits, flat
 * arrays, classes without accessors, no closures, no iterators; what is thrown is a bug of ours.
 */
import type { FunctionFacts } from '../../wasm/facts.js'
import { FC_BASE, PREFIX_FC } from '../../wasm/opcodes.js'
import { F32, F64, I32, I64 } from '../../wasm/types.js'
import { branchTable } from './branch-table.js'
import { call, callIndirect } from './calls.js'
import { brIf, compareFloat, compareInt, ifBlock, isZero, select, selectTyped } from './condition.js'
import {
  branch,
  elseBlock,
  emitUnreachable,
  endBlock,
  endFunction,
  enterBlock,
  enterFunction,
  enterLoop,
} from './control.js'
import { convert, convertUnsigned64, truncate } from './convert.js'
import { divide } from './divide.js'
import { arithmetic, changePrecision, changeSign, copySign, minMax, reinterpret, round, squareRoot } from './float.js'
import { finishFrame, prologue } from './frame.js'
import { alu, countBits, extend, extendUnsigned, multiply, shift, wrap } from './integer.js'
import { choosePins, localGet, localSet, localTee } from './locals.js'
import { load, memoryCopy, memoryFill, memorySize, store } from './memory.js'
import { argumentA, argumentB, argumentC, Family, familyOf } from './opcodes.js'
import { beginRuns, chargeRun } from './fuel.js'
import { highHalf, readS32, readS64, readU32, readWord } from './reader.js'
import { drop, pushConst } from './operands.js'
import { CompilerError, type State } from './state.js'
// oxfmt-ignore
import {
  dataDrop, elemDrop, globalGet, globalSet, memoryGrow, memoryInit, refFunc, refNull, tableCopy, tableFill, tableGet,
  tableGrow, tableInit, tableSet, tableSize,
} from './tables.js'

/**
 * Compiles the body `bytes[start, ...)` of a function: code and relocations are in the assembler then, sites in the metadata.
 * @param moduleOffset offset in the module of `bytes[start]`
 * @returns the size of its frame
 */
export function compileBody(
  s: State,
  facts: FunctionFacts,
  typeIndex: number,
  bytes: Uint8Array,
  start: number,
  moduleOffset: number,
  frames: boolean,
): number {
  s.facts = facts
  s.typeIndex = typeIndex
  s.paramCount = s.env.paramCount[typeIndex]
  s.begin(facts.localCount, facts.maxHeight)
  s.meta.reset(frames)
  s.far.reset()
  s.bytes = bytes
  s.pos = start
  s.opPos = start
  s.moduleDelta = moduleOffset - start
  skipLocals(s)
  choosePins(s)
  prologue(s)
  s.meta.endPrologue(s.asm.size)
  enterFunction(s)
  beginRuns(s)
  emitBody(s)
  s.far.emit(s)
  s.meta.emitTraps(s.asm)
  const frameSize = finishFrame(s)
  s.asm.finish()
  return frameSize
}

/** Steps over the declarations of locals; the facts have their types. */
function skipLocals(s: State): void {
  for (let groups = readU32(s); groups > 0; groups--) {
    readU32(s)
    s.pos++
  }
}

/** Compiles opcode after opcode up to the function's end. */
function emitBody(s: State): void {
  for (;;) {
    const at = s.pos
    const op = s.bytes[at]
    s.opPos = at
    if (at > s.runEnd) chargeRun(s)
    s.pos = at + 1
    switch (familyOf[op]) {
      case Family.LocalGet:
        localGet(s)
        break
      case Family.LocalSet:
        localSet(s)
        break
      case Family.LocalTee:
        localTee(s)
        break
      case Family.I32Const:
        pushConst(s, I32, readS32(s), 0)
        break
      case Family.I64Const: {
        const low = readS64(s)
        pushConst(s, I64, low, highHalf)
        break
      }
      case Family.Load:
        load(s, argumentA[op], argumentB[op], argumentC[op])
        break
      case Family.Store:
        store(s, argumentA[op], argumentB[op], argumentC[op])
        break
      case Family.Alu:
        alu(s, argumentA[op], argumentB[op])
        break
      case Family.CompareInt:
        compareInt(s, argumentA[op], argumentB[op])
        break
      case Family.IsZero:
        isZero(s, argumentA[op])
        break
      case Family.End:
        if (s.control.depth === 1) {
          endFunction(s)
          return
        }
        endBlock(s)
        break
      case Family.Block:
        enterBlock(s)
        break
      case Family.Loop:
        enterLoop(s)
        break
      case Family.If:
        ifBlock(s)
        break
      case Family.Else:
        elseBlock(s)
        break
      case Family.Br:
        branch(s, readU32(s))
        break
      case Family.BrIf:
        brIf(s)
        break
      case Family.BrTable:
        branchTable(s)
        break
      case Family.Return:
        branch(s, s.control.depth - 1)
        break
      case Family.Call:
        call(s)
        break
      case Family.CallIndirect:
        callIndirect(s)
        break
      case Family.Drop:
        drop(s)
        break
      case Family.Select:
        select(s)
        break
      case Family.GlobalGet:
        globalGet(s)
        break
      case Family.GlobalSet:
        globalSet(s)
        break
      case Family.Multiply:
        multiply(s, argumentA[op])
        break
      case Family.Shift:
        shift(s, argumentA[op], argumentB[op])
        break
      case Family.Extend:
        extend(s, argumentA[op], argumentB[op])
        break
      case Family.ExtendUnsigned:
        extendUnsigned(s)
        break
      case Family.Wrap:
        wrap(s)
        break
      case Family.Arithmetic:
        arithmetic(s, argumentA[op], argumentB[op], argumentC[op] !== 0)
        break
      default:
        rare(s, op === PREFIX_FC ? FC_BASE + readU32(s) : op)
    }
  }
}

/** The other opcodes, apart so that the driver stays small. @param id of the opcode (wasm/opcodes.ts) */
function rare(s: State, id: number): void {
  const a = argumentA[id]
  const b = argumentB[id]
  const c = argumentC[id]
  switch (familyOf[id]) {
    case Family.Nop:
      break
    case Family.Unreachable:
      emitUnreachable(s)
      break
    case Family.SelectTyped:
      selectTyped(s)
      break
    case Family.F32Const:
      pushConst(s, F32, readWord(s), 0)
      break
    case Family.F64Const: {
      const low = readWord(s)
      pushConst(s, F64, low, readWord(s))
      break
    }
    case Family.CountBits:
      countBits(s, a, b)
      break
    case Family.Divide:
      divide(s, b !== 0, c !== 0, a)
      break
    case Family.CompareFloat:
      compareFloat(s, a, b)
      break
    case Family.ChangeSign:
      changeSign(s, b !== 0, a)
      break
    case Family.Round:
      round(s, b, a)
      break
    case Family.SquareRoot:
      squareRoot(s, a)
      break
    case Family.MinMax:
      minMax(s, b !== 0, a)
      break
    case Family.CopySign:
      copySign(s, a)
      break
    case Family.Truncate:
      truncate(s, a, b, (c & 1) !== 0, (c & 2) !== 0)
      break
    case Family.Convert:
      convert(s, b, a)
      break
    case Family.ConvertUnsigned64:
      convertUnsigned64(s, a)
      break
    case Family.ChangePrecision:
      changePrecision(s, a)
      break
    case Family.Reinterpret:
      reinterpret(s, b, a)
      break
    case Family.MemorySize:
      memorySize(s)
      break
    case Family.MemoryGrow:
      memoryGrow(s)
      break
    case Family.MemoryInit:
      memoryInit(s)
      break
    case Family.DataDrop:
      dataDrop(s)
      break
    case Family.MemoryCopy:
      memoryCopy(s)
      break
    case Family.MemoryFill:
      memoryFill(s)
      break
    case Family.TableGet:
      tableGet(s)
      break
    case Family.TableSet:
      tableSet(s)
      break
    case Family.TableInit:
      tableInit(s)
      break
    case Family.ElemDrop:
      elemDrop(s)
      break
    case Family.TableCopy:
      tableCopy(s)
      break
    case Family.TableGrow:
      tableGrow(s)
      break
    case Family.TableSize:
      tableSize(s)
      break
    case Family.TableFill:
      tableFill(s)
      break
    case Family.RefNull:
      refNull(s)
      break
    case Family.RefFunc:
      refFunc(s)
      break
    default:
      throw new CompilerError(`no code for opcode 0x${id.toString(16)}`)
  }
}
