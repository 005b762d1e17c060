/**
 * compileStreaming and instantiateStreaming (Web API section 4): every chunk is decoded, validated and compiled while
 * the next one is on its way. Besides a Response the source may be any async iterable of bytes, so a Node stream works
 * as it is: `compileStreaming(createReadStream('app.wasm'))`.
 *
 * Checks and error codes of a Response are those of Node.
 */
import { Engine } from '../runtime/engine.js'
import { type Module as RuntimeModule, ModuleStream } from '../runtime/module.js'
import { bufferSource } from './bytes.js'
import { INSTANTIATE } from './compile.js'
import { importsArgument } from './imports.js'
import { instantiateModule } from './instance.js'
import { wrapModule } from './module.js'
import type * as Types from './types.js'
import { isObject } from './webidl.js'

const COMPILE_STREAMING = 'WebAssembly.compileStreaming()'
const INSTANTIATE_STREAMING = 'WebAssembly.instantiateStreaming()'
const MIME_TYPE = 'application/wasm'

function codedError(message: string, code: string): TypeError {
  return Object.assign(new TypeError(message), { code })
}

function responseError(fault: string): TypeError {
  return codedError(`WebAssembly response ${fault}`, 'ERR_WEBASSEMBLY_RESPONSE')
}

function typeError(message: string): TypeError {
  return codedError(message, 'ERR_INVALID_ARG_TYPE')
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (!isObject(value)) return `type ${typeof value}`
  if (typeof value === 'function') return `function ${value.name}`
  const { constructor } = value
  return typeof constructor === 'function' ? `an instance of ${constructor.name}` : 'an object'
}

/** By its tag, not its class: fetch implementations from npm have Response classes of their own. */
function isResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]'
}

function isByteStream(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
}

/** The body of a response that may be compiled. @throws TypeError, code ERR_WEBASSEMBLY_RESPONSE */
async function* responseBody(response: Response): AsyncGenerator {
  const type = response.headers.get('Content-Type')
  if (type?.toLowerCase() !== MIME_TYPE) throw responseError(`has unsupported MIME type '${type}'`)
  if (!response.ok) throw responseError(`has status code ${response.status}`)
  if (response.bodyUsed) throw responseError('body has already been used')
  if (response.body !== null) yield* response.body as AsyncIterable<unknown>
}

function chunks(source: unknown): AsyncIterable<unknown> {
  if (isResponse(source)) return responseBody(source)
  if (isByteStream(source)) return source
  throw typeError(
    'The "source" argument must be a Response, an async iterable of bytes such as a Node stream, or a promise of ' +
      `one of them. Received ${describe(source)}`,
  )
}

/** Leaving the loop by an error closes the source: a body is cancelled, a stream is destroyed. */
async function compileStream(source: unknown, operation: string): Promise<RuntimeModule> {
  const stream = new ModuleStream(Engine.default(), operation)
  for await (const chunk of chunks(await source)) {
    const bytes = bufferSource(chunk)
    if (bytes === undefined) {
      throw typeError(
        `${operation}: a chunk of the source must be an ArrayBuffer or a view. Received ${describe(chunk)}`,
      )
    }
    stream.push(bytes)
  }
  return stream.finish()
}

/** `WebAssembly.compileStreaming`. */
export async function compileStreaming(source: unknown): Promise<Types.Module> {
  return wrapModule(await compileStream(source, COMPILE_STREAMING))
}

/** `WebAssembly.instantiateStreaming`. As V8's, errors of linking name `instantiate`. */
export async function instantiateStreaming(
  source: unknown,
  ...[imports]: unknown[]
): Promise<Types.InstantiatedSource> {
  const object = importsArgument(imports, INSTANTIATE_STREAMING)
  const module = await compileStream(source, INSTANTIATE_STREAMING)
  return { module: wrapModule(module), instance: instantiateModule(module, object, INSTANTIATE) }
}
