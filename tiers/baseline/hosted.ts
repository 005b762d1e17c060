/**
 * The baseline compiler as the runtime has it: the Wasm program (program/program.ts), or the JavaScript compiler where nobody runs the
 * program, and for what it leaves out: fuel. Both are one source and give the same code
 * (tests/baseline/program.test.ts).
 */
import type { CompiledFunction, CompiledRun, CompileEnv, FunctionCompiler } from '../compiled.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { ProgramFailure } from '../../wasm/programs.js'
import { dropScan } from '../../wasm/scan/memory.js'
import { BaselineCompiler } from './compiler.js'
import { ProgramCompiler, programMemory } from './program/program.js'

export class HostedCompiler implements FunctionCompiler {
  private readonly env: CompileEnv
  private readonly onFailure: (failure: ProgramFailure) => void
  private readonly codeSize: number
  /** Each is made when first needed. */
  private byProgram: ProgramCompiler | undefined
  private plain: BaselineCompiler | undefined

  /** @param onFailure is told of a failure of the program, which is over then; may throw it */
  constructor(env: CompileEnv, onFailure: (failure: ProgramFailure) => void) {
    this.env = env
    this.onFailure = onFailure
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
    facts: FunctionFacts | null = null,
  ): CompiledFunction {
    try {
      const made = this.program()?.compile(defined, bytes, start, end, moduleOffset, frames)
      if (made !== undefined) return made
    } catch (error) {
      this.dropFailed(error)
    }
    this.plain ??= new BaselineCompiler(this.env)
    return this.plain.compile(defined, bytes, start, end, moduleOffset, frames, facts)
  }

  /**
   * Compiles many bodies, see `ProgramCompiler.compileRun`; nothing when that is not possible, or the first one has to be compiled by itself.
   * @throws WasmError
   */
  compileRun(...run: Parameters<ProgramCompiler['compileRun']>): CompiledRun | undefined {
    try {
      return this.program()?.compileRun(...run)
    } catch (error) {
      this.dropFailed(error)
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

  /** After a failure of the program the JavaScript compiler does its work, and says what is wrong if it is an error in the compiler. */
  private dropFailed(error: unknown): void {
    if (!(error instanceof ProgramFailure)) throw error
    dropScan()
    this.onFailure(error)
  }
}
