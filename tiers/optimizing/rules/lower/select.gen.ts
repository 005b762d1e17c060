// Generated from *.rules by `npm run rules`; do not edit.

import { Form } from '../../../isa/x64/forms.js'
import type { Selection } from '../../lower/selection.js'

function same(a: number, b: number): boolean {
  return a === b
}

function compare(l: Selection, ty: number, cc: number, x: number, y: number, as_value: number, merges: number): number {
  const { f } = l
  if (l.isPrivate(x) && l.isImm(y)) {
    const xDef = f.definition(x)
    if (xDef >= 0 && f.op[xDef] === 11 /* band */ && l.isImm(f.arg1[xDef]) && l.constLo(f.arg1[xDef]) === 255 && l.isUnsigned(cc) && l.isByte(l.constLo(y))) {
      l.fired(0) // compare.rules:7
      return l.cmpImm(Form.cmp8MI, cc, l.useLow(f.arg0[xDef]), l.constLo(y))
    }
  }
  if (cc === 5 && l.isImm(y) && as_value === 1 && l.hasNext(l.constLo(y))) {
    l.fired(1) // compare.rules:9
    return l.cmpImm(l.wide(Form.cmp32MI, ty), 9, l.useLow(x), l.nextOf(l.constLo(y)))
  }
  if (cc === 7 && l.isImm(y) && as_value === 1 && l.hasNext(l.constLo(y))) {
    l.fired(2) // compare.rules:11
    return l.cmpImm(l.wide(Form.cmp32MI, ty), 3, l.useLow(x), l.nextOf(l.constLo(y)))
  }
  if (l.isImm(y)) {
    if (l.constLo(y) === 0) {
      l.fired(3) // compare.rules:13
      return testZero(l, cc, x)
    }
    l.fired(4) // compare.rules:15
    return l.cmpImm(l.wide(Form.cmp32MI, ty), cc, l.useLow(x), l.constLo(y))
  }
  if (cc === 5 && as_value === 1) {
    l.fired(5) // compare.rules:17
    return compareOperands(l, ty, 3, y, x, merges)
  }
  if (cc === 7 && as_value === 1) {
    l.fired(6) // compare.rules:19
    return compareOperands(l, ty, 9, y, x, merges)
  }
  if (l.isMerged(y) && merges === 1) {
    l.fired(7) // compare.rules:21
    return l.cmpMem(l.wide(Form.cmp32RM, ty), cc, l.useLow(x), l.merge(y))
  }
  if (l.isMerged(x) && merges === 1) {
    l.fired(8) // compare.rules:23
    return l.cmpMem(l.wide(Form.cmp32RM, ty), l.swapped(cc), l.useLow(y), l.merge(x))
  }
  l.fired(9) // compare.rules:25
  return l.cmp(l.wide(Form.cmp32RM, ty), cc, l.useLow(x), l.useLow(y))
}

function compareOperands(l: Selection, ty: number, cc: number, x: number, y: number, merges: number): number {
  if (l.isMerged(y) && merges === 1) {
    l.fired(10) // compare.rules:27
    return l.cmpMem(l.wide(Form.cmp32RM, ty), cc, l.useLow(x), l.merge(y))
  }
  l.fired(11) // compare.rules:29
  return l.cmp(l.wide(Form.cmp32RM, ty), cc, l.useLow(x), l.useLow(y))
}

function testZero(l: Selection, cc: number, x: number): number {
  const { f } = l
  if (l.isPrivate(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0 && f.op[xDef] === 11 /* band */) {
      const bitArg1XDef = bit(l, f.arg1[xDef])
      if (bitArg1XDef >= 0 && l.isEquality(cc)) {
        l.fired(12) // compare.rules:32
        return l.bitTest(l.wide(Form.bt32MR, f.ty[xDef]), cc, l.useLow(f.arg0[xDef]), l.useLow(bitArg1XDef))
      }
      const bitArg0XDef = bit(l, f.arg0[xDef])
      if (bitArg0XDef >= 0 && l.isEquality(cc)) {
        l.fired(12) // compare.rules:32
        return l.bitTest(l.wide(Form.bt32MR, f.ty[xDef]), cc, l.useLow(f.arg1[xDef]), l.useLow(bitArg0XDef))
      }
      if (l.isPrivate(f.arg0[xDef]) && l.isInt(f.arg1[xDef], 1)) {
        const arg0XDefDef = f.definition(f.arg0[xDef])
        if (arg0XDefDef >= 0 && f.op[arg0XDefDef] === 15 /* ushr */ && l.isEquality(cc) && !l.isConst(f.arg1[arg0XDefDef])) {
          l.fired(13) // compare.rules:34
          return l.bitTest(l.wide(Form.bt32MR, f.ty[xDef]), cc, l.useLow(f.arg0[arg0XDefDef]), l.useLow(f.arg1[arg0XDefDef]))
        }
      }
      if (l.isHighBit(f.arg1[xDef]) && l.isEquality(cc)) {
        l.fired(14) // compare.rules:37
        return l.bitTestImm(Form.bt64MI, cc, l.useLow(f.arg0[xDef]), l.highBitOf(f.arg1[xDef]))
      }
      if (l.isImm(f.arg1[xDef])) {
        if (l.isByteMask(l.constLo(f.arg1[xDef]))) {
          l.fired(15) // compare.rules:39
          return l.cmpImm(Form.test8MI, cc, l.useLow(f.arg0[xDef]), l.constLo(f.arg1[xDef]))
        }
        l.fired(16) // compare.rules:41
        return l.cmpImm(l.wide(Form.test32MI, f.ty[xDef]), cc, l.useLow(f.arg0[xDef]), l.constLo(f.arg1[xDef]))
      }
      l.fired(17) // compare.rules:43
      return l.test(l.wide(Form.test32MR, f.ty[xDef]), cc, l.useLow(f.arg0[xDef]), l.useLow(f.arg1[xDef]))
    }
  }
  l.fired(18) // compare.rules:45
  return l.testSelf(l.wide(Form.test32MR, f.vType[x]), cc, l.useLow(x))
}

function compareFloats(l: Selection, ty: number, cc: number, x: number, y: number, merges: number): number {
  if (cc === 2) {
    l.fired(19) // compare.rules:48
    return compareFloats(l, ty, 3, y, x, merges)
  }
  if (cc === 4) {
    l.fired(20) // compare.rules:50
    return compareFloats(l, ty, 5, y, x, merges)
  }
  if (l.isPooled(y)) {
    l.fired(21) // compare.rules:52
    return l.floatCmpMem(l.sized(Form.ucomissRM, Form.ucomisdRM, ty), cc, l.use(x), l.merge(y))
  }
  if (l.isMerged(y) && merges === 1) {
    l.fired(22) // compare.rules:54
    return l.floatCmpMem(l.sized(Form.ucomissRM, Form.ucomisdRM, ty), cc, l.use(x), l.merge(y))
  }
  l.fired(23) // compare.rules:56
  return l.floatCmp(l.sized(Form.ucomissRM, Form.ucomisdRM, ty), cc, l.use(x), l.use(y))
}

export function condition(l: Selection, x: number, as_value: number): number {
  const { f } = l
  if (l.isPrivate(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0) {
      if (f.op[xDef] === 24 /* icmp */) {
        l.fired(24) // compare.rules:59
        return compare(l, f.ty[xDef], f.aux[xDef], f.arg0[xDef], f.arg1[xDef], as_value, 1)
      }
      if (f.op[xDef] === 45 /* fcmp */) {
        l.fired(26) // compare.rules:63
        return compareFloats(l, f.ty[xDef], f.aux[xDef], f.arg0[xDef], f.arg1[xDef], 1)
      }
      if (f.op[xDef] === 23 /* ieqz */) {
        if (l.isPrivate(f.arg0[xDef]) && f.vType[f.arg0[xDef]] === 1) {
          l.fired(28) // compare.rules:67
          return l.negatedCondition(condition(l, f.arg0[xDef], as_value))
        }
        l.fired(29) // compare.rules:69
        return testZero(l, 0, f.arg0[xDef])
      }
    }
  }
  if (l.isLocal(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0) {
      if (f.op[xDef] === 24 /* icmp */) {
        l.fired(25) // compare.rules:61
        return compare(l, f.ty[xDef], f.aux[xDef], f.arg0[xDef], f.arg1[xDef], as_value, 0)
      }
      if (f.op[xDef] === 45 /* fcmp */) {
        l.fired(27) // compare.rules:65
        return compareFloats(l, f.ty[xDef], f.aux[xDef], f.arg0[xDef], f.arg1[xDef], 0)
      }
      if (f.op[xDef] === 23 /* ieqz */) {
        l.fired(30) // compare.rules:71
        return l.testSelf(l.wide(Form.test32MR, f.vType[f.arg0[xDef]]), 0, l.use(f.arg0[xDef]))
      }
    }
  }
  l.fired(31) // compare.rules:73
  return testZero(l, 1, x)
}

function intToFloat(l: Selection, dst: number, form: number, x: number): number {
  if (l.hasAvx()) {
    l.fired(53) // convert.rules:33
    return l.vconvert(dst, form, x)
  }
  l.fired(54) // convert.rules:35
  return l.unaryFresh(dst, form, x)
}

function floatBinary(l: Selection, dst: number, form: number, x: number, y: number): number {
  if (l.isInMemory(y) && l.hasAvx()) {
    l.fired(59) // float.rules:5
    return l.vrmMem(dst, form, l.use(x), l.merge(y))
  }
  if (l.hasAvx()) {
    l.fired(60) // float.rules:7
    return l.vrm(dst, form, l.use(x), l.use(y))
  }
  l.fired(61) // float.rules:9
  return twoOperands(l, dst, form, x, y)
}

function floatUnary(l: Selection, dst: number, form: number, x: number): number {
  if (l.hasAvx()) {
    l.fired(62) // float.rules:11
    return l.vunary(dst, form, l.use(x))
  }
  l.fired(63) // float.rules:13
  return l.unaryFresh(dst, form, l.use(x))
}

function alu(l: Selection, dst: number, rm: number, mi: number, x: number, y: number): number {
  if (l.isImm(y)) {
    l.fired(78) // integer.rules:4
    return l.ri(dst, mi, l.useLow(x), l.constLo(y))
  }
  l.fired(79) // integer.rules:6
  return twoOperands(l, dst, rm, x, y)
}

function twoOperands(l: Selection, dst: number, form: number, x: number, y: number): number {
  if (l.isInMemory(y)) {
    l.fired(80) // integer.rules:8
    return l.rmMem(dst, form, l.useLow(x), l.merge(y))
  }
  l.fired(81) // integer.rules:10
  return l.rm(dst, form, l.useLow(x), l.useLow(y))
}

function commutative(l: Selection, dst: number, rm: number, mi: number, x: number, y: number): number {
  if (l.isImm(y)) {
    l.fired(82) // integer.rules:13
    return l.ri(dst, mi, l.useLow(x), l.constLo(y))
  }
  l.fired(83) // integer.rules:15
  return commutativeOperands(l, dst, rm, x, y)
}

function commutativeOperands(l: Selection, dst: number, form: number, x: number, y: number): number {
  if (l.isMerged(y)) {
    l.fired(84) // integer.rules:17
    return l.rmMem(dst, form, l.useLow(x), l.merge(y))
  }
  if (l.isMerged(x)) {
    l.fired(85) // integer.rules:19
    return l.rmMem(dst, form, l.useLow(y), l.merge(x))
  }
  if (l.outlives(x, y)) {
    l.fired(86) // integer.rules:21
    return l.rm(dst, form, l.useLow(y), l.useLow(x))
  }
  l.fired(87) // integer.rules:23
  return l.rm(dst, form, l.useLow(x), l.useLow(y))
}

function addConstant(l: Selection, dst: number, ty: number, x: number, c: number): number {
  const { f } = l
  if (l.isPrivate(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0 && f.op[xDef] === 14 /* ishl */ && l.isScale(f.arg1[xDef])) {
      l.fired(93) // integer.rules:36
      return l.leaScaled(dst, l.wide(Form.lea32RM, ty), l.useLow(f.arg0[xDef]), l.countOf(f.arg1[xDef]), c)
    }
  }
  l.fired(94) // integer.rules:38
  return l.addImmediate(dst, l.wide(Form.lea32RM, ty), l.useLow(x), c)
}

function complement(l: Selection, x: number): number {
  const { f } = l
  if (l.isPrivate(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0 && f.op[xDef] === 13 /* bxor */ && l.isInt(f.arg1[xDef], -1)) {
      l.fired(110) // integer.rules:75
      return f.arg0[xDef]
    }
  }
  return -1
}

function below(l: Selection, x: number): number {
  const { f } = l
  if (l.isPrivate(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0 && f.op[xDef] === 2 /* iadd */ && l.isInt(f.arg1[xDef], -1)) {
      l.fired(111) // integer.rules:77
      return f.arg0[xDef]
    }
  }
  return -1
}

function negation(l: Selection, x: number): number {
  const { f } = l
  if (l.isPrivate(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0 && f.op[xDef] === 3 /* isub */ && l.isInt(f.arg0[xDef], 0)) {
      l.fired(112) // integer.rules:79
      return f.arg1[xDef]
    }
  }
  return -1
}

function bit(l: Selection, x: number): number {
  const { f } = l
  if (l.isPrivate(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0 && f.op[xDef] === 14 /* ishl */ && l.isInt(f.arg0[xDef], 1)) {
      l.fired(113) // integer.rules:81
      return f.arg1[xDef]
    }
  }
  return -1
}

function hole(l: Selection, x: number): number {
  const { f } = l
  if (l.isPrivate(x)) {
    const xDef = f.definition(x)
    if (xDef >= 0 && f.op[xDef] === 17 /* rotl */ && l.isInt(f.arg0[xDef], -2)) {
      l.fired(114) // integer.rules:83
      return f.arg1[xDef]
    }
  }
  return -1
}

export function address(l: Selection, pointer: number, offset: number, bytes: number): number {
  const { f } = l
  if (l.hasExplicitBounds()) {
    l.fired(129) // memory.rules:5
    return l.checkedAddress(l.use(pointer), offset, bytes)
  }
  if (l.isConst(pointer) && l.isInReach(l.constLo(pointer), offset, bytes)) {
    l.fired(130) // memory.rules:7
    return l.fixedAddress(l.constLo(pointer), offset)
  }
  if (l.isUnwanted(pointer)) {
    const pointerDef = f.definition(pointer)
    if (pointerDef >= 0 && f.op[pointerDef] === 2 /* iadd */ && f.ty[pointerDef] === 1 && l.isConst(f.arg1[pointerDef]) && l.addsWithoutWrap(f.arg0[pointerDef], l.constLo(f.arg1[pointerDef]), offset, bytes)) {
      l.fired(131) // memory.rules:9
      return scaledAddress(l, f.arg0[pointerDef], l.plus(offset, l.constLo(f.arg1[pointerDef])))
    }
  }
  l.fired(132) // memory.rules:11
  return scaledAddress(l, pointer, offset)
}

function scaledAddress(l: Selection, pointer: number, offset: number): number {
  const { f } = l
  if (l.isFar(offset)) {
    l.fired(133) // memory.rules:13
    return l.farAddress(l.use(pointer), offset)
  }
  if (l.isUnwanted(pointer)) {
    const pointerDef = f.definition(pointer)
    if (pointerDef >= 0 && f.op[pointerDef] === 14 /* ishl */ && f.ty[pointerDef] === 1 && l.isScale(f.arg1[pointerDef]) && l.shiftsNothingOut(f.arg0[pointerDef], l.countOf(f.arg1[pointerDef]))) {
      l.fired(134) // memory.rules:15
      return l.indexAddress(l.use(f.arg0[pointerDef]), l.countOf(f.arg1[pointerDef]), offset)
    }
  }
  l.fired(135) // memory.rules:17
  return l.indexAddress(l.use(pointer), 0, offset)
}

function shift(l: Selection, dst: number, ty: number, mi: number, mc: number, rmv: number, x: number, n: number): number {
  if (l.isConst(n)) {
    l.fired(153) // shifts.rules:4
    return l.shiftImm(dst, l.wide(mi, ty), l.useLow(x), l.countOf(n))
  }
  if (l.hasBmi2()) {
    l.fired(154) // shifts.rules:6
    return l.shiftX(dst, l.wide(rmv, ty), l.useLow(x), l.useLow(n))
  }
  l.fired(155) // shifts.rules:8
  return l.shiftCl(dst, l.wide(mc, ty), l.useLow(x), l.useLow(n))
}

function rotate(l: Selection, dst: number, ty: number, mi: number, mc: number, x: number, n: number): number {
  if (l.isConst(n)) {
    l.fired(156) // shifts.rules:10
    return l.shiftImm(dst, l.wide(mi, ty), l.useLow(x), l.countOf(n))
  }
  l.fired(157) // shifts.rules:12
  return l.shiftCl(dst, l.wide(mc, ty), l.useLow(x), l.useLow(n))
}

function lowerIadd(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isImm(arg1)) {
    l.fired(88) // integer.rules:26
    addConstant(l, l.result(inst), ty, arg0, l.constLo(arg1))
    return true
  }
  if (l.isConst(arg1)) {
    l.fired(89) // integer.rules:28
    commutativeOperands(l, l.result(inst), l.wide(Form.add32RM, ty), arg0, arg1)
    return true
  }
  if (l.isMerged(arg1)) {
    l.fired(90) // integer.rules:30
    l.rmMem(l.result(inst), l.wide(Form.add32RM, ty), l.useLow(arg0), l.merge(arg1))
    return true
  }
  if (l.isMerged(arg0)) {
    l.fired(90) // integer.rules:30
    l.rmMem(l.result(inst), l.wide(Form.add32RM, ty), l.useLow(arg1), l.merge(arg0))
    return true
  }
  if (l.isPrivate(arg1)) {
    const arg1Def = f.definition(arg1)
    if (arg1Def >= 0 && f.op[arg1Def] === 14 /* ishl */ && l.isScale(f.arg1[arg1Def])) {
      l.fired(91) // integer.rules:32
      l.lea(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), l.useLow(f.arg0[arg1Def]), l.countOf(f.arg1[arg1Def]))
      return true
    }
  }
  if (l.isPrivate(arg0)) {
    const arg0Def = f.definition(arg0)
    if (arg0Def >= 0 && f.op[arg0Def] === 14 /* ishl */ && l.isScale(f.arg1[arg0Def])) {
      l.fired(91) // integer.rules:32
      l.lea(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg1), l.useLow(f.arg0[arg0Def]), l.countOf(f.arg1[arg0Def]))
      return true
    }
  }
  l.fired(92) // integer.rules:34
  l.sum(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg1), l.useLow(arg0))
  return true
}

function lowerIsub(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isInt(arg0, 0)) {
    l.fired(95) // integer.rules:41
    l.digit(l.result(inst), l.wide(Form.neg32M, ty), l.useLow(arg1))
    return true
  }
  if (l.isImm(arg1) && l.isNegatable(l.constLo(arg1))) {
    l.fired(96) // integer.rules:43
    addConstant(l, l.result(inst), ty, arg0, l.negated(l.constLo(arg1)))
    return true
  }
  l.fired(97) // integer.rules:45
  alu(l, l.result(inst), l.wide(Form.sub32RM, ty), l.wide(Form.sub32MI, ty), arg0, arg1)
  return true
}

function lowerImul(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isImm(arg1)) {
    if (l.constLo(arg1) === 3) {
      l.fired(98) // integer.rules:48
      l.leaTimes(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), 1)
      return true
    }
    if (l.constLo(arg1) === 5) {
      l.fired(99) // integer.rules:50
      l.leaTimes(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), 2)
      return true
    }
    if (l.constLo(arg1) === 9) {
      l.fired(100) // integer.rules:52
      l.leaTimes(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), 3)
      return true
    }
    l.fired(101) // integer.rules:54
    l.imulImm(l.result(inst), l.wide(Form.imul32RMI, ty), l.useLow(arg0), l.constLo(arg1))
    return true
  }
  l.fired(102) // integer.rules:56
  commutativeOperands(l, l.result(inst), l.wide(Form.imul32RM, ty), arg0, arg1)
  return true
}

function lowerUmulh(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (ty === 2) {
    if (l.hasBmi2()) {
      l.fired(103) // integer.rules:59
      l.mulx(l.result(inst), l.use(arg0), l.use(arg1))
      return true
    }
    l.fired(104) // integer.rules:61
    l.mulHigh(l.result(inst), 0, l.use(arg0), l.use(arg1))
    return true
  }
  return false
}

function lowerSmulh(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (ty === 2) {
    l.fired(105) // integer.rules:63
    l.mulHigh(l.result(inst), 1, l.use(arg0), l.use(arg1))
    return true
  }
  return false
}

function lowerUdiv(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(106) // integer.rules:66
  l.divide(l.result(inst), ty, 0, 0, l.use(arg0), l.use(arg1))
  return true
}

function lowerSdiv(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(107) // integer.rules:68
  l.divide(l.result(inst), ty, 1, 0, l.use(arg0), l.use(arg1))
  return true
}

function lowerUrem(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(108) // integer.rules:70
  l.divide(l.result(inst), ty, 0, 1, l.use(arg0), l.use(arg1))
  return true
}

function lowerSrem(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(109) // integer.rules:72
  l.divide(l.result(inst), ty, 1, 1, l.use(arg0), l.use(arg1))
  return true
}

function lowerBand(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isImm(arg1)) {
    if (l.constLo(arg1) === 255) {
      l.fired(115) // integer.rules:86
      l.unary(l.result(inst), Form.movzx32M8, l.useLow(arg0))
      return true
    }
    if (l.constLo(arg1) === 65535) {
      l.fired(117) // integer.rules:90
      l.unary(l.result(inst), Form.movzx32M16, l.useLow(arg0))
      return true
    }
  }
  if (ty === 2 && l.isLowMask(arg1)) {
    if (l.constLo(arg1) === -1) {
      l.fired(116) // integer.rules:88
      l.unary(l.result(inst), Form.mov32RM, l.useLow(arg0))
      return true
    }
    l.fired(118) // integer.rules:92
    l.ri(l.result(inst), Form.and32MI, l.useLow(arg0), l.constLo(arg1))
    return true
  }
  const complementArg0 = complement(l, arg0)
  if (complementArg0 >= 0 && l.hasBmi1()) {
    l.fired(119) // integer.rules:94
    l.andn(l.result(inst), l.wide(Form.andn32RVM, ty), l.useLow(complementArg0), l.useLow(arg1))
    return true
  }
  const complementArg1 = complement(l, arg1)
  if (complementArg1 >= 0 && l.hasBmi1()) {
    l.fired(119) // integer.rules:94
    l.andn(l.result(inst), l.wide(Form.andn32RVM, ty), l.useLow(complementArg1), l.useLow(arg0))
    return true
  }
  const belowArg1 = below(l, arg1)
  if (belowArg1 >= 0 && same(belowArg1, arg0) && l.hasBmi1()) {
    l.fired(120) // integer.rules:96
    l.bmiUnary(l.result(inst), l.wide(Form.blsr32VM, ty), l.useLow(arg0))
    return true
  }
  const belowArg0 = below(l, arg0)
  if (belowArg0 >= 0 && same(arg1, belowArg0) && l.hasBmi1()) {
    l.fired(120) // integer.rules:96
    l.bmiUnary(l.result(inst), l.wide(Form.blsr32VM, ty), l.useLow(belowArg0))
    return true
  }
  const negationArg1 = negation(l, arg1)
  if (negationArg1 >= 0 && same(negationArg1, arg0) && l.hasBmi1()) {
    l.fired(121) // integer.rules:98
    l.bmiUnary(l.result(inst), l.wide(Form.blsi32VM, ty), l.useLow(arg0))
    return true
  }
  const negationArg0 = negation(l, arg0)
  if (negationArg0 >= 0 && same(arg1, negationArg0) && l.hasBmi1()) {
    l.fired(121) // integer.rules:98
    l.bmiUnary(l.result(inst), l.wide(Form.blsi32VM, ty), l.useLow(negationArg0))
    return true
  }
  const holeArg1 = hole(l, arg1)
  if (holeArg1 >= 0) {
    l.fired(122) // integer.rules:100
    l.changeBit(l.result(inst), l.wide(Form.btr32MR, ty), l.useLow(arg0), l.useLow(holeArg1))
    return true
  }
  const holeArg0 = hole(l, arg0)
  if (holeArg0 >= 0) {
    l.fired(122) // integer.rules:100
    l.changeBit(l.result(inst), l.wide(Form.btr32MR, ty), l.useLow(arg1), l.useLow(holeArg0))
    return true
  }
  l.fired(123) // integer.rules:102
  commutative(l, l.result(inst), l.wide(Form.and32RM, ty), l.wide(Form.and32MI, ty), arg0, arg1)
  return true
}

function lowerBor(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  const bitArg1 = bit(l, arg1)
  if (bitArg1 >= 0) {
    l.fired(124) // integer.rules:104
    l.changeBit(l.result(inst), l.wide(Form.bts32MR, ty), l.useLow(arg0), l.useLow(bitArg1))
    return true
  }
  const bitArg0 = bit(l, arg0)
  if (bitArg0 >= 0) {
    l.fired(124) // integer.rules:104
    l.changeBit(l.result(inst), l.wide(Form.bts32MR, ty), l.useLow(arg1), l.useLow(bitArg0))
    return true
  }
  l.fired(125) // integer.rules:106
  commutative(l, l.result(inst), l.wide(Form.or32RM, ty), l.wide(Form.or32MI, ty), arg0, arg1)
  return true
}

function lowerBxor(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isInt(arg1, -1)) {
    l.fired(126) // integer.rules:108
    l.digit(l.result(inst), l.wide(Form.not32M, ty), l.useLow(arg0))
    return true
  }
  const bitArg1 = bit(l, arg1)
  if (bitArg1 >= 0) {
    l.fired(127) // integer.rules:110
    l.changeBit(l.result(inst), l.wide(Form.btc32MR, ty), l.useLow(arg0), l.useLow(bitArg1))
    return true
  }
  const bitArg0 = bit(l, arg0)
  if (bitArg0 >= 0) {
    l.fired(127) // integer.rules:110
    l.changeBit(l.result(inst), l.wide(Form.btc32MR, ty), l.useLow(arg1), l.useLow(bitArg0))
    return true
  }
  l.fired(128) // integer.rules:112
  commutative(l, l.result(inst), l.wide(Form.xor32RM, ty), l.wide(Form.xor32MI, ty), arg0, arg1)
  return true
}

function lowerIshl(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isScale(arg1) && l.livesOn(arg0)) {
    l.fired(158) // shifts.rules:15
    l.scaledUp(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), l.countOf(arg1))
    return true
  }
  l.fired(159) // shifts.rules:17
  shift(l, l.result(inst), ty, Form.shl32MI, Form.shl32MC, Form.shlx32RMV, arg0, arg1)
  return true
}

function lowerUshr(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(160) // shifts.rules:19
  shift(l, l.result(inst), ty, Form.shr32MI, Form.shr32MC, Form.shrx32RMV, arg0, arg1)
  return true
}

function lowerSshr(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(161) // shifts.rules:21
  shift(l, l.result(inst), ty, Form.sar32MI, Form.sar32MC, Form.sarx32RMV, arg0, arg1)
  return true
}

function lowerRotl(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isConst(arg1) && l.hasBmi2()) {
    l.fired(162) // shifts.rules:23
    l.rorx(l.result(inst), l.wide(Form.rorx32RMI, ty), l.useLow(arg0), l.turned(ty, l.countOf(arg1)))
    return true
  }
  l.fired(163) // shifts.rules:25
  rotate(l, l.result(inst), ty, Form.rol32MI, Form.rol32MC, arg0, arg1)
  return true
}

function lowerRotr(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(164) // shifts.rules:27
  rotate(l, l.result(inst), ty, Form.ror32MI, Form.ror32MC, arg0, arg1)
  return true
}

function lowerClz(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  if (l.hasLzcnt()) {
    l.fired(165) // shifts.rules:30
    l.unaryFresh(l.result(inst), l.wide(Form.lzcnt32RM, ty), l.useLow(arg0))
    return true
  }
  l.fired(166) // shifts.rules:32
  l.bitScan(l.result(inst), ty, 0, l.use(arg0))
  return true
}

function lowerCtz(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  if (l.hasBmi1()) {
    l.fired(167) // shifts.rules:34
    l.unaryFresh(l.result(inst), l.wide(Form.tzcnt32RM, ty), l.useLow(arg0))
    return true
  }
  l.fired(168) // shifts.rules:36
  l.bitScan(l.result(inst), ty, 1, l.use(arg0))
  return true
}

function lowerPopcnt(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(170) // shifts.rules:40
  l.unaryFresh(l.result(inst), l.wide(Form.popcnt32RM, ty), l.useLow(arg0))
  return true
}

function lowerBswap(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(169) // shifts.rules:38
  l.swapBytes(l.result(inst), ty, l.useLow(arg0))
  return true
}

function lowerIeqz(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(32) // compare.rules:76
  l.setCc(l.result(inst), testZero(l, 0, arg0))
  return true
}

function lowerIcmp(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(33) // compare.rules:78
  l.setCc(l.result(inst), compare(l, ty, aux, arg0, arg1, 1, 1))
  return true
}

function lowerSext8(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(40) // convert.rules:5
  l.unary(l.result(inst), l.wide(Form.movsx32M8, ty), l.useLow(arg0))
  return true
}

function lowerSext16(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(41) // convert.rules:7
  l.unary(l.result(inst), l.wide(Form.movsx32M16, ty), l.useLow(arg0))
  return true
}

function lowerSext32(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(42) // convert.rules:9
  l.unary(l.result(inst), Form.movsxd64M32, l.useLow(arg0))
  return true
}

function lowerSext(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(43) // convert.rules:11
  l.unary(l.result(inst), Form.movsxd64M32, l.useLow(arg0))
  return true
}

function lowerWrap(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(44) // convert.rules:13
  l.unary(l.result(inst), Form.mov32RM, l.useLow(arg0))
  return true
}

function lowerFadd(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(64) // float.rules:16
  floatBinary(l, l.result(inst), l.sized(Form.addssRM, Form.addsdRM, ty), arg0, arg1)
  return true
}

function lowerFsub(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(65) // float.rules:18
  floatBinary(l, l.result(inst), l.sized(Form.subssRM, Form.subsdRM, ty), arg0, arg1)
  return true
}

function lowerFmul(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(66) // float.rules:20
  floatBinary(l, l.result(inst), l.sized(Form.mulssRM, Form.mulsdRM, ty), arg0, arg1)
  return true
}

function lowerFdiv(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(67) // float.rules:22
  floatBinary(l, l.result(inst), l.sized(Form.divssRM, Form.divsdRM, ty), arg0, arg1)
  return true
}

function lowerFmin(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(68) // float.rules:24
  l.minMax(l.result(inst), ty, 0, l.use(arg0), l.use(arg1))
  return true
}

function lowerFmax(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(69) // float.rules:26
  l.minMax(l.result(inst), ty, 1, l.use(arg0), l.use(arg1))
  return true
}

function lowerFcopysign(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(70) // float.rules:28
  l.copySign(l.result(inst), ty, l.use(arg0), l.use(arg1))
  return true
}

function lowerFsqrt(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(73) // float.rules:34
  floatUnary(l, l.result(inst), l.sized(Form.sqrtssRM, Form.sqrtsdRM, ty), arg0)
  return true
}

function lowerFabs(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(71) // float.rules:30
  l.changeSign(l.result(inst), ty, 0, l.use(arg0))
  return true
}

function lowerFneg(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(72) // float.rules:32
  l.changeSign(l.result(inst), ty, 1, l.use(arg0))
  return true
}

function lowerFceil(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(76) // float.rules:41
  l.round(l.result(inst), ty, 10, l.use(arg0))
  return true
}

function lowerFfloor(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(75) // float.rules:39
  l.round(l.result(inst), ty, 9, l.use(arg0))
  return true
}

function lowerFtrunc(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(77) // float.rules:43
  l.round(l.result(inst), ty, 11, l.use(arg0))
  return true
}

function lowerFnearest(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(74) // float.rules:37
  l.round(l.result(inst), ty, 8, l.use(arg0))
  return true
}

function lowerFcmp(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(34) // compare.rules:80
  l.setCc(l.result(inst), compareFloats(l, ty, aux, arg0, arg1, 1))
  return true
}

function lowerPromote(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(45) // convert.rules:16
  floatUnary(l, l.result(inst), Form.cvtss2sdRM, arg0)
  return true
}

function lowerDemote(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(46) // convert.rules:18
  floatUnary(l, l.result(inst), Form.cvtsd2ssRM, arg0)
  return true
}

function lowerFtoi(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  l.fired(47) // convert.rules:20
  l.floatToInt(l.result(inst), ty, aux, 0, f.vType[arg0], l.use(arg0))
  return true
}

function lowerFtoiSat(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  l.fired(48) // convert.rules:22
  l.floatToInt(l.result(inst), ty, aux, 1, f.vType[arg0], l.use(arg0))
  return true
}

function lowerItof(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  if (aux === 0) {
    if (f.vType[arg0] === 2) {
      l.fired(49) // convert.rules:25
      l.uint64ToFloat(l.result(inst), ty, l.use(arg0))
      return true
    }
    if (f.vType[arg0] === 1) {
      l.fired(50) // convert.rules:27
      intToFloat(l, l.result(inst), l.sized(Form.cvtsi2ss64RM, Form.cvtsi2sd64RM, ty), l.use(arg0))
      return true
    }
  }
  if (aux === 1) {
    if (f.vType[arg0] === 2) {
      l.fired(51) // convert.rules:29
      intToFloat(l, l.result(inst), l.sized(Form.cvtsi2ss64RM, Form.cvtsi2sd64RM, ty), l.useLow(arg0))
      return true
    }
    if (f.vType[arg0] === 1) {
      l.fired(52) // convert.rules:31
      intToFloat(l, l.result(inst), l.sized(Form.cvtsi2ss32RM, Form.cvtsi2sd32RM, ty), l.useLow(arg0))
      return true
    }
  }
  return false
}

function lowerBitcast(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  if (ty === 3) {
    l.fired(55) // convert.rules:38
    l.unary(l.result(inst), Form.movdRM, l.useLow(arg0))
    return true
  }
  if (ty === 4) {
    l.fired(56) // convert.rules:40
    l.unary(l.result(inst), Form.movqRM, l.useLow(arg0))
    return true
  }
  if (ty === 1) {
    l.fired(57) // convert.rules:42
    l.move(l.result(inst), Form.movdMR, l.use(arg0))
    return true
  }
  if (ty === 2) {
    l.fired(58) // convert.rules:44
    l.move(l.result(inst), Form.movqMR, l.use(arg0))
    return true
  }
  return false
}

function lowerSelect(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  const arg2 = f.arg2[inst]
  if (ty === 3) {
    l.fired(35) // compare.rules:83
    l.floatSelect(l.result(inst), l.use(arg1), l.use(arg2), condition(l, arg0, 0))
    return true
  }
  if (ty === 4) {
    l.fired(36) // compare.rules:85
    l.floatSelect(l.result(inst), l.use(arg1), l.use(arg2), condition(l, arg0, 0))
    return true
  }
  l.fired(37) // compare.rules:87
  l.cmov(l.result(inst), l.wide(Form.cmov32RM, ty), l.outlivedBy(arg1, arg2), l.use(arg1), l.use(arg2), condition(l, arg0, 1))
  return true
}

function lowerLoad(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  l.fired(136) // memory.rules:20
  l.loadAddress(l.result(inst), l.loadForm(ty, aux), l.accessAddress(inst))
  return true
}

function lowerStore(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg1 = f.arg1[inst]
  if (l.isPrivate(arg1)) {
    const arg1Def = f.definition(arg1)
    if (arg1Def >= 0) {
      if (f.op[arg1Def] === 2 /* iadd */) {
        if (l.isUpdated(f.arg0[arg1Def])) {
          if (l.isImm(f.arg1[arg1Def])) {
            l.fired(137) // memory.rules:22
            l.updateImm(l.updateForm(Form.add32MI, aux), l.constLo(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
            return true
          }
          l.fired(138) // memory.rules:24
          l.update(l.updateForm(Form.add32MR, aux), l.useLow(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
          return true
        }
        if (l.isUpdated(f.arg1[arg1Def])) {
          l.fired(138) // memory.rules:24
          l.update(l.updateForm(Form.add32MR, aux), l.useLow(f.arg0[arg1Def]), l.merge(f.arg1[arg1Def]))
          return true
        }
      }
      if (f.op[arg1Def] === 11 /* band */) {
        if (l.isUpdated(f.arg0[arg1Def])) {
          if (l.isImm(f.arg1[arg1Def])) {
            l.fired(140) // memory.rules:28
            l.updateImm(l.updateForm(Form.and32MI, aux), l.constLo(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
            return true
          }
          l.fired(141) // memory.rules:30
          l.update(l.updateForm(Form.and32MR, aux), l.useLow(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
          return true
        }
        if (l.isUpdated(f.arg1[arg1Def])) {
          l.fired(141) // memory.rules:30
          l.update(l.updateForm(Form.and32MR, aux), l.useLow(f.arg0[arg1Def]), l.merge(f.arg1[arg1Def]))
          return true
        }
      }
      if (f.op[arg1Def] === 12 /* bor */) {
        if (l.isUpdated(f.arg0[arg1Def])) {
          if (l.isImm(f.arg1[arg1Def])) {
            l.fired(142) // memory.rules:32
            l.updateImm(l.updateForm(Form.or32MI, aux), l.constLo(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
            return true
          }
          l.fired(143) // memory.rules:34
          l.update(l.updateForm(Form.or32MR, aux), l.useLow(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
          return true
        }
        if (l.isUpdated(f.arg1[arg1Def])) {
          l.fired(143) // memory.rules:34
          l.update(l.updateForm(Form.or32MR, aux), l.useLow(f.arg0[arg1Def]), l.merge(f.arg1[arg1Def]))
          return true
        }
      }
      if (f.op[arg1Def] === 13 /* bxor */) {
        if (l.isUpdated(f.arg0[arg1Def])) {
          if (l.isImm(f.arg1[arg1Def])) {
            l.fired(144) // memory.rules:36
            l.updateImm(l.updateForm(Form.xor32MI, aux), l.constLo(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
            return true
          }
          l.fired(145) // memory.rules:38
          l.update(l.updateForm(Form.xor32MR, aux), l.useLow(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
          return true
        }
        if (l.isUpdated(f.arg1[arg1Def])) {
          l.fired(145) // memory.rules:38
          l.update(l.updateForm(Form.xor32MR, aux), l.useLow(f.arg0[arg1Def]), l.merge(f.arg1[arg1Def]))
          return true
        }
      }
      if (f.op[arg1Def] === 3 /* isub */ && l.isUpdated(f.arg0[arg1Def])) {
        l.fired(139) // memory.rules:26
        l.update(l.updateForm(Form.sub32MR, aux), l.useLow(f.arg1[arg1Def]), l.merge(f.arg0[arg1Def]))
        return true
      }
    }
  }
  if (l.isStorable(arg1, aux)) {
    l.fired(146) // memory.rules:40
    l.storeImm(aux, arg1, l.accessAddress(inst))
    return true
  }
  l.fired(147) // memory.rules:42
  l.storeAddress(l.storeForm(ty, aux), l.useLow(arg1), l.accessAddress(inst))
  return true
}

function lowerMembytes(l: Selection, inst: number): boolean {
  const { f } = l
  const immLo = f.immLo[inst]
  l.fired(152) // memory.rules:54
  l.loadBase(l.result(inst), Form.mov64RM, l.loadContext(l.gpr(), Form.mov64RM, l.memoryPlace(immLo)), l.bytesField())
  return true
}

function lowerGlobalget(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const immLo = f.immLo[inst]
  if (l.isIndirectGlobal(immLo)) {
    l.fired(148) // memory.rules:45
    l.loadBase(l.result(inst), l.wholeLoad(ty), l.loadContext(l.gpr(), Form.mov64RM, l.globalPlace(immLo)), 0)
    return true
  }
  l.fired(149) // memory.rules:47
  l.loadContext(l.result(inst), l.wholeLoad(ty), l.globalPlace(immLo))
  return true
}

function lowerGlobalset(l: Selection, inst: number): boolean {
  const { f } = l
  const immLo = f.immLo[inst]
  const arg0 = f.arg0[inst]
  if (l.isIndirectGlobal(immLo)) {
    l.fired(150) // memory.rules:49
    l.storeBase(l.wholeStore(f.vType[arg0]), l.use(arg0), l.loadContext(l.gpr(), Form.mov64RM, l.globalPlace(immLo)), 0)
    return true
  }
  l.fired(151) // memory.rules:52
  l.storeContext(l.wholeStore(f.vType[arg0]), l.use(arg0), l.globalPlace(immLo))
  return true
}

function lowerTrapz(l: Selection, inst: number): boolean {
  const { f } = l
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  l.fired(38) // compare.rules:90
  l.trapIf(l.negatedCondition(condition(l, arg0, 0)), aux)
  return true
}

function lowerTrapnz(l: Selection, inst: number): boolean {
  const { f } = l
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  l.fired(39) // compare.rules:92
  l.trapIf(condition(l, arg0, 0), aux)
  return true
}

/** Makes the machine instructions of an operation; false when no rule is for it. */
export function lowerByRules(l: Selection, inst: number): boolean {
  switch (l.f.op[inst]) {
    case 2:
      return lowerIadd(l, inst)
    case 3:
      return lowerIsub(l, inst)
    case 4:
      return lowerImul(l, inst)
    case 5:
      return lowerUmulh(l, inst)
    case 6:
      return lowerSmulh(l, inst)
    case 7:
      return lowerUdiv(l, inst)
    case 8:
      return lowerSdiv(l, inst)
    case 9:
      return lowerUrem(l, inst)
    case 10:
      return lowerSrem(l, inst)
    case 11:
      return lowerBand(l, inst)
    case 12:
      return lowerBor(l, inst)
    case 13:
      return lowerBxor(l, inst)
    case 14:
      return lowerIshl(l, inst)
    case 15:
      return lowerUshr(l, inst)
    case 16:
      return lowerSshr(l, inst)
    case 17:
      return lowerRotl(l, inst)
    case 18:
      return lowerRotr(l, inst)
    case 19:
      return lowerClz(l, inst)
    case 20:
      return lowerCtz(l, inst)
    case 21:
      return lowerPopcnt(l, inst)
    case 22:
      return lowerBswap(l, inst)
    case 23:
      return lowerIeqz(l, inst)
    case 24:
      return lowerIcmp(l, inst)
    case 25:
      return lowerSext8(l, inst)
    case 26:
      return lowerSext16(l, inst)
    case 27:
      return lowerSext32(l, inst)
    case 29:
      return lowerSext(l, inst)
    case 30:
      return lowerWrap(l, inst)
    case 31:
      return lowerFadd(l, inst)
    case 32:
      return lowerFsub(l, inst)
    case 33:
      return lowerFmul(l, inst)
    case 34:
      return lowerFdiv(l, inst)
    case 35:
      return lowerFmin(l, inst)
    case 36:
      return lowerFmax(l, inst)
    case 37:
      return lowerFcopysign(l, inst)
    case 38:
      return lowerFsqrt(l, inst)
    case 39:
      return lowerFabs(l, inst)
    case 40:
      return lowerFneg(l, inst)
    case 41:
      return lowerFceil(l, inst)
    case 42:
      return lowerFfloor(l, inst)
    case 43:
      return lowerFtrunc(l, inst)
    case 44:
      return lowerFnearest(l, inst)
    case 45:
      return lowerFcmp(l, inst)
    case 46:
      return lowerPromote(l, inst)
    case 47:
      return lowerDemote(l, inst)
    case 48:
      return lowerFtoi(l, inst)
    case 49:
      return lowerFtoiSat(l, inst)
    case 50:
      return lowerItof(l, inst)
    case 51:
      return lowerBitcast(l, inst)
    case 52:
      return lowerSelect(l, inst)
    case 53:
      return lowerLoad(l, inst)
    case 54:
      return lowerStore(l, inst)
    case 55:
      return lowerMembytes(l, inst)
    case 56:
      return lowerGlobalget(l, inst)
    case 57:
      return lowerGlobalset(l, inst)
    case 69:
      return lowerTrapz(l, inst)
    case 70:
      return lowerTrapnz(l, inst)
    default:
      return false
  }
}
