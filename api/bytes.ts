/** Buffer sources: the bytes of a module as the caller gives them. */
import { CompileError } from '../runtime/errors.js'

const EMPTY = 'BufferSource argument is empty'

/**
 * A view of the bytes of a buffer source: an ArrayBuffer or any view, also one of shared memory. Nothing is copied.
 * @returns undefined when the value is no buffer source
 */
export function bufferSource(value: unknown): Uint8Array | undefined {
  const isBytes = ArrayBuffer.isView(value) || value instanceof ArrayBuffer
  // Also one that is detached, of which no view can be made.
  if (isBytes && value.byteLength === 0) return new Uint8Array(0)
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  // An ArrayBuffer of another realm (vm contexts, worker messages of older Nodes) is none of our ArrayBuffer.
  if (Object.prototype.toString.call(value) === '[object ArrayBuffer]') return foreignBuffer(value as ArrayBuffer)
  return undefined
}

function foreignBuffer(value: ArrayBuffer): Uint8Array | undefined {
  try {
    return new Uint8Array(value, 0)
  } catch {
    // Something that only says that it is an ArrayBuffer.
    return undefined
  }
}

/**
 * The bytes of the first argument of `operation`, not yet copied.
 * @param operation for example `WebAssembly.Module()`
 * @throws TypeError when the argument is no buffer source, CompileError when it holds nothing
 */
export function moduleBytes(value: unknown, operation: string): Uint8Array {
  const bytes = bufferSource(value)
  if (bytes === undefined) throw new TypeError(`${operation}: Argument 0 must be a buffer source`)
  if (bytes.length === 0) throw new CompileError(`${operation}: ${EMPTY}`)
  return bytes
}
