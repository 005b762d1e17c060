/** Starts function bodies and scans them, in AssemblyScript: one, or many that stand one behind the other. */
import { leb } from './leb'
import * as Op from './opcodes'
import { scan } from './scan'
// oxfmt-ignore
import {
  BODY, BOTTOM, DEPTH, END, FIRST_FRAME, FRAME, FRAME_AT, FRAME_BASE, FRAME_DEAD, FRAME_END, FRAME_KIND, FRAME_LABEL,
  FRAME_SIG, FUNC, FUNC_SIGS, HEIGHT, KIND_FUNC, LAST_CALL, LATE_ASSIGNMENTS, LATE_USES, LEFT, LIMIT, LOCALS,
  LOCAL_COUNT, LOCAL_SIZE, LOCAL_USED, LOOP_COUNT, MOST_LOCALS, NEXT, ORIGIN, POS, RANGES, SET_BITS, SIGS,
  SIG_PARAM_COUNT, SIG_RESULT, SIG_SIZE, SLOTS, SP, WANTED, WEIGHT,
} from './layout'

const I32: i32 = 0x7f
const F64: i32 = 0x7c
const FUNCREF: i32 = 0x70
const EXTERNREF: i32 = 0x6f

/** Reads the locals of the body at `pos`; returns the position behind them, 0 when there is something about them. */
function readLocals(pos: i32, end: i32, sig: i32): i32 {
  const params = load<i32>(sig, SIG_PARAM_COUNT)
  let at = LOCALS
  const paramTypes = load<i32>(sig)
  for (let i = 0; i < params; i++) at = addLocal(at, load<i32>(paramTypes + (i << 2)))
  const counted = leb(pos)
  pos = <i32>(counted >> 32)
  if (pos == 0 || <u32>counted > <u32>(end - pos)) return 0
  for (let groups = <i32>counted; groups > 0; groups--) {
    const sized = leb(pos)
    pos = <i32>(sized >> 32)
    if (pos == 0 || pos >= end) return 0
    const type: i32 = load<u8>(pos++)
    if (type > I32 || (type < F64 && type != FUNCREF && type != EXTERNREF)) return 0
    if (<u32>sized > <u32>(LOCALS + MOST_LOCALS * LOCAL_SIZE - at) / LOCAL_SIZE) return 0
    for (let count = <i32>sized; count > 0; count--) at = addLocal(at, type)
  }
  store<i32>(LOCAL_COUNT, (at - LOCALS) / LOCAL_SIZE)
  if (at > LOCALS + SLOTS * LOCAL_SIZE && load<i32>(WANTED)) {
    memory.fill(LATE_USES, 0, SET_BITS * 4)
    memory.fill(LATE_ASSIGNMENTS, 0, SET_BITS * 4)
  }
  return pos < end ? pos : 0
}

/** Writes the record of a local that nothing has used. */
function addLocal(at: i32, type: i32): i32 {
  store<i64>(at, type)
  store<i64>(at, 0, LOCAL_USED)
  return at + LOCAL_SIZE
}

/**
 * Starts the body at `start` of the function FUNC, which ends at `end`, and scans it.
 * @returns 1 when it is valid, 0 when the scan stopped inside, -1 when it did not start
 */
export function body(start: i32, end: i32): i32 {
  const sigId = load<i32>(load<i32>(FUNC_SIGS) + (load<i32>(FUNC) << 2))
  const sig = load<i32>(SIGS) + sigId * SIG_SIZE
  if (start >= end || load<u8>(end - 1) != Op.End) return -1
  const pos = readLocals(start, end, sig)
  if (pos == 0) return -1
  const bottom = load<i32>(BOTTOM)
  const frame = load<i32>(FIRST_FRAME)
  const result = load<i32>(sig, SIG_RESULT)
  store<i32>(BODY, start)
  store<i32>(END, end)
  store<i32>(POS, pos)
  store<i32>(SP, bottom)
  store<i32>(HEIGHT, bottom)
  store<i32>(FRAME, frame)
  store<i32>(LAST_CALL, 0)
  store<i32>(DEPTH, 0)
  store<i32>(WEIGHT, 1)
  store<i32>(LOOP_COUNT, 0)
  store<i32>(frame, KIND_FUNC, FRAME_KIND)
  store<i32>(frame, sigId, FRAME_SIG)
  store<i32>(frame, bottom, FRAME_BASE)
  store<i32>(frame, 0, FRAME_DEAD)
  store<i32>(frame, start, FRAME_AT)
  store<i32>(frame, result, FRAME_LABEL)
  store<i32>(frame, result, FRAME_END)
  return scan()
}

/**
 * Scans the next body of the window, which has its size in front, and writes its range.
 * @returns as `body`; -1, with nothing changed, also when its bytes are not all there
 */
export function nextBody(): i32 {
  const limit = load<i32>(LIMIT)
  const origin = load<i32>(ORIGIN)
  const sized = leb(load<i32>(NEXT))
  const start = <i32>(sized >> 32)
  if (start == 0 || start > limit || <u32>sized > <u32>(limit - start)) return -1
  const end = start + <i32>sized
  const result = body(start, end)
  if (result < 0) return -1
  const ranges = load<i32>(RANGES)
  store<i32>(ranges, start + origin)
  store<i32>(ranges, end + origin, 4)
  store<i32>(RANGES, ranges + 8)
  store<i32>(NEXT, end)
  store<i32>(LEFT, load<i32>(LEFT) - 1)
  store<i32>(FUNC, load<i32>(FUNC) + 1)
  return result
}

/**
 * Goes on with the next bodies of the window, which stand one behind the other.
 * @returns 1 when the scan stopped inside one; 0 when it cannot start the next one, if there is any
 */
export function bodies(): i32 {
  while (load<i32>(LEFT) > 0) {
    const result = nextBody()
    if (result <= 0) return result + 1
  }
  return 0
}
