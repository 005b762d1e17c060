/**
 * `node dist/bench/coredumps.js`: what a trap and a dump of it cost. A memory of 4 GiB, the whole of a 32-bit address space, with more and
 * more pages in use: time to write the dump, its size, and how much the process grew. A trap that nobody looks into, in time
 * for each; and the reading of frame states, for a stack of 10,000 frames.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Coredump } from '../runtime/coredump/coredump.js'
import { writeCoredump } from '../runtime/coredump/write.js'
import { Engine } from '../runtime/engine.js'
import { Instance } from '../runtime/instance.js'
import { Module } from '../runtime/module.js'
import { Store } from '../runtime/store.js'
import { commandLine } from './arguments.js'
import { assemble } from '../wasm/text/assemble.js'

const SOURCE = `(module (memory (export "m") 65536)
  (func (export "stop") unreachable)
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.add (local.get 0) (call $deep (i32.sub (local.get 0) (i32.const 1))))) (else unreachable))))`

const TRAPS = 2000
const DEPTH = 10_000
const PAGE = 4096
const PAGES_OF_4_GIB = 2 ** 32 / PAGE
/** Has no divisor in common with that: pages taken in steps of it lie all over the memory, none twice. */
const STEP = 977
const USED_PAGES = [1, 1000, 10_000, 100_000]

const engine = new Engine({ tier: 'baseline' })
const instance = new Instance(new Store(engine), new Module(engine, assemble(SOURCE)), [])

function failure(name: string, ...args: readonly number[]): Error {
  try {
    instance.getFunc(name)?.callable(...args)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error(`${name} did not fail`)
}

function dumpOf(error: Error): Coredump {
  const dump = Coredump.of(error)
  if (dump === undefined) throw new Error('no dump')
  return dump
}

commandLine('node dist/bench/coredumps.js', {})

const directory = mkdtempSync(path.join(tmpdir(), 'windlass-coredumps-'))
let used = 0
for (const pages of USED_PAGES) {
  const bytes = instance.memories[0].bytes()
  // Not all of one byte.
  for (; used < pages; used++) {
    const at = ((used * STEP) % PAGES_OF_4_GIB) * PAGE
    for (let i = 0; i < PAGE; i += 64) bytes[at + i] = 1 + (i >> 6)
  }
  const error = failure('stop')
  const before = process.memoryUsage.rss()
  const start = performance.now()
  const file = writeCoredump(dumpOf(error), path.join(directory, 'core'))
  const time = performance.now() - start
  const grown = Math.max(0, process.memoryUsage.rss() - before)
  console.log(
    `4 GiB, ${pages} pages of 4 KiB in use: ${time.toFixed(0)} ms, ${(statSync(file).size / 2 ** 20).toFixed(2)} MiB, process grew by ${(grown / 2 ** 20).toFixed(0)} MiB`,
  )
}
rmSync(directory, { recursive: true })

failure('stop')
const start = performance.now()
for (let i = 0; i < TRAPS; i++) failure('stop')
console.log(`a trap that nobody looks into: ${(((performance.now() - start) * 1000) / TRAPS).toFixed(0)} us`)

const deep = failure('deep', DEPTH)
const begin = performance.now()
const size = Array.from(dumpOf(deep).pieces(), (piece) => piece.length).reduce((sum, each) => sum + each, 0)
console.log(
  `frames of a stack of ${DEPTH}, with all locals: ${(performance.now() - begin).toFixed(0)} ms (${size} bytes, memory included)`,
)
