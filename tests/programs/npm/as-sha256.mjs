// SHA-256, AssemblyScript.
import { createHash } from 'node:crypto'
import as from '@chainsafe/as-sha256'

for (const length of [0, 1, 55, 56, 64, 1000, 65537]) {
  const data = new Uint8Array(length).map((_, i) => i * 31)
  const hex = Buffer.from(as.digest(data)).toString('hex')
  console.log(length, hex, hex === createHash('sha256').update(data).digest('hex'))
}
console.log(Buffer.from(as.digest64(new Uint8Array(64).fill(1))).toString('hex'))
