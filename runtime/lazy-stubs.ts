/**
 * Where calls of functions go that are not compiled: a stub for each, which says which function it is and jumps to what has it compiled (`emitLazyCommon` of
 * stubs.ts). Written as they are, many at once, without the assembler: a module may have a million functions, and a short run
 * needs no other code that is not in an image.
 */
import type { CodeChunk } from './arena.js'

/** Bytes of a lazy stub: `mov r11d, index` (6) and `jmp rel32` (5), padded. */
export const LAZY_STUB_SIZE = 16
const LAZY_JUMP_END = 11
/** From each multiple of this on, so many stubs stand one behind the other. */
export const LAZY_RUN = 128

/**
 * Writes lazy stubs behind the used part of a chunk until it has `size` bytes. The chunk's first is of function `first`; they
 * jump to `common`. As words, since in a fresh process this runs before V8 has optimized anything.
 */
export function writeLazyStubs({ bytes, exec, used }: CodeChunk, size: number, first: number, common: number): void {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, size >> 2)
  let index = first + used / LAZY_STUB_SIZE
  let distance = common - (exec + used + LAZY_JUMP_END)
  for (let at = used >> 2; at < words.length; at += LAZY_STUB_SIZE >> 2) {
    words[at] = 0xbb41 | (index << 16)
    words[at + 1] = (index >>> 16) | 0xe90000 | (distance << 24)
    words[at + 2] = distance >>> 8
    index++
    distance -= LAZY_STUB_SIZE
  }
}
