/**
 * What the program exports, in AssemblyScript: the validator's scan (wasm/scan), the compiler of body.ts on what it leaves, and where
 * their results are. program.ts has the types.
 */
import { nextBody } from './bodies'
import {
  BODY,
  FUNC,
  HEIGHT,
  BOTTOM,
  FUNC_SIGS,
  LAST_CALL,
  LEFT,
  LOCALS,
  LOCAL_COUNT,
  LOCAL_SIZE,
  LOCAL_WEIGHT,
  LOOPS,
  LOOP_ASSIGNED,
  LOOP_CALLS,
  LOOP_COUNT,
  LOOP_SIZE,
  OPS,
  ORIGIN,
} from './layout'
import { TABLE, TABLE_BYTES } from './opcode-table'
import { compileBody } from './tiers_baseline_body'
import { Target } from './tiers_baseline_program_layout'
import { Made } from './tiers_program_made'
import { CODE_ALIGN, RELOC_WORDS, RelocKind, ROW_WORDS, SITE_WORDS } from './tiers_compiled'
import { State } from './tiers_baseline_state'
import { LoopTable } from './wasm_loops'
import { ModuleRecord, FunctionFacts } from './records'
import { Int32Array, Uint8Array } from './prelude'
export { bodies, body } from './bodies'
export { scan } from './scan'
export { segments } from './segments'

memory.copy(OPS, TABLE, TABLE_BYTES)

const env = new ModuleRecord()
const facts = new FunctionFacts()
const state = new State(env, null)

/** Address of the module's description, which the host fills in. */
export function envRecord(): usize {
  return changetype<usize>(env)
}

/** Memory that stays. */
export function allocate(bytes: i32): usize {
  return heap.alloc(bytes)
}

const table = new LoopTable()
const tableRecord = new Int32Array(4)

/** Finds the loops of a valid body, see wasm/scan/program.ts. */
export function loops(start: i32, end: i32): usize {
  table.walk(changetype<Uint8Array>(start), 0, end - start)
  tableRecord[0] = table.count
  tableRecord[1] = <i32>changetype<usize>(table.at)
  tableRecord[2] = <i32>changetype<usize>(table.end)
  tableRecord[3] = <i32>changetype<usize>(table.bits)
  return changetype<usize>(tableRecord)
}

let locals: i32 = 0
let loopRoom: i32 = 0

function reserveLocals(count: i32): void {
  locals = count
  facts.localTypes = new Int32Array(count)
  facts.localWeight = new Int32Array(count)
}

function reserveLoops(count: i32): void {
  loopRoom = count
  facts.loopUsedLo = new Int32Array(count)
  facts.loopUsedHi = new Int32Array(count)
  facts.loopAssignedLo = new Int32Array(count)
  facts.loopAssignedHi = new Int32Array(count)
  facts.loopHasCall = new Uint8Array(count)
}

reserveLocals(64)
reserveLoops(32)

/** Copies what the scan and the step have found out about the current body to where the compiler reads it. */
function takeFacts(): void {
  const localCount = load<i32>(LOCAL_COUNT)
  if (localCount > locals) reserveLocals(2 * localCount)
  facts.localCount = localCount
  for (let i = 0, at = LOCALS; i < localCount; i++, at += LOCAL_SIZE) {
    facts.localTypes[i] = load<i32>(at)
    facts.localWeight[i] = load<i32>(at, LOCAL_WEIGHT)
  }
  const loopCount = load<i32>(LOOP_COUNT)
  if (loopCount > loopRoom) reserveLoops(2 * loopCount)
  facts.loopCount = loopCount
  for (let i = 0, at = load<i32>(LOOPS); i < loopCount; i++, at += LOOP_SIZE) {
    facts.loopUsedLo[i] = load<i32>(at)
    facts.loopUsedHi[i] = load<i32>(at, 4)
    facts.loopAssignedLo[i] = load<i32>(at, LOOP_ASSIGNED)
    facts.loopAssignedHi[i] = load<i32>(at, LOOP_ASSIGNED + 4)
    facts.loopHasCall[i] = load<i32>(at, LOOP_CALLS)
  }
  facts.maxHeight = (load<i32>(HEIGHT) - load<i32>(BOTTOM)) >> 2
  facts.hasCalls = load<i32>(LAST_CALL) > 0
}

const made = new Int32Array(Made.words)
export function madeRecord(): usize {
  return changetype<usize>(made)
}

/** Compiles the body that was validated last, facts wanted, of a function of this type, with frame states or without; the module's description is filled in. */
export function compile(typeIndex: i32, frames: bool): void {
  takeFacts()
  const body = load<i32>(BODY)
  made[Made.frameSize] = compileBody(
    state,
    facts,
    typeIndex,
    changetype<Uint8Array>(body),
    0,
    body + load<i32>(ORIGIN),
    frames,
  )
  made[Made.code] = <i32>changetype<usize>(state.asm.bytes)
  made[Made.codeSize] = state.asm.size
  made[Made.relocs] = <i32>changetype<usize>(state.asm.relocs)
  made[Made.relocCount] = state.asm.relocCount
  made[Made.sites] = <i32>changetype<usize>(state.meta.sites)
  made[Made.siteCount] = state.meta.siteCount
  made[Made.frames] = <i32>changetype<usize>(state.meta.frames)
  made[Made.frameWords] = state.meta.frameWords
}

// --- many bodies -----------------------------------------------------------------------------------------------------

/** Between functions is what traps. */
const INT3: u8 = 0xcc

// The code of all functions of a run, their relocations (offsets are in that code) and sites, and words for each: offset and size of its
// code, how many sites.
let code = new Uint8Array(1 << 16)
let relocs = new Int32Array(1 << 12)
let sites = new Int32Array(1 << 12)
let rows = new Int32Array(1 << 8)
let codeEnd: i32 = 0
let relocEnd: i32 = 0
let siteEnd: i32 = 0
let count: i32 = 0

function withRoom(words: Int32Array, used: i32, more: i32): Int32Array {
  if (used + more <= words.length) return words
  const grown = new Int32Array(2 * (used + more))
  memory.copy(changetype<usize>(grown), changetype<usize>(words), used << 2)
  return grown
}

/** Adds what was compiled last to the run. */
function keep(): void {
  const start = (codeEnd + CODE_ALIGN - 1) & -CODE_ALIGN
  const size = state.asm.size
  if (start + size > code.length) {
    const grown = new Uint8Array(2 * (start + size))
    memory.copy(changetype<usize>(grown), changetype<usize>(code), codeEnd)
    code = grown
  }
  for (; codeEnd < start; codeEnd++) code[codeEnd] = INT3
  memory.copy(changetype<usize>(code) + start, changetype<usize>(state.asm.bytes), size)
  codeEnd = start + size

  const words = RELOC_WORDS * state.asm.relocCount
  relocs = withRoom(relocs, relocEnd, words)
  for (let i = 0; i < words; i += RELOC_WORDS, relocEnd += RELOC_WORDS) {
    relocs[relocEnd] = state.asm.relocs[i]
    relocs[relocEnd + 1] = state.asm.relocs[i + 1] + start
    relocs[relocEnd + 2] = state.asm.relocs[i + 2]
  }

  const siteWords = SITE_WORDS * state.meta.siteCount
  sites = withRoom(sites, siteEnd, siteWords)
  memory.copy(changetype<usize>(sites) + (siteEnd << 2), changetype<usize>(state.meta.sites), siteWords << 2)
  siteEnd += siteWords

  rows = withRoom(rows, count * ROW_WORDS, ROW_WORDS)
  rows[count * ROW_WORDS] = start
  rows[count * ROW_WORDS + 1] = size
  rows[count * ROW_WORDS + 2] = state.meta.siteCount
  count++
}

/** Begins a run: nothing is compiled yet. */
export function beginRun(): void {
  codeEnd = 0
  relocEnd = 0
  siteEnd = 0
  count = 0
}

/** Adds the body that was validated last to the run; it is that of the function before FUNC. */
export function compileNext(): void {
  compile(load<i32>(load<i32>(FUNC_SIGS) + ((load<i32>(FUNC) - 1) << 2)), false)
  keep()
}

/** Goes on with the next bodies of the window as `bodies` does, facts wanted, and compiles each. @returns the same */
export function compileBodies(): i32 {
  while (load<i32>(LEFT) > 0) {
    const result = nextBody()
    if (result <= 0) return result + 1
    compileNext()
  }
  return 0
}

const targets = new Int32Array(Target.words)
export function targetRecord(): usize {
  return changetype<usize>(targets)
}

/**
 * Ends a run: applies the relocations, for code that will run from `address` on (its lower half), as `relocate` of runtime/relocate.ts does; those
 * that only that can do are left. The results are those of all functions, their rows in addition.
 */
export function endRun(address: i32): void {
  const jumps = targets[Target.jumps]
  const jumpSize = targets[Target.jumpSize]
  const poll = targets[Target.poll]
  const stubSlots = targets[Target.stubSlots]
  const typeIds = changetype<Int32Array>(targets[Target.typeIds])
  let left = 0
  for (let i = 0; i < relocEnd; i += RELOC_WORDS) {
    const kind = relocs[i]
    const offset = relocs[i + 1]
    const operand = relocs[i + 2]
    const next = address + offset + 4
    let value = 0
    if (kind == RelocKind.Entry) value = jumps + operand * jumpSize - next
    else if (kind == RelocKind.Stub) value = stubSlots + operand * 8 - next
    else if (kind == RelocKind.Poll) value = poll - next
    else if (kind == RelocKind.SigId) value = typeIds[operand]
    else {
      relocs[left] = kind
      relocs[left + 1] = offset
      relocs[left + 2] = operand
      left += RELOC_WORDS
      continue
    }
    store<i32>(changetype<usize>(code) + offset, value)
  }
  made[Made.code] = <i32>changetype<usize>(code)
  made[Made.codeSize] = codeEnd
  made[Made.relocs] = <i32>changetype<usize>(relocs)
  made[Made.relocCount] = left / RELOC_WORDS
  made[Made.sites] = <i32>changetype<usize>(sites)
  made[Made.siteCount] = siteEnd / SITE_WORDS
  made[Made.rows] = <i32>changetype<usize>(rows)
  made[Made.count] = count
}

/** Bytes of the code of the run. */
export function runSize(): i32 {
  return codeEnd
}
