/**
 * The Wasm modules that the benchmarks read: real programs from npm packages (installed on demand under
 * `bench/packages`, outside the root install) and the kernels of `bench/kernels`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The checkout: this file runs from `dist/bench`. */
export const root = fileURLToPath(new URL('../../', import.meta.url))
const packages = `${root}bench/packages`

export interface ProgramModule {
  readonly name: string
  readonly language: string
  readonly path: string
}

export const programs: readonly ProgramModule[] = [
  { name: 'esbuild', language: 'Go', path: 'esbuild-wasm/esbuild.wasm' },
  { name: 'sql.js', language: 'C', path: 'sql.js/dist/sql-wasm.wasm' },
  { name: 'webp-enc', language: 'C++', path: '@jsquash/webp/codec/enc/webp_enc.wasm' },
  { name: 'wasmoon', language: 'C (Lua)', path: 'wasmoon/dist/glue.wasm' },
  { name: 'source-map', language: 'Rust', path: 'source-map/lib/mappings.wasm' },
  { name: 'as-sha256', language: 'AssemblyScript', path: '@chainsafe/as-sha256/build/optimized.wasm' },
]

export function installPrograms(): void {
  if (existsSync(`${packages}/node_modules/esbuild-wasm`) && existsSync(`${packages}/node_modules/tiktoken`)) return
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: packages,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('npm ci in bench/packages failed: the benchmark needs its modules')
}

export function readProgram(program: ProgramModule): Uint8Array {
  return new Uint8Array(readFileSync(`${packages}/node_modules/${program.path}`))
}

export interface Kernel {
  readonly name: string
  readonly file: string
  readonly category: string
  readonly n: number
  /** What run(n) returns, as text. */
  readonly expected: string
}

export function kernels(): readonly Kernel[] {
  return JSON.parse(readFileSync(`${root}bench/kernels/manifest.json`, 'utf8')) as Kernel[]
}

export function readKernel(kernel: Kernel): Uint8Array {
  return new Uint8Array(readFileSync(`${root}bench/kernels/${kernel.file}`))
}

/** Length of the code section's contents; throughput is measured against it. */
export function codeBytes(bytes: Uint8Array): number {
  let at = 8
  while (at < bytes.length) {
    const id = bytes[at++]
    let size = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      size += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    if (id === 10) return size
    at += size
  }
  return 0
}

/**
 * The module with one more custom section, different every time: V8 shares the compiled code of modules with equal
 * bytes, which would make every compile but the first free.
 */
export function distinctCopy(bytes: Uint8Array, serial: number): Uint8Array {
  const tail = new Uint8Array([0, 6, 1, 0x78, serial & 0x7f, (serial >> 7) & 0x7f, (serial >> 14) & 0x7f, 0])
  const copy = new Uint8Array(bytes.length + tail.length)
  copy.set(bytes)
  copy.set(tail, bytes.length)
  return copy
}
