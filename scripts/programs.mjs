// Makes machine code of the engine's own Wasm program for the CPU at hand (runtime/own-programs.ts). Without it all works, slower.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { native } from '../dist/runtime/native.js'
import { IMAGE } from '../dist/runtime/own-programs.js'
import { writeProgram } from '../dist/runtime/program-image.js'
import { linkProgram } from '../dist/runtime/program-link.js'
import { programCode } from '../dist/tiers/baseline/program/program.js'

const { features } = native()
const code = programCode()
mkdirSync(path.dirname(IMAGE), { recursive: true })
writeFileSync(IMAGE, writeProgram(linkProgram(code, features), code, features))
