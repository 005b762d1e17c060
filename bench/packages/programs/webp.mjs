// libwebp's encoder, C++ by Emscripten (its build without SIMD): a lossy and a lossless picture.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import encoder from '@jsquash/webp/codec/enc/webp_enc.js'
import { defaultOptions } from '@jsquash/webp/meta.js'
import { digest, random } from './input.mjs'

const SIZE = 192

function picture() {
  const next = random(5)
  const data = new Uint8ClampedArray(4 * SIZE * SIZE)
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const at = 4 * (y * SIZE + x)
      data[at] = x ^ y
      data[at + 1] = (x * y) >> 6
      data[at + 2] = ((x - 96) ** 2 + (y - 96) ** 2) >> 7
      data[at + 3] = 255
      data[at + next(3)] += next(12)
    }
  }
  return data
}

export async function load() {
  const file = fileURLToPath(import.meta.resolve('@jsquash/webp/codec/enc/webp_enc.wasm'))
  const module = new WebAssembly.Module(readFileSync(file))
  const codec = await encoder({
    noInitialRun: true,
    instantiateWasm: (imports, done) => {
      const instance = new WebAssembly.Instance(module, imports)
      done(instance)
      return instance.exports
    },
  })
  const data = picture()
  return () => {
    const lossy = codec.encode(data, SIZE, SIZE, { ...defaultOptions, quality: 70 })
    const exact = codec.encode(data, SIZE, SIZE, { ...defaultOptions, lossless: 1 })
    return `${digest(new Uint8Array(lossy))} ${digest(new Uint8Array(exact))}`
  }
}
