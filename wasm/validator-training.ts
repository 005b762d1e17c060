/**
 * A body that goes every way through the validator's scan (validator.ts), to be validated before the first large module.
 *
 * V8 optimizes code by what it has seen it do. The scan is optimized some milliseconds into the first module, when some
 * of its cases have not come yet; the first time that one comes, the optimized code is thrown away, and most of that
 * module is validated by V8's interpreter. After this body nothing is new: a module of 0.6 MB takes a third less time,
 * compilation in V8's other thread included.
 */
import { Op } from './opcodes.js'
import { EMPTY_BLOCK } from './module-tables.js'
import { I32 } from './types.js'

/** The scan starts to be watched by V8 after about 400 opcodes. */
const ROUNDS = 8

/** A number with a byte more than it needs, and with two and three more. */
const LONG_ZERO = [0x80, 0]
const LONGER_ZERO = [0x80, 0x80, 0]
const LONGEST_ZERO = [0x80, 0x80, 0x80, 0]

const get = [Op.LocalGet, 0]
const block = (type: number, ...code: readonly number[]): number[] => [Op.Block, type, ...code, Op.End]

// oxfmt-ignore
const round = (): readonly number[] => [
  // Operands.
  ...get, Op.LocalSet, 1,
  ...get, Op.LocalTee, 1, Op.Drop,
  Op.GlobalGet, 0, Op.GlobalSet, 0,
  Op.I32Const, ...LONG_ZERO, Op.Drop,
  Op.I32Const, ...LONGER_ZERO, Op.Drop,
  Op.I32Const, ...LONGEST_ZERO, Op.Drop,
  Op.I64Const, 0, Op.I64Eqz, Op.Drop,
  ...get, ...get, Op.I32Add, Op.Drop,
  ...get, Op.I32Load, 2, 0, Op.Drop,
  ...get, ...get, Op.I32Store, 2, ...LONG_ZERO,
  Op.Nop,
  // Blocks: without and with a result, which falls out, is branched with, or cannot be reached.
  ...block(EMPTY_BLOCK, ...get, Op.BrIf, 0, Op.Br, 0),
  ...block(EMPTY_BLOCK, ...get, Op.BrIf, ...LONG_ZERO, Op.Br, ...LONG_ZERO),
  ...block(I32, ...get), Op.Drop,
  ...block(I32, ...get, ...get, Op.BrIf, 0), Op.Drop,
  ...block(I32, ...get, Op.Br, 0), Op.Drop,
  ...block(I32, ...get, Op.Return), Op.Drop,
  ...get, Op.If, EMPTY_BLOCK, Op.End,
  ...get, Op.If, EMPTY_BLOCK, Op.Else, Op.End,
  ...get, Op.If, I32, ...get, Op.Else, Op.Unreachable, Op.End, Op.Drop,
  ...get, Op.If, I32, Op.Unreachable, Op.Else, ...get, Op.End, Op.Drop,
  // Calls.
  ...get, Op.Call, 0, Op.Drop,
  ...get, Op.Call, ...LONG_ZERO, Op.Drop,
  // What the scan stops at.
  Op.Loop, EMPTY_BLOCK, ...get, Op.BrIf, 0, Op.End,
  ...get, ...get, ...get, Op.Select, Op.Drop,
  Op.F32Const, 0, 0, 0, 0, Op.Drop,
]

/** An unsigned LEB128 of two bytes. */
function twoBytes(value: number): number[] {
  return [(value & 0x7f) | 0x80, value >> 7]
}

/** Made when it is needed, which in a short run is never. */
export function trainingModule(): Uint8Array<ArrayBuffer> {
  const rounds = Array.from({ length: ROUNDS }, round).flat()
  const body = [1, 1, I32, ...rounds, ...get, Op.End]
  const code = [1, ...twoBytes(body.length), ...body]
  // Type (i32) -> i32, one function of it with one more local, a memory, a variable.
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, I32, 1, I32, 3, 2, 1, 0, 5, 3, 1, 0, 1]
  const global = [6, 6, 1, I32, 1, Op.I32Const, 0, Op.End]
  return Uint8Array.from([...head, ...global, 10, ...twoBytes(code.length), ...code])
}
