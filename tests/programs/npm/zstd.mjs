// Zstandard, C by Emscripten: levels with very different inner loops, there and back.
import { createHash } from 'node:crypto'
import zstd from '@bokuweb/zstd-wasm'

await zstd.init()
const words = 'the engine compiles a function when it is called and runs machine code for every loop'.split(' ')
let state = 7
const text = Array.from({ length: 60_000 }, () => {
  state = (state * 1103515245 + 12345) & 0x7fffffff
  return words[(state >> 8) % words.length]
}).join(' ')
const input = Buffer.from(text)
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')
for (const level of [1, 6, 15]) {
  const packed = zstd.compress(input, level)
  console.log(level, packed.length, digest(packed), digest(zstd.decompress(packed)) === digest(input))
}
