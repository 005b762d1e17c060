/**
 * The acyclic e-graph: the value graph of a function, in which equal values are joined by union values (Fallin, "The
 * acyclic e-graph"; Cranelift's egraph/mod.rs). Nodes are never changed after insertion: a class, as a use sees it, is the
 * tree of unions below the value that the use names. So every node refers to earlier ones only, hash-consing needs no
 * rebuilding, and there is no union-find.
 *
 * Rewriting is eager: a node is simplified once, when it is inserted; what the rules make is inserted by the same way.
 * Limits bound the work of one instruction.
 *
 * Rules never bring in a leaf (parameter, result of a placed instruction) that the node they match does not have; so a
 * class can be computed wherever the node could that it was made for. Elaboration (elaborate.ts) depends on this.
 */
import { ValueKind } from '../ir/arrays.js'
import type { IrFunction } from '../ir/function.js'
import { Effect, IrOp, opArgs, opCommutative, opEffect, opResult, ResultRule } from '../ir/ops.js'
import { intCcSwapped, isFloatTy, Ty } from '../ir/types.js'
import { simplify } from '../rules/simplify.gen.js'
import { RuleHits } from '../rules/hits.js'
import { RuleContext } from '../rules/context.js'
import type { Chaos } from './chaos.js'
import { foldConstants } from './fold.js'
import { ABSENT, hashFields, ScopedTable } from './scoped-table.js'
import { grown } from '../../grown.js'

/** Results kept of the rules for one node. */
const MATCHES_LIMIT = 5
/** Nodes in a class. */
const CLASS_LIMIT = 5
/** Depth of rewriting what a rule made. */
const REWRITE_LIMIT = 5
/** Nodes that the patterns for one instruction, and for all that its rewriting makes, may look at. */
const FUEL = 500

/** True for instructions that float: one result, no effect. */
export function isPure(f: IrFunction, inst: number): boolean {
  const op = f.op[inst]
  return opEffect[op] === Effect.Pure && opResult[op] !== ResultRule.None
}

export class EGraph extends RuleContext {
  /** By value: the best known form when the value was inserted. */
  opt: Int32Array = new Int32Array(1024)
  /** By value: the highest block where it can be computed. */
  avail: Int32Array = new Int32Array(1024)
  /** By value: nodes below it. */
  private classSize: Int32Array = new Int32Array(1024)
  /** By block: depth in the dominator tree; set by the driver. */
  depth: Int32Array = new Int32Array(0)
  readonly table: ScopedTable = new ScopedTable()
  readonly hits: RuleHits = new RuleHits()
  chaos: Chaos | undefined

  private rewriteDepth = 0
  private fuel = 0
  private readonly results = new Int32Array(MATCHES_LIMIT * (REWRITE_LIMIT + 2))
  private resultBase = 0
  private resultTop = 0
  private subsumed = -1
  /** Values that the walks over classes still have to look at. */
  private walk = new Int32Array(256)
  private walkTop = 0

  reset(f: IrFunction): void {
    this.f = f
    this.table.reset(f)
    this.walkTop = 0
    this.reserve(f.valueCount)
  }

  private reserve(values: number): void {
    if (values <= this.opt.length) return
    const size = Math.max(values, this.opt.length * 2)
    this.opt = grown(this.opt, size)
    this.avail = grown(this.avail, size)
    this.classSize = grown(this.classSize, size)
    this.constant = grown(this.constant, size)
  }

  /** Makes a value known that is computed (or defined) in a block. */
  define(value: number, block: number): void {
    this.reserve(value + 1)
    this.opt[value] = value
    this.avail[value] = block
    this.classSize[value] = 1
    const inst = this.f.definition(value)
    const isConstant = inst >= 0 && (this.f.op[inst] === IrOp.Iconst || this.f.op[inst] === IrOp.Fconst)
    this.constant[value] = isConstant ? inst : -1
  }

  /** To call before each instruction of the function is inserted. */
  refuel(): void {
    this.fuel = FUEL
    this.rewriteDepth = 0
  }

  // --- insertion -------------------------------------------------------------------------------------------------------

  /** Constants go right, otherwise the older value goes left: rules need one order, and more nodes are equal. */
  private isSwapped(left: number, right: number): boolean {
    const leftConstant = this.constant[left] >= 0
    const rightConstant = this.constant[right] >= 0
    return leftConstant === rightConstant ? left > right : leftConstant
  }

  override make(op: number, ty: number, arg0: number, arg1: number, arg2: number, aux: number): number {
    let a = arg0
    let b = arg1
    let cc = aux
    if ((opCommutative[op] === 1 || op === IrOp.Icmp) && this.isSwapped(a, b)) {
      a = arg1
      b = arg0
      if (op === IrOp.Icmp) cc = intCcSwapped[aux]
    }
    return this.made(op, ty, a, b, arg2, cc, 0, 0)
  }

  /** The value of a node whose arguments are in order. */
  private made(op: number, ty: number, a: number, b: number, c: number, aux: number, lo: number, hi: number): number {
    const hash = hashFields(op, ty, a, b, c, aux, lo, hi)
    const hit = this.table.find(hash, op, ty, a, b, c, aux, lo, hi)
    return hit !== ABSENT ? hit : this.added(this.f.addInst(op, ty, a, b, c, aux, lo, hi), hash)
  }

  /** Inserts a floating instruction of the function, whose arguments are best known forms; returns its own. */
  insert(inst: number): number {
    const { f } = this
    const op = f.op[inst]
    if (opCommutative[op] === 1 || op === IrOp.Icmp) {
      const left = f.arg0[inst]
      const right = f.arg1[inst]
      if (this.isSwapped(left, right)) {
        f.arg0[inst] = right
        f.arg1[inst] = left
        if (op === IrOp.Icmp) f.aux[inst] = intCcSwapped[f.aux[inst]]
      }
    }
    const hash = this.hashOf(inst)
    const hit = this.findEqual(inst, hash)
    if (hit === ABSENT) return this.added(inst, hash)
    this.opt[f.firstResult[inst]] = hit
    return hit
  }

  hashOf(inst: number): number {
    const { f } = this
    const { op, ty, arg0, arg1, arg2, aux, immLo, immHi } = f
    return hashFields(op[inst], ty[inst], arg0[inst], arg1[inst], arg2[inst], aux[inst], immLo[inst], immHi[inst])
  }

  findEqual(inst: number, hash: number): number {
    const { f } = this
    const { op, ty, arg0, arg1, arg2, aux, immLo, immHi } = f
    return this.table.find(
      hash, op[inst], ty[inst], arg0[inst], arg1[inst], arg2[inst], aux[inst], immLo[inst], immHi[inst],
    ) // oxfmt-ignore
  }

  private added(inst: number, hash: number): number {
    const { f } = this
    const result = f.firstResult[inst]
    let block = f.entry
    for (let i = opArgs[f.op[inst]] - 1; i >= 0; i--) {
      const at = this.avail[f.arg(inst, i)]
      if (this.depth[at] > this.depth[block]) block = at
    }
    this.define(result, block)
    const value = this.simplified(inst)
    this.table.insert(hash, inst, this.depth[this.avail[value]], value)
    this.opt[result] = value
    return value
  }

  private simplified(inst: number): number {
    const result = this.f.firstResult[inst]
    if (this.rewriteDepth >= REWRITE_LIMIT) return result
    this.rewriteDepth++
    const { resultBase: base, resultTop: top, subsumed, walkTop } = this
    this.resultBase = top
    this.subsumed = foldConstants(this, inst)
    if (this.subsumed < 0) simplify(this, inst)
    const chaos = this.chaos
    if (this.subsumed < 0 && chaos !== undefined) chaos.shuffle(this.results, top, this.resultTop)
    const value = this.subsumed >= 0 ? this.subsumed : this.united(result)
    this.resultBase = base
    this.resultTop = top
    this.subsumed = subsumed
    // A rule that subsumes leaves walks before their end.
    this.walkTop = walkTop
    this.rewriteDepth--
    return value
  }

  private united(result: number): number {
    let value = result
    for (let i = this.resultBase; i < this.resultTop; i++) {
      const other = this.results[i]
      const size = this.classSize[value] + this.classSize[other]
      if (size > CLASS_LIMIT) break
      if (other === value || other === result) continue
      const union = this.f.addUnion(value, other)
      const deeper = this.depth[this.avail[value]] > this.depth[this.avail[other]]
      this.define(union, this.avail[deeper ? other : value])
      this.classSize[union] = size
      value = union
    }
    return value
  }

  // --- what the generated rules call -------------------------------------------------------------------------------------

  override yield(value: number, rule: number): void {
    this.hits.add(rule)
    if (this.constant[value] >= 0) this.subsumed = value
    else if (this.resultTop - this.resultBase < MATCHES_LIMIT) {
      for (let i = this.resultBase; i < this.resultTop; i++) if (this.results[i] === value) return
      this.results[this.resultTop++] = value
    }
  }

  override subsume(value: number, rule: number): void {
    this.hits.add(rule)
    this.subsumed = value
  }

  override replace(value: number, rule: number): number {
    this.hits.add(rule)
    return value
  }

  override start(value: number): number {
    const base = this.walkTop
    if (base === this.walk.length) this.walk = grown(this.walk, 2 * base)
    this.walk[this.walkTop++] = value
    return base
  }

  override next(base: number): number {
    const { f } = this
    if (this.subsumed >= 0 || this.resultTop - this.resultBase >= MATCHES_LIMIT) this.walkTop = base
    while (this.walkTop > base) {
      if (this.fuel === 0) {
        this.walkTop = base
        break
      }
      this.fuel--
      let value = this.walk[--this.walkTop]
      while (f.vKind[value] === ValueKind.Union) {
        this.start(f.vB[value])
        value = f.vA[value]
      }
      if (f.vKind[value] === ValueKind.Result && isPure(f, f.vA[value])) return f.vA[value]
    }
    return -1
  }

  /** Ends walks that a rule left before their end. */
  stop(): void {
    this.walkTop = 0
    this.subsumed = -1
  }

  /** A constant of a type from its bits. */
  override constantOfBits(ty: number, lo: number, hi: number): number {
    const wide = ty === Ty.I64 || ty === Ty.F64 || ty === Ty.Ref
    return this.made(isFloatTy(ty) ? IrOp.Fconst : IrOp.Iconst, ty, -1, -1, -1, 0, lo, wide ? hi : 0)
  }
}
