// esbuild at work: a large Go program, stripped; what ../profiles.mjs takes a profile of.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const require = createRequire(new URL('../../programs/package.json', import.meta.url))
// The browser's build runs in this thread, and takes a module; it asks for the global of browsers.
globalThis.self = globalThis
const esbuild = require('esbuild-wasm/lib/browser.js')
const wasmModule = new WebAssembly.Module(readFileSync(require.resolve('esbuild-wasm/esbuild.wasm')))
await esbuild.initialize({ wasmModule, worker: false })
const source = Array.from({ length: 400 }, (_, i) => `export function f${i}(a: number) { return a * ${i} + f${i}(a) }`)
async function transformAll() {
  for (let i = 0; i < 20; i++) await esbuild.transform(source.join('\n'), { loader: 'ts', minify: true })
}
await transformAll()
process.exit(0)
