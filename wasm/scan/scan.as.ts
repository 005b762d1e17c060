/**
 * The validator's scan, in AssemblyScript: a Wasm program that walks function bodies and knows the valid forms of the
 * frequent opcodes. At anything else it stops in front of the opcode, having changed nothing, and the general step
 * (../validator-step.ts) decides. So it only ever says "surely valid"; every rule and every message stands in the step.
 *
 * Why Wasm: our own compiler makes it machine code when the engine is built (and the host's needs a few milliseconds for it), where the
 * same loop in JavaScript runs in an interpreter for the first fifty, is optimized for what it has seen, and thrown away when something new comes.
 *
 * Opcode and immediates are read by one 32-bit load without looking for the end of the body. That is safe since a body
 * whose last byte is `end` (0x0b) has a byte behind every other opcode, and no immediate that another one follows can be
 * that byte: it continues nothing, and is no alignment; a type index of call_indirect is checked. A body with another last
 * byte is invalid, and left to the step. Behind the window there is room to read.
 *
 * Opcodes are told apart by comparisons, the frequent ones first: a `switch` becomes an indirect jump, which is never
 * predicted where the machine restricts that (docs/abi.md). Four fifths of the opcodes, those with operands of fixed
 * types, are one case, whose differences are data.
 *
 * Every opcode pushes at most one operand and opens at most one frame, so stacks that have room for one for each byte
 * of the body cannot overflow here.
 */
import { leb, skipS32, skipS64 } from './leb'
import { enterLoop, leaveLoop, weigh } from './loops'
import * as Op from './opcodes'
// oxfmt-ignore
import {
  BLOCKS, BLOCK_SIG_SHIFT, END, FIRST_FRAME, FRAME, FRAME_AT, FRAME_BASE, FRAME_DEAD, FRAME_END, FRAME_KIND,
  FRAME_LABEL, FRAME_SIG, FRAME_SIZE, FUNC_COUNT, FUNC_SIGS, FUNC_TABLE, GLOBALS, GLOBAL_COUNT, HEIGHT, KIND_BLOCK,
  KIND_ELSE, KIND_FUNC, KIND_IF, KIND_LOOP, LAST_CALL, LATE_ASSIGNMENTS, LATE_USES, LOCALS, LOCAL_ASSIGNED,
  LOCAL_COUNT, LOCAL_SIZE, LOCAL_USED, MEMORIES, MOST_LABELS, MUTABLE, OPS, OPS_FC, OP_ALIGN, OP_MASK, OP_POPS,
  OP_PUSHES, OP_RESULT, OP_SIZE, POS, SET_BITS, SIGS, SIG_COUNT, SIG_PARAM_COUNT, SIG_RESULT, SIG_SIZE, SLOTS, SP,
  WANTED, WEIGHT,
} from './layout'

const I32: i32 = 0x7f
const I64: i32 = 0x7e
const F32: i32 = 0x7d
const F64: i32 = 0x7c

/**
 * Moves over the valid opcodes of the current body up to the first that it does not know.
 * @returns 1 at the function's end, 0 when it stopped in front of an opcode
 */
export function scan(): i32 {
  const end = load<i32>(END)
  const locals = load<i32>(LOCAL_COUNT)
  const memories = load<i32>(MEMORIES)
  const firstFrame = load<i32>(FIRST_FRAME)
  const wanted = load<i32>(WANTED)
  let weight = load<i32>(WEIGHT)
  let pos = load<i32>(POS)
  let sp = load<i32>(SP)
  let height = load<i32>(HEIGHT)
  let frame = load<i32>(FRAME)
  let lastCall = load<i32>(LAST_CALL)
  let base = load<i32>(frame, FRAME_BASE)
  let done = 0

  while (pos < end) {
    const word = load<i32>(pos)
    const op = word & 0xff
    const imm = (word >> 8) & 0xff

    if (op == Op.LocalGet) {
      let index = imm
      let next = pos + 2
      if (imm >= 0x80) {
        const long = leb(pos + 1)
        if (long == 0) break
        index = <i32>long
        next = <i32>(long >> 32)
      }
      if (<u32>index >= <u32>locals) break
      const local = LOCALS + index * LOCAL_SIZE
      store<i32>(sp, load<i32>(local))
      if (wanted) {
        weigh(local, weight)
        if (index < SLOTS) store<i32>(local, pos, LOCAL_USED)
        else store<i32>((index & (SET_BITS - 1)) * 4, pos, LATE_USES)
      }
      sp += 4
      pos = next
      if (sp > height) height = sp
      continue
    }

    if (op >= Op.I32Eqz) {
      if (op == Op.PrefixFc) {
        if (imm < 8) {
          const info = OPS + (OPS_FC + imm) * OP_SIZE
          if (sp - 4 < base || load<i32>(sp - 4) != load<i32>(info, 4)) break
          store<i32>(sp - 4, load<i32>(info, OP_RESULT))
          pos += 2
          continue
        }
        // memory.copy and memory.fill: three numbers, memories 0.
        const next = pos + (imm == 10 ? 4 : 3)
        if ((imm != 10 && imm != 11) || memories == 0 || next > end) break
        if (load<u8>(pos + 2) != 0 || load<u8>(next - 1) != 0 || sp - 12 < base) break
        if (load<i32>(sp - 4) != I32 || load<i32>(sp - 8) != I32 || load<i32>(sp - 12) != I32) break
        sp -= 12
        pos = next
        continue
      }
      const info = OPS + op * OP_SIZE
      const bottom = sp - load<u8>(info, OP_POPS)
      const mask = load<i64>(info, OP_MASK)
      if (((load<i64>(sp - 8) ^ load<i64>(info)) & mask) != 0 || bottom < base || mask == 0) break
      store<i32>(bottom, load<i32>(info, OP_RESULT))
      sp = bottom + 4
      pos++
      continue
    }

    if (op >= Op.I32Const) {
      let next = pos + 2
      let type = I32
      if (op == Op.I32Const) {
        if (imm >= 0x80) next = skipS32(pos + 1)
      } else if (op == Op.I64Const) {
        type = I64
        if (imm >= 0x80) next = skipS64(pos + 1)
      } else if (op == Op.F32Const) {
        type = F32
        next = pos + 5
      } else {
        type = F64
        next = pos + 9
      }
      if (next == 0 || next > end) break
      store<i32>(sp, type)
      sp += 4
      pos = next
    } else if (op >= Op.I32Load) {
      if (memories == 0) break
      if (op >= Op.MemorySize) {
        if (imm != 0) break
        if (op == Op.MemorySize) {
          store<i32>(sp, I32)
          sp += 4
        } else if (sp - 4 < base || load<i32>(sp - 4) != I32) break
        pos += 2
      } else {
        const info = OPS + op * OP_SIZE
        const bottom = sp - load<u8>(info, OP_POPS)
        if (((load<i64>(sp - 8) ^ load<i64>(info)) & load<i64>(info, OP_MASK)) != 0 || bottom < base) break
        if (<u32>imm > load<u8>(info, OP_ALIGN)) break
        let next = pos + 3
        if ((word & 0x800000) != 0) {
          next = <i32>(leb(pos + 2) >> 32)
          if (next == 0) break
        }
        store<i32>(bottom, load<i32>(info, OP_RESULT))
        sp = bottom + load<u8>(info, OP_PUSHES)
        pos = next
        continue
      }
    } else if (op >= Op.LocalSet) {
      let index = imm
      let next = pos + 2
      if (imm >= 0x80) {
        const long = leb(pos + 1)
        if (long == 0) break
        index = <i32>long
        next = <i32>(long >> 32)
      }
      if (op <= Op.LocalTee) {
        if (<u32>index >= <u32>locals || sp <= base) break
        const local = LOCALS + index * LOCAL_SIZE
        if (load<i32>(sp - 4) != load<i32>(local)) break
        if (wanted) {
          weigh(local, weight)
          if (index < SLOTS) store<i32>(local, pos, LOCAL_ASSIGNED)
          else store<i32>((index & (SET_BITS - 1)) * 4, pos, LATE_ASSIGNMENTS)
        }
        sp -= (Op.LocalTee - op) << 2
        pos = next
        continue
      }
      if (op > Op.GlobalSet || <u32>index >= <u32>load<i32>(GLOBAL_COUNT)) break
      const type = load<i32>(load<i32>(GLOBALS) + (index << 2))
      if (op == Op.GlobalGet) {
        store<i32>(sp, type & ~MUTABLE)
        sp += 4
      } else {
        if (sp <= base || (load<i32>(sp - 4) | MUTABLE) != type) break
        sp -= 4
      }
      pos = next
    } else if (op == Op.End) {
      const result = load<i32>(frame, FRAME_END)
      if (result < 0) break
      if (result == 0) {
        if (sp != base) break
      } else {
        if (sp == base) {
          if (load<i32>(frame, FRAME_DEAD) == 0) break
        } else if (sp != base + 4 || load<i32>(base) != result) break
        store<i32>(base, result)
        sp = base + 4
        if (sp > height) height = sp
      }
      const kind = load<i32>(frame, FRAME_KIND)
      if (kind == KIND_LOOP) {
        store<i32>(LAST_CALL, lastCall)
        leaveLoop(frame)
        weight = load<i32>(WEIGHT)
      } else if (kind == KIND_FUNC) {
        if (pos + 1 != end) break
        done = 1
        pos = end
        break
      }
      frame -= FRAME_SIZE
      base = load<i32>(frame, FRAME_BASE)
      pos++
      continue
    } else if (op <= Op.If && op >= Op.Block) {
      const block = load<i32>(imm << 2, BLOCKS)
      if (block < 0) break
      const result = block & 0xff
      let label = result
      let ends = result
      let kind = KIND_BLOCK
      if (op == Op.If) {
        if (sp <= base || load<i32>(sp - 4) != I32) break
        sp -= 4
        kind = KIND_IF
        if (result != 0) ends = -1
      }
      frame += FRAME_SIZE
      base = sp
      store<i32>(frame, block >> BLOCK_SIG_SHIFT, FRAME_SIG)
      store<i32>(frame, base, FRAME_BASE)
      store<i32>(frame, 0, FRAME_DEAD)
      store<i32>(frame, pos, FRAME_AT)
      if (op == Op.Loop) {
        kind = KIND_LOOP
        label = 0
        enterLoop(frame)
        weight = load<i32>(WEIGHT)
      }
      store<i32>(frame, kind, FRAME_KIND)
      store<i32>(frame, label, FRAME_LABEL)
      store<i32>(frame, ends, FRAME_END)
      pos += 2
      continue
    } else if (op == Op.BrIf || op == Op.Br) {
      let depth = imm
      let next = pos + 2
      if (imm >= 0x80) {
        const long = leb(pos + 1)
        if (long == 0) break
        depth = <i32>long
        next = <i32>(long >> 32)
      }
      if (<u32>depth > <u32>(frame - firstFrame) / FRAME_SIZE) break
      const label = load<i32>(frame - depth * FRAME_SIZE, FRAME_LABEL)
      if (op == Op.Br) {
        if (label != 0 && (sp <= base || load<i32>(sp - 4) != label)) break
        store<i32>(frame, 1, FRAME_DEAD)
        sp = base
      } else {
        if (sp <= base || load<i32>(sp - 4) != I32) break
        if (label != 0 && (sp <= base + 4 || load<i32>(sp - 8) != label)) break
        sp -= 4
      }
      pos = next
      continue
    } else if (op == Op.Call || op == Op.CallIndirect) {
      let index = imm
      let next = pos + 2
      if (imm >= 0x80) {
        const long = leb(pos + 1)
        if (long == 0) break
        index = <i32>long
        next = <i32>(long >> 32)
      }
      let top = sp
      if (op == Op.Call) {
        if (<u32>index >= <u32>load<i32>(FUNC_COUNT)) break
        index = load<i32>(load<i32>(FUNC_SIGS) + (index << 2))
      } else {
        // Through table 0.
        if (<u32>index >= <u32>load<i32>(SIG_COUNT) || load<i32>(FUNC_TABLE) == 0 || load<u8>(next) != 0) break
        top = sp - 4
        next++
        if (next > end || top < base || load<i32>(top) != I32) break
      }
      const sig = load<i32>(SIGS) + index * SIG_SIZE
      const result = load<i32>(sig, SIG_RESULT)
      const bottom = top - (load<i32>(sig, SIG_PARAM_COUNT) << 2)
      if (result < 0 || bottom < base) break
      let param = load<i32>(sig)
      let at = bottom
      while (at < top && load<i32>(at) == load<i32>(param)) {
        at += 4
        param += 4
      }
      if (at < top) break
      store<i32>(bottom, result)
      sp = bottom + ((<i32>(result != 0)) << 2)
      lastCall = pos
      pos = next
    } else if (op == Op.Drop) {
      if (sp <= base) break
      sp -= 4
      pos++
      continue
    } else if (op == Op.Select) {
      const bottom = sp - 12
      if (bottom < base || load<i32>(sp - 4) != I32) break
      const type = load<i32>(bottom)
      if (load<i32>(sp - 8) != type || <u32>(type - F64) > <u32>(I32 - F64)) break
      sp -= 8
      pos++
      continue
    } else if (op == Op.Else) {
      const result = load<i32>(frame, FRAME_LABEL)
      if (load<i32>(frame, FRAME_KIND) != KIND_IF || result < 0) break
      const sig = load<i32>(SIGS) + load<i32>(frame, FRAME_SIG) * SIG_SIZE
      if (load<i32>(sig, SIG_PARAM_COUNT) != 0) break
      if (sp == base) {
        if (result != 0 && load<i32>(frame, FRAME_DEAD) == 0) break
      } else if (result == 0 || sp != base + 4 || load<i32>(base) != result) break
      store<i32>(frame, KIND_ELSE, FRAME_KIND)
      store<i32>(frame, 0, FRAME_DEAD)
      store<i32>(frame, result, FRAME_END)
      sp = base
      pos++
      continue
    } else if (op == Op.BrTable) {
      if (sp <= base || load<i32>(sp - 4) != I32) break
      const next = labels(pos + 1, end, frame, sp - 4 > base ? load<i32>(sp - 8) : -1)
      if (next == 0) break
      store<i32>(frame, 1, FRAME_DEAD)
      sp = base
      pos = next
      continue
    } else if (op == Op.Return) {
      const label = load<i32>(firstFrame, FRAME_LABEL)
      if (label != 0 && (sp <= base || load<i32>(sp - 4) != label)) break
      store<i32>(frame, 1, FRAME_DEAD)
      sp = base
      pos++
      continue
    } else if (op == Op.Nop) {
      pos++
      continue
    } else if (op == Op.Unreachable) {
      store<i32>(frame, 1, FRAME_DEAD)
      sp = base
      pos++
      continue
    } else break
    if (sp > height) height = sp
  }

  store<i32>(POS, pos)
  store<i32>(SP, sp)
  store<i32>(HEIGHT, height)
  store<i32>(FRAME, frame)
  store<i32>(LAST_CALL, lastCall)
  return done
}

/** Position behind the labels of a br_table that all carry nothing, or all the operand of type `top`; else 0. */
function labels(pos: i32, end: i32, frame: i32, top: i32): i32 {
  const counted = leb(pos)
  const count = <u32>counted
  let at = <i32>(counted >> 32)
  // Each label takes a byte; more than that, or more than there may be, is for the step.
  if (at == 0 || count >= <u32>(end - at) || count > <u32>MOST_LABELS) return 0
  const deepest = <u32>(frame - load<i32>(FIRST_FRAME)) / FRAME_SIZE
  let wanted: i32 = -1
  for (let i: u32 = 0; i <= count; i++) {
    let depth: u32 = load<u8>(at++)
    if (depth >= 0x80) {
      const long = leb(at - 1)
      depth = <u32>long
      at = <i32>(long >> 32)
      if (at == 0) return 0
    }
    if (depth > deepest) return 0
    const label = load<i32>(frame - <i32>depth * FRAME_SIZE, FRAME_LABEL)
    if (i == 0) {
      if (label != 0 && label != top) return 0
      wanted = label
    } else if (label != wanted) return 0
  }
  return wanted >= 0 && at <= end ? at : 0
}
