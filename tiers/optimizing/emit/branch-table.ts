/**
 * br_table. Entries are gathered into runs of neighbours with one target. Few runs become a search by comparisons: an
 * indirect jump costs more than several predicted branches where a hypervisor restricts its prediction (as in the
 * baseline tier, and in Liftoff). A run of one index in the middle of a search is decided by the comparison that parts
 * the others. Many runs become a table of distances behind the code, and so does what looks like an interpreter's dispatch:
 * many different targets, each for about one index. There a search is deep, and one jump has all of the history to be
 * predicted by, the more so as tail duplication (tails.ts) gives each case a jump of its own.
 */
import { SCRATCH } from '../../abi.js'
import type { Assembler } from '../../isa/x64/assembler.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import type { VCode } from '../lower/vcode.js'
import type { Emitter } from './emitter.js'
import type { Layout } from './layout.js'

/** Most runs for which a search is emitted: about what its code is worth against the 4 bytes an entry of a table. */
const MAX_SEARCH = 64
/** Fewest different targets of a dispatch. */
const MIN_DISPATCH = 10

const JCC_BYTES = 6
/** Bytes that a run takes in a search, where few indices are above 127: a comparison and two jumps. */
export const SEARCH_BYTES = 4 + 2 * JCC_BYTES
/** Most bytes of the check before a jump through a table, and those of the jump. */
const BOUNDS_CHECK = 7 + JCC_BYTES
const TABLE_JUMP = 14

/** First index of each run, and its block; the run after the last has the number of runs as its sentinel. */
const runStart = new Int32Array(MAX_SEARCH + 1)
const runBlock = new Int32Array(MAX_SEARCH)

/** Emits the branch at the end of a block: `count` entries, then the default. */
export function emitBranchTable(e: Emitter, block: number, place: number, count: number): void {
  const index = e.reg(0)
  e.asm.assertZeroExtended(index)
  const runs = gatherRuns(e.code, e.layout, block, count)
  if (isSearched(runs)) search(e, index, 0, runs - 1, place, true)
  else jumpThroughTable(e, block, place, index, count)
}

/** True for a block whose br_table jumps through a table. */
export function hasTable(code: VCode, layout: Layout, block: number): boolean {
  return !isSearched(gatherRuns(code, layout, block, code.blockSuccCount[block] - 1))
}

/** Most bytes of the br_table at the end of a block, without its table. */
export function branchTableBytes(code: VCode, layout: Layout, block: number): number {
  const runs = gatherRuns(code, layout, block, code.blockSuccCount[block] - 1)
  return isSearched(runs) ? runs * SEARCH_BYTES : BOUNDS_CHECK + TABLE_JUMP
}

/** False for too many runs, and when more than half of many have a target of their own. */
function isSearched(runs: number): boolean {
  if (runs > MAX_SEARCH) return false
  let targets = 0
  for (let i = 0; i < runs; i++) if (isFirstOfTarget(i)) targets++
  return targets < MIN_DISPATCH || targets * 2 <= runs
}

/** True when no run before this one leads to its block. */
function isFirstOfTarget(run: number): boolean {
  for (let i = 0; i < run; i++) if (runBlock[i] === runBlock[run]) return false
  return true
}

/** Number of runs; beyond MAX_SEARCH they are not kept. */
function gatherRuns(code: VCode, layout: Layout, block: number, count: number): number {
  let runs = 0
  let last = -1
  let edge = code.blockSuccs[block]
  for (let i = 0; i <= count; i++, edge += 2 + code.pool[edge + 1]) {
    const target = layout.threaded(code.pool[edge])
    if (target === last) continue
    last = target
    if (runs < MAX_SEARCH) {
      runStart[runs] = i
      runBlock[runs] = target
      runStart[runs + 1] = count + 1
    }
    runs++
  }
  return runs
}

/**
 * Jumps to the run among `low` to `high` that the index is in. All jumps are long, also those that need not be: with more than eight in
 * a window a search is slower, on Golden Cove the kernel `statemachine` by 5%, and it takes no estimate of what is still to come.
 * @param last nothing is emitted after this for the table: the block that follows need not be jumped to
 */
function search(e: Emitter, index: number, low: number, high: number, place: number, last: boolean): void {
  const { asm } = e
  const follows = last && e.layout.follows(runBlock[low], place)
  if (low === high) {
    if (!follows) asm.jmp(e.layout.labelOf(runBlock[low]))
    return
  }
  const middle = (low + high + 1) >> 1
  compare(asm, index, runStart[middle])
  const single = middle < high && runStart[middle + 1] === runStart[middle] + 1
  const above = single ? middle + 1 : middle
  if (single) asm.jcc(Cc.e, e.layout.labelOf(runBlock[middle]))
  if (single && middle - 1 === low && above === high && runBlock[low] === runBlock[high]) {
    search(e, index, high, high, place, last)
  } else if (middle - 1 === low && !follows) {
    // The smaller indices are looked for last when one of them is the block that follows.
    asm.jcc(Cc.b, e.layout.labelOf(runBlock[low]))
    search(e, index, above, high, place, last)
  } else if (above === high) {
    asm.jcc(single ? Cc.a : Cc.ae, e.layout.labelOf(runBlock[high]))
    search(e, index, low, middle - 1, place, last)
  } else {
    const upper = asm.newLabel()
    asm.jcc(single ? Cc.a : Cc.ae, upper)
    search(e, index, low, middle - 1, place, false)
    asm.bind(upper)
    search(e, index, above, high, place, last)
  }
}

/** Compares the index for the jump that follows, in whose window it stays (Emitter.keepWithBranch). */
function compare(asm: Assembler, index: number, value: number): void {
  const start = asm.size
  asm.ri(Form.cmp32MI, index, value)
  if (asm.jumpWindow === 0) return
  const length = asm.size - start
  asm.size = start
  asm.together(length + JCC_BYTES)
  asm.ri(Form.cmp32MI, index, value)
}

function jumpThroughTable(e: Emitter, block: number, place: number, index: number, count: number): void {
  const { asm } = e
  asm.ri(Form.cmp32MI, index, count)
  e.branchTo(Cc.ae, e.layout.successor(block, count), place, TABLE_JUMP)
  asm.rip(Form.lea64RM, SCRATCH, e.tableOf(block))
  asm.memx(Form.add64RM, SCRATCH, SCRATCH, index, 3, 0)
  asm.r(Form.jmpM, SCRATCH)
}

/** The entries of a block's table: distances from the table, which stands behind the code, so that all are negative. */
export function emitTable(e: Emitter, block: number): void {
  const { asm, code } = e
  const base = asm.size
  let edge = code.blockSuccs[block]
  for (let i = code.blockSuccCount[block] - 1; i > 0; i--) {
    asm.tableEntry(e.layout.labelOf(e.layout.threaded(code.pool[edge])), base)
    asm.int32(-1)
    edge += 2 + code.pool[edge + 1]
  }
}
