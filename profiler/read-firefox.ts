/**
 * Reads a Firefox profile that this engine wrote: what `windlass profile` prints and serves. Files are input like any other, so
 * everything is checked before it is used.
 */
import { gunzipSync } from 'node:zlib'
import { FORMAT_VERSION } from './firefox-schema.js'

/** The file is not a profile that we can read; the message says why. */
export class ProfileFormatError extends Error {
  override readonly name = 'ProfileFormatError'
}

export interface ReadFrame {
  readonly func: number
  readonly category: number
  readonly subcategory: number
  readonly line: number | null
  readonly nativeSymbol: number | null
  readonly address: number
}

export interface ReadCode {
  readonly lib: number
  readonly address: number
  readonly name: string
  readonly bytes: Uint8Array
}

/** A profile as tables of plain numbers and texts. */
export interface ReadProfile {
  readonly product: string
  /** Milliseconds. */
  readonly interval: number
  readonly categories: readonly { readonly name: string; readonly subcategories: readonly string[] }[]
  readonly libs: readonly { readonly debugName: string; readonly breakpadId: string }[]
  readonly functions: readonly { readonly name: string; readonly file: string | undefined }[]
  readonly frames: readonly ReadFrame[]
  readonly stacks: readonly { readonly parent: number; readonly frame: number }[]
  /** Times that each stack was sampled, in the first thread: the others only compile. */
  readonly counts: Float64Array
  /** Samples without a stack. */
  readonly idle: number
  readonly notes: readonly { readonly label: string; readonly value: number }[]
  readonly codes: readonly ReadCode[]
}

const GZIP_MAGIC = 0x1f
/** More than this V8 cannot have in one text anyway; a compressed file of a few kilobytes may claim any size. */
const MAX_TEXT_BYTES = 1 << 29

type Table = Readonly<Record<string, unknown>>

function fail(why: string): never {
  throw new ProfileFormatError(`not a profile that Windlass can read: ${why}`)
}

function object(from: unknown, what: string): Table {
  if (typeof from !== 'object' || from === null || Array.isArray(from)) fail(`${what} is missing`)
  return from as Table
}

function list(from: Table, key: string): readonly unknown[] {
  const value = from[key]
  return Array.isArray(value) ? (value as unknown[]) : fail(`${key} is missing`)
}

function text(value: unknown, what: string): string {
  return typeof value === 'string' ? value : fail(`${what} is not a text`)
}

/** Numbers of a column, of any size. */
function numbers(table: Table, key: string): number[] {
  return list(table, key).map((value) => (typeof value === 'number' ? value : fail(`a value of ${key} is no number`)))
}

/** The same of one in which numbers may be missing. */
function numbersOrNull(table: Table, key: string): (number | null)[] {
  return list(table, key).map((value) => {
    return value === null || typeof value === 'number' ? value : fail(`a value of ${key} is no number`)
  })
}

function isIndex(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit
}

/** Indices below `limit`. */
function indices(table: Table, key: string, limit: number): number[] {
  return list(table, key).map((value) => (isIndex(value, limit) ? value : fail(`a value of ${key} is out of range`)))
}

/** The same of a column in which they may be missing. */
function indicesOrNull(table: Table, key: string, limit: number): (number | null)[] {
  return list(table, key).map((value) => {
    return value === null || isIndex(value, limit) ? value : fail(`a value of ${key} is out of range`)
  })
}

function parse(bytes: Uint8Array): Table {
  try {
    const plain = bytes[0] === GZIP_MAGIC ? gunzipSync(bytes, { maxOutputLength: MAX_TEXT_BYTES }) : bytes
    return object(JSON.parse(new TextDecoder().decode(plain)), 'the profile')
  } catch (error) {
    if (error instanceof ProfileFormatError) throw error
    return fail(error instanceof Error ? error.message : String(error))
  }
}

function readCode(root: Table): ReadCode[] {
  const extension = root['windlass']
  if (extension === undefined) return []
  return list(object(extension, 'windlass'), 'code').map((each) => {
    const { lib, address, name, bytes } = object(each, 'code')
    if (typeof lib !== 'number' || typeof address !== 'number') fail('a piece of code has no address')
    return { lib, address, name: text(name, 'name of code'), bytes: Buffer.from(text(bytes, 'code'), 'base64') }
  })
}

/** @throws ProfileFormatError */
export function readFirefox(bytes: Uint8Array): ReadProfile {
  const root = parse(bytes)
  const meta = object(root['meta'], 'meta')
  const version = meta['preprocessedProfileVersion']
  if (version !== FORMAT_VERSION) fail(`its version is ${String(version as number)}, not ${FORMAT_VERSION}`)
  const shared = object(root['shared'], 'shared')
  const strings = list(shared, 'stringArray').map((each) => text(each, 'a string'))
  const stackTable = object(shared['stackTable'], 'stackTable')
  const frameTable = object(shared['frameTable'], 'frameTable')
  const funcTable = object(shared['funcTable'], 'funcTable')
  const sources = indices(object(shared['sources'], 'sources'), 'filename', strings.length)
  const funcSource = indicesOrNull(funcTable, 'source', sources.length)
  const functions = indices(funcTable, 'name', strings.length).map((name, i) => {
    const source = funcSource[i] ?? null
    return { name: strings[name], file: source === null ? undefined : strings[sources[source]] }
  })
  const category = numbers(frameTable, 'category')
  const subcategory = numbers(frameTable, 'subcategory')
  const line = numbersOrNull(frameTable, 'line')
  const nativeSymbol = numbersOrNull(frameTable, 'nativeSymbol')
  const address = numbers(frameTable, 'address')
  // Columns may be of different lengths in a damaged file.
  const frames = indices(frameTable, 'func', functions.length).map((func, i) => ({
    func,
    category: category[i] ?? 0,
    subcategory: subcategory[i] ?? 0,
    line: line[i] ?? null,
    nativeSymbol: nativeSymbol[i] ?? null,
    address: address[i] ?? -1,
  }))
  const offsets = numbers(stackTable, 'prefixOffset')
  const stacks = indices(stackTable, 'frame', frames.length).map((frame, i) => {
    const offset = offsets[i] ?? 0
    if (!isIndex(offset, i + 1)) fail('the parent of a stack does not come before it')
    return { frame, parent: offset === 0 ? -1 : i - offset }
  })
  const counts = new Float64Array(stacks.length)
  let idle = 0
  const samples = object(object(list(root, 'threads')[0], 'a thread')['samples'], 'samples')
  for (const stack of indicesOrNull(samples, 'stack', stacks.length)) {
    if (stack === null) idle++
    else counts[stack]++
  }
  const categories = list(meta, 'categories').map((each) => {
    const category = object(each, 'a category')
    const subcategories = list(category, 'subcategories').map((name) => text(name, 'subcategory'))
    return { name: text(category['name'], 'category'), subcategories }
  })
  const libs = list(root, 'libs').map((each) => {
    const { debugName, breakpadId } = object(each, 'a library')
    return { debugName: text(debugName, 'debugName'), breakpadId: text(breakpadId, 'breakpadId') }
  })
  return {
    product: text(meta['product'], 'product'),
    interval: Number(meta['interval']),
    categories,
    libs,
    functions,
    frames,
    stacks,
    counts,
    idle,
    notes: readNotes(meta),
    codes: readCode(root),
  }
}

/** What the writer said about losses. */
function readNotes(meta: Table): { readonly label: string; readonly value: number }[] {
  const [extra] = Array.isArray(meta['extra']) ? (meta['extra'] as unknown[]) : []
  if (extra === undefined) return []
  return list(object(extra, 'extra'), 'entries').map((each) => {
    const { label, value } = object(each, 'an entry')
    return { label: text(label, 'label'), value: Number(value) }
  })
}
