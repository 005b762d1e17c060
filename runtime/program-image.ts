/**
 * A program of the engine's own as a file of machine code: what program-link.ts makes when the engine is built, and own-programs.ts maps.
 * It is for the program and the CPU features that it names, whatever becomes of the rest of the engine.
 *
 *     bytes    0  magic and format version
 *              8  digest of the program's bytes
 *             40  u32 bytes of the file, of code with all before it, of the memory, of the context
 *             56  digest of the JSON
 *             88  what the code reads: the poll's word, the slots of stubs; to the end of the page
 *           4096  code
 *                 memory, from its first byte that is not 0; context; JSON of the rest; each at a multiple of 8
 *
 * The file is mapped where it is run: reading it, and copying the code, would take a page fault for each of its pages, and a digest of it as
 * long again. So nothing but its length, what it is for and its description is verified when it is used. It lies beside the addon, which nobody verifies
 * either; who can damage one can damage the other. `scripts/programs.mjs` puts a whole file in place of an older one: a process that runs
 * the older one keeps it.
 */
import type { CpuFeatures } from '../tiers/compiled.js'
import { digestOf } from './code-identity.js'
import { DIGEST, same } from './code-image.js'

/** What can be written to when the image is mapped, and not executed. */
export const TABLE = 4096
/** Where in it the code may have words of its own. */
export const TABLE_FREE = 88

/** Offsets are from the image's first byte. */
interface Description {
  /** What it was made for. */
  readonly cpu: string
  /** 8-byte words that hold offsets, and get addresses. */
  readonly words: readonly number[]
  readonly entries: readonly { readonly name: string; readonly at: number }[]
  /** What is called first; -1 for nothing. */
  readonly start: number
  /** Limits of the memory, which is exported as `memory`. */
  readonly pages: { readonly min: number; readonly max: number }
  /** Where the first byte of `data` goes. */
  readonly dataTo: number
}

export interface ProgramParts extends Omit<Description, 'cpu'> {
  /** The image up to the end of the code, with room for the head. */
  readonly code: Uint8Array
  /** What the memory holds at first. */
  readonly data: Uint8Array
  /** What the context holds at first, but for addresses. */
  readonly context: Uint8Array
}

/** What an entry returns when it has failed: no int32. */
export const FAULT = 2 ** 32

/** "\0wlprog" and the version of this format, which is also that of the code's conventions. */
const MAGIC = [0, 0x77, 0x6c, 0x70, 0x72, 0x6f, 0x67, 5] as const
const DIGEST_AT = 8
const SIZES_AT = DIGEST_AT + DIGEST
const DESCRIPTION_DIGEST_AT = 56
const ALIGN = 8

function cpuOf(features: CpuFeatures): string {
  return JSON.stringify([process.arch, features])
}

/** What an image of a program begins with. @param program digest of the program's bytes */
export function headOf(program: Uint8Array): Uint8Array {
  const head = new Uint8Array(SIZES_AT)
  head.set(MAGIC)
  head.set(program, DIGEST_AT)
  return head
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN
}

/** @param program digest of the program's bytes */
export function writeProgram(
  { code, data, context, ...rest }: ProgramParts,
  program: Uint8Array,
  features: CpuFeatures,
): Uint8Array {
  const description = Buffer.from(JSON.stringify({ ...rest, cpu: cpuOf(features) } satisfies Description))
  const parts = [code, data, context, description]
  const bytes = new Uint8Array(parts.reduce((size, part) => roundUp(size) + part.length, 0))
  let end = 0
  for (const part of parts) {
    bytes.set(part, roundUp(end))
    end = roundUp(end) + part.length
  }
  bytes.set(headOf(program))
  new Uint32Array(bytes.buffer, SIZES_AT, 4).set([bytes.length, code.length, data.length, context.length])
  bytes.set(digestOf(description), DESCRIPTION_DIGEST_AT)
  return bytes
}

/** What an image holds, as views of it, that begins with the right head; undefined when it is cut off or damaged, or for another CPU. */
export function readProgram(image: ArrayBuffer, features: CpuFeatures): ProgramParts | undefined {
  if (image.byteLength < TABLE) return undefined
  const [size, codeSize, dataSize, contextSize] = new Uint32Array(image, SIZES_AT, 4)
  if (size !== image.byteLength) return undefined
  const dataAt = roundUp(codeSize)
  const contextAt = roundUp(dataAt + dataSize)
  const descriptionAt = roundUp(contextAt + contextSize)
  if (descriptionAt > size) return undefined
  const description = Buffer.from(image, descriptionAt)
  if (!same(new Uint8Array(image, DESCRIPTION_DIGEST_AT, DIGEST), digestOf(description))) return undefined
  const { cpu, ...rest } = JSON.parse(description.toString()) as Description
  if (cpu !== cpuOf(features)) return undefined
  return {
    ...rest,
    code: new Uint8Array(image, 0, codeSize),
    data: new Uint8Array(image, dataAt, dataSize),
    context: new Uint8Array(image, contextAt, contextSize),
  }
}
