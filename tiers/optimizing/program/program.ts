/**
 * The optimizing compiler's Wasm program (program.as.ts): the passes of the JavaScript compiler, from the same source. It is fast from the
 * first function on, where JavaScript of this size needs seconds to become so; and it needs no thread of its own for that.
 *
 * There is one instance a thread, for all modules.
 */
import type { CompiledFunction } from '../../compiled.js'
import { passNames, type PassName } from '../options.js'
import { ProgramInstance, type OptimizerProgram } from './instance.js'
import { OptimizerRecord, type CompleteEnv } from './record.js'

/** Makes a new instance; undefined where there is none. */
export type ProgramSource = () => OptimizerProgram | undefined

/** The thread's; undefined before it is needed, and after a failure. */
let instance: ProgramInstance | undefined

/** What the program compiles of one module. */
export class ProgramOptimizer {
  private readonly record: OptimizerRecord
  private readonly moduleBytes: () => Uint8Array
  private readonly source: ProgramSource

  constructor(env: CompleteEnv, source: ProgramSource) {
    this.record = new OptimizerRecord(env)
    this.moduleBytes = env.moduleBytes
    this.source = source
  }

  /**
   * Compiles a body of the module, which has been validated, without frame states; see OptimizingCompiler.tryCompile.
   * @param maxHeight most operands at once (FunctionFacts), only for a version that is entered at a loop
   * @param passed is told that a pass has ended
   * @returns what was made, valid until the thread's next compile; undefined where there is no program
   * @throws ProgramFailure when it has a limit, or is defect; `drop` then
   */
  compile(
    defined: number,
    loop: number,
    maxHeight: number,
    feedback: Int32Array,
    passed: (pass: PassName) => void,
  ): CompiledFunction | undefined {
    const { record } = this
    if (instance?.isFull(record) === true) ProgramOptimizer.drop()
    if (instance === undefined) {
      const program = this.source()
      if (program === undefined) return undefined
      instance = new ProgramInstance(program)
    }
    const { program } = instance
    instance.describe(record, this.moduleBytes())
    instance.fill()
    instance.request(defined, loop, maxHeight, feedback)
    for (const pass of passNames) {
      program[pass]()
      passed(pass)
    }
    return instance.result(feedback)
  }

  /** Gives up an instance that has failed, or is full. */
  static drop(): void {
    instance?.program.release?.()
    instance = undefined
  }
}
