// The streaming functions: sources of every kind, chunks of every size, and sources that fail on the way.
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { WebAssembly } from '#dist/api/index.js'
import { assemble } from '#dist/wasm/text/assemble.js'

/** A module with enough functions that chunks of a few kilobytes end inside bodies, and data after the code. */
function bigModule(functions: number): Uint8Array {
  const bodies = Array.from(
    { length: functions },
    (_, i) => `(func $f${i} (export "f${i}") (param i32) (result i32) (i32.add (local.get 0) (i32.const ${i * 7919})))`,
  )
  return assemble(`(module (memory (export "m") 1) ${bodies.join('\n')} (data (i32.const 16) "after the code"))`)
}

const bytes = bigModule(400)

async function* slices(source: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.length; at += size) yield source.subarray(at, at + size)
}

function response(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, { headers: { 'content-type': 'application/wasm' } })
}

function check(instance: WebAssembly.Instance): void {
  const { f0, f399, m } = instance.exports as Record<string, (x: number) => number> & { m: WebAssembly.Memory }
  expect(f0(5)).toBe(5)
  expect(f399(1)).toBe(399 * 7919 + 1)
  expect(Buffer.from(m.buffer, 16, 14).toString()).toBe('after the code')
}

describe.each([1, 7, 4096])('chunks of %i bytes', (size) => {
  it('from an async iterable', async () => {
    check((await WebAssembly.instantiateStreaming(slices(bytes, size))).instance)
  })

  it('from a promise of an async iterable', async () => {
    check(new WebAssembly.Instance(await WebAssembly.compileStreaming(Promise.resolve(slices(bytes, size)))))
  })

  it('from a Node stream', async () => {
    check((await WebAssembly.instantiateStreaming(Readable.from(slices(bytes, size)))).instance)
  })

  it('from a Response', async () => {
    check((await WebAssembly.instantiateStreaming(response(ReadableStream.from(slices(bytes, size))))).instance)
  })
})

describe('chunks', () => {
  it('may be ArrayBuffers, DataViews and Buffers', async () => {
    const half = bytes.length >> 1
    async function* mixed(): AsyncGenerator {
      yield bytes.slice(0, 8).buffer
      yield new DataView(bytes.slice(8, half).buffer)
      yield Buffer.from(bytes.subarray(half))
    }
    check((await WebAssembly.instantiateStreaming(mixed() as AsyncGenerator<Uint8Array>)).instance)
  })

  it('may be empty', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(0)
      yield bytes
      yield new Uint8Array(0)
    }
    check((await WebAssembly.instantiateStreaming(source())).instance)
  })

  it('may be reused by the source', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      const chunk = new Uint8Array(64)
      for (let at = 0; at < bytes.length; at += 64) {
        const part = bytes.subarray(at, at + 64)
        chunk.set(part)
        yield chunk.subarray(0, part.length)
      }
    }
    check((await WebAssembly.instantiateStreaming(source())).instance)
  })

  it.each([
    ['a string', 'abc'],
    ['a number', 5],
    ['null', null],
  ])('must be bytes, not %s', async (_, chunk) => {
    async function* iterable(): AsyncGenerator {
      yield bytes.subarray(0, 8)
      yield chunk
    }
    await expect(WebAssembly.compileStreaming(iterable() as AsyncGenerator<Uint8Array>)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringContaining('WebAssembly.compileStreaming(): a chunk of the source must be'),
    })
  })
})

describe('failures on the way', () => {
  it("are the source's own error, the same object", async () => {
    const error = new RangeError('mine')
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1000)
      throw error
    }
    await expect(WebAssembly.compileStreaming(source())).rejects.toBe(error)
    await expect(WebAssembly.instantiateStreaming(source())).rejects.toBe(error)
  })

  it('are CompileErrors as soon as the bytes are bad, and close the source', async () => {
    let closed = false
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield new Uint8Array([0, 0x61, 0x73, 0x6d, 9, 9, 9, 9])
        throw new Error('asked for more')
      } finally {
        closed = true
      }
    }
    const failure = WebAssembly.compileStreaming(source())
    await expect(failure).rejects.toBeInstanceOf(WebAssembly.CompileError)
    await expect(failure).rejects.toThrow(
      'WebAssembly.compileStreaming(): expected version 01 00 00 00, found 09 09 09 09 @+4',
    )
    expect(closed).toBe(true)
  })

  it('are CompileErrors when the source ends early', async () => {
    for (const length of [0, 3, 8, 9, 100, bytes.length - 1]) {
      const failure = WebAssembly.compileStreaming(slices(bytes.subarray(0, length), 7))
      if (length === 8) await expect(failure).resolves.toBeInstanceOf(WebAssembly.Module)
      else await expect(failure, `${length} bytes`).rejects.toBeInstanceOf(WebAssembly.CompileError)
    }
  })

  it('are AbortErrors when a fetch is aborted', async () => {
    const controller = new AbortController()
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1000)
      controller.abort()
      controller.signal.throwIfAborted()
    }
    await expect(WebAssembly.compileStreaming(response(ReadableStream.from(source())))).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('destroy a Node stream', async () => {
    const stream = Readable.from(slices(new Uint8Array(1 << 16), 1024))
    await expect(WebAssembly.compileStreaming(stream)).rejects.toBeInstanceOf(WebAssembly.CompileError)
    expect(stream.destroyed).toBe(true)
  })
})

it('compiles while the bytes arrive: the event loop has its turns', async () => {
  let turns = 0
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const chunk of [0, 1, 2, 3]) {
      await new Promise((resolve) => setImmediate(resolve))
      turns++
      const size = Math.ceil(bytes.length / 4)
      yield bytes.subarray(chunk * size, (chunk + 1) * size)
    }
  }
  check((await WebAssembly.instantiateStreaming(source())).instance)
  expect(turns).toBe(4)
})
