/**
 * What the optimizing compiler's Wasm program knows of a module besides what both programs do: numbers and flat arrays, from which
 * env.as.ts makes the objects that the compiler's source reads.
 */
import { memorySlack } from '../../abi.js'
import { ModuleRecord } from '../../program/module.js'
import type { CompileEnv } from '../../compiled.js'
import type { OptimizingOptions } from '../options.js'

/** A module whose bytes are there. */
export type CompleteEnv = CompileEnv & { readonly moduleBytes: () => Uint8Array }

/** Whether the program can be asked: it leaves fuel, modules that are not complete, and what is for people and tests to JavaScript. */
export function isForProgram(env: CompileEnv, options: OptimizingOptions): env is CompleteEnv {
  const { check, chaos, pressure, guess, dump, allocated } = options
  const isPlain = [chaos, pressure, guess, dump, allocated].every((each) => each === undefined) && check !== true
  return isPlain && env.fuel !== true && env.moduleBytes !== undefined
}

export class OptimizerRecord extends ModuleRecord {
  readonly avx2: boolean
  readonly fma: boolean
  readonly jumpErratum: boolean
  /** Whether there are bytes to inline from. */
  readonly inlines: boolean
  readonly slack: number
  /** Byte ranges of the bodies, as offsets in the module. */
  readonly bodyStart: Uint32Array
  readonly bodyEnd: Uint32Array

  constructor(env: CompileEnv) {
    super(env)
    const { features, info, moduleBytes } = env
    this.avx2 = features.avx2
    this.fma = features.fma
    this.jumpErratum = features.jumpErratum
    this.inlines = moduleBytes !== undefined
    this.slack = memorySlack(info.memories.length > 0 ? info.memories[0].min : 0)
    this.bodyStart = info.bodyStart
    this.bodyEnd = info.bodyEnd
  }
}
