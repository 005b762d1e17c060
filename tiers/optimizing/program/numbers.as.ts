/** tiers/numbers.ts in AssemblyScript. */
export type Float = f64

export function quotient(a: i32, b: i32): i32 {
  return a / b
}

export function ratio(a: f64, b: f64): f64 {
  return a / b
}

export function toUnsigned(value: i32): f64 {
  return <u32>value
}

export function wrapped(value: f64): i32 {
  return <i32>(<i64>value)
}

export function toInt(value: f64): i32 {
  return <i32>value
}
