/** What a compiler's program has made: one table for both programs and for the host, which reads it here. */
import { INLINE_WORDS, RELOC_WORDS, SITE_WORDS, type CompiledFunction, type CompiledTier } from '../compiled.js'

/**
 * Words of the record: addresses and numbers of code, relocations and sites; of the inline tree's nodes (the optimizing compiler only); of frame
 * states, and of a run's rows and functions (the baseline compiler only). In AssemblyScript they have the same names (scripts/scan/rewrite.mjs).
 */
export const Made = {
  frameSize: 0,
  code: 1,
  codeSize: 2,
  relocs: 3,
  relocCount: 4,
  sites: 5,
  siteCount: 6,
  inlines: 7,
  inlineCount: 8,
  frames: 9,
  frameWords: 10,
  rows: 11,
  count: 12,
  words: 13,
} as const

/** The record of a program, by its place among the words of the program's memory. */
export class MadeRecord {
  private readonly words: Int32Array
  private readonly at: number

  constructor(words: Int32Array, at: number) {
    this.words = words
    this.at = at
  }

  /** Addresses may be beyond 2 GiB. */
  word(field: number): number {
    return this.words[this.at + field] >>> 0
  }

  /** @param field that has an address */
  bytesAt(field: number, length: number): Uint8Array {
    return new Uint8Array(this.words.buffer, this.word(field), length)
  }

  /** @param field that has an address */
  wordsAt(field: number, length: number): Int32Array {
    const from = this.word(field) >>> 2
    return this.words.subarray(from, from + length)
  }

  /** The function that was compiled last, as views of the program's memory: valid until its next compile. */
  compiled(tier: CompiledTier, feedback: Int32Array): CompiledFunction {
    const codeSize = this.word(Made.codeSize)
    const relocCount = this.word(Made.relocCount)
    const siteCount = this.word(Made.siteCount)
    const inlineCount = this.word(Made.inlineCount)
    const frameWords = this.word(Made.frameWords)
    return {
      tier,
      code: this.bytesAt(Made.code, codeSize),
      codeSize,
      relocs: this.wordsAt(Made.relocs, RELOC_WORDS * relocCount),
      relocCount,
      sites: this.wordsAt(Made.sites, SITE_WORDS * siteCount),
      siteCount,
      frames: this.wordsAt(Made.frames, frameWords),
      frameWords,
      inlines: this.wordsAt(Made.inlines, INLINE_WORDS * inlineCount),
      inlineCount,
      frameSize: this.word(Made.frameSize),
      feedback,
    }
  }
}
