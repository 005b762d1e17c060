// Writes V8's code cache of the bundle: runs what a user's first commands run, so that the bytecode of all functions that
// they need is in it, then keeps it. In a process of its own, because the commands write to stdout.
'use strict'
const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const v8 = require('node:v8')
const { load, loaded } = require('../bin/bundle.js')

const example = path.join(__dirname, '../examples/hello.wat')

/**
 * V8 keeps no function whose bytecode it has dropped or compiled further. The flags are part of what makes a cache fit, so they are put back
 * before it is written.
 */
const KEEP_BYTECODE = ['flush-bytecode', 'sparkplug', 'opt']

async function main() {
  for (const flag of KEEP_BYTECODE) v8.setFlagsFromString(`--no-${flag}`)
  const { assemble } = await import('../dist/wasm/text/assemble.js')
  const directory = mkdtempSync(path.join(tmpdir(), 'windlass-'))
  const program = path.join(directory, 'hello.wasm')
  writeFileSync(program, assemble(readFileSync(example, 'utf8')))
  const { main: command } = load('cli.js')
  load('api.js')
  load('wasi.js')
  const runs = [
    ['run', program],
    ['run', '--compile=eager', program],
    ['run', '--tier=optimizing', program],
    ['run', example],
  ]
  // In a checkout there are programs by real compilers, which use more of the baseline compiler.
  for (const name of ['hello', 'args', 'compute']) {
    const file = path.join(__dirname, `../tests/programs/wasi/${name}.wasm`)
    if (existsSync(file)) runs.push(['run', '--compile=eager', file])
  }
  for (const words of runs) await command(words)
  rmSync(directory, { recursive: true })
  for (const flag of KEEP_BYTECODE) v8.setFlagsFromString(`--${flag}`)
  for (const { script, file } of loaded.values()) writeFileSync(`${file}.cache`, script.createCachedData())
}

void main()
