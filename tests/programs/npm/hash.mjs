// hash-wasm, C by clang without a library: digests of the same text by many algorithms.
import {
  adler32,
  argon2id,
  bcrypt,
  blake2b,
  blake2s,
  blake3,
  crc32,
  crc64,
  keccak,
  md4,
  md5,
  ripemd160,
  scrypt,
  sha1,
  sha224,
  sha256,
  sha3,
  sha384,
  sha512,
  sm3,
  whirlpool,
  xxhash32,
  xxhash64,
} from 'hash-wasm'

const text = 'The quick brown fox jumps over the lazy dog. '.repeat(500)
const salt = new Uint8Array(16).fill(7)
const digests = {
  adler32,
  blake2b,
  blake2s,
  blake3,
  crc32,
  crc64,
  keccak,
  md4,
  md5,
  ripemd160,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  sha3,
  sm3,
  whirlpool,
  xxhash32,
  xxhash64,
}
for (const [name, digest] of Object.entries(digests)) console.log(name, await digest(text))
const options = { password: 'secret', salt, iterations: 3, parallelism: 1, memorySize: 256, hashLength: 24 }
console.log('argon2id', await argon2id({ ...options, outputType: 'hex' }))
console.log('bcrypt', await bcrypt({ password: 'secret', salt, costFactor: 6 }))
console.log(
  'scrypt',
  await scrypt({ password: 'secret', salt, costFactor: 256, blockSize: 8, parallelism: 1, hashLength: 24 }),
)
