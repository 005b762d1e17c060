/**
 * The validator of function bodies (specification sections 3.3 and 5.4): exact on Wasm 2.0 without vectors. One pass, no
 * allocation for a function or an opcode; time and memory are linear in the body's size.
 *
 * `scan` runs over the common cases: short immediates, operands of the right type above the frame's base, at most one
 * value at branches and ends. At anything else it stops in front of the opcode, having changed nothing, and `step`
 * (validator-step.ts) decides: so the fast checks only ever say "surely valid", and every rule and message stands in one
 * place. Facts cover unreachable code too: loops are counted as they stand.
 *
 * Opcode and immediates are read by one 32-bit load without looking for the end of the body. That is safe since a body
 * whose last byte is `end` (0x0b) has a byte behind every other opcode, and no immediate that another one follows can be
 * that byte: it continues nothing, and is no alignment. A body with another last byte is invalid anyway; it is checked in
 * a padded copy whose padding continues every number, and so is a body that ends with the buffer.
 *
 * What makes `scan` fast in V8: it calls nothing, so that its variables are known to be integers and need not be saved
 * anywhere; cases are number literals, which become a jump table, whereas an imported constant is loaded and compared
 * (`satisfies` ties each to the opcode table); and it is entered often, so that V8 does not go on running the code it made
 * for entering a loop that runs already, whose variables are boxed (a fifth slower on esbuild.wasm).
 */
import { FunctionFacts } from './facts.js'
import { declareMutable } from './mutable-fields.js'
import { Op } from './opcodes.js'
import { F32, F64, FUNCREF, I32, I64, type ModuleInfo } from './types.js'
import {
  ALIGN_MASK,
  ALIGN_SHIFT,
  FIRST_SHIFT,
  opDescriptions,
  RESULT_SHIFT,
  SECOND_SHIFT,
  type Shape,
  SHAPE_MASK,
  TYPE_MASK,
} from './validator-ops.js'
import { Frame, FrameKind } from './validator-stacks.js'
import { StepValidator } from './validator-step.js'

type Ops = typeof Op
type Shapes = typeof Shape

// V8 embeds a module's own constants in optimized code; imported ones are loaded through a cell at every use.
const TYPE_I32 = I32
const TYPE_I64 = I64
const TYPE_F32 = F32
const TYPE_F64 = F64
const TYPE_FUNCREF = FUNCREF
const FRAME_KIND = Frame.kind
const FRAME_SIG = Frame.sig
const FRAME_BASE = Frame.base
const FRAME_DEAD = Frame.dead
const FRAME_AT = Frame.at
const FRAME_LABEL = Frame.label
const FRAME_LABEL_COUNT = Frame.labelCount
const FRAME_WORDS = Frame.words
const KIND_FUNC = FrameKind.Func
const KIND_BLOCK = FrameKind.Block
const KIND_LOOP = FrameKind.Loop
const KIND_IF = FrameKind.If
const KIND_ELSE = FrameKind.Else
const OPCODE_END = Op.End
const SHAPES = SHAPE_MASK
const ALIGN = ALIGN_SHIFT
const ALIGNS = ALIGN_MASK
const FIRST = FIRST_SHIFT
const SECOND = SECOND_SHIFT
const RESULT = RESULT_SHIFT
const TYPES = TYPE_MASK

/** Longer than any immediate but br_table's, and with the continuation bit: no value ends in it. */
const PADDING = 16
const PADDING_BYTE = 0x80
/** Bytes behind an opcode that are read with it: a word is opcode, then these, lowest byte first. */
const READ_AHEAD = 3
/** Bit of a word: the byte two behind the opcode announces another one. The same of the byte behind that is the sign. */
const THIRD_MORE = 0x800000

export class FunctionValidator extends StepValidator {
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
    this.walk()
  }

  protected override walk(): void {
    this.begin()
    do if (!this.tracing) this.scan()
    while (!this.step())
  }

  /** Moves over valid opcodes up to the first that is not one of the common cases. */
  private scan(): void {
    const { view, end, tables, facts, types, frames, weight } = this
    const { sigTypes, sigParams, sigParamCount, sigResults, sigResultCount, blockSig } = tables
    const { globalTypes, globalMutable, funcSig } = tables
    const { localTypes, localWeight } = facts
    const descriptions = opDescriptions
    const localCount = facts.localCount
    const globalCount = globalTypes.length
    const funcCount = funcSig.length
    const typeCount = this.info.types.length
    const memories = this.info.memories.length
    const indirect = tables.tableTypes.length > 0 && tables.tableTypes[0] === TYPE_FUNCREF
    const lastFrame = frames.length - FRAME_WORDS
    let pos = this.pos
    let sp = this.sp
    let height = this.height
    let frame = this.frame
    let base = frames[frame + FRAME_BASE]
    let usedLo = this.usedLo
    let usedHi = this.usedHi
    let assignedLo = this.assignedLo
    let assignedHi = this.assignedHi
    let calls = this.calls

    scan: while (pos < end) {
      const word = view.getInt32(pos, true)
      const imm = (word >> 8) & 0xff
      switch (word & 0xff) {
        case 0x20 satisfies Ops['LocalGet']: {
          let local = imm
          let next = pos + 2
          if (imm >= 0x80) {
            if ((word & THIRD_MORE) !== 0) break scan
            local = (imm & 0x7f) | ((word >> 9) & 0x3f80)
            next = pos + 3
          }
          if (local >= localCount) break scan
          localWeight[local] += weight
          if ((local & 32) === 0) usedLo |= 1 << local
          else usedHi |= 1 << local
          types[sp] = localTypes[local]
          sp++
          pos = next
          break
        }
        case 0x21 satisfies Ops['LocalSet']: {
          let local = imm
          let next = pos + 2
          if (imm >= 0x80) {
            if ((word & THIRD_MORE) !== 0) break scan
            local = (imm & 0x7f) | ((word >> 9) & 0x3f80)
            next = pos + 3
          }
          if (local >= localCount || sp <= base || types[sp - 1] !== localTypes[local]) break scan
          localWeight[local] += weight
          if ((local & 32) === 0) assignedLo |= 1 << local
          else assignedHi |= 1 << local
          sp--
          pos = next
          continue
        }
        case 0x22 satisfies Ops['LocalTee']: {
          let local = imm
          let next = pos + 2
          if (imm >= 0x80) {
            if ((word & THIRD_MORE) !== 0) break scan
            local = (imm & 0x7f) | ((word >> 9) & 0x3f80)
            next = pos + 3
          }
          if (local >= localCount || sp <= base || types[sp - 1] !== localTypes[local]) break scan
          localWeight[local] += weight
          if ((local & 32) === 0) assignedLo |= 1 << local
          else assignedHi |= 1 << local
          pos = next
          continue
        }
        case 0x41 satisfies Ops['I32Const']: {
          let next = pos + 2
          if (imm >= 0x80) {
            if ((word & THIRD_MORE) === 0) next = pos + 3
            else if (word >= 0) next = pos + 4
            else break scan
          }
          types[sp] = TYPE_I32
          sp++
          pos = next
          break
        }
        case 0x42 satisfies Ops['I64Const']: {
          let last = pos + 1
          while (last <= pos + 9 && view.getUint8(last) >= 0x80) last++
          // Ten bytes have bits that must be checked.
          if (last > pos + 9) break scan
          types[sp] = TYPE_I64
          sp++
          pos = last + 1
          break
        }
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
          const info = descriptions[word & 0xff]
          // Alignment, then an offset of one or two bytes nearly always.
          let next = pos + 3
          if ((word & THIRD_MORE) !== 0) {
            if (word < 0) break scan
            next = pos + 4
          }
          if (imm > ((info >> ALIGN) & ALIGNS) || memories === 0) break scan
          if (sp <= base || types[sp - 1] !== TYPE_I32) break scan
          types[sp - 1] = info >> RESULT
          pos = next
          continue
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
          const info = descriptions[word & 0xff]
          // Alignment, then an offset of one or two bytes nearly always.
          let next = pos + 3
          if ((word & THIRD_MORE) !== 0) {
            if (word < 0) break scan
            next = pos + 4
          }
          if (imm > ((info >> ALIGN) & ALIGNS) || memories === 0) break scan
          if (sp <= base + 1 || types[sp - 1] !== ((info >> SECOND) & TYPES) || types[sp - 2] !== TYPE_I32) break scan
          sp -= 2
          pos = next
          continue
        }
        case 0x23 satisfies Ops['GlobalGet']: {
          let global = imm
          let next = pos + 2
          if (imm >= 0x80) {
            if ((word & THIRD_MORE) !== 0) break scan
            global = (imm & 0x7f) | ((word >> 9) & 0x3f80)
            next = pos + 3
          }
          if (global >= globalCount) break scan
          types[sp] = globalTypes[global]
          sp++
          pos = next
          break
        }
        case 0x24 satisfies Ops['GlobalSet']: {
          if (imm >= 0x80 || imm >= globalCount || globalMutable[imm] === 0) break scan
          if (sp <= base || types[sp - 1] !== globalTypes[imm]) break scan
          sp--
          pos += 2
          continue
        }
        case 0x10 satisfies Ops['Call']: {
          let index = imm
          let next = pos + 2
          if (imm >= 0x80) {
            if ((word & THIRD_MORE) !== 0) break scan
            index = (imm & 0x7f) | ((word >> 9) & 0x3f80)
            next = pos + 3
          }
          if (index >= funcCount) break scan
          const sig = funcSig[index]
          const params = sigParamCount[sig]
          const results = sigResultCount[sig]
          const bottom = sp - params
          if (bottom < base || results > 1) break scan
          const from = sigParams[sig]
          for (let i = 0; i < params; i++) if (types[bottom + i] !== sigTypes[from + i]) break scan
          calls = 1
          sp = bottom
          pos = next
          if (results === 0) continue
          types[sp] = sigTypes[sigResults[sig]]
          sp++
          break
        }
        case 0x11 satisfies Ops['CallIndirect']: {
          // A type index of one byte, table 0.
          if (imm >= 0x80 || imm >= typeCount || (word & 0xff0000) !== 0 || !indirect) break scan
          const params = sigParamCount[imm]
          const results = sigResultCount[imm]
          const bottom = sp - params - 1
          if (bottom < base || results > 1 || types[sp - 1] !== TYPE_I32) break scan
          const from = sigParams[imm]
          for (let i = 0; i < params; i++) if (types[bottom + i] !== sigTypes[from + i]) break scan
          calls = 1
          sp = bottom
          pos += 3
          if (results === 0) continue
          types[sp] = sigTypes[sigResults[imm]]
          sp++
          break
        }
        case 0x02 satisfies Ops['Block']:
        case 0x04 satisfies Ops['If']: {
          if (imm >= 0x80) break scan
          const sig = blockSig[imm]
          if (sig < 0 || sigParamCount[sig] !== 0 || frame === lastFrame) break scan
          let kind: number = KIND_BLOCK
          if ((word & 0xff) === (0x04 satisfies Ops['If'])) {
            if (sp <= base || types[sp - 1] !== TYPE_I32) break scan
            sp--
            kind = KIND_IF
          }
          frame += FRAME_WORDS
          base = sp
          frames[frame + FRAME_KIND] = kind
          frames[frame + FRAME_SIG] = sig
          frames[frame + FRAME_BASE] = base
          frames[frame + FRAME_DEAD] = 0
          frames[frame + FRAME_AT] = pos
          frames[frame + FRAME_LABEL] = sigResults[sig]
          frames[frame + FRAME_LABEL_COUNT] = sigResultCount[sig]
          pos += 2
          continue
        }
        case 0x05 satisfies Ops['Else']: {
          const sig = frames[frame + FRAME_SIG]
          const results = sigResultCount[sig]
          if (frames[frame + FRAME_KIND] !== KIND_IF || sigParamCount[sig] !== 0) break scan
          if (results !== sp - base) {
            if (sp !== base || frames[frame + FRAME_DEAD] === 0) break scan
          } else if (results !== 0 && (results !== 1 || types[sp - 1] !== sigTypes[sigResults[sig]])) break scan
          frames[frame + FRAME_KIND] = KIND_ELSE
          frames[frame + FRAME_DEAD] = 0
          sp = base
          pos++
          continue
        }
        case 0x0b satisfies Ops['End']: {
          const kind = frames[frame + FRAME_KIND]
          const sig = frames[frame + FRAME_SIG]
          const results = sigResultCount[sig]
          if (kind === KIND_LOOP || kind === KIND_FUNC || results > 1) break scan
          if (kind === KIND_IF && (results !== 0 || sigParamCount[sig] !== 0)) break scan
          if (results !== sp - base) {
            if (sp !== base || frames[frame + FRAME_DEAD] === 0) break scan
          } else if (results !== 0 && types[sp - 1] !== sigTypes[sigResults[sig]]) break scan
          if (results !== 0) types[base] = sigTypes[sigResults[sig]]
          sp = base + results
          frame -= FRAME_WORDS
          base = frames[frame + FRAME_BASE]
          pos++
          break
        }
        case 0x0c satisfies Ops['Br']: {
          let depth = imm
          let next = pos + 2
          if (imm >= 0x80) {
            if ((word & THIRD_MORE) !== 0) break scan
            depth = (imm & 0x7f) | ((word >> 9) & 0x3f80)
            next = pos + 3
          }
          const target = frame - depth * FRAME_WORDS
          if (target < 0) break scan
          const count = frames[target + FRAME_LABEL_COUNT]
          if (count !== 0) {
            if (count !== 1 || sp <= base || types[sp - 1] !== sigTypes[frames[target + FRAME_LABEL]]) break scan
          }
          frames[frame + FRAME_DEAD] = 1
          sp = base
          pos = next
          continue
        }
        case 0x0d satisfies Ops['BrIf']: {
          const target = frame - imm * FRAME_WORDS
          if (imm >= 0x80 || target < 0 || sp <= base || types[sp - 1] !== TYPE_I32) break scan
          const count = frames[target + FRAME_LABEL_COUNT]
          if (count !== 0) {
            if (count !== 1 || sp <= base + 1 || types[sp - 2] !== sigTypes[frames[target + FRAME_LABEL]]) break scan
          }
          sp--
          pos += 2
          continue
        }
        case 0x0f satisfies Ops['Return']: {
          const count = frames[FRAME_LABEL_COUNT]
          if (count !== 0) {
            if (count !== 1 || sp <= base || types[sp - 1] !== sigTypes[frames[FRAME_LABEL]]) break scan
          }
          frames[frame + FRAME_DEAD] = 1
          sp = base
          pos++
          continue
        }
        case 0x00 satisfies Ops['Unreachable']:
          frames[frame + FRAME_DEAD] = 1
          sp = base
          pos++
          continue
        case 0x01 satisfies Ops['Nop']:
          pos++
          continue
        case 0x1a satisfies Ops['Drop']:
          if (sp <= base) break scan
          sp--
          pos++
          continue
        case 0x1b satisfies Ops['Select']: {
          if (sp <= base + 2 || types[sp - 1] !== TYPE_I32) break scan
          const type = types[sp - 2]
          if (types[sp - 3] !== type || type < TYPE_F64) break scan
          sp -= 2
          pos++
          continue
        }
        case 0x43 satisfies Ops['F32Const']:
          if (end - pos < 5) break scan
          types[sp] = TYPE_F32
          sp++
          pos += 5
          break
        case 0x44 satisfies Ops['F64Const']:
          if (end - pos < 9) break scan
          types[sp] = TYPE_F64
          sp++
          pos += 9
          break
        default: {
          const info = descriptions[word & 0xff]
          switch (info & SHAPES) {
            case 1 satisfies Shapes['Unary']:
              if (sp <= base || types[sp - 1] !== ((info >> FIRST) & TYPES)) break scan
              types[sp - 1] = info >> RESULT
              pos++
              continue
            case 2 satisfies Shapes['Binary']:
              if (sp <= base + 1 || types[sp - 1] !== ((info >> SECOND) & TYPES)) break scan
              if (types[sp - 2] !== ((info >> FIRST) & TYPES)) break scan
              sp--
              types[sp - 1] = info >> RESULT
              pos++
              continue
            default:
              break scan
          }
        }
      }
      if (sp > height) height = sp
    }

    this.pos = pos
    this.sp = sp
    this.height = height
    this.frame = frame
    this.usedLo = usedLo
    this.usedHi = usedHi
    this.assignedLo = assignedLo
    this.assignedHi = assignedHi
    this.calls = calls
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
