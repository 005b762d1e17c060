// Brotli, Rust by wasm-bindgen: compresses and decompresses prose and source text.
import { createRequire } from 'node:module'
import { digest, prose, script } from './input.mjs'

export async function load() {
  // What `import` finds is made for browsers.
  const { compress, decompress } = createRequire(import.meta.url)('brotli-wasm')
  const data = new TextEncoder().encode(prose(12000) + script(60, true))
  return () => {
    const small = compress(data, { quality: 7 })
    return `${small.length} ${digest(small)} ${digest(decompress(small))}`
  }
}
