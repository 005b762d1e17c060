// Loaded with `node --import`: the program runs its WebAssembly in Windlass, and its profile is written when it ends.
import { writeFileSync } from 'node:fs'
import { Engine, WebAssembly } from '../../../dist/api/index.js'

globalThis.WebAssembly = WebAssembly
const running = Engine.default().profile({ intervalUs: 500 })
process.on('exit', () => {
  writeFileSync(process.env.WINDLASS_PROFILE, Array.from(running.stop().text()).join(''))
})
