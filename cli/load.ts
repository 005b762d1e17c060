/** Reads a module from a file or standard input, in binary or text form. */
import { readFileSync } from 'node:fs'
import { isImage } from '../runtime/code-image.js'
import { codeOf, reasonOf } from '../runtime/system-errors.js'
import { WasmError } from '../wasm/error.js'
import type { CompileError } from '../runtime/errors.js'
import { CommandError } from './errors.js'

/** What a file name that is a single dash means. */
export const STDIN = '-'

/** @throws CommandError */
export function readInput(file: string): Uint8Array {
  try {
    return readFileSync(file === STDIN ? 0 : file)
  } catch (error) {
    if (codeOf(error) === '') throw error
    throw new CommandError(`cannot read ${displayName(file)}: ${reasonOf(error)}`)
  }
}

/** The name of an input in messages. */
export function displayName(file: string): string {
  return file === STDIN ? 'standard input' : file === '' ? "''" : file
}

function isBinary(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d
}

/** True when the bytes can be text: UTF-8 whose first token opens a list or a comment. */
function isText(bytes: Uint8Array): boolean {
  let at = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  while (at < bytes.length && (bytes[at] === 0x20 || (bytes[at] >= 9 && bytes[at] <= 13))) at++
  return bytes[at] === 0x28 || (bytes[at] === 0x3b && bytes[at + 1] === 0x3b)
}

/**
 * The module in a file; text is assembled.
 * @throws CommandError when it cannot be read, is neither form, or its text does not parse
 */
export async function loadModule(file: string): Promise<Uint8Array> {
  return assembleInput(file, readInput(file))
}

/** What `loadModule` does with what was read from `file`. */
export async function assembleInput(file: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (isBinary(bytes)) return bytes
  if (bytes.length === 0) throw new CommandError(`${displayName(file)} is empty`)
  if (isImage(bytes)) {
    throw new CommandError(
      `${displayName(file)} is compiled code, which only 'windlass run' takes; give its module instead`,
    )
  }
  if (!isText(bytes) && !file.endsWith('.wat')) {
    throw new CommandError(
      `${displayName(file)} is not a WebAssembly module: it starts neither with 00 61 73 6d (binary) nor with '(' (text)`,
    )
  }
  const { assemble } = await import('../wasm/text/assemble.js')
  const source = new TextDecoder().decode(bytes)
  try {
    return assemble(source)
  } catch (error) {
    if (!(error instanceof WasmError)) throw error
    const { hintOf, newerTextFeature } = await import('../wasm/newer-features.js')
    const hint = hintOf(newerTextFeature(source, error.message, error.offset))
    throw new CommandError(`${displayName(file)}: ${error.message}${hint}`)
  }
}

/** What the command says when the engine refuses a module: a module that needs more than we have is not called invalid. */
export function refusal(file: string, error: CompileError): CommandError {
  const verdict = error.neededFeature === undefined ? 'is not valid' : 'cannot be compiled'
  return new CommandError(`${displayName(file)} ${verdict}: ${error.message}`)
}
