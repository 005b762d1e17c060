/**
 * `node dist/bench/startup.js [--rounds N] [KERNEL...]`: whole processes, from their start to their end, as a user of the command meets
 * them. Against V8 stands a Node script that does the same with `WebAssembly` and node:wasi, as short as it can be.
 *
 * Prints milliseconds of processor time, medians of interleaved rounds. The processes tell their own, at their end; what comes after
 * that is the same for all.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLine, misused, numberOption } from './arguments.js'
import { kernels, root } from './modules.js'
import { geomean, median } from './report.js'

const USAGE = `node dist/bench/startup.js [--rounds N] [KERNEL...]
kernels: ${kernels()
  .map(({ name }) => name)
  .join(', ')}`
const { values, positionals } = commandLine(USAGE, {
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' } },
})
for (const each of positionals) if (!kernels().some(({ name }) => name === each)) misused(`no kernel '${each}'`, USAGE)
const rounds = numberOption(values.rounds, '--rounds', 1, USAGE)

const directory = mkdtempSync(join(tmpdir(), 'windlass-bench-'))
process.on('exit', () => rmSync(directory, { recursive: true }))
const file = (name: string, text: string): string => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

/** Loaded into every process: tells its processor time at its end. */
const clock = file(
  'clock.cjs',
  `process.on('exit', () => { const { user, system } = process.cpuUsage(); require('fs').writeSync(2, 'CPU ' + (user + system) + '\\n') })`,
)
const empty = file('empty.cjs', '')
const nodeWasi = file(
  'wasi.mjs',
  `import { WASI } from 'node:wasi'
  import { readFileSync } from 'node:fs'
  const wasi = new WASI({ version: 'preview1', args: ['program'] })
  const module = new WebAssembly.Module(readFileSync(process.argv[2]))
  process.exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()))`,
)
const nodeInvoke = file(
  'invoke.mjs',
  `import { readFileSync } from 'node:fs'
  const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]))
  console.log(String(instance.exports.run(Number(process.argv[3]))))`,
)

interface Program {
  readonly words: readonly string[]
  /** What it prints. */
  readonly expected: string
}

/** Milliseconds of one run. */
function run({ words, expected }: Program): number {
  const { NODE_EXTRA_CA_CERTS: _slow, ...env } = process.env
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '--require', clock, ...words], {
    encoding: 'utf8',
    env: { ...env, XDG_CACHE_HOME: directory },
  })
  const time = /^CPU (\d+)$/m.exec(stderr)
  if (time === null || stdout.trim() !== expected) throw new Error(`${words.join(' ')}: ${stdout}${stderr}`)
  return Number(time[1]) / 1000
}

/** Medians of some programs, run in turn. The first round, which fills caches, is not counted. */
function measure(programs: readonly Program[]): number[] {
  programs.forEach(run)
  const times: number[][] = programs.map(() => [])
  for (let i = 0; i < rounds; i++) programs.forEach((program, k) => times[k].push(run(program)))
  return times.map(median)
}

const windlass = `${root}bin/windlass`
const hello = `${root}tests/programs/wasi/hello.wasm`

if (positionals.length === 0) {
  const [node, first, again, v8] = measure([
    { words: [empty], expected: '' },
    { words: [windlass, 'run', '--cache=off', hello], expected: 'hello from wasm' },
    { words: [windlass, 'run', hello], expected: 'hello from wasm' },
    { words: [nodeWasi, hello], expected: 'hello from wasm' },
  ])
  const row = (name: string, time: number): void => {
    const over = (time - node) / (v8 - node)
    console.log(
      `${name.padEnd(28)}${time.toFixed(1).padStart(7)} ms  ${(time / v8).toFixed(2)}x node:wasi, over Node ${over.toFixed(2)}x`,
    )
  }
  console.log(`${'empty script'.padEnd(28)}${node.toFixed(1).padStart(7)} ms`)
  row('hello.wasm, node:wasi', v8)
  row('hello.wasm, nothing cached', first)
  row('hello.wasm, second run', again)
}

console.log(`${'kernel, second run'.padEnd(28)}Windlass     V8  against V8`)
const ratios: number[] = []
for (const { name, file: path, n, expected } of kernels()) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const module = `${root}bench/kernels/${path}`
  const [ours, theirs] = measure([
    { words: [windlass, 'run', '--invoke', 'run', module, String(n)], expected },
    { words: [nodeInvoke, module, String(n)], expected },
  ])
  ratios.push(ours / theirs)
  const times = `${ours.toFixed(0).padStart(5)} ms${theirs.toFixed(0).padStart(5)} ms`
  console.log(`${name.padEnd(28)}${times}  ${(ours / theirs).toFixed(2)}x`)
}
if (ratios.length > 1) console.log(`geometric mean ${geomean(ratios).toFixed(2)}x`)
