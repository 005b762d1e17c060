/**
 * What the program exports, in AssemblyScript: the passes of tiers/optimizing, each called by itself so that the host can measure them, and
 * where what they need and make is. program.ts has the types.
 *
 * Nothing is freed: the host drops the whole memory when too much of it is in use.
 */
import { envOf } from './env'
import { evaluate, evaluated, whole } from './evaluate'
import { Int32Array, Uint8Array } from './prelude'
import { OptimizerRecord } from './records'
import { Passes } from './tiers_optimizing_passes'
import { SLOT_BASE } from './tiers_optimizing_lower_vcode'
import { Ask, Fold } from './tiers_optimizing_program_layout'
import { Made } from './tiers_program_made'

const record = new OptimizerRecord()
const ask = new Int32Array(Ask.words)
const made = new Int32Array(Made.words)
let bytes = new Uint8Array(0)
let feedback = new Int32Array(0)
let feedbackRoom: i32 = 0
let passes: Passes | null = null

/** Address of the module's description, which the host fills in. */
export function moduleRecord(): usize {
  return changetype<usize>(record)
}
export function askRecord(): usize {
  return changetype<usize>(ask)
}
export function madeRecord(): usize {
  return changetype<usize>(made)
}

/** Room for the arrays of a module's description. */
export function roomForRecord(size: i32): usize {
  return heap.alloc(size)
}

/** Address up to which memory is in use. */
export function used(): usize {
  return heap.alloc(0)
}

/** Room for so many bytes of the module that is described next. */
export function roomForBytes(size: i32): usize {
  bytes = new Uint8Array(size)
  return changetype<usize>(bytes)
}

/** Room for the feedback of what is asked for next. */
export function roomForFeedback(words: i32): usize {
  if (words > feedbackRoom) {
    feedbackRoom = 2 * words
    feedback = new Int32Array(feedbackRoom)
  }
  feedback.cut(words)
  return changetype<usize>(feedback)
}

/** Begins with a module: its record, the arrays of which stay where they are, and its bytes have been filled in. */
export function describe(): void {
  passes = new Passes(envOf(record, bytes), record.slack, -1)
}

function current(): Passes {
  return passes!
}

/** Whether no function has to wait any more until all calls of the module that was described have been counted. */
export function knowsCalls(): i32 {
  return current().knowsCalls() ? 1 : 0
}

export function translate(): void {
  const defined = ask[Ask.defined]
  const start = record.bodyStart[defined]
  const end = record.bodyEnd[defined]
  current().translate(defined, bytes, start, end, start, false, feedback, ask[Ask.loop], ask[Ask.maxHeight])
}
export function optimize(): void {
  current().optimize(null)
}
export function lower(): void {
  current().lower(ask[Ask.defined], ask[Ask.loop] >= 0)
}
export function allocate(): void {
  current().allocate(SLOT_BASE)
}
export function emit(): void {
  const all = current()
  made[Made.frameSize] = all.emit(false)
  const asm = all.emitter.asm
  const meta = all.emitter.meta
  made[Made.code] = <i32>changetype<usize>(asm.bytes)
  made[Made.codeSize] = asm.size
  made[Made.relocs] = <i32>changetype<usize>(asm.relocs)
  made[Made.relocCount] = asm.relocCount
  made[Made.sites] = <i32>changetype<usize>(meta.table.sites)
  made[Made.siteCount] = meta.table.siteCount
  made[Made.inlines] = <i32>changetype<usize>(all.f.inlines.nodes)
  made[Made.inlineCount] = all.f.inlines.count
}

const folding = new Int32Array(Fold.words)
export function foldRecord(): usize {
  return changetype<usize>(folding)
}
function argument(i: i32): u64 {
  const at = Fold.args + 2 * i
  return whole(folding[at], folding[at + 1])
}
/** Computes the operation in the record. @returns 1 when its result is known */
export function fold(): i32 {
  const isKnown = evaluate(
    folding[Fold.op],
    folding[Fold.ty],
    folding[Fold.aux],
    folding[Fold.from],
    argument(0),
    argument(1),
    argument(2),
  )
  const bits = evaluated()
  folding[Fold.result] = <i32>bits
  folding[Fold.result + 1] = <i32>(bits >> 32)
  return isKnown ? 1 : 0
}
