/** Numbers of 32 bits are int32 here, whatever they mean; this is what means them unsigned. */

/** True when a < b, both read as u32. */
export function lessUnsigned(a: number, b: number): boolean {
  return (a ^ SIGN) < (b ^ SIGN)
}

const SIGN = -0x80000000
