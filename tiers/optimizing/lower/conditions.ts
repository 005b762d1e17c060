/** Lowering of comparisons and of what they decide: flags for branches and traps, booleans, selects. */
import { Cc, Form } from '../../isa/x64/forms.js'
import { IrOp } from '../ir/ops.js'
import { FloatCc, IntCc, intCcSwapped, Ty, isFloatTy } from '../ir/types.js'
import { useNarrow, wideOf } from './integer.js'
import { CC_FLOAT_EQ, CC_FLOAT_NE, K } from './kinds.js'
import type { Lowering } from './lowering.js'
import { OpKind } from './vcode.js'

/** Hardware condition of each IntCc. */
const intCc = Uint8Array.of(Cc.e, Cc.ne, Cc.l, Cc.b, Cc.g, Cc.a, Cc.le, Cc.be, Cc.ge, Cc.ae)

/**
 * Sets the flags by an integer comparison and returns the condition. A load is merged only where a register is compared
 * with it: the hardware fuses that with a branch, but not a comparison of memory with an immediate.
 * @param asValue a cmov or setcc uses the condition. Those of "above" and "not above" read two flags, which takes them a
 *   cycle or a micro-operation more; so the condition will be one that needs the carry flag alone
 */
export function compare(l: Lowering, inst: number, isPrivate: boolean, asValue: boolean): number {
  const { f, code } = l
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  let cc = f.aux[inst]
  const wide = wideOf(f.vType[a])
  if (l.isConst(a) && !l.isConst(b)) {
    ;[a, b] = [b, a]
    cc = intCcSwapped[cc]
  }
  const twoFlags = asValue && (cc === IntCc.UGt || cc === IntCc.ULe)
  if (l.isImm(b)) {
    let imm = l.constLo(b)
    // x > c is x >= c + 1 where that is an immediate too; only the greatest positive one has no successor, and -1 is all ones.
    if (twoFlags && imm !== -1 && imm !== 0x7fffffff) {
      imm++
      cc = cc === IntCc.UGt ? IntCc.UGe : IntCc.ULt
    }
    if (imm === 0) {
      testZero(l, a, cc === IntCc.Eq || cc === IntCc.Ne)
      return intCc[cc]
    }
    const x = useNarrow(l, a)
    code.inst(K.CmpImm, Form.cmp32MI | wide, imm)
    code.operand(x, OpKind.UseAny)
    return intCc[cc]
  }
  if (twoFlags || (isPrivate && l.isPrivateLoad(a) && !l.isPrivateLoad(b))) {
    ;[a, b] = [b, a]
    cc = intCcSwapped[cc]
  }
  const x = useNarrow(l, a)
  if (isPrivate && l.tryLoad(b)) {
    code.inst(K.CmpMem, Form.cmp32RM | wide)
    code.operand(x, OpKind.Use)
    l.addAddress()
    return intCc[cc]
  }
  const y = useNarrow(l, b)
  code.inst(K.Cmp, Form.cmp32RM | wide)
  code.operand(x, OpKind.Use)
  code.operand(y, OpKind.UseAny)
  return intCc[cc]
}

/**
 * Compares a value with zero. A private `band` becomes a test.
 * @param equality only e and ne are asked: an operation that set the flags by its result will do as well
 */
export function testZero(l: Lowering, value: number, equality: boolean): void {
  const { f, code } = l
  const wide = wideOf(f.vType[value])
  const def = f.definition(value)
  if (def >= 0 && f.op[def] === IrOp.Band && l.isPrivate(value)) {
    let a = f.arg0[def]
    let b = f.arg1[def]
    if (l.isConst(a)) [a, b] = [b, a]
    const x = useNarrow(l, a)
    if (l.isImm(b)) {
      const mask = l.constLo(b)
      // A mask below the byte's sign bit leaves all flags as the wide test does.
      code.inst(K.CmpImm, mask >= 0 && mask < 0x80 ? Form.test8MI : Form.test32MI | wide, mask)
      code.operand(x, OpKind.UseAny)
      return
    }
    const y = useNarrow(l, b)
    code.inst(K.Test, Form.test32MR | wide)
    code.operand(x, OpKind.UseAny)
    code.operand(y, OpKind.Use)
    return
  }
  const x = useNarrow(l, value)
  code.inst(K.Test, Form.test32MR | wide, equality ? 1 : 0)
  code.operand(x, OpKind.Use)
  code.operand(x, OpKind.Use)
}

export function compareFloats(l: Lowering, inst: number): number {
  const { f, code } = l
  let a = f.arg0[inst]
  let b = f.arg1[inst]
  const cc = f.aux[inst]
  // "Less" is asked the other way round, so that unordered gives false.
  if (cc === FloatCc.Lt || cc === FloatCc.Le) [a, b] = [b, a]
  const x = l.use(a)
  const form = f.vType[a] === Ty.F32 ? Form.ucomissRM : Form.ucomisdRM
  if (l.tryConst(b)) {
    code.inst(K.CmpMem, form)
    code.operand(x, OpKind.Use)
    l.addAddress()
  } else {
    const y = l.use(b)
    code.inst(K.Cmp, form)
    code.operand(x, OpKind.Use)
    code.operand(y, OpKind.UseAny)
  }
  if (cc === FloatCc.Eq) return CC_FLOAT_EQ
  if (cc === FloatCc.Ne) return CC_FLOAT_NE
  return cc === FloatCc.Lt || cc === FloatCc.Gt ? Cc.a : Cc.ae
}

/**
 * Sets the flags so that the returned condition holds when an i32 is not zero. Emit the instruction that uses it next:
 * all its operands must have been asked for before.
 * @param asValue see `compare`
 */
export function condition(l: Lowering, value: number, asValue = false): number {
  const { f } = l
  const def = f.definition(value)
  const isPrivate = l.isPrivate(value)
  if (def >= 0 && (isPrivate || l.isSameBlock(value))) {
    const op = f.op[def]
    if (op === IrOp.Icmp) return compare(l, def, isPrivate, asValue)
    if (op === IrOp.Fcmp) return compareFloats(l, def)
    if (op === IrOp.Ieqz && isPrivate) {
      // What is tested for zero may itself be a condition.
      if (f.vType[f.arg0[def]] === Ty.I32 && l.isPrivateIn(f.arg0[def], def))
        return condition(l, f.arg0[def], asValue) ^ 1
      testZero(l, f.arg0[def], true)
      return Cc.e
    }
    if (op === IrOp.Ieqz) {
      testZeroOf(l, f.arg0[def])
      return Cc.e
    }
  }
  testZero(l, value, true)
  return Cc.ne
}

function testZeroOf(l: Lowering, value: number): void {
  const { code, f } = l
  const x = l.use(value)
  code.inst(K.Test, Form.test32MR | wideOf(f.vType[value]), 1)
  code.operand(x, OpKind.Use)
  code.operand(x, OpKind.Use)
}

export function setCondition(l: Lowering, inst: number, cc: number): void {
  l.code.inst(K.SetCc, 0, cc)
  l.code.operand(l.result(inst), OpKind.Def)
}

export function select(l: Lowering, inst: number): void {
  const { f, code } = l
  const ty = f.ty[inst]
  const dst = l.result(inst)
  const trueLives = l.livesOn(f.arg1[inst])
  const falseLives = l.livesOn(f.arg2[inst])
  const whenTrue = l.use(f.arg1[inst])
  const whenFalse = l.use(f.arg2[inst])
  const cc = condition(l, f.arg0[inst], !isFloatTy(ty))
  if (isFloatTy(ty)) {
    code.inst(K.FloatSelect, 0, cc)
    code.operand(dst, OpKind.DefReuse)
    code.operand(whenTrue, OpKind.UseReuse)
    code.operand(whenFalse, OpKind.Use)
    return
  }
  // Equality of floats cannot be one cmov; its negation can be two. Otherwise the value that dies makes place.
  const negated = cc === CC_FLOAT_EQ || (cc < CC_FLOAT_EQ && falseLives && !trueLives)
  code.inst(K.CMov, Form.cmov32RM | wideOf(ty), negated ? cc ^ 1 : cc)
  code.operand(dst, OpKind.DefReuse)
  code.operand(negated ? whenTrue : whenFalse, OpKind.UseReuse)
  code.operand(negated ? whenFalse : whenTrue, OpKind.UseAny)
}
