/**
 * Cranelift's code, by the Python package `wasmtime` (`pip install wasmtime`; WINDLASS_PYTHON names another interpreter).
 * Kernels only: the programs' JavaScript needs an engine inside of Node.
 */
import { spawnSync } from 'node:child_process'
import { kernels, root } from './modules.js'
import type { Rounds } from './rounds.js'
import { readRounds } from './run-subject.js'

const python = process.env['WINDLASS_PYTHON'] ?? 'python3'
const TIMEOUT_MS = 120_000

let version: string | undefined
/** Version of the package, '' where it is not installed. */
export function craneliftVersion(): string {
  if (version === undefined) {
    const { stdout, status } = spawnSync(
      python,
      ['-c', 'import importlib.metadata, wasmtime; print(importlib.metadata.version("wasmtime"))'],
      {
        encoding: 'utf8',
      },
    )
    version = status === 0 ? stdout.trim() : ''
  }
  return version
}

/** Runs a kernel; undefined where Wasmtime is not there or fails. */
export function runCranelift(kernel: string, seconds: number): Rounds | undefined {
  const found = kernels().find((each) => each.name === kernel)
  if (found === undefined || craneliftVersion() === '') return undefined
  const args = [`${root}bench/cranelift.py`, `${root}bench/kernels/${found.file}`, String(found.n), String(seconds)]
  const { stdout, status } = spawnSync(python, args, { encoding: 'utf8', timeout: TIMEOUT_MS })
  return status === 0 ? readRounds(stdout) : undefined
}
