/**
 * The baseline compiler: one pass over a validated body, opcode by opcode, straight to machine code.
 *
 * Aim: compile as fast as V8's Liftoff and produce better code. What pays for that, in order of worth: locals in
 * registers across loops and calls (locals.ts), merges by a fixed state (control.ts), conditions used from the flags
 * (condition.ts), results computed where the next opcode wants them (`target`), constants and homes as operands.
 * Sources of the ideas: Liftoff, SpiderMonkey's Rabaldr, JSC's BBQ, Wizard's SPC, wago's Railshot.
 *
 * The files: body.ts (the driver), opcodes.ts (the table that it goes by), state.ts (registers, frame slots),
 * operands.ts, locals.ts, control.ts, branch-table.ts, condition.ts, integer.ts, divide.ts, float.ts, convert.ts, memory.ts,
 * tables.ts, calls.ts, far-calls.ts, frame.ts, metadata.ts, frame-states.ts, fuel.ts. They are functions over one State, not
 * classes: every call site stays monomorphic. On machines with restricted indirect branches a call that V8 does not inline
 * costs 15 cycles, so hot functions are kept small enough to be inlined and their rare cases stand apart.
 */
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import { compiledFunction } from '../compiled-function.js'
import { NO_FEEDBACK } from '../feedback.js'
import { FuelMeter, type RunMeter } from '../fuel.js'
import { FunctionFacts } from '../../wasm/facts.js'
import type { ModuleInfo } from '../../wasm/types.js'
import { validateBody } from '../../wasm/validator.js'
import { compileBody } from './body.js'
import { ModuleRecord } from '../program/module.js'
import { State } from './state.js'

const NO_INLINES = new Int32Array(0)

export class BaselineCompiler implements FunctionCompiler {
  private readonly info: ModuleInfo
  private readonly state: State
  private readonly ownFacts = new FunctionFacts()

  /** @param meter takes the place of the fuel's (positions.ts) */
  constructor(env: CompileEnv, meter: RunMeter | null = env.fuel === true ? new FuelMeter() : null) {
    this.info = env.info
    this.state = new State(new ModuleRecord(env), meter)
  }

  compile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
    facts: FunctionFacts | null = null,
  ): CompiledFunction {
    const { info, state, ownFacts } = this
    if (facts === null) validateBody(info, defined, bytes, start, end, moduleOffset, ownFacts)
    const typeIndex = info.funcTypes[info.importedFuncs + defined]
    const frameSize = compileBody(state, facts ?? ownFacts, typeIndex, bytes, start, moduleOffset, frames)
    const tier = 'baseline'
    const rest = { tier, inlines: NO_INLINES, inlineCount: 0, frameSize, feedback: NO_FEEDBACK } as const
    return compiledFunction(state.asm, state.meta, rest)
  }
}
