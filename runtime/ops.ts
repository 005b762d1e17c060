/**
 * Operations that compiled code leaves to the runtime (RuntimeOp of tiers/abi.ts): table and segment instructions and
 * growth. Operands are in the cells, the result goes to cell 0. Bounds follow specification section 4.4.
 */
import { RuntimeOp, TrapCode } from '../tiers/abi.js'
import { addressBits, slab } from './context.js'
import type { Instance } from './instance.js'
import { throwOpTrap } from './traps.js'

const { i32, u32, f64 } = slab

/** An i32 result: the register that it becomes has to be zero-extended. */
function answer(value: number): void {
  i32[0] = value
  i32[1] = 0
}

/** Operand k as u32. */
function operand(k: number): number {
  return u32[2 * k]
}

/** @throws RuntimeError when the operation traps */
export function runRuntimeOp(instance: Instance, op: number): void {
  switch (op) {
    case RuntimeOp.MemoryGrow:
      answer(instance.memories[operand(0)].grow(operand(1)))
      return
    case RuntimeOp.TableGrow:
      answer(instance.tables[operand(0)].growBits(operand(1), f64[2]))
      return
    case RuntimeOp.TableFill: {
      const table = instance.tables[operand(0)]
      const start = operand(1)
      const count = operand(3)
      if (start + count > table.length) throwOpTrap(TrapCode.TableOutOfBounds)
      table.fillBits(start, f64[2], count)
      return
    }
    case RuntimeOp.TableCopy: {
      const to = instance.tables[operand(0)]
      const from = instance.tables[operand(1)]
      const count = operand(4)
      if (operand(2) + count > to.length || operand(3) + count > from.length) throwOpTrap(TrapCode.TableOutOfBounds)
      to.copyFrom(from, operand(2), operand(3), count)
      return
    }
    case RuntimeOp.TableInit:
      if (!instance.initTable(operand(0), operand(1), operand(2), operand(3), operand(4))) {
        throwOpTrap(TrapCode.TableOutOfBounds)
      }
      return
    case RuntimeOp.ElemDrop:
      instance.dropElem(operand(0))
      return
    case RuntimeOp.MemoryInit:
      if (!instance.initMemory(operand(0), operand(1), operand(2), operand(3), operand(4))) {
        throwOpTrap(TrapCode.MemoryOutOfBounds)
      }
      return
    case RuntimeOp.DataDrop:
      instance.dropData(operand(0))
      return
    case RuntimeOp.RefFunc:
      f64[0] = addressBits(instance.funcRecord(operand(0)))
      return
    case RuntimeOp.TableSet: {
      const table = instance.tables[operand(0)]
      if (operand(1) >= table.length) throwOpTrap(TrapCode.TableOutOfBounds)
      table.setBits(operand(1), f64[2])
      return
    }
    default:
      throw new Error(`unknown runtime operation ${op}`)
  }
}
