/**
 * The baseline compiler as the runtime has it: the Wasm program (program/program.ts), or the JavaScript compiler where nobody runs the
 * program, and for what it leaves out: frame states, and fuel. Both are one source and give the same code
 * (tests/baseline/program.test.ts).
 */
import type { CompiledFunction, CompiledRun, CompileEnv, FunctionCompiler, RunTargets } from '../compiled.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { ProgramFailure } from '../../wasm/programs.js'
import { dropScan } from '../../wasm/scan/memory.js'
import { BaselineCompiler } from './compiler.js'
import { ProgramCompiler, programMemory } from './program/program.js'

export class HostedCompiler implements FunctionCompiler {
  private readonly env: CompileEnv
  private readonly codeSize: number
  /** Each is made when first needed. */
  private byProgram: ProgramCompiler | undefined
  private plain: BaselineCompiler | undefined

  constructor(env: CompileEnv) {
    this.env = env
    this.codeSize = env.info.codeEnd - env.info.codeStart
  }

  /** The program finds the facts out by itself, where it compiles. */
  compile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null,
  ): CompiledFunction {
    if (!frames) {
      try {
        const made = this.program()?.compile(defined, bytes, start, end, moduleOffset)
        if (made !== undefined) return made
      } catch (error) {
        dropFailed(error)
      }
    }
    this.plain ??= new BaselineCompiler(this.env)
    return this.plain.compile(defined, bytes, start, end, moduleOffset, frames, facts)
  }

  /**
   * Compiles many bodies, see `ProgramCompiler.compileRun`; nothing when that is not possible, or the first one has to be compiled by itself.
   * @throws WasmError
   */
  compileRun(
    bytes: Uint8Array,
    start: number,
    end: number,
    first: number,
    left: number,
    targets: RunTargets,
    place: (size: number) => number,
  ): CompiledRun | undefined {
    try {
      return this.program()?.compileRun(bytes, start, end, first, left, targets, place)
    } catch (error) {
      dropFailed(error)
      return undefined
    }
  }

  /** For the memory that the thread has now. */
  private program(): ProgramCompiler | undefined {
    const memory = this.env.fuel === true ? undefined : programMemory(this.codeSize)
    if (memory === undefined) return undefined
    if (this.byProgram?.memory !== memory) this.byProgram = new ProgramCompiler(this.env, memory)
    return this.byProgram
  }
}

/**
 * After a failure of the program the JavaScript compiler does its work, and says what is wrong if it is an error in the compiler. In tests a failure is
 * an error (`WINDLASS_TEST_PROGRAM=strict`).
 */
function dropFailed(error: unknown): void {
  if (!(error instanceof ProgramFailure) || process.env['WINDLASS_TEST_PROGRAM'] === 'strict') throw error
  dropScan()
}
