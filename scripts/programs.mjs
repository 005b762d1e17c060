// Makes machine code of the engine's own Wasm programs for the CPU at hand (runtime/own-programs.ts): dist/programs/NAME.wlprog. Without
// them all works, slower.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { native } from '../dist/runtime/native.js'
import { IMAGE_SUFFIX } from '../dist/runtime/own-programs.js'
import { writeProgram } from '../dist/runtime/program-image.js'
import { linkProgram } from '../dist/runtime/program-link.js'
import { BASELINE, baselineCode } from '../dist/tiers/baseline/program/program.js'
import { SCAN, scanCode } from '../dist/wasm/scan/program.js'

const directory = fileURLToPath(new URL('../dist/programs/', import.meta.url))
const { features } = native()
mkdirSync(directory, { recursive: true })
const programs = { [SCAN]: scanCode(), [BASELINE]: baselineCode() }
for (const [name, code] of Object.entries(programs)) {
  writeFileSync(`${directory}${name}${IMAGE_SUFFIX}`, writeProgram(linkProgram(code, features), code, features))
}
