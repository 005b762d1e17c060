/**
 * Compiled code as bytes: what `windlass compile -o` writes and the code cache keeps. An image is used in place: functions are views
 * of it, and each is copied and relocated when it is first called, so loading costs a read and a digest whatever is in it.
 *
 * It holds code as the compilers gave it, before relocation, so it fits any address; but it fits only the build of Windlass and the CPU
 * features that its identity names, and only the module whose digest it holds. All that is wrong with an
 * image is found by `CodeImage.read`, before anything of it runs. What it cannot tell is who made it: running
 * an image is running machine code.
 *
 *     bytes    0  magic and format version
 *              8  digest of all that follows (DIGEST bytes each)
 *             40  identity
 *             72  digest of the module
 *            104  u32 records, words of the pool, bytes of code, bytes of the module (0 without it), functions
 *            128  records, pool, code, module; each a multiple of 8 bytes
 */
import { RELOC_WORDS, INLINE_WORDS, SITE_WORDS, type CompiledFunction } from '../tiers/compiled.js'
import { grown } from '../tiers/grown.js'

/** Bytes of a digest: the first half of a BLAKE2b-512, far beyond collisions. */
export const DIGEST = 32
/** "\0wlcode"; the version of this format follows. */
const MAGIC = [0, 0x77, 0x6c, 0x63, 0x6f, 0x64, 0x65] as const
const FORMAT_VERSION = 3
const DIGEST_AT = 8
const COVERED = DIGEST_AT + DIGEST
const IDENTITY_AT = 40
const MODULE_AT = 72
const COUNTS_AT = 104
const HEADER = 128
const ALIGN = 8

/** Words of a record. */
const Field = {
  defined: 0,
  tier: 1,
  code: 2,
  codeSize: 3,
  relocs: 4,
  relocCount: 5,
  sites: 6,
  siteCount: 7,
  inlines: 8,
  inlineCount: 9,
  frameSize: 10,
  feedback: 11,
  feedbackWords: 12,
  /** See `ImageBuilder.remember`. */
  saving: 13,
  words: 14,
} as const
const TIERS = ['baseline', 'optimizing'] as const
/** More microseconds of saving make no difference. */
const MAX_SAVING = 1e9

/** Why bytes are no image that can be used; the message says what to do. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
}

/** Whether bytes begin as an image of any version does. */
export function isImage(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte)
}

/** BLAKE2b of some bytes, DIGEST long. */
export type DigestOf = (bytes: Uint8Array) => Uint8Array

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Collects compiled functions, the newest of each, and writes them as an image. */
export class ImageBuilder {
  private readonly records = new Map<number, Int32Array>()
  private pool = new Int32Array(1024)
  private poolEnd = 0
  private code = new Uint8Array(1 << 16)
  private codeEnd = 0

  has(defined: number): boolean {
    return this.records.has(defined)
  }

  /** Takes a copy of a function; of several with one index the last counts. */
  add(defined: number, compiled: CompiledFunction): void {
    const record = new Int32Array(Field.words)
    record[Field.defined] = defined
    record[Field.tier] = TIERS.indexOf(compiled.tier)
    record[Field.code] = this.codeEnd
    record[Field.codeSize] = compiled.codeSize
    record[Field.relocs] = this.keep(compiled.relocs, compiled.relocCount * RELOC_WORDS)
    record[Field.relocCount] = compiled.relocCount
    record[Field.sites] = this.keep(compiled.sites, compiled.siteCount * SITE_WORDS)
    record[Field.siteCount] = compiled.siteCount
    record[Field.inlines] = this.keep(compiled.inlines, compiled.inlineCount * INLINE_WORDS)
    record[Field.inlineCount] = compiled.inlineCount
    record[Field.frameSize] = compiled.frameSize
    record[Field.feedback] = this.keep(compiled.feedback, compiled.feedback.length)
    record[Field.feedbackWords] = compiled.feedback.length
    const end = this.codeEnd + compiled.codeSize
    if (end > this.code.length) {
      const larger = new Uint8Array(Math.max(this.code.length * 2, end))
      larger.set(this.code)
      this.code = larger
    }
    this.code.set(compiled.code.subarray(0, compiled.codeSize), this.codeEnd)
    this.codeEnd = end
    this.records.set(defined, record)
  }

  /** What optimizing a function that is here would have saved so far, in microseconds: runs that are short add up. */
  remember(defined: number, saving: number): void {
    const record = this.records.get(defined)
    if (record !== undefined) record[Field.saving] = Math.min(saving, MAX_SAVING)
  }

  /**
   * @param functions how many the module defines
   * @param module the module's bytes, when the image is to carry them
   */
  finish(
    identity: Uint8Array,
    moduleDigest: Uint8Array,
    functions: number,
    module: Uint8Array,
    digestOf: DigestOf,
  ): Uint8Array {
    const recordBytes = roundUp(this.records.size * Field.words * 4)
    const poolBytes = roundUp(this.poolEnd * 4)
    const codeBytes = roundUp(this.codeEnd)
    const bytes = new Uint8Array(HEADER + recordBytes + poolBytes + codeBytes + roundUp(module.length))
    bytes.set(MAGIC)
    bytes[MAGIC.length] = FORMAT_VERSION
    const counts = new Uint32Array(bytes.buffer, COUNTS_AT, 5)
    counts.set([this.records.size, this.poolEnd, this.codeEnd, module.length, functions])
    bytes.set(identity, IDENTITY_AT)
    bytes.set(moduleDigest, MODULE_AT)
    const records = new Int32Array(bytes.buffer, HEADER, this.records.size * Field.words)
    let at = 0
    for (const record of [...this.records.values()].toSorted((a, b) => a[Field.defined] - b[Field.defined])) {
      records.set(record, at)
      at += Field.words
    }
    new Int32Array(bytes.buffer, HEADER + recordBytes, this.poolEnd).set(this.pool.subarray(0, this.poolEnd))
    bytes.set(this.code.subarray(0, this.codeEnd), HEADER + recordBytes + poolBytes)
    bytes.set(module, HEADER + recordBytes + poolBytes + codeBytes)
    bytes.set(digestOf(bytes.subarray(COVERED)), DIGEST_AT)
    return bytes
  }

  private keep(words: Int32Array, count: number): number {
    const at = this.poolEnd
    if (at + count > this.pool.length) this.pool = grown(this.pool, at + count)
    this.pool.set(words.subarray(0, count), at)
    this.poolEnd = at + count
    return at
  }
}

const NO_WORDS = new Int32Array(0)

export class CodeImage {
  /** The module's bytes; empty in an image that does not carry them. */
  readonly module: Uint8Array
  /** Functions of the module, and those of them that are here. */
  readonly functions: number
  readonly stored: number
  private readonly records: Int32Array
  private readonly pool: Int32Array
  private readonly code: Uint8Array
  /** Number of the record of each function plus 1. */
  private readonly byFunction: Int32Array
  private readonly moduleDigest: Uint8Array

  /**
   * Checks an image and makes it usable. The bytes must not change afterwards.
   * @throws ImageError when it is damaged, or made by another build or for other CPU features
   */
  static read(bytes: Uint8Array, identity: Uint8Array, digestOf: DigestOf): CodeImage {
    if (!isImage(bytes)) throw new ImageError('it is not compiled code of Windlass')
    if (bytes.length < HEADER) throw new ImageError('it is cut off; compile the module again')
    if (bytes[MAGIC.length] !== FORMAT_VERSION) {
      throw new ImageError('it was compiled by another version of Windlass; compile the module again')
    }
    if (!same(bytes.subarray(IDENTITY_AT, IDENTITY_AT + DIGEST), identity)) {
      throw new ImageError(
        'it was compiled by another build of Windlass, for another CPU or with other options; compile the module again',
      )
    }
    if (!same(bytes.subarray(DIGEST_AT, COVERED), digestOf(bytes.subarray(COVERED)))) {
      throw new ImageError('it is damaged; compile the module again')
    }
    return new CodeImage(bytes.byteOffset % ALIGN === 0 ? bytes : bytes.slice())
  }

  private constructor(bytes: Uint8Array) {
    const { buffer, byteOffset } = bytes
    const [records, poolWords, codeBytes, moduleBytes, functions] = new Uint32Array(buffer, byteOffset + COUNTS_AT, 5)
    const poolAt = HEADER + roundUp(records * Field.words * 4)
    const codeAt = poolAt + roundUp(poolWords * 4)
    const moduleAt = codeAt + roundUp(codeBytes)
    if (moduleAt + roundUp(moduleBytes) !== bytes.length) throw new ImageError('its sizes do not add up')
    this.functions = functions
    this.stored = records
    this.records = new Int32Array(buffer, byteOffset + HEADER, records * Field.words)
    this.pool = new Int32Array(buffer, byteOffset + poolAt, poolWords)
    this.code = bytes.subarray(codeAt, codeAt + codeBytes)
    this.module = bytes.subarray(moduleAt, moduleAt + moduleBytes)
    this.moduleDigest = bytes.subarray(MODULE_AT, MODULE_AT + DIGEST)
    this.byFunction = new Int32Array(functions)
    for (let i = 0; i < records; i++) this.checkRecord(i)
  }

  isOf(moduleDigest: Uint8Array): boolean {
    return same(this.moduleDigest, moduleDigest)
  }

  has(defined: number): boolean {
    return defined < this.functions && this.byFunction[defined] !== 0
  }

  /** Of a function of `has`: see `ImageBuilder.remember`. */
  saving(defined: number): number {
    return this.records[(this.byFunction[defined] - 1) * Field.words + Field.saving]
  }

  /** A function of `has`, as views of the image. */
  function(defined: number): CompiledFunction {
    const { pool } = this
    const at = (this.byFunction[defined] - 1) * Field.words
    const record = this.records.subarray(at, at + Field.words)
    const words = (start: number, count: number, each: number): Int32Array =>
      record[count] === 0 ? NO_WORDS : pool.subarray(record[start], record[start] + record[count] * each)
    return {
      tier: TIERS[record[Field.tier]],
      code: this.code.subarray(record[Field.code], record[Field.code] + record[Field.codeSize]),
      codeSize: record[Field.codeSize],
      relocs: words(Field.relocs, Field.relocCount, RELOC_WORDS),
      relocCount: record[Field.relocCount],
      sites: words(Field.sites, Field.siteCount, SITE_WORDS),
      siteCount: record[Field.siteCount],
      inlines: words(Field.inlines, Field.inlineCount, INLINE_WORDS),
      inlineCount: record[Field.inlineCount],
      frames: NO_WORDS,
      frameWords: 0,
      frameSize: record[Field.frameSize],
      feedback: words(Field.feedback, Field.feedbackWords, 1),
    }
  }

  private checkRecord(index: number): void {
    const at = index * Field.words
    const { records, pool, code } = this
    const field = (name: number): number => records[at + name]
    const inside = (start: number, size: number, length: number): boolean =>
      start >= 0 && size >= 0 && start + size <= length
    const defined = field(Field.defined)
    const fits =
      inside(defined, 1, this.functions) &&
      inside(field(Field.tier), 1, TIERS.length) &&
      inside(field(Field.code), field(Field.codeSize), code.length) &&
      inside(field(Field.relocs), field(Field.relocCount) * RELOC_WORDS, pool.length) &&
      inside(field(Field.sites), field(Field.siteCount) * SITE_WORDS, pool.length) &&
      inside(field(Field.inlines), field(Field.inlineCount) * INLINE_WORDS, pool.length) &&
      inside(field(Field.feedback), field(Field.feedbackWords), pool.length)
    if (!fits) throw new ImageError('a record points outside of it')
    this.byFunction[defined] = index + 1
  }
}
