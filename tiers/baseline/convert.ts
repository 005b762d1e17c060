/** Conversions between integers and floats: operands around the sequences of isa/x64/conversions.ts. */
import { TrapCode, XMM } from '../abi.js'
import { floatToInt32, floatToInt64, floatToUint64, SATURATES, uint64ToFloat } from '../isa/x64/conversions.js'
import { Form } from '../isa/x64/forms.js'
import { F64, I32 } from '../../wasm/types.js'
import { finish, NONE, target } from './locals.js'
import { trapLabel } from './metadata.js'
import { popReg, pushReg } from './operands.js'
import { allocGpr, release, type State } from './state.js'

/** Float to integer; `from` and `to` are value types. */
export function truncate(s: State, from: number, to: number, signed: boolean, saturate: boolean): void {
  const source = popReg(s)
  const dst = allocGpr(s)
  const x = source - XMM
  const double = from === F64
  const trap = saturate ? SATURATES : trapLabel(s, TrapCode.FloatUnrepresentable)
  if (to === I32) {
    floatToInt32(s.asm, dst, x, double, signed, trap)
  } else {
    const other = saturate ? SATURATES : trapLabel(s, TrapCode.FloatUnrepresentable)
    if (signed) floatToInt64(s.asm, dst, x, double, trap, other)
    else floatToUint64(s.asm, dst, x, double, trap, other)
  }
  release(s, source)
  pushReg(s, to, dst)
}

/** Signed integer to float, and u32 to float by the 64-bit instruction. */
export function convert(s: State, form: number, to: number): void {
  const source = popReg(s)
  const dst = target(s, true, NONE, NONE)
  s.asm.rr(Form.xorpsRM, dst - XMM, dst - XMM)
  s.asm.rr(form, dst - XMM, source)
  release(s, source)
  finish(s, to, dst)
}

export function convertUnsigned64(s: State, to: number): void {
  const source = popReg(s)
  const half = allocGpr(s)
  const dst = target(s, true, NONE, NONE)
  uint64ToFloat(s.asm, dst - XMM, source, half, to === F64)
  release(s, source)
  release(s, half)
  finish(s, to, dst)
}
