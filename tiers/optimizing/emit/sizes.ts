/** Bytes that machine instructions take at most in common code, by kind: for the estimates of reach.ts. */
import { K } from '../lower/kinds.js'

/** Bytes of an instruction on registers, of a 32-bit displacement or immediate more, of a move, one of a slot with such a displacement. */
const PLAIN = 4
export const WIDE_FIELD_BYTES = 4
export const MOVE_BYTES = 4
export const FAR_MOVE_BYTES = 7
/** Of most sequences; of a direct call, a return and the like; of conversions by several steps. */
const SEQUENCE = 32
const SHORT_SEQUENCE = 8
const LONG_SEQUENCE = 48
/** A comparison for floats' equality takes two jumps. */
const BRANCH = 8
/** Exact: `jmp rel32`, `test [rip], eax`, `ud2`; the prefix byte more of the newer instructions. */
const JUMP = 5
const POLL = 6
const TRAP = 2
const VEX = 2
/** What loops are aligned to, and so the most that is padded in front of one that is not tight (windows.ts). */
export const LOOP_ALIGN = 8

/** Bytes by kind. */
export const bytesOf = new Uint8Array(Object.keys(K).length).fill(SEQUENCE)
const plain: readonly number[] = [
  K.Const, K.Move, K.Rm, K.Ri, K.ShiftImm, K.ShiftCl, K.Unary, K.Digit, K.AddImm, K.Avx, K.ImulImm, K.Sum, K.Cmp,
  K.CmpImm, K.Test, K.RmMem, K.Load, K.Store, K.StoreImm, K.CmpMem, K.Lea,
  K.Bit, K.Scale, K.SwapBytes, K.Update, K.UpdateImm,
] // oxfmt-ignore
for (const kind of plain) bytesOf[kind] = PLAIN
for (const kind of [K.ShiftX, K.Bmi, K.BmiUnary, K.RorX, K.AvxMem, K.AvxConvert]) bytesOf[kind] = PLAIN + VEX
bytesOf[K.Head] = bytesOf[K.Entry] = bytesOf[K.JumpTable] = 0
bytesOf[K.Branch] = bytesOf[K.FloatConst] = bytesOf[K.SetCc] = bytesOf[K.CMov] = bytesOf[K.TrapIf] = BRANCH
for (const kind of [K.CallDirect, K.CallStub, K.StackArg, K.AdjustStack, K.Return, K.FloatSelect, K.MulHigh, K.MulX]) bytesOf[kind] = SHORT_SEQUENCE // oxfmt-ignore
bytesOf[K.FloatToInt] = bytesOf[K.UintToFloat] = LONG_SEQUENCE
bytesOf[K.StoreImm] = PLAIN + WIDE_FIELD_BYTES
bytesOf[K.Poll] = POLL
bytesOf[K.Jump] = JUMP
bytesOf[K.Trap] = TRAP

/** Kinds whose `imm` is a displacement or an immediate. */
export const hasField = new Uint8Array(bytesOf.length)
for (const kind of [K.Const, K.Ri, K.AddImm, K.ImulImm, K.CmpImm, K.RmMem, K.Load, K.Store, K.StoreImm, K.CmpMem, K.Lea, K.AvxMem, K.Update, K.UpdateImm]) hasField[kind] = 1 // oxfmt-ignore
