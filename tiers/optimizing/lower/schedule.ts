/**
 * Order of the instructions within each block, for fewer live values: a list scheduler that goes backwards and takes,
 * of the instructions whose users all have their places, the one that leaves the fewest values live (Sethi and Ullman's
 * idea; LLVM's bottom-up register reduction). The mid-end leaves loads where they were and puts computations right
 * before what needs them, often the end of the block, so that everything loaded would live long. Also, the next value
 * of a loop's variable is computed after the last use of the present one, so that both can be in one register.
 *
 * The processor finds the parallelism itself; latencies are not considered. What can trap or has an effect keeps its
 * order, but loads may change places with each other: when two would trap, either may be the one that is reported.
 */
import { grown } from '../../grown.js'
import type { Cfg } from '../ir/cfg.js'
import type { IrFunction } from '../ir/function.js'
import { Effect, IrOp, opArgs, opEffect } from '../ir/ops.js'
import type { Loops } from '../ir/loops.js'

/** Candidates looked at for one place, the latest to become ready: bounds the work in long blocks. */
const MAX_CANDIDATES = 24
/** Shortest block worth looking at: below, there is nothing to choose. */
const MIN_INSTRUCTIONS = 4
/** Stamps begin anew above this: a function has less than 2^30 blocks, and a stamp has 31 bits. */
const MAX_STAMP = 1 << 30
/** Gain of what its user swallows: comparisons by branches, extensions by anything. */
const SWALLOWED = -100

export class Scheduler {
  private f!: IrFunction
  private loops!: Loops
  /** Uses of each value in the whole function. */
  private uses!: Int32Array
  /** Instructions of the block in their old order, and by instruction its place there. */
  private list = new Int32Array(256)
  private count = 0
  private placeOf = new Int32Array(1024)
  /** By place: dependents that are not ordered yet; the effect before it; first and end of its loads in `loads`. */
  private left = new Int32Array(256)
  private before = new Int32Array(256)
  private loadStart = new Int32Array(256)
  private loadEnd = new Int32Array(256)
  private loads = new Int32Array(256)
  /** Places that may come next. */
  private ready = new Int32Array(256)
  private readyCount = 0
  /** By value: the stamp of the block in which it is known to be live; its uses in the block, and their stamp. */
  private live = new Int32Array(1024)
  private usesHere = new Int32Array(1024)
  private usesStamp = new Int32Array(1024)
  private stamp = 0
  private here = -1
  private tested = -1

  /** Orders every reachable block. `uses`: by value, how often anything in the function uses it. */
  run(f: IrFunction, cfg: Cfg, loops: Loops, uses: Int32Array): void {
    this.f = f
    this.loops = loops
    this.uses = uses
    if (this.placeOf.length < f.instCount) this.placeOf = new Int32Array(f.instCount * 2)
    if (this.live.length < f.valueCount) {
      this.live = new Int32Array(f.valueCount * 2)
      this.usesHere = new Int32Array(f.valueCount * 2)
      this.usesStamp = new Int32Array(f.valueCount * 2)
    }
    // Stamps of an earlier function must not be met again.
    if (this.stamp > MAX_STAMP) {
      this.live.fill(0)
      this.usesStamp.fill(0)
      this.stamp = 0
    }
    for (let i = 0; i < cfg.count; i++) this.orderBlock(cfg.rpo[i])
  }

  private orderBlock(block: number): void {
    const { f } = this
    this.here = block
    this.count = 0
    for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) if (!isConstant(f.op[inst])) this.add(inst)
    if (this.count < MIN_INSTRUCTIONS) return
    this.stamp++
    this.findDependences()
    const last = this.count - 1
    let follower = this.list[last]
    this.readyCount = 0
    for (let at = 0; at < last; at++) if (this.left[at] === 0) this.ready[this.readyCount++] = at
    this.settle(last)
    this.tested = this.findTested(follower)
    while (this.readyCount > 0) {
      const at = this.take()
      const inst = this.list[at]
      if (f.prev[follower] !== inst) {
        f.unlink(inst)
        f.insertBefore(inst, follower)
      }
      follower = inst
      this.settle(at)
    }
  }

  /** The instruction whose result a branch compares with zero: right before it, its flags will do. -1 for none. */
  private findTested(branch: number): number {
    const { f } = this
    if (f.op[branch] !== IrOp.Brif) return -1
    let def = f.definition(f.arg0[branch])
    if (def >= 0 && f.op[def] === IrOp.Ieqz) def = f.definition(f.arg0[def])
    return def
  }

  private add(inst: number): void {
    const at = this.count++
    if (at === this.list.length) {
      this.list = grown(this.list)
      this.left = grown(this.left)
      this.before = grown(this.before)
      this.loadStart = grown(this.loadStart)
      this.loadEnd = grown(this.loadEnd)
      this.loads = grown(this.loads)
      this.ready = grown(this.ready)
    }
    this.list[at] = inst
    this.left[at] = 0
    this.before[at] = -1
    this.loadStart[at] = 0
    this.loadEnd[at] = 0
    this.placeOf[inst] = at
  }

  private findDependences(): void {
    const { f, list, left, loads } = this
    let effect = -1
    let loadCount = 0
    let firstLoad = 0
    for (let at = 0; at < this.count; at++) {
      const inst = list[at]
      this.visitUses(inst, true)
      const op = f.op[inst]
      if (opEffect[op] === Effect.Pure) continue
      this.before[at] = effect
      if (effect >= 0) left[effect]++
      if (isMovable(op)) {
        loads[loadCount++] = at
        continue
      }
      this.loadStart[at] = firstLoad
      this.loadEnd[at] = loadCount
      for (let i = firstLoad; i < loadCount; i++) left[loads[i]]++
      firstLoad = loadCount
      effect = at
    }
  }

  /** The instruction at a place has its new one: what it uses is live, and what only waited for it may come next. */
  private settle(at: number): void {
    this.visitUses(this.list[at], false)
    if (this.before[at] >= 0) this.release(this.before[at])
    for (let i = this.loadStart[at]; i < this.loadEnd[at]; i++) this.release(this.loads[i])
  }

  private release(at: number): void {
    if (--this.left[at] === 0) this.ready[this.readyCount++] = at
  }

  /** All values that an instruction uses: counts them, or settles them. */
  private visitUses(inst: number, counting: boolean): void {
    const { f } = this
    for (let i = f.argCount(inst) - 1; i >= 0; i--) this.visit(f.arg(inst, i), counting)
    if (opEffect[f.op[inst]] === Effect.Pure) return
    if (f.hasList(inst)) this.visitList(f.aux[inst], counting)
    for (let i = f.successorCount(inst) - 1; i >= 0; i--) this.visitList(f.successorCall(inst, i) + 1, counting)
  }

  private visitList(list: number, counting: boolean): void {
    const { pool } = this.f
    for (let i = pool[list]; i > 0; i--) this.visit(pool[list + i], counting)
  }

  private visit(value: number, counting: boolean): void {
    const { f } = this
    const def = f.definition(value)
    const local = def >= 0 && f.block[def] === this.here
    if (local && isConstant(f.op[def])) return
    if (counting) {
      if (this.usesStamp[value] !== this.stamp) {
        this.usesStamp[value] = this.stamp
        this.usesHere[value] = 0
      }
      this.usesHere[value]++
      if (local) this.left[this.placeOf[def]]++
    } else {
      this.live[value] = this.stamp
      if (local) this.release(this.placeOf[def])
    }
  }

  /** True when a value is live after the place at hand, as far as is known. */
  private isLive(value: number): boolean {
    const { f, loops } = this
    if (this.live[value] === this.stamp) return true
    const here = this.usesStamp[value] === this.stamp ? this.usesHere[value] : 0
    if (this.uses[value] > here) return true
    const def = f.definition(value)
    if (def >= 0 && isConstant(f.op[def])) return true
    const block = def >= 0 ? f.block[def] : f.vA[value]
    return block !== this.here && loops.depthOf(block) < loops.depthOf(this.here)
  }

  /** Takes the best of the candidates: the fewest live values, among equals the last in the old order. */
  private take(): number {
    const { ready } = this
    let best = this.readyCount - 1
    let bestCost = this.cost(ready[best])
    const end = Math.max(0, this.readyCount - MAX_CANDIDATES)
    for (let i = best - 1; i >= end; i--) {
      const cost = this.cost(ready[i])
      if (cost > bestCost || (cost === bestCost && ready[i] < ready[best])) continue
      best = i
      bestCost = cost
    }
    const at = ready[best]
    ready[best] = ready[--this.readyCount]
    return at
  }

  /** Twice the values that an instruction makes live, less the one that it ends; a tie goes to what is tested. */
  private cost(at: number): number {
    const { f } = this
    const inst = this.list[at]
    const op = f.op[inst]
    if (op === IrOp.Icmp || op === IrOp.Fcmp || op === IrOp.Ieqz || op === IrOp.Uext) return SWALLOWED
    let cost = 0
    const args = opArgs[op]
    for (let i = 0; i < args; i++) {
      const value = f.arg(inst, i)
      if (!this.isLive(value) && (i === 0 || f.arg0[inst] !== value)) cost++
    }
    const result = f.firstResult[inst]
    if (result >= 0 && this.isLive(result)) cost--
    return 2 * cost - (inst === this.tested ? 1 : 0)
  }
}

function isConstant(op: number): boolean {
  return op === IrOp.Iconst || op === IrOp.Fconst
}

/** Loads that may change places with each other. */
function isMovable(op: number): boolean {
  return op === IrOp.Load || op === IrOp.GlobalGet || op === IrOp.MemBytes || op === IrOp.TableSize
}
