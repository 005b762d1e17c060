/**
 * Text to binary: the entry of the text format. `assemble` takes what a `.wat` file holds, `encodeModule` one module
 * form inside a token table (scripts have many).
 *
 * This directory is loaded only where text is read or written; nothing on the way from a `.wasm` file to its first
 * call imports it.
 */
import { Cursor } from './cursor.js'
import { textError, Token, tokenize } from './lexer.js'
import { assembleFields, type AssembleOptions } from './module.js'

export type { AssembleOptions } from './module.js'

/**
 * Assembles one module: `(module ...)`, also in its `binary` and `quote` forms, or a module's fields alone.
 * @returns the binary module; for `(module binary ...)` the bytes as they are written
 * @throws WasmError with the offset in `source` (UTF-16 units); the message ends in line and column. The result is
 * well-formed as far as the text format goes (specification section 6); it is not validated.
 */
export function assemble(source: string, options: AssembleOptions = {}): Uint8Array<ArrayBuffer> {
  const cursor = new Cursor(tokenize(source))
  const { tokens } = cursor
  if (cursor.isOpen('module') && tokens.kinds[tokens.close[0] + 1] === Token.End) {
    cursor.open('module')
    return encodeModule(cursor, readModuleHead(cursor, 0), options)
  }
  return assembleFields(cursor, tokens.count, undefined, options)
}

/** What stands between the parentheses of a module form, before it is assembled. */
export interface ModuleHead {
  readonly id: string | undefined
  readonly form: 'text' | 'binary' | 'quote'
  /** First token after the head, and the closing parenthesis. */
  readonly first: number
  readonly end: number
}

/**
 * Reads `$id? binary|quote?` of the module form that token `start` opens, and leaves the cursor behind the whole form.
 */
export function readModuleHead(cursor: Cursor, start: number): ModuleHead {
  const end = cursor.tokens.close[start]
  const id = cursor.optionalId()
  const form = cursor.skipAtom('binary') ? 'binary' : cursor.skipAtom('quote') ? 'quote' : 'text'
  const first = cursor.at
  cursor.at = end + 1
  return { id, form, first, end }
}

/** Assembles a module whose head was read before; the cursor ends at the closing parenthesis. */
export function encodeModule(cursor: Cursor, head: ModuleHead, options: AssembleOptions = {}): Uint8Array<ArrayBuffer> {
  cursor.at = head.first
  if (head.form === 'text') return assembleFields(cursor, head.end, head.id, options)
  const bytes = new Uint8Array(cursor.strings())
  if (cursor.at !== head.end) cursor.unexpected()
  return head.form === 'binary' ? bytes : assemble(quotedText(cursor, head, bytes), options)
}

/** The text that a quoted module holds. */
function quotedText(cursor: Cursor, head: ModuleHead, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    const { source, starts } = cursor.tokens
    throw textError(source, starts[head.first], 'malformed UTF-8 encoding')
  }
}
