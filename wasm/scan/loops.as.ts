/** Facts about a body (../facts.ts), in AssemblyScript: weights of locals, what each loop contains. ../validator-facts.ts says how. */
// oxfmt-ignore
import {
  DEPTH, FRAME_AT, FRAME_LOOP, LAST_CALL, LATE_ASSIGNMENTS, LATE_USES, LOCALS, LOCAL_ASSIGNED, LOCAL_COUNT,
  LOCAL_SIZE, LOCAL_USED, LOCAL_WEIGHT, LOOPS, LOOP_ASSIGNED, LOOP_CALLS, LOOP_COUNT, LOOP_SIZE, MAX_WEIGHT,
  MAX_WEIGHTED_DEPTH, SET_BITS, SLOTS, WANTED, WEIGHT,
} from './layout'

/** Writes the record of the loop that ends: what it contains was last noted behind its opcode. */
function noteLoop(frame: i32, lastCall: i32): void {
  const from = load<i32>(frame, FRAME_AT)
  const locals = load<i32>(LOCAL_COUNT)
  const count = min(locals, SLOTS)
  let used: i64 = 0
  let assigned: i64 = 0
  for (let i = 0; i < count; i++) {
    const local = LOCALS + i * LOCAL_SIZE
    used |= (<i64>(load<i32>(local, LOCAL_USED) > from)) << (i & (SET_BITS - 1))
    assigned |= (<i64>(load<i32>(local, LOCAL_ASSIGNED) > from)) << (i & (SET_BITS - 1))
  }
  if (locals > SLOTS) {
    for (let i = 0; i < SET_BITS; i++) {
      used |= (<i64>(load<i32>(i * 4, LATE_USES) > from)) << i
      assigned |= (<i64>(load<i32>(i * 4, LATE_ASSIGNMENTS) > from)) << i
    }
  }
  const record = load<i32>(frame, FRAME_LOOP)
  store<i64>(record, used)
  store<i64>(record, assigned, LOOP_ASSIGNED)
  store<i32>(record, lastCall > from, LOOP_CALLS)
}

/** Enters the loop of a frame. */
export function enterLoop(frame: i32): void {
  if (load<i32>(WANTED)) {
    const count = load<i32>(LOOP_COUNT)
    store<i32>(frame, load<i32>(LOOPS) + count * LOOP_SIZE, FRAME_LOOP)
    store<i32>(LOOP_COUNT, count + 1)
  }
  setDepth(load<i32>(DEPTH) + 1)
}

/** Leaves the loop of a frame. */
export function leaveLoop(frame: i32): void {
  if (load<i32>(WANTED)) noteLoop(frame, load<i32>(LAST_CALL))
  setDepth(load<i32>(DEPTH) - 1)
}

function setDepth(depth: i32): void {
  store<i32>(DEPTH, depth)
  store<i32>(WEIGHT, 1 << (3 * min(depth, MAX_WEIGHTED_DEPTH)))
}

/** Adds to the weight of a local. */
export function weigh(local: i32, weight: i32): void {
  store<i32>(local, min(load<i32>(local, LOCAL_WEIGHT) + weight, MAX_WEIGHT), LOCAL_WEIGHT)
}
