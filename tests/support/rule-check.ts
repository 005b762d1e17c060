/** Tries claims of rules (rule-meaning.ts): on every value of small widths, and on structured values of any width. */
import { evaluate, type Term } from '../../tiers/optimizing/ir/terms.js'
import { Random } from '../fuzz/random.js'
import type { Claim } from './rule-meaning.js'

export interface Outcome {
  /** Assignments tried that the guards let pass. */
  readonly tried: number
  /** An assignment for which the claim is wrong. */
  readonly counterexample: string | undefined
}

type Run = (values: Int32Array) => number

/** A term of at most 16 bits as a function; results are unsigned. Numbers are exact: products have at most 32 bits. */
function compile(term: Term): Run {
  const { op, width, args } = term
  const mask = 2 ** Math.max(width, 1) - 1
  const low = Number(term.value)
  if (op === 'var') return (values) => values[low]
  if (op === 'const') return () => low
  const [a, b, c] = args.map(compile)
  const wide = args[0].width
  const shift = 32 - wide
  const signed = (x: number): number => (x << shift) >> shift
  switch (op) {
    case 'bvadd':
      return (v) => (a(v) + b(v)) & mask
    case 'bvsub':
      return (v) => (a(v) - b(v)) & mask
    case 'bvmul':
      return (v) => Math.imul(a(v), b(v)) & mask
    case 'bvand':
      return (v) => a(v) & b(v)
    case 'bvor':
      return (v) => a(v) | b(v)
    case 'bvxor':
      return (v) => a(v) ^ b(v)
    case 'bvshl':
      return (v) => (b(v) >= width ? 0 : (a(v) << b(v)) & mask)
    case 'bvlshr':
      return (v) => (b(v) >= width ? 0 : a(v) >> b(v))
    case 'bvashr':
      return (v) => (signed(a(v)) >> Math.min(b(v), 31)) & mask
    case 'bvudiv':
      return (v) => (b(v) === 0 ? mask : Math.floor(a(v) / b(v)))
    case 'bvurem':
      return (v) => (b(v) === 0 ? a(v) : a(v) % b(v))
    case 'bvsdiv':
      return (v) => (b(v) === 0 ? (signed(a(v)) < 0 ? 1 : mask) : Math.trunc(signed(a(v)) / signed(b(v))) & mask)
    case 'bvsrem':
      return (v) => (b(v) === 0 ? a(v) : (signed(a(v)) % signed(b(v))) & mask)
    case '=':
      return (v) => (a(v) === b(v) ? 1 : 0)
    case 'bvult':
      return (v) => (a(v) < b(v) ? 1 : 0)
    case 'bvule':
      return (v) => (a(v) <= b(v) ? 1 : 0)
    case 'bvslt':
      return (v) => (signed(a(v)) < signed(b(v)) ? 1 : 0)
    case 'bvsle':
      return (v) => (signed(a(v)) <= signed(b(v)) ? 1 : 0)
    case 'and':
      return (v) => a(v) & b(v)
    case 'or':
      return (v) => a(v) | b(v)
    case 'not':
      return (v) => 1 - a(v)
    case 'ite':
      return (v) => (a(v) !== 0 ? b(v) : c(v))
    case 'zero_extend':
      return a
    case 'sign_extend':
      return (v) => signed(a(v)) & mask
    case 'extract':
      return (v) => (a(v) >> low) & mask
  }
}

function show(claim: Claim, values: Iterable<number | bigint>): string {
  return [...values].map((value, i) => `${claim.variables[i].name} = 0x${value.toString(16)}`).join(', ')
}

const MOST_BITS = 16
/** Values of a variable that are tried when not all are: around 0, the sign and the width, and some more. */
function someOf(width: number): readonly number[] {
  const limit = 2 ** width
  const near = [0, 1, 2, 3, width - 1, width, width + 1, limit / 2 - 1, limit / 2, limit / 2 + 1, limit - 2, limit - 1]
  return [...new Set([...near, 0x55 % limit, 0xa6 % limit])]
}

/**
 * Tries a claim of widths up to 16 on all values.
 * @param freeBits bits of the variables that take all values; those beyond it, the last ones, take some only
 */
export function tryAll(claim: Claim, freeBits = 24): Outcome {
  const { variables, guards, trap } = claim
  if ([claim.left, claim.right, ...guards].some((term) => term.width > MOST_BITS)) throw new RangeError('too wide')
  const [left, right] = [compile(claim.left), compile(claim.right)]
  const conditions = guards.map(compile)
  const traps = trap === undefined ? undefined : compile(trap)
  let bits = 0
  const choices = variables.map(({ width }) => {
    bits += width
    return bits <= freeBits ? Array.from({ length: 2 ** width }, (_, i) => i) : someOf(width)
  })
  const values = new Int32Array(variables.length)
  let tried = 0
  const walk = (at: number): boolean => {
    if (at < values.length) {
      for (const value of choices[at]) {
        values[at] = value
        if (!walk(at + 1)) return false
      }
      return true
    }
    for (const condition of conditions) if (condition(values) === 0) return true
    tried++
    return left(values) === right(values) && (traps === undefined || traps(values) === 0)
  }
  const holds = walk(0)
  return { tried, counterexample: holds ? undefined : show(claim, values) }
}

/** A value that is likely to matter: small, near a power of two, near another one's complement to the width, or any. */
function structured(random: Random, width: number, before: bigint, isConstant: boolean): bigint {
  const wide = BigInt(width)
  const small = BigInt(random.below(width * 2 + 2))
  switch (random.below(isConstant ? 5 : 8)) {
    case 0:
      return small
    case 1:
      return wide - (before % wide)
    case 2:
      return before
    case 3:
      return BigInt.asUintN(width, -small)
    case 4:
    case 5:
      return BigInt.asUintN(width, (1n << BigInt(random.below(width))) + BigInt(random.below(3)) - 1n)
    default:
      return BigInt.asUintN(width, (BigInt(random.bits() >>> 0) << 32n) | BigInt(random.bits() >>> 0))
  }
}

/** Assignments of constants that the guards do not let pass are given up after so many tries for each that is wanted. */
const TRIES = 40

/** Tries a claim of any width on so many structured values. */
export function trySome(claim: Claim, count: number, seed: number): Outcome {
  const random = new Random(seed)
  let tried = 0
  for (let i = 0; i < count * TRIES && tried < count; i++) {
    const values: bigint[] = []
    for (const { width, isConstant } of claim.variables) {
      values.push(BigInt.asUintN(width, structured(random, width, values.at(-1) ?? 1n, isConstant)))
    }
    const known = new Map<Term, bigint>()
    if (!claim.guards.every((guard) => evaluate(guard, values, known) === 1n)) continue
    tried++
    const isEqual = evaluate(claim.left, values, known) === evaluate(claim.right, values, known)
    const traps = claim.trap !== undefined && evaluate(claim.trap, values, known) === 1n
    if (!isEqual || traps) return { tried, counterexample: show(claim, values) }
    if (claim.variables.length === 0) break
  }
  return { tried, counterexample: undefined }
}
