/**
 * The baseline compiler as the runtime has it: the Wasm program (program.ts), or the JavaScript compiler where the host runs no Wasm, and for
 * what the program leaves out: frame states, and fuel. Both are one source and give the same code (tests/baseline/program.test.ts).
 */
import { RELOC_WORDS, SITE_WORDS, type CompiledFunction, type CompileEnv, type FunctionCompiler } from '../compiled.js'
import { NO_FEEDBACK } from '../feedback.js'
import { FunctionFacts } from '../../wasm/facts.js'
import { validateBody } from '../../wasm/validator.js'
import { BaselineCompiler } from './compiler.js'
import { BaselineEnv } from './env.js'
import { baselineProgram, dropBaselineProgram, type BaselineProgram } from './program/program.js'

const NOTHING = new Int32Array(0)

/** Bytes of a module's code from which on the program saves more than it takes to start, a millisecond or two. */
const WORTH_STARTING = 2048

export class HostedCompiler implements FunctionCompiler {
  private readonly env: CompileEnv
  /** Made when first needed, as all that follows. */
  private flat: BaselineEnv | undefined
  private ownFacts: FunctionFacts | undefined
  private other: BaselineCompiler | undefined
  private readonly needsOther: boolean

  constructor(env: CompileEnv) {
    this.env = env
    const { codeStart, codeEnd } = env.info
    this.needsOther = env.fuel === true || codeEnd - codeStart < WORTH_STARTING
  }

  compile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    known: FunctionFacts | null,
  ): CompiledFunction {
    const facts = known ?? this.learn(defined, bytes, start, end, moduleOffset)
    const program = this.needsOther || frames ? undefined : baselineProgram()
    if (program !== undefined) {
      try {
        return this.compileBy(program, defined, bytes, start, end, moduleOffset, facts)
      } catch {
        // Its memory was full, or there is an error in the compiler: then the other one has it, too, and says what it is.
        dropBaselineProgram()
      }
    }
    this.other ??= new BaselineCompiler(this.env)
    return this.other.compile(defined, bytes, start, end, moduleOffset, frames, facts)
  }

  private learn(defined: number, bytes: Uint8Array, start: number, end: number, moduleOffset: number): FunctionFacts {
    this.ownFacts ??= new FunctionFacts()
    validateBody(this.env.info, defined, bytes, start, end, moduleOffset, this.ownFacts)
    return this.ownFacts
  }

  private compileBy(
    program: BaselineProgram,
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts,
  ): CompiledFunction {
    const { info } = this.env
    this.flat ??= new BaselineEnv(this.env)
    const typeIndex = info.funcTypes[info.importedFuncs + defined]
    const frameSize = program.compile(this.flat, facts, typeIndex, bytes, start, end, moduleOffset)
    const { exports } = program
    const codeSize = exports.codeSize()
    const relocCount = exports.relocCount()
    const siteCount = exports.siteCount()
    return {
      tier: 'baseline',
      code: program.bytesAt(exports.code(), codeSize),
      codeSize,
      relocs: program.wordsAt(exports.relocs(), RELOC_WORDS * relocCount),
      relocCount,
      sites: program.wordsAt(exports.sites(), SITE_WORDS * siteCount),
      siteCount,
      frames: NOTHING,
      frameWords: 0,
      inlines: NOTHING,
      inlineCount: 0,
      frameSize,
      feedback: NO_FEEDBACK,
    }
  }
}
