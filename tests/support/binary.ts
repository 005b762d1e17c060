/** Assembles binary modules by hand: sections, vectors and bodies from bytes. For tests of the binary front end. */

/** Bytes, nested as is convenient. */
export type Bytes = readonly (number | Bytes)[]

function flatten(bytes: Bytes, into: number[]): number[] {
  for (const item of bytes) {
    if (typeof item === 'number') into.push(item)
    else flatten(item, into)
  }
  return into
}

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  const out: number[] = []
  let rest = value
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80)
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
  return out
}

export function section(id: number, ...content: Bytes): number[] {
  const bytes = flatten(content, [])
  return [id, ...leb(bytes.length), ...bytes]
}

/** A vector: its count, then its items. */
export function vec(...items: Bytes): Bytes {
  return [leb(items.length), ...items]
}

export function str(text: string): number[] {
  const bytes = new TextEncoder().encode(text)
  return [...leb(bytes.length), ...bytes]
}

/** A function body with its size; starts with the locals declaration. */
export function body(...code: Bytes): number[] {
  const bytes = flatten(code, [])
  return [...leb(bytes.length), ...bytes]
}

/** A module: magic, version, sections. */
export function moduleOf(...sections: Bytes): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(flatten([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, sections], []))
}

/** Type section with `() -> ()`, function section with one function of it: what most modules start with. */
export const NULLARY_TYPE = section(1, vec([0x60, 0, 0]))
export const ONE_FUNCTION = section(3, vec(0))
export const EMPTY_CODE = section(10, vec(body(0, 0x0b)))
