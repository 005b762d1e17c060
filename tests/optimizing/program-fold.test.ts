// The program folds constants by native operations (program/evaluate.as.ts): they must compute what ir/semantics.ts says, for every
// operation, type and condition, and leave the same ones alone.
import { describe, expect, test } from 'vitest'
import { optimizerProgram } from '#dist/runtime/own-programs.js'
import { Effect, Form, opInfo, type OpInfo } from '#dist/tiers/optimizing/ir/ops.js'
import { bitsOfFloat, floatOfBits } from '#dist/tiers/optimizing/ir/float-semantics.js'
import { evaluateOp } from '#dist/tiers/optimizing/ir/semantics.js'
import { floatCcNames, intCcNames, isFloatTy, Ty, tyBits, tyNames } from '#dist/tiers/optimizing/ir/types.js'
import { Fold } from '#dist/tiers/optimizing/program/layout.js'
import type { OptimizerProgram } from '#dist/tiers/optimizing/program/instance.js'
import { interestingF64, interestingI32, interestingI64, Random } from '#dist/tests/fuzz/random.js'
import { startInHost } from '#dist/wasm/programs.js'
import { programBytes } from '../support/optimizer-program.js'

const TRIES = 60
const NUMBERS = [Ty.I32, Ty.I64, Ty.F32, Ty.F64]

/** An operation with types: `ty` is the controlling one. */
interface Case {
  readonly info: OpInfo
  readonly ty: number
  readonly from: number
}

/** Types of the first argument that an operation of this type may have; all of its others are of that one, too. */
function sourcesOf({ name }: OpInfo, ty: number): readonly number[] {
  const isFloat = isFloatTy(ty)
  switch (name) {
    case 'uext':
    case 'sext':
      return ty === Ty.I64 ? [Ty.I32] : []
    case 'wrap':
      return ty === Ty.I32 ? [Ty.I64] : []
    case 'promote':
      return ty === Ty.F64 ? [Ty.F32] : []
    case 'demote':
      return ty === Ty.F32 ? [Ty.F64] : []
    case 'ftoi':
    case 'ftoi_sat':
      return isFloat ? [] : [Ty.F32, Ty.F64]
    case 'itof':
      return isFloat ? [Ty.I32, Ty.I64] : []
    case 'bitcast':
      return NUMBERS.filter((each) => each !== ty && tyBits(each) === tyBits(ty))
    case 'select':
      return [Ty.I32]
    case 'sext32':
      return ty === Ty.I64 ? [ty] : []
    default:
      // Those of floats have their letter in front.
      return isFloat === name.startsWith('f') ? [ty] : []
  }
}

function auxOf({ form }: OpInfo): readonly number[] {
  if (form === Form.IntCc) return Array.from(intCcNames, (_, cc) => cc)
  if (form === Form.FloatCc) return Array.from(floatCcNames, (_, cc) => cc)
  return form === Form.Sign ? [0, 1] : [0]
}

const CASES: readonly Case[] = opInfo
  .filter(({ args, effect }) => args > 0 && (effect === Effect.Pure || effect === Effect.Idempotent))
  .flatMap((info) => NUMBERS.flatMap((ty) => sourcesOf(info, ty).map((from) => ({ info, ty, from }))))

/** Bits of a type at which something changes, NaNs of either kind among them. */
function interesting(random: Random, ty: number): bigint {
  switch (ty) {
    case Ty.I32:
      return BigInt(interestingI32(random) >>> 0)
    case Ty.F32:
      if (random.oneIn(4)) return BigInt(random.bits() >>> 0)
      return random.oneIn(8) ? 0x7fa00000n : bitsOfFloat(interestingF64(random), ty)
    case Ty.F64:
      if (!random.oneIn(4)) return bitsOfFloat(interestingF64(random), ty)
      break
    default:
  }
  const [lo, hi] = interestingI64(random)
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)
}

/** What the constant folder of JavaScript makes of it (egraph/fold.ts). */
function expected({ info, ty }: Case, aux: number, types: readonly number[], args: readonly bigint[]): string {
  const outcome = evaluateOp(info.id, ty, aux, types, args)
  if (outcome === undefined || 'trap' in outcome) return 'unknown'
  const isFloat = info.form !== Form.FloatCc && isFloatTy(ty)
  return isFloat && Number.isNaN(floatOfBits(outcome.bits, ty)) ? 'unknown' : outcome.bits.toString(16)
}

function computed(program: OptimizerProgram, { info, ty, from }: Case, aux: number, args: readonly bigint[]): string {
  const words = new Int32Array(program.memory.buffer, program.foldRecord(), Fold.words)
  words[Fold.op] = info.id
  words[Fold.ty] = ty
  words[Fold.aux] = aux
  words[Fold.from] = from
  args.forEach((bits, i) => {
    words[Fold.args + 2 * i] = Number(BigInt.asIntN(32, bits))
    words[Fold.args + 2 * i + 1] = Number(BigInt.asIntN(32, bits >> 32n))
  })
  if (program.fold() === 0) return 'unknown'
  const half = (at: number): bigint => BigInt(words[Fold.result + at] >>> 0)
  return ((half(1) << 32n) | half(0)).toString(16)
}

describe.each([
  ['as machine code', optimizerProgram()],
  ['in the host', startInHost<OptimizerProgram>(programBytes())],
])('the program %s', (_, program) => {
  if (program === undefined) throw new Error('there is no program')

  test.each(CASES.map((each) => [`${each.info.name}.${tyNames[each.ty]} of ${tyNames[each.from]}`, each] as const))(
    'folds %s as JavaScript does',
    (_name, each) => {
      const { info, ty, from } = each
      const random = new Random(info.id)
      const types = info.name === 'select' ? [from, ty, ty] : Array.from({ length: info.args }, () => from)
      const wrong: string[] = []
      for (const aux of auxOf(info)) {
        for (let i = 0; i < TRIES; i++) {
          const args = types.map((type) => interesting(random, type))
          // Equal ones are rare otherwise.
          if (args.length === 2 && i % 8 === 0) args[1] = args[0]
          const wanted = expected(each, aux, types, args)
          const made = computed(program, each, aux, args)
          const shown = args.map((bits) => bits.toString(16)).join(', ')
          if (made !== wanted) wrong.push(`${aux}: ${shown}: ${made} instead of ${wanted}`)
        }
      }
      expect(wrong).toEqual([])
    },
  )
})
