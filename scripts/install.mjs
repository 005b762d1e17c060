// What npm runs when the package is installed: builds the addon, compiles the engine's own programs for this CPU, and writes the
// bundle's code cache for this Node, since V8 takes only its own. In a checkout nothing is compiled yet at that time; `npm run build` makes both.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const { status } = spawnSync(process.execPath, [at('native/build.mjs')], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
// Without these all works, slower.
if (existsSync(at('dist/bundle/cli.js'))) {
  for (const script of ['scripts/programs.mjs', 'scripts/code-cache.cjs']) {
    spawnSync(process.execPath, [at(script)], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
}
