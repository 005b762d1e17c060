/**
 * br_table. Entries are gathered into runs of neighbours with one target. Few runs become a search by comparisons: an
 * indirect jump costs more than several predicted branches where a hypervisor restricts its prediction (as in the
 * baseline tier, and in Liftoff). A run of one index in the middle of a search is decided by the comparison that parts
 * the others. Many runs become a table of distances behind the code, and so does what looks like an interpreter's dispatch:
 * many different targets, each for about one index. There a search is deep, and one jump has all of the history to be
 * predicted by, the more so as tail duplication (tails.ts) gives each case a jump of its own.
 */
import { SCRATCH } from '../../abi.js'
import { Cc, Form } from '../../isa/x64/forms.js'
import type { VCode } from '../lower/vcode.js'
import type { Emitter } from './emitter.js'
import type { Layout } from './layout.js'
import { SEARCH_BYTES } from './sizes.js'

/** Most runs for which a search is emitted: about what its code is worth against the 4 bytes an entry of a table. */
const MAX_SEARCH = 64
/** Fewest different targets of a dispatch. */
const MIN_DISPATCH = 10

/** First index of each run, and its block; the run after the last has the number of runs as its sentinel. */
const runStart = new Int32Array(MAX_SEARCH + 1)
const runBlock = new Int32Array(MAX_SEARCH)

/** Emits the branch at the end of a block: `count` entries, then the default. */
export function emitBranchTable(e: Emitter, block: number, place: number, count: number): void {
  const index = e.reg(0)
  e.asm.assertZeroExtended(index)
  const runs = gatherRuns(e.code, e.layout, block, count)
  if (isSearched(runs)) search(e, index, 0, runs - 1, place, true)
  else jumpThroughTable(e, block, index, count)
}

/** True for a block whose br_table jumps through a table. */
export function hasTable(code: VCode, layout: Layout, block: number): boolean {
  return !isSearched(gatherRuns(code, layout, block, code.blockSuccCount[block] - 1))
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
 * Jumps to the run among `low` to `high` that the index is in.
 * @param last nothing is emitted after this for the table: the block that follows need not be jumped to
 */
function search(e: Emitter, index: number, low: number, high: number, place: number, last: boolean): void {
  const { asm } = e
  if (low === high) {
    if (!last || !e.layout.follows(runBlock[low], place)) e.jump(runBlock[low], place)
    return
  }
  const middle = (low + high + 1) >> 1
  asm.ri(Form.cmp32MI, index, runStart[middle])
  const single = middle < high && runStart[middle + 1] === runStart[middle] + 1
  if (single) e.branchTo(Cc.e, runBlock[middle], place)
  const above = single ? middle + 1 : middle
  // The smaller indices are looked for last when one of them is the block that follows.
  if (middle - 1 === low && !(last && e.layout.follows(runBlock[low], place))) {
    e.branchTo(Cc.b, runBlock[low], place)
    search(e, index, above, high, place, last)
  } else if (above === high) {
    e.branchTo(single ? Cc.a : Cc.ae, runBlock[high], place)
    search(e, index, low, middle - 1, place, last)
  } else {
    const upper = asm.newLabel()
    e.jcc(single ? Cc.a : Cc.ae, upper, e.reach.isNearBy((middle - low) * SEARCH_BYTES))
    search(e, index, low, middle - 1, place, false)
    asm.bind(upper)
    search(e, index, above, high, place, last)
  }
}

function jumpThroughTable(e: Emitter, block: number, index: number, count: number): void {
  const { asm } = e
  asm.ri(Form.cmp32MI, index, count)
  asm.jcc(Cc.ae, e.layout.labelOf(e.layout.successor(block, count)))
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
