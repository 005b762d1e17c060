/**
 * A program of the engine's own as machine code on disk: what program-link.ts makes when the engine is built, and own-programs.ts loads.
 * It is for the program's bytes and the CPU features that its identity names, whatever becomes of the rest of the engine.
 *
 *     bytes    0  magic and format version
 *              8  digest of all that follows
 *             40  identity
 *             72  u32 bytes of the description, of the code
 *             80  description (JSON of all but code and data); then the code, at a multiple of 8; then the data
 */
import type { CpuFeatures } from '../tiers/compiled.js'
import { DIGEST } from './code-image.js'
import { digestOf } from './code-identity.js'

/** Offsets of functions are in `code`, of globals in its context. */
export interface ProgramParts {
  readonly code: Uint8Array
  /** 8-byte words of the code that hold offsets in it, and get addresses. */
  readonly words: readonly number[]
  readonly entries: readonly { readonly name: string; readonly at: number }[]
  /** What is called first; -1 for nothing. */
  readonly start: number
  /** Where a fault leads. */
  readonly exit: number
  /** Limits of the memory, which is exported as `memory`. */
  readonly pages: { readonly min: number; readonly max: number }
  readonly contextSize: number
  readonly globals: readonly { readonly at: number; readonly lo: number; readonly hi: number }[]
  /** What the memory holds at first: ranges of `data`. */
  readonly datas: readonly { readonly to: number; readonly from: number; readonly size: number }[]
  readonly data: Uint8Array
}

/** What an entry returns when it has failed: no int32. */
export const FAULT = 2 ** 32

/** "\0wlprog" and the version of this format, which is also that of the code's conventions. */
const MAGIC = [0, 0x77, 0x6c, 0x70, 0x72, 0x6f, 0x67, 3] as const
const DIGEST_AT = 8
const IDENTITY_AT = DIGEST_AT + DIGEST
const SIZE_AT = IDENTITY_AT + DIGEST
const HEADER = SIZE_AT + 8
const ALIGN = 8

function identityOf(program: Uint8Array, features: CpuFeatures): Uint8Array {
  return digestOf(Buffer.concat([program, Buffer.from(JSON.stringify([process.arch, features]))]))
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN
}

/** @param program digest of the program's bytes */
export function writeProgram(
  { code, data, ...rest }: ProgramParts,
  program: Uint8Array,
  features: CpuFeatures,
): Uint8Array {
  const description = Buffer.from(JSON.stringify(rest))
  const codeAt = roundUp(HEADER + description.length)
  const bytes = new Uint8Array(codeAt + code.length + data.length)
  bytes.set(MAGIC)
  bytes.set(identityOf(program, features), IDENTITY_AT)
  const view = new DataView(bytes.buffer)
  view.setUint32(SIZE_AT, description.length, true)
  view.setUint32(SIZE_AT + 4, code.length, true)
  bytes.set(description, HEADER)
  bytes.set(code, codeAt)
  bytes.set(data, codeAt + code.length)
  bytes.set(digestOf(bytes.subarray(IDENTITY_AT)), DIGEST_AT)
  return bytes
}

/** What an image holds; undefined when it is damaged, or for another program or CPU. @param program digest of the program's bytes */
export function readProgram(bytes: Uint8Array, program: Uint8Array, features: CpuFeatures): ProgramParts | undefined {
  if (bytes.length < HEADER || !MAGIC.every((byte, i) => bytes[i] === byte)) return undefined
  const digest = Buffer.from(bytes.subarray(DIGEST_AT, IDENTITY_AT))
  if (!digest.equals(digestOf(bytes.subarray(IDENTITY_AT)))) return undefined
  if (!Buffer.from(bytes.subarray(IDENTITY_AT, SIZE_AT)).equals(identityOf(program, features))) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const size = view.getUint32(SIZE_AT, true)
  const codeAt = roundUp(HEADER + size)
  const dataAt = codeAt + view.getUint32(SIZE_AT + 4, true)
  const description = Buffer.from(bytes.subarray(HEADER, HEADER + size)).toString()
  const rest = JSON.parse(description) as Omit<ProgramParts, 'code' | 'data'>
  return { ...rest, code: bytes.subarray(codeAt, dataAt), data: bytes.subarray(dataAt) }
}
