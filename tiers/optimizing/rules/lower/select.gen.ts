// Generated from *.rules by `npm run rules`; do not edit.

import { Form } from '../../../isa/x64/forms.js'
import type { Selection } from '../../lower/selection.js'

function compare(l: Selection, ty: number, cc: number, x: number, y: number, as_value: number, merges: number): number {
  if (cc === 5) {
    if (l.isImm(y)) {
      if (as_value === 1) {
        if (l.hasNext(l.constLo(y))) {
          l.fired(0) // compare.rules:7
          return l.cmpImm(l.wide(Form.cmp32MI, ty), 9, l.useLow(x), l.nextOf(l.constLo(y)))
        }
      }
    }
  }
  if (cc === 7) {
    if (l.isImm(y)) {
      if (as_value === 1) {
        if (l.hasNext(l.constLo(y))) {
          l.fired(1) // compare.rules:9
          return l.cmpImm(l.wide(Form.cmp32MI, ty), 3, l.useLow(x), l.nextOf(l.constLo(y)))
        }
      }
    }
  }
  if (l.isImm(y)) {
    if (l.constLo(y) === 0) {
      l.fired(2) // compare.rules:11
      return testZero(l, cc, x)
    }
    l.fired(3) // compare.rules:13
    return l.cmpImm(l.wide(Form.cmp32MI, ty), cc, l.useLow(x), l.constLo(y))
  }
  if (cc === 5) {
    if (as_value === 1) {
      l.fired(4) // compare.rules:15
      return compareOperands(l, ty, 3, y, x, merges)
    }
  }
  if (cc === 7) {
    if (as_value === 1) {
      l.fired(5) // compare.rules:17
      return compareOperands(l, ty, 9, y, x, merges)
    }
  }
  const mergedLoadY = l.mergedLoad(y)
  if (mergedLoadY >= 0) {
    if (merges === 1) {
      l.fired(6) // compare.rules:19
      return l.cmpMem(l.wide(Form.cmp32RM, ty), cc, l.useLow(x), l.merge(mergedLoadY))
    }
  }
  const mergedLoadX = l.mergedLoad(x)
  if (mergedLoadX >= 0) {
    if (merges === 1) {
      l.fired(7) // compare.rules:21
      return l.cmpMem(l.wide(Form.cmp32RM, ty), l.swapped(cc), l.useLow(y), l.merge(mergedLoadX))
    }
  }
  l.fired(8) // compare.rules:23
  return l.cmp(l.wide(Form.cmp32RM, ty), cc, l.useLow(x), l.useLow(y))
}

function compareOperands(l: Selection, ty: number, cc: number, x: number, y: number, merges: number): number {
  const mergedLoadY = l.mergedLoad(y)
  if (mergedLoadY >= 0) {
    if (merges === 1) {
      l.fired(9) // compare.rules:25
      return l.cmpMem(l.wide(Form.cmp32RM, ty), cc, l.useLow(x), l.merge(mergedLoadY))
    }
  }
  l.fired(10) // compare.rules:27
  return l.cmp(l.wide(Form.cmp32RM, ty), cc, l.useLow(x), l.useLow(y))
}

function testZero(l: Selection, cc: number, x: number): number {
  const { f } = l
  const privateValueX = l.privateValue(x)
  if (privateValueX >= 0) {
    const privateValueXDef = f.definition(privateValueX)
    if (privateValueXDef >= 0) {
      if (f.op[privateValueXDef] === 11 /* band */) {
        if (l.isImm(f.arg1[privateValueXDef])) {
          if (l.isByteMask(l.constLo(f.arg1[privateValueXDef]))) {
            l.fired(11) // compare.rules:30
            return l.cmpImm(Form.test8MI, cc, l.useLow(f.arg0[privateValueXDef]), l.constLo(f.arg1[privateValueXDef]))
          }
          l.fired(12) // compare.rules:32
          return l.cmpImm(l.wide(Form.test32MI, f.ty[privateValueXDef]), cc, l.useLow(f.arg0[privateValueXDef]), l.constLo(f.arg1[privateValueXDef]))
        }
        l.fired(13) // compare.rules:34
        return l.test(l.wide(Form.test32MR, f.ty[privateValueXDef]), cc, l.useLow(f.arg0[privateValueXDef]), l.useLow(f.arg1[privateValueXDef]))
      }
    }
  }
  l.fired(14) // compare.rules:36
  return l.testSelf(l.wide(Form.test32MR, f.vType[x]), cc, l.useLow(x))
}

function compareFloats(l: Selection, ty: number, cc: number, x: number, y: number): number {
  if (cc === 2) {
    l.fired(15) // compare.rules:39
    return compareFloats(l, ty, 3, y, x)
  }
  if (cc === 4) {
    l.fired(16) // compare.rules:41
    return compareFloats(l, ty, 5, y, x)
  }
  const pooledConstY = l.pooledConst(y)
  if (pooledConstY >= 0) {
    l.fired(17) // compare.rules:43
    return l.floatCmpMem(l.sized(Form.ucomissRM, Form.ucomisdRM, ty), cc, l.use(x), l.merge(pooledConstY))
  }
  l.fired(18) // compare.rules:45
  return l.floatCmp(l.sized(Form.ucomissRM, Form.ucomisdRM, ty), cc, l.use(x), l.use(y))
}

export function condition(l: Selection, x: number, as_value: number): number {
  const { f } = l
  const privateValueX = l.privateValue(x)
  if (privateValueX >= 0) {
    const privateValueXDef = f.definition(privateValueX)
    if (privateValueXDef >= 0) {
      if (f.op[privateValueXDef] === 23 /* icmp */) {
        l.fired(19) // compare.rules:48
        return compare(l, f.ty[privateValueXDef], f.aux[privateValueXDef], f.arg0[privateValueXDef], f.arg1[privateValueXDef], as_value, 1)
      }
    }
  }
  const localValueX = l.localValue(x)
  if (localValueX >= 0) {
    const localValueXDef = f.definition(localValueX)
    if (localValueXDef >= 0) {
      if (f.op[localValueXDef] === 23 /* icmp */) {
        l.fired(20) // compare.rules:50
        return compare(l, f.ty[localValueXDef], f.aux[localValueXDef], f.arg0[localValueXDef], f.arg1[localValueXDef], as_value, 0)
      }
      if (f.op[localValueXDef] === 44 /* fcmp */) {
        l.fired(21) // compare.rules:52
        return compareFloats(l, f.ty[localValueXDef], f.aux[localValueXDef], f.arg0[localValueXDef], f.arg1[localValueXDef])
      }
    }
  }
  if (privateValueX >= 0) {
    const privateValueXDef = f.definition(privateValueX)
    if (privateValueXDef >= 0) {
      if (f.op[privateValueXDef] === 22 /* ieqz */) {
        const privateValueArg0PrivateValueXDef = l.privateValue(f.arg0[privateValueXDef])
        if (privateValueArg0PrivateValueXDef >= 0) {
          if (f.vType[privateValueArg0PrivateValueXDef] === 1) {
            l.fired(22) // compare.rules:54
            return l.negatedCondition(condition(l, privateValueArg0PrivateValueXDef, as_value))
          }
        }
        l.fired(23) // compare.rules:56
        return testZero(l, 0, f.arg0[privateValueXDef])
      }
    }
  }
  if (localValueX >= 0) {
    const localValueXDef = f.definition(localValueX)
    if (localValueXDef >= 0) {
      if (f.op[localValueXDef] === 22 /* ieqz */) {
        l.fired(24) // compare.rules:58
        return l.testSelf(l.wide(Form.test32MR, f.vType[f.arg0[localValueXDef]]), 0, l.use(f.arg0[localValueXDef]))
      }
    }
  }
  l.fired(25) // compare.rules:60
  return testZero(l, 1, x)
}

function intToFloat(l: Selection, dst: number, form: number, x: number): number {
  if (l.hasAvx()) {
    l.fired(47) // convert.rules:33
    return l.vconvert(dst, form, x)
  }
  l.fired(48) // convert.rules:35
  return l.unaryZeroed(dst, form, x)
}

function floatBinary(l: Selection, dst: number, form: number, x: number, y: number): number {
  const memoryOperandY = l.memoryOperand(y)
  if (memoryOperandY >= 0) {
    if (l.hasAvx()) {
      l.fired(53) // float.rules:5
      return l.vrmMem(dst, form, l.use(x), l.merge(memoryOperandY))
    }
  }
  if (l.hasAvx()) {
    l.fired(54) // float.rules:7
    return l.vrm(dst, form, l.use(x), l.use(y))
  }
  l.fired(55) // float.rules:9
  return twoOperands(l, dst, form, x, y)
}

function floatUnary(l: Selection, dst: number, form: number, x: number): number {
  if (l.hasAvx()) {
    l.fired(56) // float.rules:11
    return l.vunary(dst, form, l.use(x))
  }
  l.fired(57) // float.rules:13
  return l.unaryZeroed(dst, form, l.use(x))
}

function alu(l: Selection, dst: number, rm: number, mi: number, x: number, y: number): number {
  if (l.isImm(y)) {
    l.fired(72) // integer.rules:4
    return l.ri(dst, mi, l.useLow(x), l.constLo(y))
  }
  l.fired(73) // integer.rules:6
  return twoOperands(l, dst, rm, x, y)
}

function twoOperands(l: Selection, dst: number, form: number, x: number, y: number): number {
  const memoryOperandY = l.memoryOperand(y)
  if (memoryOperandY >= 0) {
    l.fired(74) // integer.rules:8
    return l.rmMem(dst, form, l.useLow(x), l.merge(memoryOperandY))
  }
  l.fired(75) // integer.rules:10
  return l.rm(dst, form, l.useLow(x), l.useLow(y))
}

function commutative(l: Selection, dst: number, rm: number, mi: number, x: number, y: number): number {
  if (l.isImm(y)) {
    l.fired(76) // integer.rules:13
    return l.ri(dst, mi, l.useLow(x), l.constLo(y))
  }
  l.fired(77) // integer.rules:15
  return commutativeOperands(l, dst, rm, x, y)
}

function commutativeOperands(l: Selection, dst: number, form: number, x: number, y: number): number {
  const mergedLoadY = l.mergedLoad(y)
  if (mergedLoadY >= 0) {
    l.fired(78) // integer.rules:17
    return l.rmMem(dst, form, l.useLow(x), l.merge(mergedLoadY))
  }
  const mergedLoadX = l.mergedLoad(x)
  if (mergedLoadX >= 0) {
    l.fired(79) // integer.rules:19
    return l.rmMem(dst, form, l.useLow(y), l.merge(mergedLoadX))
  }
  if (l.outlives(x, y)) {
    l.fired(80) // integer.rules:21
    return l.rm(dst, form, l.useLow(y), l.useLow(x))
  }
  l.fired(81) // integer.rules:23
  return l.rm(dst, form, l.useLow(x), l.useLow(y))
}

function addConstant(l: Selection, dst: number, ty: number, x: number, c: number): number {
  const { f } = l
  const privateValueX = l.privateValue(x)
  if (privateValueX >= 0) {
    const privateValueXDef = f.definition(privateValueX)
    if (privateValueXDef >= 0) {
      if (f.op[privateValueXDef] === 14 /* ishl */) {
        if (l.isScale(f.arg1[privateValueXDef])) {
          l.fired(87) // integer.rules:36
          return l.leaScaled(dst, l.wide(Form.lea32RM, ty), l.useLow(f.arg0[privateValueXDef]), l.countOf(f.arg1[privateValueXDef]), c)
        }
      }
    }
  }
  l.fired(88) // integer.rules:38
  return l.addImmediate(dst, l.wide(Form.lea32RM, ty), l.useLow(x), c)
}

export function address(l: Selection, pointer: number, offset: number, bytes: number): number {
  const { f } = l
  if (l.hasExplicitBounds()) {
    l.fired(108) // memory.rules:5
    return l.checkedAddress(l.use(pointer), offset, bytes)
  }
  if (l.isConst(pointer)) {
    if (l.isInReach(l.constLo(pointer), offset, bytes)) {
      l.fired(109) // memory.rules:7
      return l.fixedAddress(l.constLo(pointer), offset)
    }
  }
  const unwantedValuePointer = l.unwantedValue(pointer)
  if (unwantedValuePointer >= 0) {
    const unwantedValuePointerDef = f.definition(unwantedValuePointer)
    if (unwantedValuePointerDef >= 0) {
      if (f.op[unwantedValuePointerDef] === 2 /* iadd */) {
        if (f.ty[unwantedValuePointerDef] === 1) {
          if (l.isConst(f.arg1[unwantedValuePointerDef])) {
            if (l.addsWithoutWrap(f.arg0[unwantedValuePointerDef], l.constLo(f.arg1[unwantedValuePointerDef]), offset, bytes)) {
              l.fired(110) // memory.rules:9
              return scaledAddress(l, f.arg0[unwantedValuePointerDef], l.plus(offset, l.constLo(f.arg1[unwantedValuePointerDef])))
            }
          }
        }
      }
    }
  }
  l.fired(111) // memory.rules:11
  return scaledAddress(l, pointer, offset)
}

function scaledAddress(l: Selection, pointer: number, offset: number): number {
  const { f } = l
  if (l.isFar(offset)) {
    l.fired(112) // memory.rules:13
    return l.farAddress(l.use(pointer), offset)
  }
  const unwantedValuePointer = l.unwantedValue(pointer)
  if (unwantedValuePointer >= 0) {
    const unwantedValuePointerDef = f.definition(unwantedValuePointer)
    if (unwantedValuePointerDef >= 0) {
      if (f.op[unwantedValuePointerDef] === 14 /* ishl */) {
        if (f.ty[unwantedValuePointerDef] === 1) {
          if (l.isScale(f.arg1[unwantedValuePointerDef])) {
            if (l.shiftsNothingOut(f.arg0[unwantedValuePointerDef], l.countOf(f.arg1[unwantedValuePointerDef]))) {
              l.fired(113) // memory.rules:15
              return l.indexAddress(l.use(f.arg0[unwantedValuePointerDef]), l.countOf(f.arg1[unwantedValuePointerDef]), offset)
            }
          }
        }
      }
    }
  }
  l.fired(114) // memory.rules:17
  return l.indexAddress(l.use(pointer), 0, offset)
}

function shift(l: Selection, dst: number, ty: number, mi: number, mc: number, rmv: number, x: number, n: number): number {
  if (l.isConst(n)) {
    l.fired(123) // shifts.rules:4
    return l.shiftImm(dst, l.wide(mi, ty), l.useLow(x), l.countOf(n))
  }
  if (l.hasBmi2()) {
    l.fired(124) // shifts.rules:6
    return l.shiftX(dst, l.wide(rmv, ty), l.useLow(x), l.useLow(n))
  }
  l.fired(125) // shifts.rules:8
  return l.shiftCl(dst, l.wide(mc, ty), l.useLow(x), l.useLow(n))
}

function rotate(l: Selection, dst: number, ty: number, mi: number, mc: number, x: number, n: number): number {
  if (l.isConst(n)) {
    l.fired(126) // shifts.rules:10
    return l.shiftImm(dst, l.wide(mi, ty), l.useLow(x), l.countOf(n))
  }
  l.fired(127) // shifts.rules:12
  return l.shiftCl(dst, l.wide(mc, ty), l.useLow(x), l.useLow(n))
}

function lowerIadd(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isImm(arg1)) {
    l.fired(82) // integer.rules:26
    addConstant(l, l.result(inst), ty, arg0, l.constLo(arg1))
    return true
  }
  if (l.isConst(arg1)) {
    l.fired(83) // integer.rules:28
    commutativeOperands(l, l.result(inst), l.wide(Form.add32RM, ty), arg0, arg1)
    return true
  }
  const mergedLoadArg1 = l.mergedLoad(arg1)
  if (mergedLoadArg1 >= 0) {
    l.fired(84) // integer.rules:30
    l.rmMem(l.result(inst), l.wide(Form.add32RM, ty), l.useLow(arg0), l.merge(mergedLoadArg1))
    return true
  }
  const mergedLoadArg0 = l.mergedLoad(arg0)
  if (mergedLoadArg0 >= 0) {
    l.fired(84) // integer.rules:30
    l.rmMem(l.result(inst), l.wide(Form.add32RM, ty), l.useLow(arg1), l.merge(mergedLoadArg0))
    return true
  }
  const privateValueArg1 = l.privateValue(arg1)
  if (privateValueArg1 >= 0) {
    const privateValueArg1Def = f.definition(privateValueArg1)
    if (privateValueArg1Def >= 0) {
      if (f.op[privateValueArg1Def] === 14 /* ishl */) {
        if (l.isScale(f.arg1[privateValueArg1Def])) {
          l.fired(85) // integer.rules:32
          l.lea(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), l.useLow(f.arg0[privateValueArg1Def]), l.countOf(f.arg1[privateValueArg1Def]))
          return true
        }
      }
    }
  }
  const privateValueArg0 = l.privateValue(arg0)
  if (privateValueArg0 >= 0) {
    const privateValueArg0Def = f.definition(privateValueArg0)
    if (privateValueArg0Def >= 0) {
      if (f.op[privateValueArg0Def] === 14 /* ishl */) {
        if (l.isScale(f.arg1[privateValueArg0Def])) {
          l.fired(85) // integer.rules:32
          l.lea(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg1), l.useLow(f.arg0[privateValueArg0Def]), l.countOf(f.arg1[privateValueArg0Def]))
          return true
        }
      }
    }
  }
  l.fired(86) // integer.rules:34
  l.sum(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg1), l.useLow(arg0))
  return true
}

function lowerIsub(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isImm(arg1)) {
    if (l.isNegatable(l.constLo(arg1))) {
      l.fired(89) // integer.rules:41
      addConstant(l, l.result(inst), ty, arg0, l.negated(l.constLo(arg1)))
      return true
    }
  }
  l.fired(90) // integer.rules:43
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
      l.fired(91) // integer.rules:46
      l.leaTimes(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), 1)
      return true
    }
    if (l.constLo(arg1) === 5) {
      l.fired(92) // integer.rules:48
      l.leaTimes(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), 2)
      return true
    }
    if (l.constLo(arg1) === 9) {
      l.fired(93) // integer.rules:50
      l.leaTimes(l.result(inst), l.wide(Form.lea32RM, ty), l.useLow(arg0), 3)
      return true
    }
    l.fired(94) // integer.rules:52
    l.imulImm(l.result(inst), l.wide(Form.imul32RMI, ty), l.useLow(arg0), l.constLo(arg1))
    return true
  }
  l.fired(95) // integer.rules:54
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
      l.fired(96) // integer.rules:57
      l.mulx(l.result(inst), l.use(arg0), l.use(arg1))
      return true
    }
    l.fired(97) // integer.rules:59
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
    l.fired(98) // integer.rules:61
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
  l.fired(99) // integer.rules:64
  l.divide(l.result(inst), ty, 0, 0, l.use(arg0), l.use(arg1))
  return true
}

function lowerSdiv(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(100) // integer.rules:66
  l.divide(l.result(inst), ty, 1, 0, l.use(arg0), l.use(arg1))
  return true
}

function lowerUrem(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(101) // integer.rules:68
  l.divide(l.result(inst), ty, 0, 1, l.use(arg0), l.use(arg1))
  return true
}

function lowerSrem(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(102) // integer.rules:70
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
      l.fired(103) // integer.rules:73
      l.unary(l.result(inst), Form.movzx32M8, l.useLow(arg0))
      return true
    }
    if (l.constLo(arg1) === 65535) {
      l.fired(104) // integer.rules:75
      l.unary(l.result(inst), Form.movzx32M16, l.useLow(arg0))
      return true
    }
  }
  l.fired(105) // integer.rules:77
  commutative(l, l.result(inst), l.wide(Form.and32RM, ty), l.wide(Form.and32MI, ty), arg0, arg1)
  return true
}

function lowerBor(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(106) // integer.rules:79
  commutative(l, l.result(inst), l.wide(Form.or32RM, ty), l.wide(Form.or32MI, ty), arg0, arg1)
  return true
}

function lowerBxor(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(107) // integer.rules:81
  commutative(l, l.result(inst), l.wide(Form.xor32RM, ty), l.wide(Form.xor32MI, ty), arg0, arg1)
  return true
}

function lowerIshl(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(128) // shifts.rules:15
  shift(l, l.result(inst), ty, Form.shl32MI, Form.shl32MC, Form.shlx32RMV, arg0, arg1)
  return true
}

function lowerUshr(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(129) // shifts.rules:17
  shift(l, l.result(inst), ty, Form.shr32MI, Form.shr32MC, Form.shrx32RMV, arg0, arg1)
  return true
}

function lowerSshr(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(130) // shifts.rules:19
  shift(l, l.result(inst), ty, Form.sar32MI, Form.sar32MC, Form.sarx32RMV, arg0, arg1)
  return true
}

function lowerRotl(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  if (l.isConst(arg1)) {
    if (l.hasBmi2()) {
      l.fired(131) // shifts.rules:21
      l.rorx(l.result(inst), l.wide(Form.rorx32RMI, ty), l.useLow(arg0), l.turned(ty, l.countOf(arg1)))
      return true
    }
  }
  l.fired(132) // shifts.rules:23
  rotate(l, l.result(inst), ty, Form.rol32MI, Form.rol32MC, arg0, arg1)
  return true
}

function lowerRotr(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(133) // shifts.rules:25
  rotate(l, l.result(inst), ty, Form.ror32MI, Form.ror32MC, arg0, arg1)
  return true
}

function lowerClz(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  if (l.hasLzcnt()) {
    l.fired(134) // shifts.rules:28
    l.unaryFresh(l.result(inst), l.wide(Form.lzcnt32RM, ty), l.useLow(arg0))
    return true
  }
  l.fired(135) // shifts.rules:30
  l.bitScan(l.result(inst), ty, 0, l.use(arg0))
  return true
}

function lowerCtz(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  if (l.hasBmi1()) {
    l.fired(136) // shifts.rules:32
    l.unaryFresh(l.result(inst), l.wide(Form.tzcnt32RM, ty), l.useLow(arg0))
    return true
  }
  l.fired(137) // shifts.rules:34
  l.bitScan(l.result(inst), ty, 1, l.use(arg0))
  return true
}

function lowerPopcnt(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(138) // shifts.rules:36
  l.unaryFresh(l.result(inst), l.wide(Form.popcnt32RM, ty), l.useLow(arg0))
  return true
}

function lowerIeqz(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(26) // compare.rules:63
  l.setCc(l.result(inst), testZero(l, 0, arg0))
  return true
}

function lowerIcmp(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(27) // compare.rules:65
  l.setCc(l.result(inst), compare(l, ty, aux, arg0, arg1, 1, 1))
  return true
}

function lowerSext8(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(34) // convert.rules:5
  l.unary(l.result(inst), l.wide(Form.movsx32M8, ty), l.useLow(arg0))
  return true
}

function lowerSext16(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(35) // convert.rules:7
  l.unary(l.result(inst), l.wide(Form.movsx32M16, ty), l.useLow(arg0))
  return true
}

function lowerSext32(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(36) // convert.rules:9
  l.unary(l.result(inst), Form.movsxd64M32, l.useLow(arg0))
  return true
}

function lowerSext(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(37) // convert.rules:11
  l.unary(l.result(inst), Form.movsxd64M32, l.useLow(arg0))
  return true
}

function lowerWrap(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(38) // convert.rules:13
  l.unary(l.result(inst), Form.mov32RM, l.useLow(arg0))
  return true
}

function lowerFadd(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(58) // float.rules:16
  floatBinary(l, l.result(inst), l.sized(Form.addssRM, Form.addsdRM, ty), arg0, arg1)
  return true
}

function lowerFsub(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(59) // float.rules:18
  floatBinary(l, l.result(inst), l.sized(Form.subssRM, Form.subsdRM, ty), arg0, arg1)
  return true
}

function lowerFmul(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(60) // float.rules:20
  floatBinary(l, l.result(inst), l.sized(Form.mulssRM, Form.mulsdRM, ty), arg0, arg1)
  return true
}

function lowerFdiv(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(61) // float.rules:22
  floatBinary(l, l.result(inst), l.sized(Form.divssRM, Form.divsdRM, ty), arg0, arg1)
  return true
}

function lowerFmin(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(62) // float.rules:24
  l.minMax(l.result(inst), ty, 0, l.use(arg0), l.use(arg1))
  return true
}

function lowerFmax(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(63) // float.rules:26
  l.minMax(l.result(inst), ty, 1, l.use(arg0), l.use(arg1))
  return true
}

function lowerFcopysign(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(64) // float.rules:28
  l.copySign(l.result(inst), ty, l.use(arg0), l.use(arg1))
  return true
}

function lowerFsqrt(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(67) // float.rules:34
  floatUnary(l, l.result(inst), l.sized(Form.sqrtssRM, Form.sqrtsdRM, ty), arg0)
  return true
}

function lowerFabs(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(65) // float.rules:30
  l.changeSign(l.result(inst), ty, 0, l.use(arg0))
  return true
}

function lowerFneg(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(66) // float.rules:32
  l.changeSign(l.result(inst), ty, 1, l.use(arg0))
  return true
}

function lowerFceil(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(70) // float.rules:41
  l.round(l.result(inst), ty, 10, l.use(arg0))
  return true
}

function lowerFfloor(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(69) // float.rules:39
  l.round(l.result(inst), ty, 9, l.use(arg0))
  return true
}

function lowerFtrunc(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(71) // float.rules:43
  l.round(l.result(inst), ty, 11, l.use(arg0))
  return true
}

function lowerFnearest(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const arg0 = f.arg0[inst]
  l.fired(68) // float.rules:37
  l.round(l.result(inst), ty, 8, l.use(arg0))
  return true
}

function lowerFcmp(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  const arg1 = f.arg1[inst]
  l.fired(28) // compare.rules:67
  l.setCc(l.result(inst), compareFloats(l, ty, aux, arg0, arg1))
  return true
}

function lowerPromote(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(39) // convert.rules:16
  floatUnary(l, l.result(inst), Form.cvtss2sdRM, arg0)
  return true
}

function lowerDemote(l: Selection, inst: number): boolean {
  const { f } = l
  const arg0 = f.arg0[inst]
  l.fired(40) // convert.rules:18
  floatUnary(l, l.result(inst), Form.cvtsd2ssRM, arg0)
  return true
}

function lowerFtoi(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  l.fired(41) // convert.rules:20
  l.floatToInt(l.result(inst), ty, aux, 0, f.vType[arg0], l.use(arg0))
  return true
}

function lowerFtoiSat(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  l.fired(42) // convert.rules:22
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
      l.fired(43) // convert.rules:25
      l.uint64ToFloat(l.result(inst), ty, l.use(arg0))
      return true
    }
    if (f.vType[arg0] === 1) {
      l.fired(44) // convert.rules:27
      intToFloat(l, l.result(inst), l.sized(Form.cvtsi2ss64RM, Form.cvtsi2sd64RM, ty), l.use(arg0))
      return true
    }
  }
  if (aux === 1) {
    if (f.vType[arg0] === 2) {
      l.fired(45) // convert.rules:29
      intToFloat(l, l.result(inst), l.sized(Form.cvtsi2ss64RM, Form.cvtsi2sd64RM, ty), l.useLow(arg0))
      return true
    }
    if (f.vType[arg0] === 1) {
      l.fired(46) // convert.rules:31
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
    l.fired(49) // convert.rules:38
    l.unary(l.result(inst), Form.movdRM, l.useLow(arg0))
    return true
  }
  if (ty === 4) {
    l.fired(50) // convert.rules:40
    l.unary(l.result(inst), Form.movqRM, l.useLow(arg0))
    return true
  }
  if (ty === 1) {
    l.fired(51) // convert.rules:42
    l.move(l.result(inst), Form.movdMR, l.use(arg0))
    return true
  }
  if (ty === 2) {
    l.fired(52) // convert.rules:44
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
    l.fired(29) // compare.rules:70
    l.floatSelect(l.result(inst), l.use(arg1), l.use(arg2), condition(l, arg0, 0))
    return true
  }
  if (ty === 4) {
    l.fired(30) // compare.rules:72
    l.floatSelect(l.result(inst), l.use(arg1), l.use(arg2), condition(l, arg0, 0))
    return true
  }
  l.fired(31) // compare.rules:74
  l.cmov(l.result(inst), l.wide(Form.cmov32RM, ty), l.outlivedBy(arg1, arg2), l.use(arg1), l.use(arg2), condition(l, arg0, 1))
  return true
}

function lowerLoad(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  l.fired(115) // memory.rules:20
  l.loadAddress(l.result(inst), l.loadForm(ty, aux), l.accessAddress(inst))
  return true
}

function lowerStore(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const aux = f.aux[inst]
  const arg1 = f.arg1[inst]
  if (l.isStorable(arg1, aux)) {
    l.fired(116) // memory.rules:22
    l.storeImm(aux, arg1, l.accessAddress(inst))
    return true
  }
  l.fired(117) // memory.rules:24
  l.storeAddress(l.storeForm(ty, aux), l.useLow(arg1), l.accessAddress(inst))
  return true
}

function lowerMembytes(l: Selection, inst: number): boolean {
  const { f } = l
  const immLo = f.immLo[inst]
  l.fired(122) // memory.rules:36
  l.loadBase(l.result(inst), Form.mov64RM, l.loadContext(l.gpr(), Form.mov64RM, l.memoryPlace(immLo)), l.bytesField())
  return true
}

function lowerGlobalget(l: Selection, inst: number): boolean {
  const { f } = l
  const ty = f.ty[inst]
  const immLo = f.immLo[inst]
  if (l.isIndirectGlobal(immLo)) {
    l.fired(118) // memory.rules:27
    l.loadBase(l.result(inst), l.wholeLoad(ty), l.loadContext(l.gpr(), Form.mov64RM, l.globalPlace(immLo)), 0)
    return true
  }
  l.fired(119) // memory.rules:29
  l.loadContext(l.result(inst), l.wholeLoad(ty), l.globalPlace(immLo))
  return true
}

function lowerGlobalset(l: Selection, inst: number): boolean {
  const { f } = l
  const immLo = f.immLo[inst]
  const arg0 = f.arg0[inst]
  if (l.isIndirectGlobal(immLo)) {
    l.fired(120) // memory.rules:31
    l.storeBase(l.wholeStore(f.vType[arg0]), l.use(arg0), l.loadContext(l.gpr(), Form.mov64RM, l.globalPlace(immLo)), 0)
    return true
  }
  l.fired(121) // memory.rules:34
  l.storeContext(l.wholeStore(f.vType[arg0]), l.use(arg0), l.globalPlace(immLo))
  return true
}

function lowerTrapz(l: Selection, inst: number): boolean {
  const { f } = l
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  l.fired(32) // compare.rules:77
  l.trapIf(l.negatedCondition(condition(l, arg0, 0)), aux)
  return true
}

function lowerTrapnz(l: Selection, inst: number): boolean {
  const { f } = l
  const aux = f.aux[inst]
  const arg0 = f.arg0[inst]
  l.fired(33) // compare.rules:79
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
      return lowerIeqz(l, inst)
    case 23:
      return lowerIcmp(l, inst)
    case 24:
      return lowerSext8(l, inst)
    case 25:
      return lowerSext16(l, inst)
    case 26:
      return lowerSext32(l, inst)
    case 28:
      return lowerSext(l, inst)
    case 29:
      return lowerWrap(l, inst)
    case 30:
      return lowerFadd(l, inst)
    case 31:
      return lowerFsub(l, inst)
    case 32:
      return lowerFmul(l, inst)
    case 33:
      return lowerFdiv(l, inst)
    case 34:
      return lowerFmin(l, inst)
    case 35:
      return lowerFmax(l, inst)
    case 36:
      return lowerFcopysign(l, inst)
    case 37:
      return lowerFsqrt(l, inst)
    case 38:
      return lowerFabs(l, inst)
    case 39:
      return lowerFneg(l, inst)
    case 40:
      return lowerFceil(l, inst)
    case 41:
      return lowerFfloor(l, inst)
    case 42:
      return lowerFtrunc(l, inst)
    case 43:
      return lowerFnearest(l, inst)
    case 44:
      return lowerFcmp(l, inst)
    case 45:
      return lowerPromote(l, inst)
    case 46:
      return lowerDemote(l, inst)
    case 47:
      return lowerFtoi(l, inst)
    case 48:
      return lowerFtoiSat(l, inst)
    case 49:
      return lowerItof(l, inst)
    case 50:
      return lowerBitcast(l, inst)
    case 51:
      return lowerSelect(l, inst)
    case 52:
      return lowerLoad(l, inst)
    case 53:
      return lowerStore(l, inst)
    case 54:
      return lowerMembytes(l, inst)
    case 55:
      return lowerGlobalget(l, inst)
    case 56:
      return lowerGlobalset(l, inst)
    case 68:
      return lowerTrapz(l, inst)
    case 69:
      return lowerTrapnz(l, inst)
    default:
      return false
  }
}
