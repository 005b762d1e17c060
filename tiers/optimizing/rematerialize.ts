/**
 * Computes what frame states describe as expressions (tiers/compiled.ts): values that optimized code would only compute later, from
 * those that are somewhere. The operations are those of the intermediate representation, their meaning that of its one table.
 */
import { EXPRESSION_HEAD_WORDS, FRAME_VALUE_WORDS, Where } from '../compiled.js'
import { evaluateOp } from './ir/semantics.js'
import { tyBits } from './ir/types.js'

/** The 64 bits at a place (`Where`, payload, payloadHi; never Computed), undefined when they are not to be had. */
export type PlaceReader = (where: number, payload: number, high: number) => bigint | undefined

/**
 * The bits that an expression stands for, undefined when something that it needs is not known.
 * @param expressions where the expressions of the state begin in `frames` @param payload of the value
 */
export function rematerialize(
  frames: Int32Array,
  expressions: number,
  payload: number,
  read: PlaceReader,
): bigint | undefined {
  const at = expressions + payload
  const [op, ty, aux, count] = frames.subarray(at, at + EXPRESSION_HEAD_WORDS)
  const types: number[] = []
  const args: bigint[] = []
  for (let i = 0; i < count; i++) {
    const operand = at + EXPRESSION_HEAD_WORDS + i * FRAME_VALUE_WORDS
    const [type, where, low, high] = frames.subarray(operand, operand + FRAME_VALUE_WORDS)
    // Operands follow the expression that they belong to, so this ends.
    const bits = where === Where.Computed ? rematerialize(frames, expressions, low, read) : read(where, low, high)
    if (bits === undefined) return undefined
    types.push(type)
    args.push(BigInt.asUintN(tyBits(type), bits))
  }
  const outcome = evaluateOp(op, ty, aux, types, args)
  return outcome === undefined || 'trap' in outcome ? undefined : outcome.bits
}
