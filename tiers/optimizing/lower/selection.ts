/**
 * The instructions that the rules of instruction selection make: what rules/lower/prelude.rules declares as `emit`, by the names of
 * these methods; addresses.ts has those that load and store. They get virtual registers; each asks the allocator for what its encoding needs: a result over its first
 * input, one in a certain register, an operand that may be in its slot.
 */
import { Reg, TrapCode } from '../../abi.js'
import { Cc, Form, VEX } from '../../isa/x64/forms.js'
import { FloatCc, IntCc, Ty, tyBits } from '../ir/types.js'
import { ADDRESS_SHIFT, Address, CC_FLOAT_EQ, CC_FLOAT_NE, K, SCALE_SHIFT } from './kinds.js'
import { Matchers } from './matchers.js'
import { InstFlag, OpKind } from './vcode.js'

/** Hardware condition of each IntCc. */
const intConditions: Int32Array = Int32Array.of(Cc.e, Cc.ne, Cc.l, Cc.b, Cc.g, Cc.a, Cc.le, Cc.be, Cc.ge, Cc.ae)

/** What the flags say of two floats after a comparison that is "above" for "greater". */
function floatCondition(cc: number): number {
  if (cc === FloatCc.Eq) return CC_FLOAT_EQ
  if (cc === FloatCc.Ne) return CC_FLOAT_NE
  return cc === FloatCc.Gt ? Cc.a : Cc.ae
}

/** What the carry says of equality with 0 when it is a bit. */
function bitCondition(cc: number): number {
  return cc === IntCc.Ne ? Cc.b : Cc.ae
}

export abstract class Selection extends Matchers {
  // --- shapes of instructions ------------------------------------------------------------------------------------------------

  /** d = f(x) over x. Returns d. */
  private over(kind: number, dst: number, form: number, x: number, imm = 0, imm2 = 0): number {
    const { code } = this
    code.inst(kind, form, imm, imm2)
    code.operand(dst, OpKind.DefReuse)
    code.operand(x, OpKind.UseReuse)
    return dst
  }

  /** d = f(x), x in a register or in its slot. Returns d. */
  private fromAny(kind: number, dst: number, form: number, x: number, imm = 0): number {
    const { code } = this
    code.inst(kind, form, imm)
    code.operand(dst, OpKind.Def)
    code.operand(x, OpKind.UseAny)
    return dst
  }

  /** d = f(x), x in a register. Returns d. */
  private from(kind: number, dst: number, form: number, x: number, imm = 0): number {
    const { code } = this
    code.inst(kind, form, imm)
    code.operand(dst, OpKind.Def)
    code.operand(x, OpKind.Use)
    return dst
  }

  // --- instructions of integers ----------------------------------------------------------------------------------------------

  rm(dst: number, form: number, x: number, y: number): number {
    this.over(K.Rm, dst, form, x)
    this.code.operand(y, OpKind.UseAny)
    return dst
  }

  rmMem(dst: number, form: number, x: number, _y: number): number {
    this.over(K.RmMem, dst, form, x)
    this.addAddress()
    return dst
  }

  ri(dst: number, form: number, x: number, imm: number): number {
    return this.over(K.Ri, dst, form, x, imm)
  }

  unary(dst: number, form: number, x: number): number {
    return this.fromAny(K.Unary, dst, form, x)
  }

  /** The destination is zeroed before. */
  unaryFresh(dst: number, form: number, x: number): number {
    return this.fromAny(K.Unary, dst, form, x, 1)
  }

  move(dst: number, form: number, x: number): number {
    return this.from(K.Move, dst, form, x)
  }

  addImmediate(dst: number, form: number, x: number, imm: number): number {
    this.fromAny(K.AddImm, dst, form, x, imm)
    this.flag(InstFlag.PreferInput)
    return dst
  }

  sum(dst: number, form: number, x: number, y: number): number {
    this.fromAny(K.Sum, dst, form, x)
    this.flag(InstFlag.PreferInput)
    this.code.operand(y, OpKind.UseAny)
    return dst
  }

  /** d = f(x) over x, by a form with a digit. */
  digit(dst: number, form: number, x: number): number {
    return this.over(K.Digit, dst, form, x)
  }

  scaledUp(dst: number, form: number, x: number, count: number): number {
    this.from(K.Scale, dst, form, x, count)
    this.flag(InstFlag.PreferInput)
    return dst
  }

  /** ~x & y */
  andn(dst: number, form: number, x: number, y: number): number {
    this.fromAny(K.Bmi, dst, form, y)
    this.code.operand(x, OpKind.Use)
    return dst
  }

  bmiUnary(dst: number, form: number, x: number): number {
    return this.fromAny(K.BmiUnary, dst, form, x)
  }

  /** Changes bit n of x, n modulo the width. */
  changeBit(dst: number, form: number, x: number, n: number): number {
    this.over(K.Bit, dst, form, x)
    this.code.operand(n, OpKind.Use)
    return dst
  }

  leaScaled(dst: number, form: number, index: number, scale: number, disp: number): number {
    this.from(K.Lea, dst, form, index, disp)
    this.flag((Address.Scaled << ADDRESS_SHIFT) | (scale << SCALE_SHIFT))
    return dst
  }

  lea(dst: number, form: number, base: number, index: number, scale: number): number {
    this.from(K.Lea, dst, form, base)
    this.flag((Address.BaseIndex << ADDRESS_SHIFT) | (scale << SCALE_SHIFT))
    this.code.operand(index, OpKind.Use)
    return dst
  }

  leaTimes(dst: number, form: number, x: number, scale: number): number {
    return this.lea(dst, form, x, x, scale)
  }

  imulImm(dst: number, form: number, x: number, imm: number): number {
    return this.fromAny(K.ImulImm, dst, form, x, imm)
  }

  shiftImm(dst: number, form: number, x: number, count: number): number {
    return this.over(K.ShiftImm, dst, form, x, count)
  }

  swapBytes(dst: number, ty: number, x: number): number {
    return this.over(K.SwapBytes, dst, 0, x, tyBits(ty))
  }

  shiftCl(dst: number, form: number, x: number, count: number): number {
    this.over(K.ShiftCl, dst, form, x)
    this.code.operand(count, OpKind.UseFixed, Reg.rcx)
    return dst
  }

  shiftX(dst: number, form: number, x: number, count: number): number {
    this.fromAny(K.ShiftX, dst, form, x)
    this.code.operand(count, OpKind.Use)
    return dst
  }

  rorx(dst: number, form: number, x: number, count: number): number {
    this.fromAny(K.RorX, dst, form, x, count)
    this.flag(InstFlag.PreferInput)
    return dst
  }

  mulHigh(dst: number, signed: number, x: number, y: number): number {
    const { code } = this
    code.inst(K.MulHigh, 0, signed)
    code.operand(dst, OpKind.DefFixed, Reg.rdx)
    code.operand(x, OpKind.UseFixed, Reg.rax)
    code.operand(-1, OpKind.TempFixed, Reg.rax)
    code.operand(y, OpKind.Use)
    return dst
  }

  mulx(dst: number, x: number, y: number): number {
    const { code } = this
    code.inst(K.MulX)
    code.operand(dst, OpKind.Def)
    code.operand(x, OpKind.UseFixed, Reg.rdx)
    code.operand(y, OpKind.Use)
    return dst
  }

  divide(dst: number, ty: number, signed: number, remainder: number, x: number, y: number): number {
    const { code } = this
    code.inst(K.Divide, 0, signed | (remainder << 1) | (ty === Ty.I32 ? 0 : 4))
    code.operand(dst, OpKind.DefFixed, remainder !== 0 ? Reg.rdx : Reg.rax)
    code.operand(x, OpKind.UseFixed, Reg.rax)
    code.operand(-1, OpKind.TempFixed, remainder !== 0 ? Reg.rax : Reg.rdx)
    code.operand(-1, OpKind.TempFixed, Reg.rdx)
    code.operand(y, OpKind.Use)
    return dst
  }

  bitScan(dst: number, ty: number, trailing: number, x: number): number {
    const { code } = this
    code.inst(K.BitScan, 0, tyBits(ty), trailing)
    code.operand(dst, OpKind.DefEarly)
    code.operand(x, OpKind.Use)
    return dst
  }

  // --- instructions of floats ------------------------------------------------------------------------------------------------

  vrm(dst: number, form: number, x: number, y: number): number {
    this.from(K.Avx, dst, form | VEX, x)
    this.code.operand(y, OpKind.UseAny)
    return dst
  }

  vrmMem(dst: number, form: number, x: number, _y: number): number {
    this.from(K.AvxMem, dst, form | VEX, x)
    this.addAddress()
    return dst
  }

  /** The upper bits of the result are those of the operand. */
  vunary(dst: number, form: number, x: number): number {
    this.from(K.Avx, dst, form | VEX, x)
    this.code.operand(x, OpKind.Use)
    return dst
  }

  vconvert(dst: number, form: number, x: number): number {
    return this.fromAny(K.AvxConvert, dst, form | VEX, x)
  }

  /** d = f(x, y) over x, by a sequence. */
  private sequence(kind: number, dst: number, ty: number, imm: number, x: number, y: number): number {
    this.over(kind, dst, 0, x, imm, ty === Ty.F64 ? 1 : 0)
    this.code.operand(y, OpKind.Use)
    return dst
  }

  minMax(dst: number, ty: number, greatest: number, x: number, y: number): number {
    return this.sequence(K.FloatMinMax, dst, ty, greatest, x, y)
  }

  copySign(dst: number, ty: number, x: number, y: number): number {
    return this.sequence(K.CopySign, dst, ty, 0, x, y)
  }

  changeSign(dst: number, ty: number, negated: number, x: number): number {
    return this.over(K.FloatSign, dst, 0, x, negated, ty === Ty.F64 ? 1 : 0)
  }

  round(dst: number, ty: number, mode: number, x: number): number {
    return this.fromAny(K.Round, dst, ty === Ty.F64 ? Form.roundsdRMI : Form.roundssRMI, x, mode)
  }

  floatToInt(dst: number, ty: number, signed: number, saturating: number, from: number, x: number): number {
    const { code } = this
    const sizes = (from === Ty.F64 ? 4 : 0) | (ty === Ty.I64 ? 8 : 0)
    this.from(K.FloatToInt, dst, 0, x, (signed !== 0 ? 1 : 0) | (saturating << 1) | sizes)
    code.trap[code.instCount - 1] = TrapCode.FloatUnrepresentable
    return dst
  }

  uint64ToFloat(dst: number, ty: number, x: number): number {
    this.from(K.UintToFloat, dst, 0, x, ty === Ty.F64 ? 1 : 0)
    this.code.operand(this.gpr(), OpKind.Temp)
    return dst
  }

  // --- comparisons -----------------------------------------------------------------------------------------------------------

  cmp(form: number, cc: number, x: number, y: number): number {
    this.reads(K.Cmp, form, x)
    this.code.operand(y, OpKind.UseAny)
    return intConditions[cc]
  }

  cmpImm(form: number, cc: number, x: number, imm: number): number {
    const { code } = this
    code.inst(K.CmpImm, form, imm)
    code.operand(x, OpKind.UseAny)
    return intConditions[cc]
  }

  cmpMem(form: number, cc: number, x: number, _y: number): number {
    this.reads(K.CmpMem, form, x)
    this.addAddress()
    return intConditions[cc]
  }

  test(form: number, cc: number, x: number, y: number): number {
    const { code } = this
    code.inst(K.Test, form)
    code.operand(x, OpKind.UseAny)
    code.operand(y, OpKind.Use)
    return intConditions[cc]
  }

  /** Where only equality is asked, an operation that set the flags by its result will do as well. */
  testSelf(form: number, cc: number, x: number): number {
    this.reads(K.Test, form, x, this.isEquality(cc) ? 1 : 0)
    this.code.operand(x, OpKind.Use)
    return intConditions[cc]
  }

  /** Bit n of x, n modulo the width: in the carry. In a register: in memory, n could be any distance. */
  bitTest(form: number, cc: number, x: number, n: number): number {
    this.reads(K.Test, form, x)
    this.code.operand(n, OpKind.Use)
    return bitCondition(cc)
  }

  bitTestImm(form: number, cc: number, x: number, n: number): number {
    const { code } = this
    code.inst(K.CmpImm, form, n)
    code.operand(x, OpKind.UseAny)
    return bitCondition(cc)
  }

  floatCmp(form: number, cc: number, x: number, y: number): number {
    this.reads(K.Cmp, form, x)
    this.code.operand(y, OpKind.UseAny)
    return floatCondition(cc)
  }

  floatCmpMem(form: number, cc: number, x: number, _y: number): number {
    this.reads(K.CmpMem, form, x)
    this.addAddress()
    return floatCondition(cc)
  }

  setCc(dst: number, cc: number): number {
    this.code.inst(K.SetCc, 0, cc)
    this.code.operand(dst, OpKind.Def)
    return dst
  }

  /** Equality of floats cannot be one cmov; its negation can be two. Otherwise the value that dies makes place. */
  cmov(dst: number, form: number, dies: number, whenTrue: number, whenFalse: number, cc: number): number {
    const { code } = this
    const negated = cc === CC_FLOAT_EQ || (cc < CC_FLOAT_EQ && dies !== 0)
    this.over(K.CMov, dst, form, negated ? whenTrue : whenFalse, negated ? cc ^ 1 : cc)
    code.operand(negated ? whenFalse : whenTrue, OpKind.UseAny)
    return dst
  }

  floatSelect(dst: number, whenTrue: number, whenFalse: number, cc: number): number {
    this.over(K.FloatSelect, dst, 0, whenTrue, cc)
    this.code.operand(whenFalse, OpKind.Use)
    return dst
  }
}
