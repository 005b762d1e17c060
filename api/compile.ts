/** The functions of the namespace that take bytes: validate, compile, instantiate (JS API section 5). */
import { Engine } from '../runtime/engine.js'
import { Module as RuntimeModule, ModuleStream } from '../runtime/module.js'
import { WasmError } from '../wasm/error.js'
import { validateModule } from '../wasm/validate-module.js'
import { bufferSource, moduleBytes } from './bytes.js'
import { importsArgument } from './imports.js'
import { instantiateModule } from './instance.js'
import { moduleOf, wrapModule } from './module.js'
import type * as Types from './types.js'
import { isObject } from './webidl.js'

const VALIDATE = 'WebAssembly.validate()'
const COMPILE = 'WebAssembly.compile()'
export const INSTANTIATE = 'WebAssembly.instantiate()'

/**
 * Bytes that are compiled without giving the event loop a turn: some ten milliseconds of work. A larger module is
 * compiled in slices of this size, because the promise's user asked for a program that goes on meanwhile.
 */
const SLICE = 1 << 20

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Compiles bytes that nobody else can change. */
async function compileOwned(bytes: Uint8Array, operation: string): Promise<RuntimeModule> {
  const engine = Engine.default()
  if (bytes.length <= SLICE) return new RuntimeModule(engine, bytes, operation, true)
  const stream = new ModuleStream(engine, operation)
  for (let at = 0; at < bytes.length; at += SLICE) {
    await turn()
    stream.push(bytes.subarray(at, at + SLICE), true)
  }
  return stream.finish()
}

/** `WebAssembly.validate`: whether the bytes are a valid module. @throws TypeError when they are no buffer source */
export function validate(bytes: unknown): boolean {
  const source = bufferSource(bytes)
  if (source === undefined) throw new TypeError(`${VALIDATE}: Argument 0 must be a buffer source`)
  try {
    validateModule(source)
    return true
  } catch (error) {
    if (error instanceof WasmError) return false
    throw error
  }
}

/** `WebAssembly.compile`. The bytes are copied before it returns. */
export async function compile(bytes: unknown): Promise<Types.Module> {
  return wrapModule(await compileOwned(moduleBytes(bytes, COMPILE).slice(), COMPILE))
}

/** `WebAssembly.instantiate`, with bytes or with a module. */
export async function instantiate(
  source: unknown,
  ...[imports]: unknown[]
): Promise<Types.Instance | Types.InstantiatedSource> {
  if (!isObject(source)) {
    throw new TypeError(`${INSTANTIATE}: Argument 0 must be a buffer source or a WebAssembly.Module object`)
  }
  const object = importsArgument(imports, INSTANTIATE)
  const compiled = moduleOf(source)
  if (compiled !== undefined) return instantiateModule(compiled, object, INSTANTIATE)
  const module = await compileOwned(moduleBytes(source, INSTANTIATE).slice(), INSTANTIATE)
  return { module: wrapModule(module), instance: instantiateModule(module, object, INSTANTIATE) }
}
