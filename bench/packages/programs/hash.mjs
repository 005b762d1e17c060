// hash-wasm, C by clang without a library: digests and key derivations, each algorithm a module of its own.
import { argon2id, bcrypt, createBLAKE2b, createBLAKE3, createMD5, createSHA1, createSHA3, createSHA512, createWhirlpool, scrypt } from 'hash-wasm' // oxfmt-ignore
import { bytes, digest } from './input.mjs'

export async function load() {
  const data = bytes(1_000_000)
  const salt = bytes(16, 9)
  const makers = [createBLAKE2b, createBLAKE3, createMD5, createSHA1, createSHA3, createSHA512, createWhirlpool]
  const hashers = await Promise.all(makers.map((make) => make()))
  return async () => {
    const digests = hashers.map((hasher) => hasher.init().update(data).digest('hex'))
    const options = { password: 'secret', salt, parallelism: 1, hashLength: 24 }
    digests.push(await argon2id({ ...options, iterations: 2, memorySize: 4096, outputType: 'hex' }))
    digests.push(await scrypt({ ...options, costFactor: 2048, blockSize: 8 }))
    digests.push(await bcrypt({ password: 'secret', salt, costFactor: 6 }))
    return digest(digests.join(' '))
  }
}
