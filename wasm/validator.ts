/**
 * The validator of function bodies (specification sections 3.3 and 5.4): exact on Wasm 2.0 without vectors. One pass, no
 * allocation for a function or an opcode; time and memory are linear in the body's size.
 *
 * `scan` runs over the common cases: short immediates, operands of the right type above the frame's base, at most one
 * value at branches and ends. At anything else it stops in front of the opcode, having changed nothing, and `common`
 * (validator-common.ts) tries the next most frequent cases; what that does not know is for `step` (validator-step.ts). So the fast
 * checks only ever say "surely valid", and every rule and message stands in one place. Facts cover unreachable code too:
 * loops are counted as they stand.
 *
 * Opcode and immediates are read by one 32-bit load without looking for the end of the body. That is safe since a body
 * whose last byte is `end` (0x0b) has a byte behind every other opcode, and no immediate that another one follows can be
 * that byte: it continues nothing, and is no alignment. A body with another last byte is invalid anyway; it is checked in
 * a padded copy whose padding continues every number, and so is a body that ends with the buffer.
 *
 * What makes `scan` fast in V8: it calls nothing, so that its variables are known to be integers and need not be saved
 * anywhere. It tells opcodes apart by comparisons, the frequent ones first: a `switch` becomes an indirect jump, which is
 * never predicted where the machine restricts that (docs/abi.md), and costs as much as all the rest. Four fifths of the
 * opcodes, those with operands of fixed types, are one case, whose differences are data: so it is short, V8 optimizes it
 * soon, and the first use of an opcode finds no code that has never run and has to be compiled again. And it is entered
 * often, so that V8 does not go on running the code it made for entering a loop that runs already, whose variables are
 * boxed.
 */
import { decodeModule } from './decoder.js'
import { FunctionFacts } from './facts.js'
import { declareMutable } from './mutable-fields.js'
import { Op } from './opcodes.js'
import { I32, type ModuleInfo } from './types.js'
import { CommonValidator } from './validator-common.js'
import {
  naturalAlign,
  opDescriptions,
  OPERANDS_SHIFT,
  RESULT_SHIFT,
  RESULTS_SHIFT,
  SECOND_MASK_SHIFT,
  SECOND_SHIFT,
  TYPE_MASK,
} from './validator-ops.js'
import { ASSIGNMENT, MAX_SLOT_WEIGHT, SLOTS, slotPositions, slotTypes, slotWeights } from './validator-slots.js'
import { Frame, FrameKind } from './validator-stacks.js'
import { trainingModule } from './validator-training.js'

type Ops = typeof Op

// V8 embeds a module's own constants in optimized code, arrays with their address and length; imported ones are loaded
// through a cell at every use.
const TYPE_I32 = I32
const FRAME_KIND = Frame.kind
const FRAME_SIG = Frame.sig
const FRAME_BASE = Frame.base
const FRAME_DEAD = Frame.dead
const FRAME_AT = Frame.at
const FRAME_LABEL = Frame.label
const FRAME_END = Frame.end
const FRAME_WORDS = Frame.words
const KIND_BLOCK = FrameKind.Block
const KIND_IF = FrameKind.If
const KIND_ELSE = FrameKind.Else
const OPCODE_END = Op.End
const ASSIGNMENTS = ASSIGNMENT
const SECOND = SECOND_SHIFT
const SECOND_MASK = SECOND_MASK_SHIFT
const RESULT = RESULT_SHIFT
const RESULTS = RESULTS_SHIFT
const OPERANDS = OPERANDS_SHIFT
const TYPES = TYPE_MASK
const SLOT_TYPES = slotTypes
const WEIGHTS = slotWeights
const POSITIONS = slotPositions
const MOST = MAX_SLOT_WEIGHT
const DESCRIPTIONS = opDescriptions
const ALIGNS = naturalAlign

/** Bytes of code from which on validation takes longer than training. */
const WORTH_TRAINING = 1 << 16
let trained = false

/** Longer than any immediate but br_table's, and with the continuation bit: no value ends in it. */
const PADDING = 16
const PADDING_BYTE = 0x80
/** Bytes behind an opcode that may be read with it: a word of opcode and three, lowest byte first, and one more. */
const READ_AHEAD = 4

/** The bits of a word that end a number of up to three bytes behind the opcode, when clear. */
const NUMBER_ENDS = 0x80808000 | 0
/** The same behind opcode and alignment. */
const OFFSET_ENDS = 0x80800000 | 0

export class FunctionValidator extends CommonValidator {
  private readonly scratchFacts = this.facts

  constructor(info: ModuleInfo) {
    super(info)
    declareMutable(this)
    if (!trained && info.codeEnd - info.codeStart > WORTH_TRAINING) train()
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
    this.wanted = facts !== null
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
    this.walk()
  }

  protected override walk(): void {
    this.begin()
    if (this.tracing) while (!this.step());
    else {
      do this.scan()
      while (this.common() || !this.step())
    }
  }

  /** Moves over valid opcodes up to the first that is not one of the common cases. */
  private scan(): void {
    const { view, end, types, frames, tables } = this
    const { sigTypes, sigParams, sigParamCount, sigResult, plainBlockSig, globalTypes, globalMutable, funcSig } = tables
    const { localCount } = this.facts
    const locals = localCount < SLOTS ? localCount : SLOTS
    const memories = this.info.memories.length
    const lastFrame = frames.length - FRAME_WORDS
    const { weight } = this
    let pos = this.pos
    let sp = this.sp
    let height = this.height
    let frame = this.frame
    let lastCall = this.lastCall
    let base = frames[frame + FRAME_BASE]

    // Indices of branches and calls have one or two bytes: `long` is 1 for two.
    while (pos < end) {
      const word = view.getInt32(pos, true)
      const op = word & 0xff
      const imm = (word >> 8) & 0xff
      common: {
        if (op === (0x20 satisfies Ops['LocalGet'])) {
          if (imm >= locals) break common
          types[sp] = SLOT_TYPES[imm]
          const heavier = WEIGHTS[imm] + weight
          WEIGHTS[imm] = heavier < MOST ? heavier : MOST
          POSITIONS[imm] = pos
          sp++
          pos += 2
          if (sp > height) height = sp
          continue
        }
        if (op >= (0x45 satisfies Ops['I32Eqz'])) {
          const info = DESCRIPTIONS[op]
          const bottom = sp - (info >> OPERANDS)
          const second = (types[sp - 2] ^ (info >> SECOND)) & (info >> SECOND_MASK)
          if (((types[sp - 1] ^ info) | second) & TYPES || bottom < base || info === 0) break common
          types[bottom] = (info >> RESULT) & TYPES
          sp = bottom + 1
          pos++
          continue
        }
        if (op >= (0x41 satisfies Ops['I32Const'])) {
          const ends = ~word & NUMBER_ENDS
          if (op > (0x42 satisfies Ops['I64Const'])) break common
          if (ends !== 0) pos += (32 - Math.clz32(ends & -ends)) >> 3
          else {
            // Four bytes, of which none has bits to be checked.
            if (view.getUint8(pos + 4) >= 0x80) break common
            pos += 5
          }
          // The code of i32 is followed, downwards, by that of i64.
          types[sp] = TYPE_I32 + (0x41 satisfies Ops['I32Const']) - op
          sp++
        } else if (op >= (0x28 satisfies Ops['I32Load'])) {
          const info = DESCRIPTIONS[op]
          const ends = ~word & OFFSET_ENDS
          const bottom = sp - (info >> OPERANDS)
          const second = (types[sp - 2] ^ (info >> SECOND)) & (info >> SECOND_MASK)
          if (((types[sp - 1] ^ info) | second) & TYPES || bottom < base) break common
          if (imm > ALIGNS[op] || ends === 0 || memories === 0) break common
          types[bottom] = (info >> RESULT) & TYPES
          sp = bottom + ((info >> RESULTS) & 1)
          pos += (32 - Math.clz32(ends & -ends)) >> 3
          continue
        } else if (op >= (0x21 satisfies Ops['LocalSet'])) {
          if (op <= (0x22 satisfies Ops['LocalTee'])) {
            const slot = ASSIGNMENTS + imm
            if (imm >= locals || sp <= base || types[sp - 1] !== SLOT_TYPES[slot]) break common
            const heavier = WEIGHTS[slot] + weight
            WEIGHTS[slot] = heavier < MOST ? heavier : MOST
            POSITIONS[slot] = pos
            sp -= (0x22 satisfies Ops['LocalTee']) - op
            pos += 2
            continue
          }
          if (op > (0x24 satisfies Ops['GlobalSet']) || imm >= 0x80 || imm >= globalTypes.length) break common
          if (op === (0x23 satisfies Ops['GlobalGet'])) {
            types[sp] = globalTypes[imm]
            sp++
          } else {
            if (sp <= base || types[sp - 1] !== globalTypes[imm] || globalMutable[imm] === 0) break common
            sp--
          }
          pos += 2
        } else if (op === (0x0b satisfies Ops['End'])) {
          const result = frames[frame + FRAME_END]
          if (result === 0) {
            if (sp !== base) break common
          } else {
            if (result < 0) break common
            if (sp === base) {
              if (frames[frame + FRAME_DEAD] === 0) break common
            } else if (sp !== base + 1 || types[base] !== result) break common
            types[base] = result
            sp = base + 1
          }
          frame -= FRAME_WORDS
          base = frames[frame + FRAME_BASE]
          pos++
        } else if (op === (0x02 satisfies Ops['Block']) || op === (0x04 satisfies Ops['If'])) {
          const sig = plainBlockSig[imm]
          if (sig < 0 || frame === lastFrame) break common
          const result = sigResult[sig]
          let kind: number = KIND_BLOCK
          let ends = result
          if (op === (0x04 satisfies Ops['If'])) {
            if (sp <= base || types[sp - 1] !== TYPE_I32) break common
            sp--
            kind = KIND_IF
            ends = -((result + 0xff) >> 8)
          }
          frame += FRAME_WORDS
          base = sp
          frames[frame + FRAME_KIND] = kind
          frames[frame + FRAME_SIG] = sig
          frames[frame + FRAME_BASE] = base
          frames[frame + FRAME_DEAD] = 0
          frames[frame + FRAME_AT] = pos
          frames[frame + FRAME_LABEL] = result
          frames[frame + FRAME_END] = ends
          pos += 2
          continue
        } else if (op === (0x0d satisfies Ops['BrIf'])) {
          const long = imm >> 7
          const depth = imm + (((word >> 16) & 0xff) - 1) * (long << 7)
          const target = frame - depth * FRAME_WORDS
          if (((word >> 23) & long) !== 0 || target < 0 || sp <= base || types[sp - 1] !== TYPE_I32) break common
          const label = frames[target + FRAME_LABEL]
          if (label !== 0 && (sp <= base + 1 || types[sp - 2] !== label)) break common
          sp--
          pos += 2 + long
          continue
        } else if (op === (0x0c satisfies Ops['Br'])) {
          const long = imm >> 7
          const depth = imm + (((word >> 16) & 0xff) - 1) * (long << 7)
          const target = frame - depth * FRAME_WORDS
          if (((word >> 23) & long) !== 0 || target < 0) break common
          const label = frames[target + FRAME_LABEL]
          if (label !== 0 && (sp <= base || types[sp - 1] !== label)) break common
          frames[frame + FRAME_DEAD] = 1
          sp = base
          pos += 2 + long
          continue
        } else if (op === (0x10 satisfies Ops['Call'])) {
          const long = imm >> 7
          const index = imm + (((word >> 16) & 0xff) - 1) * (long << 7)
          if (((word >> 23) & long) !== 0 || index >= funcSig.length) break common
          const sig = funcSig[index]
          const result = sigResult[sig]
          const bottom = sp - sigParamCount[sig]
          if (bottom < base || result < 0) break common
          const from = sigParams[sig] - bottom
          for (let i = bottom; i < sp; i++) if (types[i] !== sigTypes[from + i]) break common
          types[bottom] = result
          sp = bottom + ((result + 0xff) >> 8)
          lastCall = pos
          pos += 2 + long
        } else if (op === (0x1a satisfies Ops['Drop'])) {
          if (sp <= base) break common
          sp--
          pos++
          continue
        } else if (op === (0x05 satisfies Ops['Else'])) {
          const result = frames[frame + FRAME_LABEL]
          if (frames[frame + FRAME_KIND] !== KIND_IF || result < 0) break common
          if (sigParamCount[frames[frame + FRAME_SIG]] !== 0) break common
          if (sp === base) {
            if (result !== 0 && frames[frame + FRAME_DEAD] === 0) break common
          } else if (sp !== base + 1 || types[base] !== result) break common
          frames[frame + FRAME_KIND] = KIND_ELSE
          frames[frame + FRAME_DEAD] = 0
          frames[frame + FRAME_END] = result
          sp = base
          pos++
          continue
        } else if (op === (0x0f satisfies Ops['Return'])) {
          const label = frames[FRAME_LABEL]
          if (label !== 0 && (sp <= base || types[sp - 1] !== label)) break common
          frames[frame + FRAME_DEAD] = 1
          sp = base
          pos++
          continue
        } else if (op === (0x01 satisfies Ops['Nop'])) {
          pos++
          continue
        } else if (op === (0x00 satisfies Ops['Unreachable'])) {
          frames[frame + FRAME_DEAD] = 1
          sp = base
          pos++
          continue
        } else break common
        if (sp > height) height = sp
        continue
      }
      break
    }

    this.pos = pos
    this.sp = sp
    this.height = height
    this.frame = frame
    this.lastCall = lastCall
  }
}

/** Validates the training module: a few milliseconds. */
function train(): void {
  trained = true
  const module = trainingModule()
  const info = decodeModule(module)
  const start = info.bodyStart[0]
  new FunctionValidator(info).validate(0, module, start, info.bodyEnd[0], start, null)
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
