/**
 * br_table. The labels are first gathered into runs of neighbours with one target. Few runs become a binary search by
 * comparisons, as in Liftoff: an indirect jump costs more than four predicted branches where a hypervisor restricts its
 * prediction. Many become a table of distances behind the jump. A target that needs moves on the way gets them once,
 * behind the table, however many labels lead there.
 */
import { Reg } from '../abi.js'
import { Cc, Form } from '../isa/x64/forms.js'
import { arity, beforeBranchIf, die, fix, missing, prepare, rowOf } from './control.js'
import { GPRS, isFloat, XMMS } from './kinds.js'
import { readU32 } from './reader.js'
import { flushOperand, popReg, pushReg } from './operands.js'
import { allocFrom, isTemp, move, release, type State } from './state.js'

/** Most runs for which a search is emitted: about what its code is worth against the 4 bytes a label of a table. */
const MAX_SEARCH = 64

let runCount = 0
/** First index of each run, and the label to jump to. */
const runStart = new Int32Array(MAX_SEARCH)
const runLabel = new Int32Array(MAX_SEARCH)

/** br_table: the index is the top operand. */
export function branchTable(s: State): void {
  const c = s.control
  const asm = s.asm
  beforeBranchIf(s)
  const index = popReg(s)
  asm.assertZeroExtended(index)
  const count = readU32(s)
  const table = ++s.tableCount
  const labels = s.pos
  const values = gatherRuns(s, count, table)
  const end = s.pos
  if (values > 0) settleValues(s, values)
  const { inReg, stored } = s
  if (runCount <= MAX_SEARCH) {
    search(s, index, 0, runCount - 1)
  } else {
    s.pos = labels
    jumpThroughTable(s, index, count)
  }
  s.pos = labels
  for (let i = 0; i <= count; i++) {
    const row = rowOf(s, readU32(s))
    const label = c.tableLabel[row]
    if (label === c.label[row] || asm.labelOffset(label) !== -1) continue
    asm.bind(label)
    s.inReg = inReg
    s.stored = stored
    prepare(s, row)
    asm.jmp(c.label[row])
  }
  s.pos = end
  release(s, index)
  die(s)
}

/** Reads all labels; returns the number of values that the branch takes along. */
function gatherRuns(s: State, count: number, table: number): number {
  let last = -1
  let values = 0
  runCount = 0
  for (let i = 0; i <= count; i++) {
    const row = rowOf(s, readU32(s))
    if (i === 0) values = arity(s, row)
    if (row === last) continue
    last = row
    const label = tableTarget(s, row, table, values)
    if (runCount < MAX_SEARCH) {
      runStart[runCount] = i
      runLabel[runCount] = label
    }
    runCount++
  }
  return values
}

/** Label that a br_table jumps to for a row: the block's own when nothing is to be done on the way. */
function tableTarget(s: State, row: number, table: number, values: number): number {
  const c = s.control
  if (c.table[row] !== table) {
    c.table[row] = table
    if (c.fixed[row] === 0) fix(s, row)
    const direct = missing(s, row) === 0 && values === 0
    c.used[row] = 1
    c.tableLabel[row] = direct ? c.label[row] : s.asm.newLabel()
  }
  return c.tableLabel[row]
}

/** Jumps to the run among `low` to `high` that the index is in. */
function search(s: State, index: number, low: number, high: number): void {
  const asm = s.asm
  if (low === high) {
    asm.jmp(runLabel[low])
    return
  }
  const middle = (low + high + 1) >> 1
  asm.ri(Form.cmp32MI, index, runStart[middle])
  if (middle === high) {
    asm.jcc(Cc.ae, runLabel[high])
    search(s, index, low, middle - 1)
    return
  }
  const upper = asm.newLabel()
  asm.jcc(Cc.ae, upper)
  search(s, index, low, middle - 1)
  asm.bind(upper)
  search(s, index, middle, high)
}

function jumpThroughTable(s: State, index: number, count: number): void {
  const c = s.control
  const asm = s.asm
  const table = asm.newLabel()
  const entry = isTemp(s, index) ? index : allocFrom(s, GPRS)
  const labels = s.pos
  for (let i = 0; i < count; i++) readU32(s)
  asm.ri(Form.cmp32MI, index, count)
  asm.jcc(Cc.ae, c.tableLabel[rowOf(s, readU32(s))])
  asm.rip(Form.lea64RM, Reg.r11, table)
  asm.memx(Form.movsxd64M32, entry, Reg.r11, index, 2, 0)
  asm.rr(Form.add64RM, Reg.r11, entry)
  asm.r(Form.jmpM, Reg.r11)
  const base = asm.size
  asm.bind(table)
  s.pos = labels
  for (let i = 0; i < count; i++) asm.tableEntry(c.tableLabel[rowOf(s, readU32(s))], base)
  if (entry !== index) release(s, entry)
}

/** Puts the values of a br_table where the moves to every target can read them: one in a temporary, more in homes. */
function settleValues(s: State, values: number): void {
  if (values > 1) {
    for (let h = s.sp - values; h < s.sp; h++) flushOperand(s, h, true)
    return
  }
  const type = s.type[s.sp - 1]
  const reg = popReg(s)
  if (isTemp(s, reg)) {
    pushReg(s, type, reg)
    return
  }
  const temp = allocFrom(s, isFloat(type) ? XMMS : GPRS)
  move(s, type, temp, reg)
  pushReg(s, type, temp)
}
