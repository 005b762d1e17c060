// xxHash, written by hand in the text format; its 64-bit functions pass BigInts.
import xxhash from 'xxhash-wasm'

const hash = await xxhash()
console.log(hash.h32('windlass'), hash.h64('windlass'), hash.h64('windlass', 0xffffffffffffffffn))
const bytes = new Uint8Array(100000).map((_, i) => i * 7)
console.log(hash.h32Raw(bytes), hash.h64Raw(bytes, 42n))
const hasher = hash.create64(1n)
for (let i = 0; i < 100; i++) hasher.update(bytes.subarray(i, i * 100))
console.log(hasher.digest())
