/**
 * The stubs as an image, made when the engine is built (`scripts/programs.mjs`): assembling them by JavaScript that has just been loaded
 * takes longer than all else that an engine is made of. What emits them (stub-list.ts) stays the only truth: an image is for the build
 * and the addon that it was made with, and where there is none that fits, they are assembled.
 *
 *     bytes    0  magic and format version, digest of the build, the addon's routines that stubs contain; to a multiple of 4
 *                 u32 number of stubs, then 6 words a stub: key, its first byte, its size, the first word of its relocations, how many words
 *                 they have, how many words its sites have, which stand behind them. Those of fixed stubs are first, by key
 *                 relocations and sites; code
 *
 * Offsets are from the image's first byte, in bytes or words. It is not verified: it lies beside the addon, as the programs do (program-image.ts).
 */
import { RELOC_WORDS } from '../tiers/compiled.js'
import type { Assembler } from '../tiers/isa/x64/assembler.js'
import { buildDigest } from './code-identity.js'
import { addon } from './context.js'
import { imagePath } from './image-path.js'

/** A stub before it has a place. */
export interface Stub {
  readonly code: Uint8Array
  /** Relocations as the assembler has them, RELOC_WORDS each, of the kinds of stub-list.ts. */
  readonly relocs: Int32Array
  /** Offsets that its user wants to know. */
  readonly sites: Int32Array
}

/** "\0wlstub" and the version of this format. */
const MAGIC = [0, 0x77, 0x6c, 0x73, 0x74, 0x75, 0x62, 1] as const
const WORDS = 6

export function assembledStub({ bytes, size, relocs, relocCount }: Assembler, sites: readonly number[]): Stub {
  return {
    code: bytes.subarray(0, size),
    relocs: relocs.subarray(0, relocCount * RELOC_WORDS),
    sites: Int32Array.from(sites),
  }
}

/** @throws Error (ENOENT) when the build is not complete */
function headOf(): Uint8Array {
  const parts = [MAGIC, buildDigest(), new Uint8Array(addon.switchCode), new Uint8Array(addon.exitCode)]
  const head = new Uint8Array(parts.reduce((size, part) => size + part.length, 0) + 3)
  let size = 0
  for (const part of parts) {
    head.set(part, size)
    size += part.length
  }
  return head.subarray(0, size - (size % -4))
}

/** An image of some stubs by their keys; fixed ones first. */
export function writeStubs(stubs: ReadonlyMap<number, Stub>): Uint8Array {
  const head = headOf()
  const first = head.length / 4 + 1
  const words: number[] = []
  const code: number[] = []
  let wordAt = first + stubs.size * WORDS
  let codeAt = Array.from(stubs.values(), ({ relocs, sites }) => relocs.length + sites.length).reduce((a, b) => a + b)
  codeAt = (codeAt + wordAt) * 4
  for (const [key, stub] of stubs) {
    words.push(key, codeAt, stub.code.length, wordAt, stub.relocs.length, stub.sites.length)
    code.push(...stub.code)
    codeAt += stub.code.length
    wordAt += stub.relocs.length + stub.sites.length
  }
  for (const { relocs, sites } of stubs.values()) words.push(...relocs, ...sites)
  return new Uint8Array([...head, ...new Uint8Array(Uint32Array.of(stubs.size, ...words).buffer), ...code])
}

export class StubImage {
  private readonly words: Int32Array
  private readonly bytes: Uint8Array
  /** First word of the first stub. */
  private readonly first: number
  private readonly end: number

  private constructor(image: ArrayBuffer, head: number) {
    this.bytes = new Uint8Array(image)
    this.words = new Int32Array(image, 0, image.byteLength >> 2)
    this.first = head / 4 + 1
    this.end = this.first + this.words[this.first - 1] * WORDS
  }

  /** Undefined when there is no image that is of this build and addon. */
  static read(path: string): StubImage | undefined {
    const image = addon.readFile(path)
    if (image === undefined) return undefined
    const head = headOf()
    const bytes = new Uint8Array(image)
    if (bytes.length <= head.length) return undefined
    for (let i = 0; i < head.length; i++) if (bytes[i] !== head[i]) return undefined
    return new StubImage(image, head.length)
  }

  /** Undefined for what is not in it. */
  find(key: number): Stub | undefined {
    const { words, bytes, first, end } = this
    // A fixed stub stands where its key says.
    let at = first + key * WORDS
    if (at >= end || words[at] !== key) for (at = first; at < end && words[at] !== key;) at += WORDS
    if (at >= end) return undefined
    const code = words[at + 1]
    const relocs = words[at + 3]
    const sites = relocs + words[at + 4]
    return {
      code: bytes.subarray(code, code + words[at + 2]),
      relocs: words.subarray(relocs, sites),
      sites: words.subarray(sites, sites + words[at + 5]),
    }
  }
}

let image: StubImage | undefined
let isRead = false

/** The image of this installation, read once a thread. */
export function stubImage(): StubImage | undefined {
  if (!isRead) {
    isRead = true
    image = StubImage.read(imagePath('stubs'))
  }
  return image
}
