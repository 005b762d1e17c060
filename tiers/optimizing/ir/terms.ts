/**
 * Bit-vector terms: the language in which semantics.ts says what each integer operation computes. A term can be
 * evaluated (interpreter, constant folder, checks of rewrite rules) and printed as SMT-LIB 2 (theory FixedSizeBitVectors),
 * so that a solver is told exactly what the engine does.
 *
 * Divisions follow SMT-LIB for a zero divisor (all ones; the dividend for remainders): whether an operation traps is a
 * term of its own.
 */

export type TermOp =
  | 'var' | 'const'
  | 'bvadd' | 'bvsub' | 'bvmul' | 'bvudiv' | 'bvsdiv' | 'bvurem' | 'bvsrem'
  | 'bvand' | 'bvor' | 'bvxor' | 'bvshl' | 'bvlshr' | 'bvashr'
  // Booleans, width 0.
  | '=' | 'bvult' | 'bvslt' | 'bvule' | 'bvsle' | 'and' | 'or' | 'not'
  | 'ite' | 'zero_extend' | 'sign_extend' | 'extract' // oxfmt-ignore

export interface Term {
  readonly op: TermOp
  /** Bits; 0 for booleans. */
  readonly width: number
  readonly args: readonly Term[]
  /** Bits of a constant, number of a variable, lowest bit of an extract; else 0. */
  readonly value: bigint
}

const NO_ARGS: readonly Term[] = []

export function variable(index: number, width: number): Term {
  return { op: 'var', width, args: NO_ARGS, value: BigInt(index) }
}

export function constant(value: bigint | number, width: number): Term {
  return { op: 'const', width, args: NO_ARGS, value: BigInt.asUintN(width, BigInt(value)) }
}

/** An operation whose operands and result have one width. */
export function binary(op: TermOp, a: Term, b: Term): Term {
  if (a.width !== b.width) throw new RangeError(`${op} of ${a.width} and ${b.width} bits`)
  return { op, width: a.width, args: [a, b], value: 0n }
}

/** A comparison, or a connective of booleans. */
export function predicate(op: TermOp, ...args: readonly Term[]): Term {
  return { op, width: 0, args, value: 0n }
}

export function ite(condition: Term, then: Term, otherwise: Term): Term {
  return { op: 'ite', width: then.width, args: [condition, then, otherwise], value: 0n }
}

/** Bits [low, low + width) of a term. */
export function extract(a: Term, low: number, width: number): Term {
  return low === 0 && width === a.width ? a : { op: 'extract', width, args: [a], value: BigInt(low) }
}

export function zeroExtend(a: Term, width: number): Term {
  return width === a.width ? a : { op: 'zero_extend', width, args: [a], value: 0n }
}

export function signExtend(a: Term, width: number): Term {
  return width === a.width ? a : { op: 'sign_extend', width, args: [a], value: 0n }
}

/** Value of a term as unsigned bits (1 and 0 for booleans); `values` has the bits of each variable. */
export function evaluate(term: Term, values: readonly bigint[], known = new Map<Term, bigint>()): bigint {
  const seen = known.get(term)
  if (seen !== undefined) return seen
  const result = compute(term, values, known)
  known.set(term, result)
  return result
}

function compute(term: Term, values: readonly bigint[], known: Map<Term, bigint>): bigint {
  const { op, width, args } = term
  if (op === 'var') return BigInt.asUintN(width, values[Number(term.value)])
  if (op === 'const') return term.value
  const a = evaluate(args[0], values, known)
  if (op === 'ite') return evaluate(a !== 0n ? args[1] : args[2], values, known)
  const wide = args[0].width
  const signed = (x: bigint): bigint => BigInt.asIntN(wide, x)
  switch (op) {
    case 'zero_extend':
      return a
    case 'sign_extend':
      return BigInt.asUintN(width, signed(a))
    case 'extract':
      return BigInt.asUintN(width, a >> term.value)
    case 'not':
      return 1n - a
    default:
  }
  const b = evaluate(args[1], values, known)
  switch (op) {
    case '=':
      return a === b ? 1n : 0n
    case 'bvult':
      return a < b ? 1n : 0n
    case 'bvule':
      return a <= b ? 1n : 0n
    case 'bvslt':
      return signed(a) < signed(b) ? 1n : 0n
    case 'bvsle':
      return signed(a) <= signed(b) ? 1n : 0n
    case 'and':
      return a & b
    case 'or':
      return a | b
    default:
      return BigInt.asUintN(width, arithmetic(op, width, a, b, signed))
  }
}

function arithmetic(op: TermOp, width: number, a: bigint, b: bigint, signed: (x: bigint) => bigint): bigint {
  switch (op) {
    case 'bvadd':
      return a + b
    case 'bvsub':
      return a - b
    case 'bvmul':
      return a * b
    case 'bvudiv':
      return b === 0n ? -1n : a / b
    case 'bvurem':
      return b === 0n ? a : a % b
    case 'bvsdiv':
      return b === 0n ? (signed(a) < 0n ? 1n : -1n) : signed(a) / signed(b)
    case 'bvsrem':
      return b === 0n ? a : signed(a) % signed(b)
    case 'bvand':
      return a & b
    case 'bvor':
      return a | b
    case 'bvxor':
      return a ^ b
    case 'bvshl':
      return b >= BigInt(width) ? 0n : a << b
    case 'bvlshr':
      return b >= BigInt(width) ? 0n : a >> b
    case 'bvashr':
      return signed(a) >> (b >= BigInt(width) ? BigInt(width) : b)
    default:
      throw new RangeError(`no arithmetic term: ${op}`)
  }
}

/** SMT-LIB 2 text of a term; variables by name. */
export function toSmtLib(term: Term, names: readonly string[]): string {
  const { op, width, args } = term
  if (op === 'var') return names[Number(term.value)]
  if (op === 'const') return `(_ bv${term.value} ${width})`
  const inner = args.map((arg) => toSmtLib(arg, names)).join(' ')
  switch (op) {
    case 'zero_extend':
    case 'sign_extend':
      return `((_ ${op} ${width - args[0].width}) ${inner})`
    case 'extract':
      return `((_ extract ${Number(term.value) + width - 1} ${term.value}) ${inner})`
    default:
      return `(${op} ${inner})`
  }
}
