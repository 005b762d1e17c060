/**
 * The symbolic checker of an allocation (after regalloc2's): runs the allocated code with sets of virtual registers for
 * values and demands that every operand is read where its register's value is. It sees the code, the operands' locations
 * and the resolved moves, and nothing of how they came about; so it checks liveness, splitting, edges and the order of
 * moves alike. Always on in tests; not for hot paths.
 */
import {
  InstFlag, isDefKind, OP_KIND_MASK, OpKind, SLOT_BASE, XMM_BASE, type VCode,
} from '../lower/vcode.js' // oxfmt-ignore
import { ALLOCATABLE, AllocatorError } from './linear-scan.js'
import type { Moves } from './moves.js'

/** Virtual registers whose value is in each location. */
type State = Map<number, ReadonlySet<number>>

/** What both states say. */
function meet(a: State, b: State): State {
  const both: State = new Map()
  for (const [loc, set] of a) {
    const other = b.get(loc)
    const common = other === undefined ? [] : [...set].filter((vreg) => other.has(vreg))
    if (common.length > 0) both.set(loc, new Set(common))
  }
  return both
}

function size(state: State): number {
  let sum = 0
  for (const set of state.values()) sum += set.size
  return sum
}

interface Subject {
  readonly code: VCode
  readonly moves: Moves
  /** Numbers of the moves of each key. */
  readonly movesAt: ReadonlyMap<number, readonly number[]>
}

/** Throws AllocatorError when an operand of `code` would read anything but its virtual register. */
export function checkAllocation(code: VCode, moves: Moves): void {
  const movesAt = new Map<number, number[]>()
  for (let i = 0; i < moves.count; i++) {
    const list = movesAt.get(moves.key[i])
    if (list === undefined) movesAt.set(moves.key[i], [i])
    else list.push(i)
  }
  const subject = { code, moves, movesAt }
  const entry: (State | undefined)[] = []
  entry[0] = new Map()
  const work = [0]
  while (work.length > 0) {
    const block = work.pop()
    if (block === undefined) break
    const at = entry[block]
    if (at === undefined) continue
    for (const [succ, state] of checkBlock(subject, block, new Map(at))) {
      const before = entry[succ]
      const after = before === undefined ? state : meet(before, state)
      if (before !== undefined && size(after) === size(before)) continue
      entry[succ] = after
      work.push(succ)
    }
  }
}

function runMoves({ moves, movesAt }: Subject, key: number, state: State): void {
  for (const i of movesAt.get(key) ?? []) {
    const value = state.get(moves.src[i])
    if (value === undefined) state.delete(moves.dst[i])
    else state.set(moves.dst[i], value)
  }
}

/** Runs a block and returns the states on its edges. */
function checkBlock(subject: Subject, block: number, state: State): [number, State][] {
  const { code } = subject
  const head = code.blockStart[block] * 4
  for (let key = head; key < head + 3; key++) runMoves(subject, key, state)
  for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) {
    runMoves(subject, index * 4, state)
    runMoves(subject, index * 4 + 1, state)
    checkInst(code, index, state)
    runMoves(subject, index * 4 + 3, state)
  }
  const edges: [number, State][] = []
  let edge = code.blockSuccs[block]
  for (let i = 0; i < code.blockSuccCount[block]; i++) {
    const succ = code.pool[edge]
    edges.push([succ, alongEdge(code, edge, state)])
    edge += 2 + code.pool[edge + 1]
  }
  return edges
}

/** Where an argument's value is, the parameter's is too; old values of the parameters are gone. */
function alongEdge(code: VCode, edge: number, state: State): State {
  const succ = code.pool[edge]
  const args = code.pool[edge + 1]
  const next: State = new Map()
  const params = code.pool.subarray(code.blockParams[succ], code.blockParams[succ] + code.blockParamCount[succ])
  for (const [loc, set] of state) {
    const values = new Set([...set].filter((vreg) => !params.includes(vreg)))
    for (let k = 0; k < args; k++) if (set.has(code.pool[edge + 2 + k])) values.add(params[k])
    next.set(loc, values)
  }
  return next
}

function checkInst(code: VCode, index: number, state: State): void {
  const inst = code.order[index]
  const start = code.operandStart[inst]
  const end = start + code.operandCount[inst]
  for (let at = start; at < end; at++) {
    const kind = code.opKind[at] & OP_KIND_MASK
    const loc = code.opLoc[at]
    const inRegister = loc >= 0 && loc < SLOT_BASE
    if (!inRegister && kind !== OpKind.UseAny) fail(code, index, at, `is not in a register but in ${loc}`)
    if (kind >= OpKind.TempFixed) continue
    if (inRegister && (loc >= XMM_BASE ? 1 : 0) !== code.vregClass[code.opVreg[at]])
      fail(code, index, at, 'has the wrong class')
    if (isDefKind(kind) || kind === OpKind.Temp) continue
    if (state.get(loc)?.has(code.opVreg[at]) !== true) fail(code, index, at, `is not in ${loc}`)
    if (kind === OpKind.UseReuse || kind === OpKind.UseFixed) continue
    checkNotOverwritten(code, index, at)
  }
  if ((code.flags[inst] & InstFlag.ClobberAll) !== 0)
    for (const list of ALLOCATABLE) for (const reg of list) state.delete(reg)
  for (let at = start; at < end; at++) {
    const kind = code.opKind[at] & OP_KIND_MASK
    const loc = code.opLoc[at]
    if (kind >= OpKind.Temp) state.delete(loc)
    if (!isDefKind(kind)) continue
    for (const [where, set] of state)
      if (set.has(code.opVreg[at])) state.set(where, new Set([...set].filter((v) => v !== code.opVreg[at])))
  }
  for (let at = start; at < end; at++) {
    if (isDefKind(code.opKind[at] & OP_KIND_MASK)) state.set(code.opLoc[at], new Set([code.opVreg[at]]))
  }
}

/** An input must not share its place with what is written before it is read. */
function checkNotOverwritten(code: VCode, index: number, use: number): void {
  const inst = code.order[index]
  const start = code.operandStart[inst]
  const late = (code.opKind[use] & OP_KIND_MASK) === OpKind.UseLate
  for (let at = start; at < start + code.operandCount[inst]; at++) {
    if (at === use || code.opLoc[at] !== code.opLoc[use]) continue
    const kind = code.opKind[at] & OP_KIND_MASK
    const early = kind === OpKind.DefEarly || kind === OpKind.DefReuse || kind >= OpKind.Temp
    if (early || (late && isDefKind(kind))) fail(code, index, use, 'is overwritten before it is read')
  }
}

function fail(code: VCode, index: number, at: number, what: string): never {
  throw new AllocatorError(`index ${index} (kind ${code.kind[code.order[index]]}): v${code.opVreg[at]} ${what}`)
}
