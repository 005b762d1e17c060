/** What machine instructions do to the processor's flags, by kind: for flags.ts. */
import { K } from '../lower/kinds.js'

/**
 * What an instruction does to the flags. Result: they tell of its result whether it is zero. Access: nothing, but the check that may
 * come before it. Depends: its form and operands say which of the others.
 */
export const Effect = { Changes: 0, Keeps: 1, Result: 2, Compares: 3, Access: 4, Depends: 5 } as const

/** By kind; anything not named here changes the flags. */
export const effects = new Uint8Array(Object.keys(K).length)
for (const kind of [
  K.FloatConst,
  K.Move,
  K.ShiftX,
  K.RorX,
  K.Avx,
  K.AvxConvert,
  K.Lea,
  K.CMov,
  K.Branch,
  K.Jump,
  K.SwapBytes,
]) {
  effects[kind] = Effect.Keeps
}
for (const kind of [K.Load, K.Store, K.StoreImm, K.AvxMem]) effects[kind] = Effect.Access
for (const kind of [K.Cmp, K.CmpImm, K.Test]) effects[kind] = Effect.Compares
for (const kind of [K.Rm, K.RmMem, K.Ri, K.ShiftImm, K.AddImm, K.Sum, K.Scale, K.Digit, K.Unary, K.Const, K.SetCc]) {
  effects[kind] = Effect.Depends
}

// The first ends with an `or` to its result, which its form is.
for (const kind of [K.EntryDiffers, K.Bmi, K.BmiUnary]) effects[kind] = Effect.Result
