// esbuild, Go: the whole Go runtime with its scheduler and collector, 14 MB of code.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const esbuild = fileURLToPath(import.meta.resolve('esbuild-wasm/bin/esbuild'))
const source = `
  interface Point { x: number; y: number }
  enum Color { Red, Green = 'green' }
  export const area = ({ x, y }: Point, c?: Color) => x ** y ?? c
  export class Counter { #n = 0; static { console.log(Color.Red) } next() { return this.#n++ } }
`
for (const options of [[], ['--minify'], ['--target=es2015'], ['--format=cjs', '--sourcemap=inline']]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [esbuild, '--loader=ts', ...options], {
    input: source,
    encoding: 'utf8',
  })
  console.log(status, stdout, stderr)
}
