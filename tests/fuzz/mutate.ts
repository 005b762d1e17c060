/**
 * Damages a module: flips, deletes, inserts and copies bytes. Small numbers of edits keep most of the structure, so
 * that the deeper checks are reached and not only the first one.
 */
import type { Random } from './random.js'

const INTERESTING_BYTES = [0x00, 0x01, 0x0b, 0x40, 0x41, 0x7f, 0x7e, 0x80, 0xff, 0xfc, 0xfd, 0x70, 0x6f]

export function mutate(original: Uint8Array, random: Random): Uint8Array {
  let bytes = original.slice()
  const edits = 1 + random.below(random.oneIn(4) ? 12 : 3)
  for (let i = 0; i < edits && bytes.length > 8; i++) {
    const at = random.oneIn(20) ? random.below(bytes.length) : 8 + random.below(bytes.length - 8)
    switch (random.below(6)) {
      case 0:
        bytes[at] ^= 1 << random.below(8)
        break
      case 1:
        bytes[at] = random.bits() & 0xff
        break
      case 2:
        bytes[at] = random.pick(INTERESTING_BYTES)
        break
      case 3: {
        const count = 1 + random.below(4)
        const kept = bytes.subarray(Math.min(bytes.length, at + count))
        const next = new Uint8Array(at + kept.length)
        next.set(bytes.subarray(0, at))
        next.set(kept, at)
        bytes = next
        break
      }
      case 4: {
        const from = random.below(bytes.length)
        const piece = bytes.slice(from, from + 1 + random.below(16))
        const next = new Uint8Array(bytes.length + piece.length)
        next.set(bytes.subarray(0, at))
        next.set(piece, at)
        next.set(bytes.subarray(at), at + piece.length)
        bytes = next
        break
      }
      default:
        bytes = bytes.slice(0, Math.max(8, random.below(4) === 0 ? at : bytes.length))
    }
  }
  return bytes
}
