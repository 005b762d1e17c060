/**
 * What the pure scalar operations compute: the one truth for the interpreter, the constant folder and the checks of
 * rewrite rules. Integer operations are bit-vector terms, parametrised by width so that rules can be checked
 * exhaustively at 8 bits (specification section 4.3.2); floats are functions on bits (float-semantics.ts).
 */
import { TrapCode } from '../../abi.js'
import { evaluateFloat } from './float-semantics.js'
import { IrOp, opInfo } from './ops.js'
import {
  binary, constant, evaluate, extract, ite, predicate, signExtend, variable, zeroExtend, type Term, type TermOp,
} from './terms.js' // oxfmt-ignore
import { intCcNames, isFloatTy, Ty, tyBits } from './types.js'

const simple: ReadonlyMap<number, TermOp> = new Map<number, TermOp>([
  [IrOp.Iadd, 'bvadd'],
  [IrOp.Isub, 'bvsub'],
  [IrOp.Imul, 'bvmul'],
  [IrOp.Udiv, 'bvudiv'],
  [IrOp.Sdiv, 'bvsdiv'],
  [IrOp.Urem, 'bvurem'],
  [IrOp.Srem, 'bvsrem'],
  [IrOp.Band, 'bvand'],
  [IrOp.Bor, 'bvor'],
  [IrOp.Bxor, 'bvxor'],
])

const shifts: ReadonlyMap<number, TermOp> = new Map<number, TermOp>([
  [IrOp.Ishl, 'bvshl'],
  [IrOp.Ushr, 'bvlshr'],
  [IrOp.Sshr, 'bvashr'],
])

const signedNarrow: ReadonlyMap<number, number> = new Map<number, number>([
  [IrOp.Sext8, 8],
  [IrOp.Sext16, 16],
  [IrOp.Sext32, 32],
])

/** The shift count that Wasm uses: modulo the width, a power of two. */
function count(b: Term): Term {
  return binary('bvand', b, constant(b.width - 1, b.width))
}

function isZero(a: Term): Term {
  return predicate('=', a, constant(0, a.width))
}

function truth(condition: Term, width: number): Term {
  return ite(condition, constant(1, width), constant(0, width))
}

/** (left << n) | (right >> (width - n)) for a left rotation; the right shift by the width gives 0, as it must. */
function rotate(a: Term, n: Term, left: boolean): Term {
  const rest = binary('bvsub', constant(a.width, a.width), n)
  return binary('bvor', binary(left ? 'bvshl' : 'bvlshr', a, n), binary(left ? 'bvlshr' : 'bvshl', a, rest))
}

function bit(a: Term, index: number): Term {
  return extract(a, index, 1)
}

/** Number of zeros before the first one from the lowest (or highest) bit on. */
function countZeros(a: Term, fromLowest: boolean): Term {
  let result = constant(a.width, a.width)
  for (let i = a.width - 1; i >= 0; i--) {
    const one = predicate('=', bit(a, fromLowest ? i : a.width - 1 - i), constant(1, 1))
    result = ite(one, constant(i, a.width), result)
  }
  return result
}

function highHalf(a: Term, b: Term): Term {
  return extract(binary('bvmul', a, b), a.width / 2, a.width / 2)
}

function countOnes(a: Term): Term {
  let sum = zeroExtend(bit(a, 0), a.width)
  for (let i = 1; i < a.width; i++) sum = binary('bvadd', sum, zeroExtend(bit(a, i), a.width))
  return sum
}

function reverseBytes(a: Term): Term {
  let result = constant(0, a.width)
  for (let low = 0; low < a.width; low += 8) {
    const byte = zeroExtend(extract(a, low, 8), a.width)
    result = binary('bvor', result, binary('bvshl', byte, constant(a.width - 8 - low, a.width)))
  }
  return result
}

function compare(cc: number, a: Term, b: Term): Term {
  switch (intCcNames[cc]) {
    case 'eq':
      return predicate('=', a, b)
    case 'ne':
      return predicate('not', predicate('=', a, b))
    case 'slt':
      return predicate('bvslt', a, b)
    case 'ult':
      return predicate('bvult', a, b)
    case 'sgt':
      return predicate('bvslt', b, a)
    case 'ugt':
      return predicate('bvult', b, a)
    case 'sle':
      return predicate('bvsle', a, b)
    case 'ule':
      return predicate('bvule', a, b)
    case 'sge':
      return predicate('bvsle', b, a)
    case 'uge':
      return predicate('bvule', b, a)
    default:
      throw new RangeError(`no condition ${cc}`)
  }
}

/**
 * What an integer operation computes, when it does not trap; undefined for operations that are not of integers.
 * @param op IrOp
 * @param aux the instruction's aux (the condition of icmp)
 * @param args the arguments, any widths that fit each other; widths of shifts and rotates must be powers of two
 * @param width bits of the result: needed by conversions and comparisons, otherwise that of the arguments
 */
export function integerTerm(op: number, aux: number, args: readonly Term[], width: number): Term | undefined {
  const [a, b] = args
  const plain = simple.get(op)
  if (plain !== undefined) return binary(plain, a, b)
  const shift = shifts.get(op)
  if (shift !== undefined) return binary(shift, a, count(b))
  const narrow = signedNarrow.get(op)
  if (narrow !== undefined) return signExtend(extract(a, 0, Math.min(narrow, a.width)), a.width)
  switch (op) {
    case IrOp.Rotl:
      return rotate(a, count(b), true)
    case IrOp.Rotr:
      return rotate(a, count(b), false)
    case IrOp.Umulh:
      return highHalf(zeroExtend(a, 2 * a.width), zeroExtend(b, 2 * a.width))
    case IrOp.Smulh:
      return highHalf(signExtend(a, 2 * a.width), signExtend(b, 2 * a.width))
    case IrOp.Clz:
      return countZeros(a, false)
    case IrOp.Ctz:
      return countZeros(a, true)
    case IrOp.Popcnt:
      return countOnes(a)
    case IrOp.Bswap:
      return reverseBytes(a)
    case IrOp.Ieqz:
      return truth(isZero(a), width)
    case IrOp.Icmp:
      return truth(compare(aux, a, b), width)
    case IrOp.Uext:
      return zeroExtend(a, width)
    case IrOp.Sext:
      return signExtend(a, width)
    case IrOp.Wrap:
      return extract(a, 0, width)
    case IrOp.Select:
      return ite(isZero(a), args[2], b)
    default:
      return undefined
  }
}

/** A boolean term that says when an integer operation traps; undefined when it never does. */
export function trapTerm(op: number, args: readonly Term[]): Term | undefined {
  const [a, b] = args
  switch (op) {
    case IrOp.Udiv:
    case IrOp.Urem:
    case IrOp.Srem:
      return isZero(b)
    case IrOp.Sdiv: {
      const least = constant(1n << BigInt(a.width - 1), a.width)
      const overflow = predicate('and', predicate('=', a, least), predicate('=', b, constant(-1, b.width)))
      return predicate('or', isZero(b), overflow)
    }
    default:
      return undefined
  }
}

/** The result of an operation: bits, or the code of a trap. */
export type Outcome = { readonly bits: bigint } | { readonly trap: TrapCode }

const integerCache = new Map<string, Term>()

function cachedTerm(op: number, aux: number, argTypes: readonly number[], width: number): Term | undefined {
  const key = `${op},${aux},${argTypes.map(tyBits).join(',')},${width}`
  const known = integerCache.get(key)
  if (known !== undefined) return known
  const vars = argTypes.map((type, i) => variable(i, tyBits(type)))
  const term = integerTerm(op, aux, vars, width)
  if (term !== undefined) integerCache.set(key, term)
  return term
}

function divisionTrap(op: number, a: bigint, b: bigint, bits: number): TrapCode {
  const term = trapTerm(op, [variable(0, bits), variable(1, bits)])
  if (term === undefined || evaluate(term, [a, b]) === 0n) return TrapCode.None
  if (op === IrOp.Urem || op === IrOp.Srem) return TrapCode.RemainderByZero
  return b === 0n ? TrapCode.DivideByZero : TrapCode.DivideUnrepresentable
}

/**
 * Computes a pure or idempotent operation of scalars on bits.
 * @param ty the instruction's controlling type
 * @param argTypes types of the arguments (`Ty`)
 * @param args their bits, unsigned
 * @returns undefined when the operation is not such a one
 */
export function evaluateOp(
  op: number,
  ty: number,
  aux: number,
  argTypes: readonly number[],
  args: readonly bigint[],
): Outcome | undefined {
  if (op === IrOp.Select) return { bits: args[0] !== 0n ? args[1] : args[2] }
  if (op === IrOp.Bitcast) return { bits: args[0] }
  if (isFloatTy(ty) || isFloatTy(argTypes[0])) return evaluateFloat(op, ty, aux, argTypes, args)
  const width = op === IrOp.Icmp || op === IrOp.Ieqz ? tyBits(Ty.I32) : tyBits(ty)
  const term = cachedTerm(op, aux, argTypes, width)
  if (term === undefined) return undefined
  const trap = opInfo[op].args === 2 ? divisionTrap(op, args[0], args[1], width) : TrapCode.None
  return trap !== TrapCode.None ? { trap } : { bits: evaluate(term, args) }
}
