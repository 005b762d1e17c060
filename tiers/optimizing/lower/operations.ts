/**
 * Lowering of the operations that compute: integers, floats, conversions, conditions, memory. Calls, tables and
 * terminators are in control.ts.
 */
import { MemoryRecord, Reg, TrapCode, Vmctx } from '../../abi.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import { FloatCc, IntCc, intCcSwapped, Ty, isFloatTy, ACCESS_SIGNED, ACCESS_WIDTH_MASK } from '../ir/types.js'
import { IrOp } from '../ir/ops.js'
import { ADDRESS_SHIFT, Address, CC_FLOAT_EQ, CC_FLOAT_NE, K } from './kinds.js'
import { loadForm, Unsupported, WIDE, type Lowering } from './lowering.js'
import { OpKind } from './vcode.js'

/** Hardware condition of each IntCc. */
const intCc = Uint8Array.of(Cc.e, Cc.ne, Cc.l, Cc.b, Cc.g, Cc.a, Cc.le, Cc.be, Cc.ge, Cc.ae)

function wideOf(ty: number): number {
  return ty === Ty.I32 ? 0 : WIDE
}

/** Two-operand instruction d = a op b; `imm` the form with an immediate, 0 for none. */
function binary(l: Lowering, inst: number, form: number, imm: number, commutes: boolean): void {
  const { code, f } = l
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  if (commutes && l.isConst(a)) [a, b] = [b, a]
  const dst = l.result(inst)
  if (imm !== 0 && l.isImm(b)) {
    const x = l.use(a)
    code.inst(K.Ri, imm, l.constLo(b))
    code.operand(dst, OpKind.DefReuse)
    code.operand(x, OpKind.UseReuse)
    return
  }
  if (commutes && !l.isPrivateLoad(b) && l.isPrivateLoad(a)) [a, b] = [b, a]
  const x = l.use(a)
  if (l.tryLoad(b)) {
    code.inst(K.RmMem, form)
    code.operand(dst, OpKind.DefReuse)
    code.operand(x, OpKind.UseReuse)
    l.addAddress()
    return
  }
  const y = l.use(b)
  code.inst(K.Rm, form)
  code.operand(dst, OpKind.DefReuse)
  code.operand(x, OpKind.UseReuse)
  code.operand(y, OpKind.UseAny)
}

/** d = f(a) by R from M. */
function unary(l: Lowering, inst: number, form: number, breaks = 0): void {
  const { code } = l
  const dst = l.result(inst)
  const x = l.use(l.f.arg0[inst])
  code.inst(K.Unary, form, breaks)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

/** d = f(a) over a. */
function over(l: Lowering, inst: number, kind: number, form: number, imm = 0, imm2 = 0): void {
  const { code } = l
  const dst = l.result(inst)
  const x = l.use(l.f.arg0[inst])
  code.inst(kind, form, imm, imm2)
  code.operand(dst, OpKind.DefReuse)
  code.operand(x, OpKind.UseReuse)
}

function add(l: Lowering, inst: number): void {
  const { f, code } = l
  const wide = wideOf(f.ty[inst])
  const a = f.arg0[inst]
  const b = f.arg1[inst]
  if (l.isConst(a) || l.isPrivateLoad(a) || l.isPrivateLoad(b) || l.isConst(b)) {
    binary(l, inst, Form.add32RM | wide, Form.add32MI | wide, true)
    return
  }
  const dst = l.result(inst)
  const x = l.use(a)
  const y = l.use(b)
  code.inst(K.LeaSum, Form.lea32RM | wide)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.Use)
  code.operand(y, OpKind.Use)
}

function multiply(l: Lowering, inst: number): void {
  const { f, code } = l
  const wide = wideOf(f.ty[inst])
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  if (l.isConst(a)) [a, b] = [b, a]
  if (!l.isImm(b)) {
    binary(l, inst, Form.imul32RM | wide, 0, true)
    return
  }
  const dst = l.result(inst)
  const x = l.use(a)
  code.inst(K.ImulImm, Form.imul32RMI | wide, l.constLo(b))
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

/** Shifts and rotates; `x` the BMI2 form or 0. */
function shift(l: Lowering, inst: number, byImm: number, byCl: number, x: number): void {
  const { f, code, env } = l
  const ty = f.ty[inst]
  const wide = wideOf(ty)
  const count = f.arg1[inst]
  if (l.isConst(count)) {
    over(l, inst, K.ShiftImm, byImm | wide, l.constLo(count) & (ty === Ty.I32 ? 31 : 63))
    return
  }
  const dst = l.result(inst)
  const a = l.use(f.arg0[inst])
  const c = l.use(count)
  if (x !== 0 && env.features.bmi2) {
    code.inst(K.ShiftX, x | wide)
    code.operand(dst, OpKind.Def)
    code.operand(a, OpKind.UseAny)
    code.operand(c, OpKind.Use)
    return
  }
  code.inst(K.ShiftCl, byCl | wide)
  code.operand(dst, OpKind.DefReuse)
  code.operand(a, OpKind.UseReuse)
  code.operand(c, OpKind.UseFixed, Reg.rcx)
}

function divide(l: Lowering, inst: number, signed: boolean, remainder: boolean): void {
  const { f, code } = l
  const wide = f.ty[inst] !== Ty.I32
  const dst = l.result(inst)
  const a = l.use(f.arg0[inst])
  const b = l.use(f.arg1[inst])
  code.inst(K.Divide, 0, (signed ? 1 : 0) | (remainder ? 2 : 0) | (wide ? 4 : 0))
  code.operand(dst, OpKind.DefFixed, remainder ? Reg.rdx : Reg.rax)
  code.operand(a, OpKind.UseFixed, Reg.rax)
  code.operand(-1, OpKind.TempFixed, remainder ? Reg.rax : Reg.rdx)
  code.operand(-1, OpKind.TempFixed, Reg.rdx)
  code.operand(b, OpKind.Use)
}

function countZeros(l: Lowering, inst: number, trailing: boolean): void {
  const { f, code, env } = l
  const wide = wideOf(f.ty[inst])
  if (trailing ? env.features.bmi1 : env.features.lzcnt) {
    unary(l, inst, (trailing ? Form.tzcnt32RM : Form.lzcnt32RM) | wide, 2)
    return
  }
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  code.inst(K.BitScan, 0, wide === 0 ? 32 : 64, trailing ? 1 : 0)
  code.operand(dst, OpKind.DefEarly)
  code.operand(x, OpKind.Use)
}

// --- conditions ------------------------------------------------------------------------------------------------------------

/** Sets the flags by an integer comparison and returns the condition. */
function compare(l: Lowering, inst: number, isPrivate: boolean): number {
  const { f, code } = l
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  let cc = f.aux[inst]
  const wide = wideOf(f.vType[a])
  if (l.isConst(a) && !l.isConst(b)) {
    ;[a, b] = [b, a]
    cc = intCcSwapped[cc]
  }
  if (l.isImm(b)) {
    const imm = l.constLo(b)
    if (imm === 0 && (cc === IntCc.Eq || cc === IntCc.Ne)) {
      testZero(l, a)
      return intCc[cc]
    }
    if (isPrivate && l.tryLoad(a)) {
      code.inst(K.CmpMemImm, Form.cmp32MI | wide, 0, imm)
      l.addAddress()
      return intCc[cc]
    }
    const x = l.use(a)
    code.inst(K.CmpImm, Form.cmp32MI | wide, imm)
    code.operand(x, OpKind.UseAny)
    return intCc[cc]
  }
  const x = l.use(a)
  if (isPrivate && l.tryLoad(b)) {
    code.inst(K.CmpMem, Form.cmp32RM | wide)
    code.operand(x, OpKind.Use)
    l.addAddress()
    return intCc[cc]
  }
  const y = l.use(b)
  code.inst(K.Cmp, Form.cmp32RM | wide)
  code.operand(x, OpKind.Use)
  code.operand(y, OpKind.UseAny)
  return intCc[cc]
}

/** Compares a value with zero for equality: e when it is. A private `band` becomes a test. */
function testZero(l: Lowering, value: number): void {
  const { f, code } = l
  const wide = wideOf(f.vType[value])
  const def = f.definition(value)
  if (def >= 0 && f.op[def] === IrOp.Band && l.isPrivate(value)) {
    let a = f.arg0[def]
    let b = f.arg1[def]
    if (l.isConst(a)) [a, b] = [b, a]
    const x = l.use(a)
    if (l.isImm(b)) {
      code.inst(K.CmpImm, Form.test32MI | wide, l.constLo(b))
      code.operand(x, OpKind.UseAny)
      return
    }
    const y = l.use(b)
    code.inst(K.Test, Form.test32MR | wide)
    code.operand(x, OpKind.UseAny)
    code.operand(y, OpKind.Use)
    return
  }
  const x = l.use(value)
  code.inst(K.Test, Form.test32MR | wide)
  code.operand(x, OpKind.Use)
  code.operand(x, OpKind.Use)
}

function compareFloats(l: Lowering, inst: number): number {
  const { f, code } = l
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  const cc = f.aux[inst]
  // "Less" is asked the other way round, so that unordered gives false.
  if (cc === FloatCc.Lt || cc === FloatCc.Le) [a, b] = [b, a]
  const x = l.use(a)
  const y = l.use(b)
  code.inst(K.Cmp, f.vType[a] === Ty.F32 ? Form.ucomissRM : Form.ucomisdRM)
  code.operand(x, OpKind.Use)
  code.operand(y, OpKind.UseAny)
  if (cc === FloatCc.Eq) return CC_FLOAT_EQ
  if (cc === FloatCc.Ne) return CC_FLOAT_NE
  return cc === FloatCc.Lt || cc === FloatCc.Gt ? Cc.a : Cc.ae
}

/**
 * Sets the flags so that the returned condition holds when an i32 is not zero. Emit the instruction that uses it next:
 * all its operands must have been asked for before.
 */
export function condition(l: Lowering, value: number): number {
  const { f } = l
  const def = f.definition(value)
  const isPrivate = l.isPrivate(value)
  if (def >= 0 && (isPrivate || l.isSameBlock(value))) {
    const op = f.op[def]
    if (op === IrOp.Icmp) return compare(l, def, isPrivate)
    if (op === IrOp.Fcmp) return compareFloats(l, def)
    if (op === IrOp.Ieqz && isPrivate) {
      // What is tested for zero may itself be a condition.
      if (f.vType[f.arg0[def]] === Ty.I32 && l.isPrivateIn(f.arg0[def], def)) return condition(l, f.arg0[def]) ^ 1
      testZero(l, f.arg0[def])
      return Cc.e
    }
    if (op === IrOp.Ieqz) {
      testZeroOf(l, f.arg0[def])
      return Cc.e
    }
  }
  testZero(l, value)
  return Cc.ne
}

function testZeroOf(l: Lowering, value: number): void {
  const { code, f } = l
  const x = l.use(value)
  code.inst(K.Test, Form.test32MR | wideOf(f.vType[value]))
  code.operand(x, OpKind.Use)
  code.operand(x, OpKind.Use)
}

function setCondition(l: Lowering, inst: number, cc: number): void {
  l.code.inst(K.SetCc, 0, cc)
  l.code.operand(l.result(inst), OpKind.Def)
}

function select(l: Lowering, inst: number): void {
  const { f, code } = l
  const ty = f.ty[inst]
  const dst = l.result(inst)
  const whenTrue = l.use(f.arg1[inst])
  const whenFalse = l.use(f.arg2[inst])
  const cc = condition(l, f.arg0[inst])
  if (isFloatTy(ty)) {
    code.inst(K.FloatSelect, 0, cc)
    code.operand(dst, OpKind.DefReuse)
    code.operand(whenTrue, OpKind.UseReuse)
    code.operand(whenFalse, OpKind.Use)
    return
  }
  // Equality of floats cannot be one cmov; its negation can be two.
  const negated = cc === CC_FLOAT_EQ
  code.inst(K.CMov, Form.cmov32RM | wideOf(ty), negated ? CC_FLOAT_NE : cc)
  code.operand(dst, OpKind.DefReuse)
  code.operand(negated ? whenTrue : whenFalse, OpKind.UseReuse)
  code.operand(negated ? whenFalse : whenTrue, OpKind.UseAny)
}

// --- floats ----------------------------------------------------------------------------------------------------------------

function float2(l: Lowering, inst: number, single: number, double: number): void {
  binary(l, inst, l.f.ty[inst] === Ty.F32 ? single : double, 0, false)
}

function overTwo(l: Lowering, inst: number, kind: number, imm: number): void {
  const { f, code } = l
  const dst = l.result(inst)
  const a = l.use(f.arg0[inst])
  const b = l.use(f.arg1[inst])
  code.inst(kind, 0, imm, f.ty[inst] === Ty.F64 ? 1 : 0)
  code.operand(dst, OpKind.DefReuse)
  code.operand(a, OpKind.UseReuse)
  code.operand(b, OpKind.Use)
}

function round(l: Lowering, inst: number, mode: number): void {
  const { f, code } = l
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  code.inst(K.Round, f.ty[inst] === Ty.F64 ? Form.roundsdRMI : Form.roundssRMI, mode)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.UseAny)
}

function floatToInt(l: Lowering, inst: number, saturating: boolean): void {
  const { f, code } = l
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  const double = f.vType[f.arg0[inst]] === Ty.F64
  const bits = (f.aux[inst] !== 0 ? 1 : 0) | (saturating ? 2 : 0) | (double ? 4 : 0) | (f.ty[inst] === Ty.I64 ? 8 : 0)
  const made = code.inst(K.FloatToInt, 0, bits)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.Use)
  code.trap[made] = TrapCode.FloatUnrepresentable
}

function intToFloat(l: Lowering, inst: number): void {
  const { f, code } = l
  const double = f.ty[inst] === Ty.F64
  const fromWide = f.vType[f.arg0[inst]] === Ty.I64
  const signed = f.aux[inst] !== 0
  if (fromWide && !signed) {
    const dst = l.result(inst)
    const x = l.use(f.arg0[inst])
    code.inst(K.UintToFloat, 0, double ? 1 : 0)
    code.operand(dst, OpKind.Def)
    code.operand(x, OpKind.Use)
    code.operand(l.gpr(), OpKind.Temp)
    return
  }
  // An unsigned i32 is a 64-bit integer already.
  const wide = fromWide || !signed ? WIDE : 0
  unary(l, inst, (double ? Form.cvtsi2sd32RM : Form.cvtsi2ss32RM) | wide, 1)
}

function bitcast(l: Lowering, inst: number): void {
  const { f } = l
  const ty = f.ty[inst]
  const wide = ty === Ty.I64 || ty === Ty.F64 ? WIDE : 0
  if (isFloatTy(ty)) {
    unary(l, inst, Form.movdRM | wide)
    return
  }
  const { code } = l
  const dst = l.result(inst)
  const x = l.use(f.arg0[inst])
  code.inst(K.Move, Form.movdMR | wide)
  code.operand(dst, OpKind.Def)
  code.operand(x, OpKind.Use)
}

// --- memory ----------------------------------------------------------------------------------------------------------------

const narrowLoads = [Form.movzx32M8, Form.movzx32M16, Form.mov32RM, Form.mov64RM]
const signedLoads = [Form.movsx32M8, Form.movsx32M16, Form.movsxd64M32, Form.mov64RM]

function load(l: Lowering, inst: number): void {
  const { f, code } = l
  const ty = f.ty[inst]
  const width = f.aux[inst] & ACCESS_WIDTH_MASK
  const signed = (f.aux[inst] & ACCESS_SIGNED) !== 0
  l.address(inst, 1 << width)
  let form = signed ? signedLoads[width] : narrowLoads[width]
  if (isFloatTy(ty)) form = ty === Ty.F32 ? Form.movssRM : Form.movsdRM
  else if (signed && ty === Ty.I64 && width < 2) form |= WIDE
  else if (signed && ty === Ty.I32 && width === 2) form = Form.mov32RM
  code.inst(K.Load, form)
  code.operand(l.result(inst), OpKind.Def)
  l.addAddress()
}

const stores = [Form.mov8MR, Form.mov16MR, Form.mov32MR, Form.mov64MR]
const immediateStores = [Form.mov8MI, Form.mov16MI, Form.mov32MI, Form.mov64MI]

function store(l: Lowering, inst: number): void {
  const { f, code } = l
  const ty = f.ty[inst]
  const width = f.aux[inst] & ACCESS_WIDTH_MASK
  const value = f.arg1[inst]
  if (!isFloatTy(ty) && l.isConst(value) && (width < 3 || l.isImm(value))) {
    const imm = l.constLo(value)
    l.address(inst, 1 << width)
    code.inst(K.StoreImm, immediateStores[width], 0, imm)
    l.addAddress()
    return
  }
  // The low bytes are stored: a wrap makes no difference.
  const def = f.definition(value)
  const narrow = def >= 0 && f.op[def] === IrOp.Wrap && l.isPrivate(value) && width < 3
  const x = l.use(narrow ? f.arg0[def] : value)
  l.address(inst, 1 << width)
  code.inst(K.Store, isFloatTy(ty) ? (ty === Ty.F32 ? Form.movssMR : Form.movsdMR) : stores[width])
  code.operand(x, OpKind.Use)
  l.addAddress()
}

/** Where a global is: address mode and displacement; -1 and its address in a register. */
function globalBase(l: Lowering, index: number): number {
  const { layout } = l.env
  if (layout.globalIndirect[index] === 0) return -1
  const base = l.gpr()
  l.loadFrom(base, Form.mov64RM, Address.Context, layout.globals[index], -1)
  return base
}

function globalGet(l: Lowering, inst: number): void {
  const index = l.f.immLo[inst]
  const base = globalBase(l, index)
  const form = loadForm(l.f.ty[inst])
  if (base < 0) l.loadFrom(l.result(inst), form, Address.Context, l.env.layout.globals[index], -1)
  else l.loadFrom(l.result(inst), form, Address.Base, 0, base)
}

function globalSet(l: Lowering, inst: number): void {
  const { f, code } = l
  const index = f.immLo[inst]
  const ty = f.vType[f.arg0[inst]]
  const value = l.use(f.arg0[inst])
  const base = globalBase(l, index)
  const wide = wideOf(ty)
  const form = ty === Ty.F32 ? Form.movssMR : ty === Ty.F64 ? Form.movsdMR : Form.mov32MR | wide
  const made = code.inst(K.Store, form, base < 0 ? l.env.layout.globals[index] : 0)
  code.flags[made] |= (base < 0 ? Address.Context : Address.Base) << ADDRESS_SHIFT
  code.operand(value, OpKind.Use)
  if (base >= 0) code.operand(base, OpKind.Use)
}

function memoryBytes(l: Lowering, inst: number): void {
  if (l.f.immLo[inst] !== 0) throw new Unsupported('more than one memory')
  const record = l.gpr()
  l.loadFrom(record, Form.mov64RM, Address.Context, Vmctx.memory0, -1)
  l.loadFrom(l.result(inst), Form.mov64RM, Address.Base, MemoryRecord.bytes, record)
}

/** Lowers an operation of this file; false when it is not one. */
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
      binary(l, inst, Form.sub32RM | wide, Form.sub32MI | wide, false)
      break
    case IrOp.Imul:
      multiply(l, inst)
      break
    case IrOp.Band:
      binary(l, inst, Form.and32RM | wide, Form.and32MI | wide, true)
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
      shift(l, inst, Form.rol32MI, Form.rol32MC, 0)
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
      testZero(l, f.arg0[inst])
      setCondition(l, inst, Cc.e)
      break
    case IrOp.Icmp:
      setCondition(l, inst, compare(l, inst, true))
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
      float2(l, inst, Form.addssRM, Form.addsdRM)
      break
    case IrOp.Fsub:
      float2(l, inst, Form.subssRM, Form.subsdRM)
      break
    case IrOp.Fmul:
      float2(l, inst, Form.mulssRM, Form.mulsdRM)
      break
    case IrOp.Fdiv:
      float2(l, inst, Form.divssRM, Form.divsdRM)
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
      unary(l, inst, single ? Form.sqrtssRM : Form.sqrtsdRM, 1)
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
      unary(l, inst, Form.cvtss2sdRM, 1)
      break
    case IrOp.Demote:
      unary(l, inst, Form.cvtsd2ssRM, 1)
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
