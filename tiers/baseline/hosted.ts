/**
 * The baseline compiler as the runtime has it: the Wasm program (program/program.ts), or the JavaScript compiler where the host runs no
 * Wasm, and for what the program leaves out: frame states, and fuel. Both are one source and give the same code
 * (tests/baseline/program.test.ts).
 */
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { BaselineCompiler } from './compiler.js'
import { baselineProgram, dropBaselineProgram, ProgramCompiler } from './program/program.js'

/** Bytes of a module's code from which on the program saves more than it takes to start, a millisecond or two. */
const WORTH_STARTING = 2048

export class HostedCompiler implements FunctionCompiler {
  private readonly env: CompileEnv
  private readonly usesProgram: boolean
  /** Each is made when first needed. */
  private byProgram: ProgramCompiler | undefined
  private plain: BaselineCompiler | undefined

  constructor(env: CompileEnv) {
    this.env = env
    const { codeStart, codeEnd } = env.info
    this.usesProgram = env.fuel !== true && codeEnd - codeStart >= WORTH_STARTING
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
    const program = this.usesProgram && !frames ? baselineProgram() : undefined
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
