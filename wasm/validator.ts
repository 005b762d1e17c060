/**
 * The validator of function bodies (specification sections 3.3 and 5.4): exact on Wasm 2.0 without vectors. One pass, no
 * allocation for a function or an opcode; time and memory are linear in the body's size.
 *
 * The loop keeps its state in local variables and takes the common case of each opcode inline: one-byte immediates,
 * operands of the right type above the frame's base. Everything else (unreachable code, errors, long immediates) goes
 * through the methods of `ValidatorState`, which decide again from scratch; the fast checks only ever say "surely valid".
 *
 * Immediates are read without looking for the end of the body. That is safe since a body whose last byte is `end` has a
 * byte behind every other opcode, and a one-byte read can pass the last byte only after an immediate that ended with it:
 * where several are read, that is checked. A body with another last byte is invalid anyway, and is checked in a padded
 * copy whose padding makes every read take the checking path (`validate`).
 *
 * On its way it leaves `FunctionFacts` behind. Facts cover unreachable code too: loops are counted as they stand.
 *
 * Speed: cases are number literals, which V8 turns into a jump table at once (a property or an imported constant is
 * compared one after the other); `satisfies` keeps each equal to the name it stands for.
 */
import { FunctionFacts, MAX_WEIGHTED_DEPTH } from './facts.js'
import { Op } from './opcodes.js'
import { BOT, F32, F64, I32, I64, type ModuleInfo } from './types.js'
import { opAligns, opFirst, opKinds, opResult, opSecond, type OpKind } from './validator-ops.js'
import { RareValidator } from './validator-rare.js'
import { Frame, FrameKind } from './validator-state.js'

type Kind = typeof OpKind

// V8 embeds a module's own constants in optimized code; imported ones are loads through a cell, and tables then have to be
// checked for what they are at every use. So the loop uses these.
const KINDS = opKinds
const ALIGNS = opAligns
const FIRST = opFirst
const SECOND = opSecond
const RESULT = opResult
const TYPE_I32 = I32
const TYPE_I64 = I64
const TYPE_F32 = F32
const TYPE_F64 = F64
const ANY_TYPE = BOT
const FRAME_KIND = Frame.kind
const FRAME_SIG = Frame.sig
const FRAME_BASE = Frame.base
const FRAME_DEAD = Frame.dead
const FRAME_AT = Frame.at
const FRAME_LABEL = Frame.label
const FRAME_LABEL_COUNT = Frame.labelCount
const FRAME_OUTER_LOOP = Frame.outerLoop
const FRAME_WORDS = Frame.words
const KIND_FUNC = FrameKind.Func
const KIND_BLOCK = FrameKind.Block
const KIND_LOOP = FrameKind.Loop
const KIND_IF = FrameKind.If
const KIND_ELSE = FrameKind.Else
const MAX_DEPTH = MAX_WEIGHTED_DEPTH
const OPCODE_END = Op.End

/** Weight of a use by loop depth. */
const WEIGHTS = Float64Array.from({ length: MAX_WEIGHTED_DEPTH + 1 }, (_, depth) => 8 ** depth)

/** Longer than any immediate but br_table's, and with the continuation bit: no value ends in it. */
const PADDING = 16
const PADDING_BYTE = 0x80

export class FunctionValidator extends RareValidator {
  private readonly scratchFacts = this.facts

  /**
   * Validates the body `bytes[start, end)` (locals declaration to final `end`) of a defined function.
   * @param defined function index minus the number of imported functions
   * @param moduleOffset offset in the module of `bytes[start]`, for errors
   * @param facts receives what there is to know about the body, valid when this returns
   * @throws WasmError with the function's index and the offset in the module
   */
  validate(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts | null,
  ): void {
    this.funcIndex = defined + this.info.importedFuncs
    this.facts = facts ?? this.scratchFacts
    if (end > start && bytes[end - 1] === OPCODE_END) {
      this.bytes = bytes
      this.start = start
      this.end = end
      this.origin = moduleOffset - start
    } else {
      const copy = new Uint8Array(end - start + PADDING).fill(PADDING_BYTE)
      copy.set(bytes.subarray(start, end))
      this.bytes = copy
      this.start = 0
      this.end = end - start
      this.origin = moduleOffset
    }
    this.run(this.tables.funcSig[this.funcIndex])
  }

  private run(funcSig: number): void {
    const { bytes, end, tables, facts } = this
    const { sigTypes, sigParams, sigParamCount, sigResults, sigResultCount, globalTypes, funcSig: funcSigs } = tables
    const hasMemory = this.info.memories.length > 0
    const funcCount = funcSigs.length
    const globalCount = globalTypes.length

    let pos = this.readLocals(funcSig) | 0
    const { localTypes, localWeight } = facts
    const localCount = facts.localCount | 0

    let types = this.types
    let sources = this.sources
    let sp = 0
    let height = 0
    this.openFunction(funcSig)
    let frames = this.frames
    let frame = 0
    let base = 0

    // Facts of the innermost loop; those of the loops around it wait in `facts` until it ends.
    let loop = -1
    let loopDepth = 0
    let weight = 1
    let usedLo = 0
    let usedHi = 0
    let assignedLo = 0
    let assignedHi = 0
    let loopCalls = 0

    while (pos < end) {
      const at = pos
      const opcode = bytes[pos++]
      switch (KINDS[opcode]) {
        case 5 satisfies Kind['LocalGet']: {
          let local = bytes[pos]
          if (local < 0x80) pos++
          else {
            local = this.u32(pos, 'local index') | 0
            pos = this.next | 0
          }
          if (local >= localCount) this.failLocal(local, at)
          localWeight[local] += weight
          if ((local & 32) === 0) usedLo |= 1 << local
          else usedHi |= 1 << local
          types[sp] = localTypes[local]
          sources[sp++] = at
          break
        }
        case 6 satisfies Kind['LocalSet']: {
          let local = bytes[pos]
          if (local < 0x80) pos++
          else {
            local = this.u32(pos, 'local index') | 0
            pos = this.next | 0
          }
          if (local >= localCount) this.failLocal(local, at)
          localWeight[local] += weight
          if ((local & 32) === 0) assignedLo |= 1 << local
          else assignedHi |= 1 << local
          const type = localTypes[local]
          if (sp > base && types[sp - 1] === type) sp--
          else sp = this.pop(sp, type, 0, 0, at) | 0
          continue
        }
        case 7 satisfies Kind['LocalTee']: {
          let local = bytes[pos]
          if (local < 0x80) pos++
          else {
            local = this.u32(pos, 'local index') | 0
            pos = this.next | 0
          }
          if (local >= localCount) this.failLocal(local, at)
          localWeight[local] += weight
          if ((local & 32) === 0) assignedLo |= 1 << local
          else assignedHi |= 1 << local
          const type = localTypes[local]
          if (sp > base && types[sp - 1] === type) sp--
          else sp = this.pop(sp, type, 0, 0, at) | 0
          types[sp] = type
          sources[sp++] = at
          break
        }
        case 8 satisfies Kind['I32Const']:
          if (bytes[pos] < 0x80) pos++
          else pos = this.skipS32(pos) | 0
          types[sp] = TYPE_I32
          sources[sp++] = at
          break
        case 9 satisfies Kind['I64Const']:
          if (bytes[pos] < 0x80) pos++
          else pos = this.skipS64(pos) | 0
          types[sp] = TYPE_I64
          sources[sp++] = at
          break
        case 10 satisfies Kind['F32Const']:
          if (end - pos < 4) this.fail('immf32', pos)
          pos += 4
          types[sp] = TYPE_F32
          sources[sp++] = at
          break
        case 11 satisfies Kind['F64Const']:
          if (end - pos < 8) this.fail('immf64', pos)
          pos += 8
          types[sp] = TYPE_F64
          sources[sp++] = at
          break
        case 1 satisfies Kind['Unary']: {
          const type = FIRST[opcode]
          if (sp > base && types[sp - 1] === type) sp--
          else sp = this.pop(sp, type, 0, 0, at) | 0
          types[sp] = RESULT[opcode]
          sources[sp++] = at
          break
        }
        case 2 satisfies Kind['Binary']: {
          const first = FIRST[opcode]
          const second = SECOND[opcode]
          if (sp > base + 1 && types[sp - 1] === second && types[sp - 2] === first) sp -= 2
          else {
            sp = this.pop(sp, second, 1, 0, at) | 0
            sp = this.pop(sp, first, 0, 1, at) | 0
          }
          types[sp] = RESULT[opcode]
          sources[sp++] = at
          break
        }
        case 3 satisfies Kind['Load']: {
          if (bytes[pos] <= ALIGNS[opcode]) pos++
          else pos = this.longAlign(ALIGNS[opcode], pos) | 0
          if (bytes[pos] < 0x80) pos++
          else pos = this.skipOffset(pos) | 0
          if (!hasMemory) this.fail('memory instruction with no memory', at + 1)
          if (sp > base && types[sp - 1] === TYPE_I32) sp--
          else sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
          types[sp] = RESULT[opcode]
          sources[sp++] = at
          break
        }
        case 4 satisfies Kind['Store']: {
          if (bytes[pos] <= ALIGNS[opcode]) pos++
          else pos = this.longAlign(ALIGNS[opcode], pos) | 0
          if (bytes[pos] < 0x80) pos++
          else pos = this.skipOffset(pos) | 0
          if (!hasMemory) this.fail('memory instruction with no memory', at + 1)
          const type = SECOND[opcode]
          if (sp > base + 1 && types[sp - 1] === type && types[sp - 2] === TYPE_I32) sp -= 2
          else {
            sp = this.pop(sp, type, 1, 0, at) | 0
            sp = this.pop(sp, TYPE_I32, 0, 1, at) | 0
          }
          continue
        }
        case 12 satisfies Kind['GlobalGet']: {
          let global = bytes[pos]
          if (global < 0x80) pos++
          else {
            global = this.u32(pos, 'global index') | 0
            pos = this.next | 0
          }
          if (global >= globalCount) this.failGlobal(global, at)
          types[sp] = globalTypes[global]
          sources[sp++] = at
          break
        }
        case 13 satisfies Kind['GlobalSet']: {
          let global = bytes[pos]
          if (global < 0x80) pos++
          else {
            global = this.u32(pos, 'global index') | 0
            pos = this.next | 0
          }
          if (global >= globalCount) this.failGlobal(global, at)
          if (tables.globalMutable[global] === 0) this.failImmutable(global, at)
          sp = this.pop(sp, globalTypes[global], 0, 0, at) | 0
          continue
        }
        case 14 satisfies Kind['Call']:
        case 15 satisfies Kind['CallIndirect']: {
          facts.hasCalls = true
          loopCalls = 1
          const direct = KINDS[opcode] === (14 satisfies Kind['Call'])
          let sig = 0
          if (direct) {
            let index = bytes[pos]
            if (index < 0x80) pos++
            else {
              index = this.u32(pos, 'function index') | 0
              pos = this.next | 0
            }
            if (index >= funcCount) this.failFunction(index, at)
            sig = funcSigs[index]
          } else {
            sig = this.indirectType(pos) | 0
            pos = this.next | 0
            sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
          }
          const params = sigParamCount[sig]
          const from = sigParams[sig]
          let i = 0
          if (sp - base >= params) while (i < params && types[sp - params + i] === sigTypes[from + i]) i++
          if (i === params) sp -= params
          else sp = this.popRange(sp, from, params, direct ? 0 : 1, at) | 0
          const results = sigResultCount[sig]
          if (results === 0) continue
          if (results === 1) {
            types[sp] = sigTypes[sigResults[sig]]
            sources[sp++] = at
          } else {
            sp = this.pushRange(sp, sigResults[sig], results, at) | 0
            types = this.types
            sources = this.sources
          }
          break
        }
        case 18 satisfies Kind['If']:
        case 16 satisfies Kind['Block']:
        case 17 satisfies Kind['Loop']: {
          let sig = -1
          if (bytes[pos] < 0x80) sig = tables.blockSig[bytes[pos]]
          if (sig >= 0) pos++
          else {
            sig = this.longBlockType(pos) | 0
            pos = this.next | 0
          }
          const kind = KINDS[opcode]
          if (kind === (18 satisfies Kind['If'])) {
            if (sp > base && types[sp - 1] === TYPE_I32) sp--
            else sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
          }
          const params = sigParamCount[sig]
          if (params === 0) base = sp
          else {
            base = this.popRange(sp, sigParams[sig], params, 0, at) | 0
            sp = this.enter(base, sp, sigParams[sig], params, at) | 0
            types = this.types
            sources = this.sources
          }
          frame += FRAME_WORDS
          if (frame === frames.length) {
            this.growFrames()
            frames = this.frames
          }
          this.frame = frame
          frames[frame + FRAME_SIG] = sig
          frames[frame + FRAME_BASE] = base
          frames[frame + FRAME_DEAD] = 0
          frames[frame + FRAME_AT] = at
          if (kind !== (17 satisfies Kind['Loop'])) {
            frames[frame + FRAME_KIND] = kind === (18 satisfies Kind['If']) ? KIND_IF : KIND_BLOCK
            frames[frame + FRAME_LABEL] = sigResults[sig]
            frames[frame + FRAME_LABEL_COUNT] = sigResultCount[sig]
          } else {
            frames[frame + FRAME_KIND] = KIND_LOOP
            frames[frame + FRAME_LABEL] = sigParams[sig]
            frames[frame + FRAME_LABEL_COUNT] = params
            frames[frame + FRAME_OUTER_LOOP] = loop
            if (loop >= 0) facts.saveLoop(loop, usedLo, usedHi, assignedLo, assignedHi, loopCalls)
            loop = facts.addLoop() | 0
            usedLo = 0
            usedHi = 0
            assignedLo = 0
            assignedHi = 0
            loopCalls = 0
            loopDepth++
            weight = WEIGHTS[loopDepth < MAX_DEPTH ? loopDepth : MAX_DEPTH]
          }
          break
        }
        case 19 satisfies Kind['Else']: {
          const kind = frames[frame + FRAME_KIND]
          if (kind !== KIND_IF) {
            this.fail(kind === KIND_ELSE ? 'else already present for if' : 'else does not match an if', at)
          }
          const sig = frames[frame + FRAME_SIG]
          this.checkMerge(sp, sigResults[sig], sigResultCount[sig], true, 'fallthru', at)
          frames[frame + FRAME_KIND] = KIND_ELSE
          frames[frame + FRAME_DEAD] = 0
          sp = base
          if (sigParamCount[sig] > 0) {
            sp = this.pushRange(base, sigParams[sig], sigParamCount[sig], frames[frame + FRAME_AT]) | 0
            types = this.types
            sources = this.sources
          }
          break
        }
        case 20 satisfies Kind['End']: {
          const kind = frames[frame + FRAME_KIND]
          const sig = frames[frame + FRAME_SIG]
          if (kind === KIND_IF) this.checkOneArmed(sig, frames[frame + FRAME_AT])
          const results = sigResultCount[sig]
          const from = sigResults[sig]
          if (results !== sp - base || results > 1 || (results === 1 && types[sp - 1] !== sigTypes[from])) {
            this.checkMerge(sp, from, results, true, 'fallthru', at)
          }
          if (kind === KIND_LOOP) {
            facts.saveLoop(loop, usedLo, usedHi, assignedLo, assignedHi, loopCalls)
            loop = frames[frame + FRAME_OUTER_LOOP]
            if (loop >= 0) {
              usedLo |= facts.loopUsedLo[loop]
              usedHi |= facts.loopUsedHi[loop]
              assignedLo |= facts.loopAssignedLo[loop]
              assignedHi |= facts.loopAssignedHi[loop]
              loopCalls |= facts.loopHasCall[loop]
            }
            loopDepth--
            weight = WEIGHTS[loopDepth < MAX_DEPTH ? loopDepth : MAX_DEPTH]
          } else if (kind === KIND_FUNC) {
            if (pos !== end) this.fail('trailing code after function end', pos)
            facts.maxHeight = height
            return
          }
          sp = base
          if (results > 0) {
            // What falls out of a loop is named by what made it, other results by the block, as in V8's messages.
            if (kind === KIND_LOOP && frames[frame + FRAME_DEAD] === 0) sp += results
            else {
              sp = this.pushRange(sp, from, results, frames[frame + FRAME_AT]) | 0
              types = this.types
              sources = this.sources
            }
          }
          frame -= FRAME_WORDS
          this.frame = frame
          base = frames[frame + FRAME_BASE]
          break
        }
        case 21 satisfies Kind['Br']:
        case 22 satisfies Kind['BrIf']: {
          let depth = bytes[pos]
          if (depth < 0x80) pos++
          else {
            depth = this.u32(pos, 'branch depth') | 0
            pos = this.next | 0
          }
          const target = frame - depth * FRAME_WORDS
          if (target < 0) this.failDepth(depth, at + 1)
          const conditional = KINDS[opcode] === (22 satisfies Kind['BrIf'])
          if (conditional) {
            if (sp > base && types[sp - 1] === TYPE_I32) sp--
            else sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
          }
          const count = frames[target + FRAME_LABEL_COUNT]
          if (count !== 0) {
            const from = frames[target + FRAME_LABEL]
            if (count !== 1 || sp === base || types[sp - 1] !== sigTypes[from]) {
              this.checkMerge(sp, from, count, false, 'branch', at)
              if (conditional && frames[frame + FRAME_DEAD] !== 0) {
                sp = this.pushRange(sp - Math.min(count, sp - base), from, count, at) | 0
                types = this.types
                sources = this.sources
              }
            }
          }
          if (conditional) break
          frames[frame + FRAME_DEAD] = 1
          sp = base
          continue
        }
        case 23 satisfies Kind['BrTable']:
          sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
          pos = this.branchTable(pos, sp, at) | 0
          frames[frame + FRAME_DEAD] = 1
          sp = base
          continue
        case 24 satisfies Kind['Return']:
          this.checkMerge(sp, frames[FRAME_LABEL], frames[FRAME_LABEL_COUNT], false, 'return', at)
          frames[frame + FRAME_DEAD] = 1
          sp = base
          continue
        case 25 satisfies Kind['Unreachable']:
          frames[frame + FRAME_DEAD] = 1
          sp = base
          continue
        case 26 satisfies Kind['Nop']:
          continue
        case 27 satisfies Kind['Drop']:
          if (sp > base) sp--
          else sp = this.pop(sp, ANY_TYPE, 0, 0, at) | 0
          continue
        case 28 satisfies Kind['Select']: {
          const type = types[sp - 2]
          if (sp > base + 2 && types[sp - 1] === TYPE_I32 && types[sp - 3] === type && type >= TYPE_F64) sp -= 3
          else sp = this.select(sp, at) | 0
          // The result's type is already in its slot.
          sources[sp++] = at
          break
        }
        case 29 satisfies Kind['Rare']:
          sp = this.rare(opcode, pos, sp, at) | 0
          pos = this.next | 0
          break
        default:
          this.fail(`Invalid opcode 0x${opcode.toString(16)}`, at)
      }
      if (sp > height) {
        height = sp
        if (sp >= types.length) {
          this.growOperands(at)
          types = this.types
          sources = this.sources
        }
      }
    }
    this.fail('function body must end with "end" opcode', end)
  }
}

let validator: { readonly info: ModuleInfo; readonly run: FunctionValidator } | undefined

/**
 * Validates one function body; see `FunctionValidator.validate`. The newest module's validator is kept, so calling it for
 * body after body of one module costs no more than keeping a `FunctionValidator`.
 */
export function validateBody(
  info: ModuleInfo,
  defined: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  moduleOffset: number,
  facts: FunctionFacts | null,
): void {
  if (validator === undefined || validator.info !== info) validator = { info, run: new FunctionValidator(info) }
  validator.run.validate(defined, bytes, start, end, moduleOffset, facts)
}
