/**
 * The baseline compiler as the runtime has it: the Wasm program (program/program.ts), or the JavaScript compiler where the host runs no
 * Wasm, and for what the program leaves out: frame states, and fuel. Both are one source and give the same code
 * (tests/baseline/program.test.ts).
 */
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { BaselineCompiler } from './compiler.js'
import { baselineProgram, dropBaselineProgram, ProgramCompiler } from './program/program.js'

/** Bytes of a module's code from which on the program saves more than the host takes to start it, a millisecond or two. */
const WORTH_HOSTING = 2048

export class HostedCompiler implements FunctionCompiler {
  private readonly env: CompileEnv
  private readonly mayHost: boolean
  /** Each is made when first needed. */
  private byProgram: ProgramCompiler | undefined
  private plain: BaselineCompiler | undefined

  constructor(env: CompileEnv) {
    this.env = env
    const { codeStart, codeEnd } = env.info
    this.mayHost = codeEnd - codeStart >= WORTH_HOSTING
  }

  compile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null,
  ): CompiledFunction {
    const isLeftOut = frames || this.env.fuel === true
    const program = isLeftOut ? undefined : baselineProgram(this.mayHost)
    if (program !== undefined) {
      try {
        this.byProgram ??= new ProgramCompiler(this.env)
        return this.byProgram.compile(program, defined, bytes, start, end, moduleOffset, facts)
      } catch {
        // Its memory was full, or there is an error in the compiler: then the other one has it, too, and says what it is.
        dropBaselineProgram()
      }
    }
    this.plain ??= new BaselineCompiler(this.env)
    return this.plain.compile(defined, bytes, start, end, moduleOffset, frames, facts)
  }
}
