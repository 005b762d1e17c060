/**
 * Machine code as text. The disassembler is a package of several megabytes that Windlass itself does not need; where
 * it is not installed (`npm install iced-x86`), bytes are shown as they are.
 */
import { createRequire } from 'node:module'

/** Offset from the first byte, and text. */
export type Instruction = readonly [offset: number, text: string]

/** Bytes in a row where there is no disassembler. */
const BYTES_A_ROW = 8

function asBytes(bytes: Uint8Array): Instruction[] {
  const rows: Instruction[] = []
  for (let at = 0; at < bytes.length; at += BYTES_A_ROW) {
    const row = Array.from(bytes.subarray(at, at + BYTES_A_ROW), (byte) => `0x${byte.toString(16).padStart(2, '0')}`)
    rows.push([at, `.byte ${row.join(', ')}`])
  }
  return rows
}

/** x86-64 in Intel syntax. */
export function disassemble(bytes: Uint8Array): Instruction[] {
  let iced
  try {
    const require = createRequire(import.meta.url)
    iced = require('iced-x86') as typeof import('iced-x86')
  } catch {
    return asBytes(bytes)
  }
  const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None)
  const formatter = new iced.Formatter(iced.FormatterSyntax.Intel)
  const found: Instruction[] = []
  try {
    while (decoder.canDecode) {
      const at = decoder.position
      const instruction = decoder.decode()
      found.push([at, formatter.format(instruction)])
      instruction.free()
    }
  } finally {
    decoder.free()
    formatter.free()
  }
  return found
}
