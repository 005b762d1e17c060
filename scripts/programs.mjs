// Makes machine code of the engine's own Wasm programs for the CPU at hand (runtime/own-programs.ts). Without it all works, slower.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { digestOf } from '../dist/runtime/code-identity.js'
import { native } from '../dist/runtime/native.js'
import { imagePath } from '../dist/runtime/own-programs.js'
import { writeProgram } from '../dist/runtime/program-image.js'
import { linkProgram } from '../dist/runtime/program-link.js'
import { programCode } from '../dist/tiers/baseline/program/code.js'

const { features } = native()
const optimizer = new Uint8Array(readFileSync(new URL('../tiers/optimizing/program/program.wasm', import.meta.url)))
mkdirSync(path.dirname(imagePath('engine')), { recursive: true })
for (const [name, code] of [
  ['engine', programCode()],
  ['optimizer', optimizer],
]) {
  // In one step: other processes have the older one mapped.
  const made = `${imagePath(name)}.${process.pid}`
  writeFileSync(made, writeProgram(linkProgram(code, features), digestOf(code), features))
  renameSync(made, imagePath(name))
}
