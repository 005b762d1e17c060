// Makes machine code of the engine's own Wasm programs for the CPU at hand (runtime/own-programs.ts), and the image of the engine's stubs
// (runtime/stub-image.ts). Without them all works, slower.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { digestOf } from '../dist/runtime/code-identity.js'
import { native } from '../dist/runtime/native.js'
import { imagePath } from '../dist/runtime/image-path.js'
import { writeProgram } from '../dist/runtime/program-image.js'
import { linkProgram } from '../dist/runtime/program-link.js'
import { writeStubs } from '../dist/runtime/stub-image.js'
import { allStubs } from '../dist/runtime/stub-list.js'
import { programCode } from '../dist/tiers/baseline/program/code.js'
import { PREVIEW1 } from '../dist/wasi/abi.js'
import { callsOf, typeOf } from '../dist/wasi/calls.js'

const { features } = native()
const optimizer = new Uint8Array(readFileSync(new URL('../tiers/optimizing/program/program.wasm', import.meta.url)))
mkdirSync(path.dirname(imagePath('engine')), { recursive: true })

/** In one step: other processes have the older one mapped. */
function write(name, bytes) {
  const made = `${imagePath(name)}.${process.pid}`
  writeFileSync(made, bytes)
  renameSync(made, imagePath(name))
}

for (const [name, code] of [
  ['engine', programCode()],
  ['optimizer', optimizer],
]) {
  write(name, writeProgram(linkProgram(code, features), digestOf(code), features))
}
const calls = Object.entries(callsOf(PREVIEW1))
write('stubs', writeStubs(allStubs(calls.map(([name, entry]) => typeOf(name, entry)))))
