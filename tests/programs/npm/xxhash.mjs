// xxHash, written by hand in the text format; its 64-bit functions pass BigInts.
import xxhash from 'xxhash-wasm'

const { h32, h64, h32Raw, h64Raw, create64 } = await xxhash()
console.log(h32('windlass'), h64('windlass'), h64('windlass', 0xffffffffffffffffn))
const bytes = new Uint8Array(100000).map((_, i) => i * 7)
console.log(h32Raw(bytes), h64Raw(bytes, 42n))
const hasher = create64(1n)
for (let i = 0; i < 100; i++) hasher.update(bytes.subarray(i, i * 100))
console.log(hasher.digest())
