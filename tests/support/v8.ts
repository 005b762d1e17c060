/** The WebAssembly engine of the Node that runs the tests, as an oracle. Node's types do not declare the global. */

interface V8WebAssembly {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
}

const v8: V8WebAssembly = Reflect.get(globalThis, 'WebAssembly')

export function v8Validate(bytes: Uint8Array<ArrayBuffer>): boolean {
  return v8.validate(bytes)
}

/** V8's complaint about a module as `text @+offset`, without the name of the operation; 'valid' when it has none. */
export function v8Error(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new v8.Module(bytes) && 'valid'
  } catch (error) {
    return error instanceof Error ? error.message.replace('WebAssembly.Module(): ', '') : String(error)
  }
}
