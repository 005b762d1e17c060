/** Numbers in LEB128 (specification section 5.2.2), in AssemblyScript. */

/** Value of the unsigned LEB128 at `pos`, and in the upper half the position behind it: 0 when it is not of 32 bits. */
export function leb(pos: i32): u64 {
  let value: u32 = 0
  for (let shift = 0; shift < 28; shift += 7) {
    const byte: u32 = load<u8>(pos++)
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return ((<u64>pos) << 32) | value
  }
  const last: u32 = load<u8>(pos++)
  if (last > 0x0f) return 0
  return ((<u64>pos) << 32) | value | (last << 28)
}

/** Position behind the signed LEB128 of 32 bits at `pos`, 0 when it is none. */
export function skipS32(pos: i32): i32 {
  const last = pos + 4
  while (pos < last) if (load<u8>(pos++) < 0x80) return pos
  const rest = load<u8>(pos) & 0xf8
  return rest == 0 || rest == 0x78 ? pos + 1 : 0
}

/** The same of 64 bits. */
export function skipS64(pos: i32): i32 {
  const last = pos + 9
  while (pos < last) if (load<u8>(pos++) < 0x80) return pos
  const rest = load<u8>(pos)
  return rest == 0 || rest == 0x7f ? pos + 1 : 0
}
