/**
 * The baseline compiler: one pass over a validated body, opcode by opcode, straight to machine code.
 *
 * Aim: compile as fast as V8's Liftoff and produce better code. What pays for that, in order of worth: locals in
 * registers across loops and calls (locals.ts), merges by a fixed state (control.ts), conditions used from the flags
 * (condition.ts), results computed where the next opcode wants them (`target`), constants and homes as operands.
 * Sources of the ideas: Liftoff, SpiderMonkey's Rabaldr, JSC's BBQ, Wizard's SPC, wago's Railshot.
 *
 * The files: state.ts (registers, frame slots), operands.ts, locals.ts, control.ts, branch-table.ts, condition.ts, integer.ts,
 * divide.ts, float.ts, convert.ts, memory.ts, tables.ts, calls.ts, far-calls.ts, frame.ts, metadata.ts, fuel.ts; opcodes.ts is
 * the table that joins them. They are functions over one State, not classes: every call site stays monomorphic. On
 * machines with restricted indirect branches a call that V8 does not inline costs 15 cycles, so hot functions are kept
 * small enough to be inlined and their rare cases stand apart.
 */
import type { CompiledFunction, CompileEnv, FunctionCompiler } from '../compiled.js'
import { NO_FEEDBACK } from '../feedback.js'
import type { RunMeter } from '../fuel.js'
import type { Assembler } from '../isa/x64/assembler.js'
import type { FunctionFacts } from '../../wasm/facts.js'
import { FC_BASE, PREFIX_FC } from '../../wasm/opcodes.js'
import { I32, I64 } from '../../wasm/types.js'
import { validateBody } from '../../wasm/validator.js'
import { branchTable } from './branch-table.js'
import { call, callIndirect } from './calls.js'
import { brIf, compareInt, ifBlock, isZero, select } from './condition.js'
import { branch, elseBlock, endBlock, endFunction, enterBlock, enterFunction, enterLoop } from './control.js'
import { arithmetic } from './float.js'
import { finishFrame, prologue } from './frame.js'
import { alu, extend, extendUnsigned, multiply, shift, wrap } from './integer.js'
import { choosePins, localGet, localSet, localTee } from './locals.js'
import { load, store } from './memory.js'
import { argumentA, argumentB, argumentC, Family, familyOf, handlers } from './opcodes.js'
import { chargeRun } from './fuel.js'
import { highHalf, readS32, readS64, readU32 } from './reader.js'
import { drop, pushConst } from './operands.js'
import { CompilerError, State } from './state.js'
import { globalGet, globalSet } from './tables.js'

const NO_INLINES = new Int32Array(0)

export class BaselineCompiler implements FunctionCompiler {
  private readonly state: State
  private readonly ownFacts: FunctionFacts

  /** @param meter see State */
  constructor(env: CompileEnv, meter?: (asm: Assembler) => RunMeter) {
    this.state = new State(env, meter)
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
    s.meta.endPrologue(s.asm.size)
    enterFunction(s)
    s.fuel?.enter()
    emitBody(s)
    s.far.emit(s)
    s.meta.emitTraps(s.asm)
    const frameSize = finishFrame(s)
    s.asm.finish()
    const tier = 'baseline'
    return s.meta.compiled(s.asm, { tier, inlines: NO_INLINES, inlineCount: 0, frameSize, feedback: NO_FEEDBACK })
  }
}

/** Steps over the declarations of locals; the facts have their types. */
function skipLocals(s: State): void {
  for (let groups = readU32(s); groups > 0; groups--) {
    readU32(s)
    s.pos++
  }
}

/** Compiles opcode after opcode up to the function's end. */
function emitBody(s: State): void {
  const { fuel } = s
  for (;;) {
    const at = s.pos
    const op = s.bytes[at]
    s.opPos = at
    if (fuel !== undefined && at > fuel.end) chargeRun(s, fuel)
    s.pos = at + 1
    switch (familyOf[op]) {
      case Family.LocalGet:
        localGet(s)
        break
      case Family.LocalSet:
        localSet(s)
        break
      case Family.LocalTee:
        localTee(s)
        break
      case Family.I32Const:
        pushConst(s, I32, readS32(s), 0)
        break
      case Family.I64Const: {
        const low = readS64(s)
        pushConst(s, I64, low, highHalf)
        break
      }
      case Family.Load:
        load(s, argumentA[op], argumentB[op], argumentC[op])
        break
      case Family.Store:
        store(s, argumentA[op], argumentB[op], argumentC[op])
        break
      case Family.Alu:
        alu(s, argumentA[op], argumentB[op])
        break
      case Family.CompareInt:
        compareInt(s, argumentA[op], argumentB[op])
        break
      case Family.IsZero:
        isZero(s, argumentA[op])
        break
      case Family.End:
        if (s.control.depth === 1) {
          endFunction(s)
          return
        }
        endBlock(s)
        break
      case Family.Block:
        enterBlock(s)
        break
      case Family.Loop:
        enterLoop(s)
        break
      case Family.If:
        ifBlock(s)
        break
      case Family.Else:
        elseBlock(s)
        break
      case Family.Br:
        branch(s, readU32(s))
        break
      case Family.BrIf:
        brIf(s)
        break
      case Family.BrTable:
        branchTable(s)
        break
      case Family.Return:
        branch(s, s.control.depth - 1)
        break
      case Family.Call:
        call(s)
        break
      case Family.CallIndirect:
        callIndirect(s)
        break
      case Family.Drop:
        drop(s)
        break
      case Family.Select:
        select(s)
        break
      case Family.GlobalGet:
        globalGet(s)
        break
      case Family.GlobalSet:
        globalSet(s)
        break
      case Family.Multiply:
        multiply(s, argumentA[op])
        break
      case Family.Shift:
        shift(s, argumentA[op], argumentB[op])
        break
      case Family.Extend:
        extend(s, argumentA[op], argumentB[op])
        break
      case Family.ExtendUnsigned:
        extendUnsigned(s)
        break
      case Family.Wrap:
        wrap(s)
        break
      case Family.Arithmetic:
        arithmetic(s, argumentA[op], argumentB[op], argumentC[op] !== 0)
        break
      default:
        rare(s, op)
    }
  }
}

function rare(s: State, op: number): void {
  const handler = handlers[op === PREFIX_FC ? FC_BASE + readU32(s) : op]
  if (handler === undefined) throw new CompilerError(`no code for opcode 0x${op.toString(16)}`)
  handler(s)
}
