/**
 * What the optimizing compiler's Wasm program knows of a module besides what both programs do: numbers and flat arrays, from which
 * env.as.ts makes the objects that the compiler's source reads.
 */
import { memorySlack } from '../../abi.js'
import { ModuleRecord } from '../../program/module.js'
import type { CompileEnv } from '../../compiled.js'

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
