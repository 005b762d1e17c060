/** Which operations are lowered how. Calls, tables and terminators are in control.ts. */
import { Cc, Form } from '../../isa/x64/forms.js'
import { IrOp } from '../ir/ops.js'
import { Ty } from '../ir/types.js'
import { compare, compareFloats, select, setCondition, testZero } from './conditions.js'
import { bitcast, floatBinary, floatToInt, floatUnary, intToFloat, overTwo, round } from './float.js'
import {
  add, and, binary, countZeros, divide, multiply, multiplyHigh, over, rotateLeft, shift, subtract, unary, wideOf,
} from './integer.js' // oxfmt-ignore
import { K } from './kinds.js'
import type { Lowering } from './lowering.js'
import { globalGet, globalSet, load, memoryBytes, store } from './memory.js'

/** Lowers an operation; false when it is not one of these. */
export function lowerOperation(l: Lowering, inst: number): boolean {
  const { f } = l
  const wide = wideOf(f.ty[inst])
  const single = f.ty[inst] === Ty.F32
  switch (f.op[inst]) {
    case IrOp.Iconst:
    case IrOp.Fconst:
    case IrOp.Uext:
      break
    case IrOp.Iadd:
      add(l, inst)
      break
    case IrOp.Isub:
      subtract(l, inst)
      break
    case IrOp.Imul:
      multiply(l, inst)
      break
    case IrOp.Umulh:
      multiplyHigh(l, inst, false)
      break
    case IrOp.Smulh:
      multiplyHigh(l, inst, true)
      break
    case IrOp.Band:
      and(l, inst)
      break
    case IrOp.Bor:
      binary(l, inst, Form.or32RM | wide, Form.or32MI | wide, true)
      break
    case IrOp.Bxor:
      binary(l, inst, Form.xor32RM | wide, Form.xor32MI | wide, true)
      break
    case IrOp.Udiv:
      divide(l, inst, false, false)
      break
    case IrOp.Sdiv:
      divide(l, inst, true, false)
      break
    case IrOp.Urem:
      divide(l, inst, false, true)
      break
    case IrOp.Srem:
      divide(l, inst, true, true)
      break
    case IrOp.Ishl:
      shift(l, inst, Form.shl32MI, Form.shl32MC, Form.shlx32RMV)
      break
    case IrOp.Ushr:
      shift(l, inst, Form.shr32MI, Form.shr32MC, Form.shrx32RMV)
      break
    case IrOp.Sshr:
      shift(l, inst, Form.sar32MI, Form.sar32MC, Form.sarx32RMV)
      break
    case IrOp.Rotl:
      rotateLeft(l, inst)
      break
    case IrOp.Rotr:
      shift(l, inst, Form.ror32MI, Form.ror32MC, 0)
      break
    case IrOp.Clz:
      countZeros(l, inst, false)
      break
    case IrOp.Ctz:
      countZeros(l, inst, true)
      break
    case IrOp.Popcnt:
      unary(l, inst, Form.popcnt32RM | wide, 2)
      break
    case IrOp.Ieqz:
      testZero(l, f.arg0[inst], true)
      setCondition(l, inst, Cc.e)
      break
    case IrOp.Icmp:
      setCondition(l, inst, compare(l, inst, true, true))
      break
    case IrOp.Fcmp:
      setCondition(l, inst, compareFloats(l, inst))
      break
    case IrOp.Sext8:
      unary(l, inst, Form.movsx32M8 | wide)
      break
    case IrOp.Sext16:
      unary(l, inst, Form.movsx32M16 | wide)
      break
    case IrOp.Sext32:
    case IrOp.Sext:
      unary(l, inst, Form.movsxd64M32)
      break
    case IrOp.Wrap:
      unary(l, inst, Form.mov32RM)
      break
    case IrOp.Fadd:
      floatBinary(l, inst, Form.addssRM, Form.addsdRM)
      break
    case IrOp.Fsub:
      floatBinary(l, inst, Form.subssRM, Form.subsdRM)
      break
    case IrOp.Fmul:
      floatBinary(l, inst, Form.mulssRM, Form.mulsdRM)
      break
    case IrOp.Fdiv:
      floatBinary(l, inst, Form.divssRM, Form.divsdRM)
      break
    case IrOp.Fmin:
      overTwo(l, inst, K.FloatMinMax, 0)
      break
    case IrOp.Fmax:
      overTwo(l, inst, K.FloatMinMax, 1)
      break
    case IrOp.Fcopysign:
      overTwo(l, inst, K.CopySign, 0)
      break
    case IrOp.Fsqrt:
      floatUnary(l, inst, single ? Form.sqrtssRM : Form.sqrtsdRM)
      break
    case IrOp.Fabs:
      over(l, inst, K.FloatSign, 0, 0, single ? 0 : 1)
      break
    case IrOp.Fneg:
      over(l, inst, K.FloatSign, 0, 1, single ? 0 : 1)
      break
    case IrOp.Fnearest:
      round(l, inst, 8)
      break
    case IrOp.Ffloor:
      round(l, inst, 9)
      break
    case IrOp.Fceil:
      round(l, inst, 10)
      break
    case IrOp.Ftrunc:
      round(l, inst, 11)
      break
    case IrOp.Promote:
      floatUnary(l, inst, Form.cvtss2sdRM)
      break
    case IrOp.Demote:
      floatUnary(l, inst, Form.cvtsd2ssRM)
      break
    case IrOp.Ftoi:
      floatToInt(l, inst, false)
      break
    case IrOp.FtoiSat:
      floatToInt(l, inst, true)
      break
    case IrOp.Itof:
      intToFloat(l, inst)
      break
    case IrOp.Bitcast:
      bitcast(l, inst)
      break
    case IrOp.Select:
      select(l, inst)
      break
    case IrOp.Load:
      load(l, inst)
      break
    case IrOp.Store:
      store(l, inst)
      break
    case IrOp.MemBytes:
      memoryBytes(l, inst)
      break
    case IrOp.GlobalGet:
      globalGet(l, inst)
      break
    case IrOp.GlobalSet:
      globalSet(l, inst)
      break
    default:
      return false
  }
  return true
}
