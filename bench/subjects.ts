/**
 * What run time is measured on: the kernels of `bench/kernels` and the programs of `bench/packages/programs`, all as a
 * function that does one round of work and gives a result that is the same in every engine.
 */
import { readdirSync } from 'node:fs'
import type { Namespace } from './engines.js'
import { kernels, readKernel, root } from './modules.js'

/** One round of work; its result as text. */
export type Round = () => unknown

export const subjectSuites = ['kernels', 'programs'] as const
export type SubjectSuite = (typeof subjectSuites)[number]

const programFolder = `${root}bench/packages/programs/`
/** What the programs share, not one of them. */
const SHARED = 'input.mjs'

interface ProgramFile {
  /** Loads the package and prepares the work; `globalThis.WebAssembly` is the engine under test. */
  readonly load: () => Promise<Round>
}

/** Names of a suite's subjects. */
export function subjects(suite: SubjectSuite): readonly string[] {
  if (suite === 'kernels') return kernels().map((kernel) => kernel.name)
  const files = readdirSync(programFolder).filter((file) => file.endsWith('.mjs') && file !== SHARED)
  return files.map((file) => file.slice(0, -'.mjs'.length))
}

/** Makes a subject ready to run in this process, in an engine that becomes the global one. */
export async function loadSubject(suite: SubjectSuite, name: string, wasm: Namespace): Promise<Round> {
  if (suite === 'programs') {
    Object.assign(globalThis, { WebAssembly: wasm })
    const file = (await import(`${programFolder}${name}.mjs`)) as ProgramFile
    return file.load()
  }
  const kernel = kernels().find((each) => each.name === name)
  if (kernel === undefined) throw new Error(`no kernel ${name}`)
  const instance = new wasm.Instance(new wasm.Module(readKernel(kernel)), {})
  const run = instance.exports['run'] as (n: number) => unknown
  return () => {
    const result = String(run(kernel.n))
    if (result !== kernel.expected) throw new Error(`${name}: ${result} instead of ${kernel.expected}`)
    return result
  }
}
