// esbuild, Go: the whole Go runtime with its scheduler and collector transforms TypeScript.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { digest, script } from './input.mjs'

export async function load() {
  const require = createRequire(import.meta.url)
  // The browser's build runs in this thread, and takes a module; it asks for the global of browsers.
  globalThis.self = globalThis
  const esbuild = require('esbuild-wasm/lib/browser.js')
  const wasmModule = new WebAssembly.Module(readFileSync(require.resolve('esbuild-wasm/esbuild.wasm')))
  await esbuild.initialize({ wasmModule, worker: false })
  const source = script(120, true)
  return async () => {
    const { code } = await esbuild.transform(source, { loader: 'ts', minify: true, target: 'es2019' })
    return digest(code)
  }
}
