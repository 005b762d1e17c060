/**
 * The baseline compiler: one pass over a validated body, opcode by opcode, straight to machine code.
 *
 * Aim: compile as fast as V8's Liftoff and produce better code. What pays for that, in order of worth: locals in
 * registers across loops and calls (locals.ts), merges by a fixed state (control.ts), conditions used from the flags
 * (condition.ts), results computed where the next opcode wants them (`target`), constants and homes as operands.
 * Sources of the ideas: Liftoff, SpiderMonkey's Rabaldr, JSC's BBQ, Wizard's SPC, wago's Railshot.
 *
 * The files: state.ts (operands and registers), locals.ts, control.ts, condition.ts, integer.ts, divide.ts, float.ts,
 * convert.ts, memory.ts, tables.ts, calls.ts, frame.ts, metadata.ts; opcodes.ts is the table that joins them.
 */
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { FC_BASE, PREFIX_FC } from '../../wasm/opcodes.js'
import { validateBody } from '../../wasm/validator.js'
import { enterFunction, endFunction } from './control.js'
import { finishFrame, prologue } from './frame.js'
import { choosePins } from './locals.js'
import { handlers } from './opcodes.js'
import { readU32 } from './reader.js'
import { CompilerError, State } from './state.js'

export class BaselineCompiler implements FunctionCompiler {
  private readonly state: State
  private readonly ownFacts: FunctionFacts

  constructor(env: CompileEnv) {
    this.state = new State(env)
    this.ownFacts = this.state.facts
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
    const s = this.state
    const info = s.env.info
    if (facts === null) validateBody(info, defined, bytes, start, end, moduleOffset, this.ownFacts)
    s.facts = facts ?? this.ownFacts
    const typeIndex = info.funcTypes[info.importedFuncs + defined]
    s.signature = s.signatures.get(s, typeIndex)
    s.paramCount = s.signature.params.length
    s.begin(s.facts.localCount, s.facts.maxHeight)
    s.meta.reset(frames)
    s.far.reset()
    s.bytes = bytes
    s.pos = start
    s.opPos = start
    s.moduleDelta = moduleOffset - start
    skipLocals(s)
    choosePins(s, s.signature)
    prologue(s, s.signature)
    enterFunction(s)
    emitBody(s)
    s.far.emit(s)
    s.meta.emitTraps(s)
    const frameSize = finishFrame(s)
    s.asm.finish()
    const { asm, meta } = s
    return {
      code: asm.bytes,
      codeSize: asm.size,
      relocs: asm.relocs,
      relocCount: asm.relocCount,
      sites: meta.sites,
      siteCount: meta.siteCount,
      frames: meta.frames,
      frameWords: meta.frameWords,
      frameSize,
    }
  }
}

/** Steps over the declarations of locals; the facts have their types. */
function skipLocals(s: State): void {
  for (let groups = readU32(s); groups > 0; groups--) {
    readU32(s)
    s.pos++
  }
}

const END = 0x0b

function emitBody(s: State): void {
  for (;;) {
    const at = s.pos
    const op = s.bytes[at]
    s.opPos = at
    s.pos = at + 1
    if (op === END && s.control.depth === 1) break
    const handler = handlers[op === PREFIX_FC ? FC_BASE + readU32(s) : op]
    if (handler === undefined) throw new CompilerError(`no code for opcode 0x${op.toString(16)}`)
    handler(s)
  }
  endFunction(s)
}
