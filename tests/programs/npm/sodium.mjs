// libsodium, C by Emscripten: signatures, hashes, authenticated encryption, all deterministic here.
import sodium from 'libsodium-wrappers'

await sodium.ready
const bytes = (length, factor) => Uint8Array.from({ length }, (_, i) => i * factor + (i >> 8))
const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(bytes(32, 3))
for (let i = 0; i < 20; i++) {
  const message = bytes(1000, i)
  const signature = sodium.crypto_sign_detached(message, privateKey)
  const other = sodium.crypto_sign_verify_detached(signature, bytes(1000, i + 1), publicKey)
  console.log(sodium.to_hex(signature), sodium.crypto_sign_verify_detached(signature, message, publicKey), other)
}
const secret = sodium.crypto_secretbox_easy(bytes(300_000, 5), bytes(24, 7), bytes(32, 11))
console.log(sodium.to_hex(sodium.crypto_generichash(32, secret)))
console.log(sodium.to_hex(sodium.crypto_secretbox_open_easy(secret, bytes(24, 7), bytes(32, 11)).subarray(-16)))
try {
  secret[1000] ^= 1
  sodium.crypto_secretbox_open_easy(secret, bytes(24, 7), bytes(32, 11))
} catch (error) {
  console.log(error.message)
}
