/**
 * Which node of each class to compute: the cheapest, by the sum of the costs of all that it needs. One pass in topological
 * order is exact, for nodes refer to earlier ones only. Sharing is not seen: a value used twice counts twice (finding the
 * cheapest graph instead of the cheapest tree is NP-hard). Ties go to the newer value, which a rule preferred.
 *
 * Sums are capped, since trees of shared values grow exponentially.
 */
import { grown } from '../../grown.js'
import type { Float } from '../../numbers.js'
import { ValueKind } from '../ir/arrays.js'
import type { IrFunction } from '../ir/function.js'
import { opArgs } from '../ir/ops.js'
import type { Chaos } from './chaos.js'
import { opCost } from './costs.js'
import { isPure } from './graph.js'

const MAX_COST: Float = 0xffff_fffe

export class Extraction {
  private f!: IrFunction
  private chaos: Chaos | undefined
  /** By value: the value of its class to compute, -1 until it is asked for. */
  private best = new Int32Array(1024)
  private cost = new Float64Array(1024)
  private stack = new Int32Array(256)
  private stackTop = 0

  reset(f: IrFunction, chaos: Chaos | undefined): void {
    this.f = f
    this.chaos = chaos
    this.reserve(f.valueCount)
    this.best.fill(-1, 0, f.valueCount)
  }

  private reserve(values: number): void {
    const old = this.best.length
    if (values <= old) return
    this.best = grown(this.best, values).fill(-1, old)
    const cost = new Float64Array(this.best.length)
    cost.set(this.cost)
    this.cost = cost
  }

  /** Makes a value stand for another, of which it is a copy. */
  copy(value: number, original: number): void {
    this.reserve(value + 1)
    this.best[value] = original
  }

  private push(value: number): void {
    if (this.stackTop === this.stack.length) this.stack = grown(this.stack)
    this.stack[this.stackTop++] = value
  }

  /** The value to compute where `value` is used: the result of an instruction or a parameter. */
  bestOf(value: number): number {
    if (this.best[value] >= 0) return this.best[value]
    const base = this.stackTop
    this.push(value)
    while (this.stackTop > base) {
      const top = this.stack[this.stackTop - 1]
      if (this.best[top] < 0 && this.pushMissing(top)) continue
      if (this.best[top] < 0) this.decide(top)
      this.stackTop--
    }
    return this.best[value]
  }

  /** Pushes the values that must be known first; false when there are none. */
  private pushMissing(value: number): boolean {
    const { f } = this
    const before = this.stackTop
    if (f.vKind[value] === ValueKind.Union) {
      this.pushUnknown(f.vA[value])
      this.pushUnknown(f.vB[value])
    } else if (f.vKind[value] === ValueKind.Result && isPure(f, f.vA[value])) {
      const inst = f.vA[value]
      for (let i = opArgs[f.op[inst]] - 1; i >= 0; i--) this.pushUnknown(f.arg(inst, i))
    }
    return this.stackTop > before
  }

  private pushUnknown(value: number): void {
    if (this.best[value] < 0) this.push(value)
  }

  private decide(value: number): void {
    const { f, best, cost } = this
    if (f.vKind[value] === ValueKind.Union) {
      const left = best[f.vA[value]]
      const right = best[f.vB[value]]
      const better = cost[left] < cost[right] || (cost[left] === cost[right] && left > right) ? left : right
      const chaos = this.chaos
      best[value] = chaos === undefined ? better : chaos.prefersFirst(cost[left], cost[right]) ? left : right
      cost[value] = cost[best[value]]
      return
    }
    best[value] = value
    cost[value] = 0
    if (f.vKind[value] !== ValueKind.Result || !isPure(f, f.vA[value])) return
    const inst = f.vA[value]
    let sum: Float = opCost[f.op[inst]]
    for (let i = opArgs[f.op[inst]] - 1; i >= 0; i--) sum += cost[f.arg(inst, i)]
    cost[value] = Math.min(sum, MAX_COST)
  }
}
