/** Modules of one function of a given size, for measuring how compile time grows with it. */

const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1]
const LOCALS = 6

function u32(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return bytes
}

/**
 * One statement or structure, of 20 to 40 bytes: loads, stores, arithmetic on locals, a conditional, now and then a loop,
 * as compilers make them. The operations vary, so that few are equal.
 */
function piece(i: number): number[] {
  const local = (k: number): number => 2 + ((i + k) % LOCALS)
  const constant = [0x41, ...u32((i * 7) & 0x3f)]
  const op = [0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73][i % 6]
  const arithmetic = [0x20, local(0), ...constant, op, 0x20, local(1), 0x6a, 0x21, local(2)]
  const memory = [0x20, local(3), 0x41, 0xfc, 7, 0x71, 0x20, local(0), 0x36, 2, ...u32(4 * (i & 31)), 0x20, 0, 0x28, 2, ...u32(8 * (i & 15)), 0x21, local(4)] // oxfmt-ignore
  const branch = [
    0x20,
    local(1),
    0x20,
    local(2),
    0x48,
    0x04,
    0x40,
    0x20,
    local(0),
    ...constant,
    0x6a,
    0x21,
    local(0),
    0x0b,
  ]
  // loop: local = local - 1; br_if 0 (local > constant)
  const loop = [
    0x03,
    0x40,
    ...arithmetic,
    0x20,
    local(5),
    0x41,
    1,
    0x6b,
    0x22,
    local(5),
    ...constant,
    0x4a,
    0x0d,
    0,
    0x0b,
  ]
  return i % 5 === 4 ? loop : i % 5 === 2 ? branch : i % 2 === 0 ? memory : arithmetic
}

/** A module with one exported function whose body has about `size` bytes. @param serial makes modules differ */
export function largeFunction(size: number, serial: number): Uint8Array {
  const body = [1, LOCALS, 0x7f, 0x41, ...u32(serial & 0x3f), 0x21, 2]
  for (let i = serial; body.length < size - 4; i++) body.push(...piece(i))
  body.push(0x20, 2, 0x0b)
  const code = [1, ...u32(body.length), ...body]
  const exports = [7, 5, 1, 1, 0x66, 0, 0]
  return Uint8Array.from([...HEAD, ...exports, 10, ...u32(code.length), ...code])
}
