// xxHash, written by hand in the text format.
import xxhash from 'xxhash-wasm'
import { bytes } from './input.mjs'

export async function load() {
  const hash = await xxhash()
  const data = bytes(4_000_000)
  return () => {
    let sum = 0n
    for (let i = 0; i < 6; i++) sum ^= hash.h64Raw(data, BigInt(i)) + BigInt(hash.h32Raw(data, i))
    const hasher = hash.create64(1n)
    for (let i = 0; i < 20_000; i++) hasher.update(data.subarray(i, i + 100 + (i & 63)))
    return String(sum ^ hasher.digest())
  }
}
