/**
 * The validator of function bodies (specification sections 3.3 and 5.4): exact on Wasm 2.0 without vectors. One pass, no
 * allocation for a function or an opcode; time and memory are linear in the body's size.
 *
 * The loop keeps its state in local variables and takes the common case of each opcode inline: short immediates,
 * operands of the right type above the frame's base. Everything else (unreachable code, errors, long immediates) goes
 * through the methods of `ValidatorState`, which decide again from scratch; the fast checks only ever say "surely valid".
 *
 * Opcode and immediates are read by one 32-bit load without looking for the end of the body. That is safe since a body
 * whose last byte is `end` has a byte behind every other opcode, and a one-byte read can pass the last byte only after an
 * immediate that ended with it: where several are read, that is checked. A body with another last byte is invalid
 * anyway; it is checked in a padded copy, whose padding makes every read take the checking path, and so is a body
 * that ends with the buffer.
 *
 * On its way it leaves `FunctionFacts` behind. Facts cover unreachable code too: loops are counted as they stand.
 *
 * What keeps it fast in V8, all measured: cases are number literals, which become a jump table (an imported constant is
 * loaded and compared one after the other); `satisfies` ties each to the opcode table. `| 0` tells the compiler that what
 * a call returns is an int32, without it the loop's variables are boxed. Arrays never change while the loop runs: when one
 * has to grow, the function starts again.
 */
import { FunctionFacts, MAX_WEIGHTED_DEPTH } from './facts.js'
import { declareMutable } from './mutable-fields.js'
import { Op } from './opcodes.js'
import { BOT, F32, F64, I32, I64, type ModuleInfo } from './types.js'
import { opDescriptions, type Shape } from './validator-ops.js'
import { RareValidator } from './validator-rare.js'
import { Frame, FrameKind } from './validator-state.js'

type Ops = typeof Op
type Shapes = typeof Shape

// V8 embeds a module's own constants in optimized code; imported ones are loaded through a cell at every use.
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
/** Bytes behind an opcode that are read with it: a word is opcode, then these, lowest byte first. */
const READ_AHEAD = 3
/** Bit of a word: the byte two behind the opcode announces another one. The same of the byte behind it is the sign. */
const THIRD_MORE = 0x800000

export class FunctionValidator extends RareValidator {
  private readonly scratchFacts = this.facts

  constructor(info: ModuleInfo) {
    super(info)
    declareMutable(this)
  }

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
    if (end > start && bytes[end - 1] === OPCODE_END && end + READ_AHEAD <= bytes.length) {
      this.setBytes(bytes)
      this.start = start
      this.end = end
      this.origin = moduleOffset - start
    } else {
      const copy = new Uint8Array(end - start + PADDING).fill(PADDING_BYTE)
      copy.set(bytes.subarray(start, end))
      this.setBytes(copy)
      this.start = 0
      this.end = end - start
      this.origin = moduleOffset
    }
    this.run(this.tables.funcSig[this.funcIndex])
  }

  protected override run(funcSig: number): void {
    const { view, end, tables, facts } = this
    const { sigTypes, sigParams, sigParamCount, sigResults, sigResultCount, blockSig, globalTypes } = tables
    const { globalMutable, funcSig: funcSigs } = tables
    const descriptions = opDescriptions
    const memories = this.info.memories.length | 0
    const funcCount = funcSigs.length
    const globalCount = globalTypes.length

    let pos = this.readLocals(funcSig) | 0
    const { localTypes, localWeight } = facts
    const localCount = facts.localCount | 0

    this.openFunction(funcSig, pos)
    const { types, frames } = this
    let sp = 0
    let height = 0
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

    // When sources are traced, the inner loop stops behind every opcode.
    let limit = this.tracing ? pos : end
    for (;;) {
      while (pos < limit) {
        const at = pos
        // The opcode and three bytes of immediates at once.
        const word = view.getInt32(at, true)
        const opcode = word & 0xff
        const imm = (word >> 8) & 0xff
        pos = (at + 1) | 0
        switch (opcode) {
          case 0x20 satisfies Ops['LocalGet']: {
            let local = imm
            if (imm < 0x80) pos = (at + 2) | 0
            else if ((word & THIRD_MORE) === 0) {
              local = (imm & 0x7f) | ((word >> 9) & 0x3f80)
              pos = (at + 3) | 0
            } else {
              local = this.index(pos, 'local index') | 0
              pos = this.next | 0
            }
            if (local >= localCount) this.failLocal(at)
            localWeight[local] += weight
            if ((local & 32) === 0) usedLo |= 1 << local
            else usedHi |= 1 << local
            types[sp] = localTypes[local]
            sp = (sp + 1) | 0
            break
          }
          case 0x21 satisfies Ops['LocalSet']: {
            let local = imm
            if (imm < 0x80) pos = (at + 2) | 0
            else if ((word & THIRD_MORE) === 0) {
              local = (imm & 0x7f) | ((word >> 9) & 0x3f80)
              pos = (at + 3) | 0
            } else {
              local = this.index(pos, 'local index') | 0
              pos = this.next | 0
            }
            if (local >= localCount) this.failLocal(at)
            localWeight[local] += weight
            if ((local & 32) === 0) assignedLo |= 1 << local
            else assignedHi |= 1 << local
            const type = localTypes[local]
            if (sp > base && types[sp - 1] === type) sp = (sp - 1) | 0
            else sp = this.pop(sp, type, 0, 0, at) | 0
            continue
          }
          case 0x22 satisfies Ops['LocalTee']: {
            let local = imm
            if (imm < 0x80) pos = (at + 2) | 0
            else if ((word & THIRD_MORE) === 0) {
              local = (imm & 0x7f) | ((word >> 9) & 0x3f80)
              pos = (at + 3) | 0
            } else {
              local = this.index(pos, 'local index') | 0
              pos = this.next | 0
            }
            if (local >= localCount) this.failLocal(at)
            localWeight[local] += weight
            if ((local & 32) === 0) assignedLo |= 1 << local
            else assignedHi |= 1 << local
            const type = localTypes[local]
            if (sp > base && types[sp - 1] === type) sp = (sp - 1) | 0
            else sp = this.pop(sp, type, 0, 0, at) | 0
            types[sp] = type
            sp = (sp + 1) | 0
            break
          }
          case 0x41 satisfies Ops['I32Const']:
            if (imm < 0x80) pos = (at + 2) | 0
            else pos = this.skipS32(pos) | 0
            types[sp] = TYPE_I32
            sp = (sp + 1) | 0
            break
          case 0x42 satisfies Ops['I64Const']:
            if (imm < 0x80) pos = (at + 2) | 0
            else pos = this.skipS64(pos) | 0
            types[sp] = TYPE_I64
            sp = (sp + 1) | 0
            break
          case 0x43 satisfies Ops['F32Const']:
            if (end - pos < 4) this.fail('immf32', pos)
            pos = (pos + 4) | 0
            types[sp] = TYPE_F32
            sp = (sp + 1) | 0
            break
          case 0x44 satisfies Ops['F64Const']:
            if (end - pos < 8) this.fail('immf64', pos)
            pos = (pos + 8) | 0
            types[sp] = TYPE_F64
            sp = (sp + 1) | 0
            break
          case 0x28 satisfies Ops['I32Load']:
          case 0x29 satisfies Ops['I64Load']:
          case 0x2a satisfies Ops['F32Load']:
          case 0x2b satisfies Ops['F64Load']:
          case 0x2c satisfies Ops['I32Load8S']:
          case 0x2d satisfies Ops['I32Load8U']:
          case 0x2e satisfies Ops['I32Load16S']:
          case 0x2f satisfies Ops['I32Load16U']:
          case 0x30 satisfies Ops['I64Load8S']:
          case 0x31 satisfies Ops['I64Load8U']:
          case 0x32 satisfies Ops['I64Load16S']:
          case 0x33 satisfies Ops['I64Load16U']:
          case 0x34 satisfies Ops['I64Load32S']:
          case 0x35 satisfies Ops['I64Load32U']: {
            const shape = descriptions[opcode]
            // Alignment, then an offset of one or two bytes nearly always.
            if (imm > ((shape >> 4) & 3)) pos = this.memArg((shape >> 4) & 3, at + 1) | 0
            else if ((word & THIRD_MORE) === 0) pos = (at + 3) | 0
            else if (word >= 0) pos = (at + 4) | 0
            else pos = this.memArg((shape >> 4) & 3, at + 1) | 0
            if (memories === 0) this.fail('memory instruction with no memory', at + 1)
            if (sp > base && types[sp - 1] === TYPE_I32) sp = (sp - 1) | 0
            else sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
            types[sp] = shape >> 22
            sp = (sp + 1) | 0
            break
          }
          case 0x36 satisfies Ops['I32Store']:
          case 0x37 satisfies Ops['I64Store']:
          case 0x38 satisfies Ops['F32Store']:
          case 0x39 satisfies Ops['F64Store']:
          case 0x3a satisfies Ops['I32Store8']:
          case 0x3b satisfies Ops['I32Store16']:
          case 0x3c satisfies Ops['I64Store8']:
          case 0x3d satisfies Ops['I64Store16']:
          case 0x3e satisfies Ops['I64Store32']: {
            const shape = descriptions[opcode]
            // Alignment, then an offset of one or two bytes nearly always.
            if (imm > ((shape >> 4) & 3)) pos = this.memArg((shape >> 4) & 3, at + 1) | 0
            else if ((word & THIRD_MORE) === 0) pos = (at + 3) | 0
            else if (word >= 0) pos = (at + 4) | 0
            else pos = this.memArg((shape >> 4) & 3, at + 1) | 0
            if (memories === 0) this.fail('memory instruction with no memory', at + 1)
            const type = (shape >> 15) & 0x7f
            if (sp > base + 1 && types[sp - 1] === type && types[sp - 2] === TYPE_I32) sp = (sp - 2) | 0
            else {
              sp = this.pop(sp, type, 1, 0, at) | 0
              sp = this.pop(sp, TYPE_I32, 0, 1, at) | 0
            }
            continue
          }
          case 0x23 satisfies Ops['GlobalGet']: {
            let global = imm
            if (imm < 0x80) pos = (at + 2) | 0
            else if ((word & THIRD_MORE) === 0) {
              global = (imm & 0x7f) | ((word >> 9) & 0x3f80)
              pos = (at + 3) | 0
            } else {
              global = this.index(pos, 'global index') | 0
              pos = this.next | 0
            }
            if (global >= globalCount) this.failGlobal(at)
            types[sp] = globalTypes[global]
            sp = (sp + 1) | 0
            break
          }
          case 0x24 satisfies Ops['GlobalSet']: {
            let global = imm
            if (imm < 0x80) pos = (at + 2) | 0
            else if ((word & THIRD_MORE) === 0) {
              global = (imm & 0x7f) | ((word >> 9) & 0x3f80)
              pos = (at + 3) | 0
            } else {
              global = this.index(pos, 'global index') | 0
              pos = this.next | 0
            }
            if (global >= globalCount) this.failGlobal(at)
            if (globalMutable[global] === 0) this.failImmutable(global, at)
            sp = this.pop(sp, globalTypes[global], 0, 0, at) | 0
            continue
          }
          case 0x10 satisfies Ops['Call']:
          case 0x11 satisfies Ops['CallIndirect']: {
            facts.hasCalls = true
            loopCalls = 1
            const direct = opcode === (0x10 satisfies Ops['Call'])
            let sig = 0
            if (direct) {
              let index = imm
              if (imm < 0x80) pos = (at + 2) | 0
              else if ((word & THIRD_MORE) === 0) {
                index = (imm & 0x7f) | ((word >> 9) & 0x3f80)
                pos = (at + 3) | 0
              } else {
                index = this.index(pos, 'function index') | 0
                pos = this.next | 0
              }
              if (index >= funcCount) this.failFunction(at)
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
            if (i === params) sp = (sp - params) | 0
            else sp = this.popRange(sp, from, params, direct ? 0 : 1, at) | 0
            const results = sigResultCount[sig]
            if (results === 0) continue
            if (results === 1) {
              types[sp] = sigTypes[sigResults[sig]]
              sp = (sp + 1) | 0
            } else {
              sp = this.pushRange(sp, sigResults[sig], results, at) | 0
              if (this.types !== types) return this.run(funcSig)
            }
            break
          }
          case 0x04 satisfies Ops['If']:
          case 0x02 satisfies Ops['Block']:
          case 0x03 satisfies Ops['Loop']: {
            let sig = -1
            if (imm < 0x80) sig = blockSig[imm]
            if (sig >= 0) pos = (at + 2) | 0
            else {
              sig = this.longBlockType(pos) | 0
              pos = this.next | 0
            }
            if (opcode === (0x04 satisfies Ops['If'])) {
              if (sp > base && types[sp - 1] === TYPE_I32) sp = (sp - 1) | 0
              else sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
            }
            const params = sigParamCount[sig]
            if (params === 0) base = sp
            else {
              base = this.popRange(sp, sigParams[sig], params, 0, at) | 0
              sp = this.enter(base, sp, sigParams[sig], params, at) | 0
              if (this.types !== types) return this.run(funcSig)
            }
            frame = (frame + FRAME_WORDS) | 0
            if (frame === frames.length) {
              this.growFrames()
              return this.run(funcSig)
            }
            this.frame = frame
            frames[frame + FRAME_SIG] = sig
            frames[frame + FRAME_BASE] = base
            frames[frame + FRAME_DEAD] = 0
            frames[frame + FRAME_AT] = at
            if (opcode !== (0x03 satisfies Ops['Loop'])) {
              frames[frame + FRAME_KIND] = opcode === (0x04 satisfies Ops['If']) ? KIND_IF : KIND_BLOCK
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
          case 0x05 satisfies Ops['Else']: {
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
              if (this.types !== types) return this.run(funcSig)
            }
            break
          }
          case 0x0b satisfies Ops['End']: {
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
              if (kind === KIND_LOOP && frames[frame + FRAME_DEAD] === 0) sp = (sp + results) | 0
              else {
                sp = this.pushRange(sp, from, results, frames[frame + FRAME_AT]) | 0
                if (this.types !== types) return this.run(funcSig)
              }
            }
            frame = (frame - FRAME_WORDS) | 0
            this.frame = frame
            base = frames[frame + FRAME_BASE]
            break
          }
          case 0x0c satisfies Ops['Br']:
          case 0x0d satisfies Ops['BrIf']: {
            let depth = imm
            if (imm < 0x80) pos = (at + 2) | 0
            else if ((word & THIRD_MORE) === 0) {
              depth = (imm & 0x7f) | ((word >> 9) & 0x3f80)
              pos = (at + 3) | 0
            } else {
              depth = this.index(pos, 'branch depth') | 0
              pos = this.next | 0
            }
            const target = frame - depth * FRAME_WORDS
            if (target < 0) this.failDepth(at + 1)
            const conditional = opcode === (0x0d satisfies Ops['BrIf'])
            if (conditional) {
              if (sp > base && types[sp - 1] === TYPE_I32) sp = (sp - 1) | 0
              else sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
            }
            const count = frames[target + FRAME_LABEL_COUNT]
            if (count !== 0) {
              const from = frames[target + FRAME_LABEL]
              if (count !== 1 || sp === base || types[sp - 1] !== sigTypes[from]) {
                this.checkMerge(sp, from, count, false, 'branch', at)
                if (conditional && frames[frame + FRAME_DEAD] !== 0) {
                  sp = this.pushRange(sp - Math.min(count, sp - base), from, count, at) | 0
                  if (this.types !== types) return this.run(funcSig)
                }
              }
            }
            if (conditional) break
            frames[frame + FRAME_DEAD] = 1
            sp = base
            continue
          }
          case 0x0e satisfies Ops['BrTable']:
            sp = this.pop(sp, TYPE_I32, 0, 0, at) | 0
            pos = this.branchTable(pos, sp, at) | 0
            frames[frame + FRAME_DEAD] = 1
            sp = base
            continue
          case 0x0f satisfies Ops['Return']:
            this.checkMerge(sp, frames[FRAME_LABEL], frames[FRAME_LABEL_COUNT], false, 'return', at)
            frames[frame + FRAME_DEAD] = 1
            sp = base
            continue
          case 0x00 satisfies Ops['Unreachable']:
            frames[frame + FRAME_DEAD] = 1
            sp = base
            continue
          case 0x01 satisfies Ops['Nop']:
            continue
          case 0x1a satisfies Ops['Drop']:
            if (sp > base) sp = (sp - 1) | 0
            else sp = this.pop(sp, ANY_TYPE, 0, 0, at) | 0
            continue
          case 0x1b satisfies Ops['Select']: {
            const type = types[sp - 2]
            if (sp > base + 2 && types[sp - 1] === TYPE_I32 && types[sp - 3] === type && type >= TYPE_F64)
              sp = (sp - 3) | 0
            else sp = this.select(sp, at) | 0
            // The result's type is already in its slot.
            sp = (sp + 1) | 0
            break
          }
          default: {
            const shape = descriptions[opcode]
            switch (shape & 3) {
              case 1 satisfies Shapes['Unary']: {
                const type = (shape >> 8) & 0x7f
                if (sp > base && types[sp - 1] === type) sp = (sp - 1) | 0
                else sp = this.pop(sp, type, 0, 0, at) | 0
                types[sp] = shape >> 22
                sp = (sp + 1) | 0
                break
              }
              case 2 satisfies Shapes['Binary']: {
                const first = (shape >> 8) & 0x7f
                const second = (shape >> 15) & 0x7f
                if (sp > base + 1 && types[sp - 1] === second && types[sp - 2] === first) sp = (sp - 2) | 0
                else {
                  sp = this.pop(sp, second, 1, 0, at) | 0
                  sp = this.pop(sp, first, 0, 1, at) | 0
                }
                types[sp] = shape >> 22
                sp = (sp + 1) | 0
                break
              }
              case 3 satisfies Shapes['Rare']:
                sp = this.rare(opcode, pos, sp, at) | 0
                pos = this.next | 0
                break
              default:
                this.fail(`Invalid opcode 0x${opcode.toString(16)}`, at)
            }
          }
        }
        if (sp > height) height = sp
      }
      if (pos >= end) this.fail('function body must end with "end" opcode', end)
      this.trace(limit - 1, sp)
      limit = pos + 1
    }
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
