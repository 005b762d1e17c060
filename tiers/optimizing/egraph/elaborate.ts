/**
 * Elaboration: puts the floating nodes that are needed back into blocks (Cranelift's egraph/elaborate.rs). Down the
 * dominator tree, each argument of a placed instruction is computed right before it, unless a dominating block has it
 * already. So what nobody needs is gone, what one branch needs sinks into it, and equal values are computed once on
 * each path.
 *
 * A node whose arguments are all from outside of a loop is placed before the loop. Exceptions: nodes needed in a cold block
 * stay there; a loop gets no more than HOIST_LIMIT values, since each needs a register throughout; integer constants
 * are made anew in every block, for most become immediates.
 */
import type { Cfg } from '../ir/cfg.js'
import type { DomTree } from '../ir/domtree.js'
import { STATE_HEAD_WORDS, STATE_VALUE_WORDS, ValueKind, type IrFunction } from '../ir/function.js'
import type { Loops } from '../ir/loops.js'
import { IrOp, opArgs } from '../ir/ops.js'
import type { Extraction } from './cost.js'
import { isPure } from './graph.js'

/** Fewer than the 13 or so integer registers of x86-64, with room for what the loop itself computes. */
const HOIST_LIMIT = 9

function ensured(old: Int32Array, size: number): Int32Array {
  if (size <= old.length) return old
  const next = new Int32Array(Math.max(size, 2 * old.length))
  next.set(old)
  return next
}

export class Elaboration {
  private f!: IrFunction
  private extraction!: Extraction
  private dom!: DomTree
  private loops!: Loops
  private depth!: Int32Array
  /** By best value: the value placed for it, the depth of the scope where that holds, the scope's generation. */
  private placed: Int32Array = new Int32Array(1024)
  private scope: Int32Array = new Int32Array(1024)
  private generation: Int32Array = new Int32Array(1024)
  private currentGeneration: Int32Array = new Int32Array(64)
  private nextGeneration = 1
  /** Loops around the current block, the outermost first. */
  private loopStack: Int32Array = new Int32Array(16)
  private loopTop = 0
  /** Values placed before each loop. */
  private hoisted: Int32Array = new Int32Array(64)
  /** There are frame states, which want to know all values of a class. */
  private keepsCopies = false
  private block = -1
  private work: Int32Array = new Int32Array(256)
  private workTop = 0
  private done: Int32Array = new Int32Array(256)
  private doneTop = 0

  /** Places all that the function needs. `depth`: of each block in the dominator tree. */
  run(f: IrFunction, extraction: Extraction, cfg: Cfg, dom: DomTree, loops: Loops, depth: Int32Array): void {
    this.f = f
    this.extraction = extraction
    this.dom = dom
    this.loops = loops
    this.depth = depth
    this.hoisted = ensured(this.hoisted, loops.count)
    this.hoisted.fill(0, 0, loops.count)
    this.currentGeneration = ensured(this.currentGeneration, cfg.count + 1)
    this.reserve()
    this.scope.fill(-1, 0, f.valueCount)
    this.keepsCopies = f.stateSize > 0
    if (this.keepsCopies) f.resetCopies()
    for (let i = 0; i < dom.count; i++) this.elaborateBlock(dom.preorder[i])
    if (this.keepsCopies) this.describeStates()
  }

  private reserve(): void {
    const { valueCount } = this.f
    if (valueCount <= this.placed.length) return
    const old = this.scope.length
    this.placed = ensured(this.placed, valueCount)
    this.scope = ensured(this.scope, valueCount)
    this.scope.fill(-1, old)
    this.generation = ensured(this.generation, valueCount)
  }

  private elaborateBlock(block: number): void {
    const { f } = this
    this.block = block
    this.currentGeneration[this.depth[block]] = this.nextGeneration++
    this.findLoops(block)
    for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) {
      for (let i = opArgs[f.op[inst]] - 1; i >= 0; i--) f.setArg(inst, i, this.elaborate(f.arg(inst, i), inst))
      if (f.hasList(inst)) this.list(f.aux[inst], inst)
      const successors = f.successorCount(inst)
      for (let i = 0; i < successors; i++) this.list(f.successorCall(inst, i) + 1, inst)
    }
  }

  private list(at: number, inst: number): void {
    const { f } = this
    for (let i = at + f.pool[at]; i > at; i--) f.pool[i] = this.elaborate(f.pool[i], inst)
  }

  private findLoops(block: number): void {
    const { loops } = this
    const innermost = loops.loopOf[block]
    this.loopTop = innermost < 0 ? 0 : loops.depth[innermost]
    this.loopStack = ensured(this.loopStack, this.loopTop)
    let at = this.loopTop
    for (let loop = innermost; loop >= 0; loop = loops.parent[loop]) this.loopStack[--at] = loop
  }

  /** What is placed for a best value and seen from the current block, or -1. */
  private find(best: number): number {
    const scope = this.scope[best]
    if (scope < 0 || scope > this.depth[this.block]) return -1
    if (this.generation[best] !== this.currentGeneration[scope]) return -1
    const value = this.placed[best]
    const inst = this.f.vA[value]
    const isLocal = this.f.op[inst] === IrOp.Iconst
    return isLocal && this.f.block[inst] !== this.block ? -1 : value
  }

  /**
   * Frame states name classes from here on, each by its best value: it and its copies (IrFunction.nextCopy) are where the value may be.
   * Only now, when nothing that is asked for can change what has been chosen.
   */
  private describeStates(): void {
    const { states, stateSize, valueCount } = this.f
    const seen = new Uint8Array(valueCount)
    for (let at = 0; at < stateSize;) {
      const values = states[at + 2] + states[at + 3]
      at += STATE_HEAD_WORDS
      for (let i = 0; i < values; i++, at += STATE_VALUE_WORDS) {
        if (states[at + 1] >= 0) states[at + 1] = this.settled(states[at + 1], seen)
      }
    }
  }

  /** The best value of a class. What is not placed of the tree below it names best values then, too: it is known by them only. */
  private settled(value: number, seen: Uint8Array): number {
    const { f } = this
    const root = this.extraction.bestOf(value)
    this.pushWork(root)
    while (this.workTop > 0) {
      const best = this.work[--this.workTop]
      const inst = f.definition(best)
      if (seen[best] !== 0 || inst < 0 || f.block[inst] >= 0 || !isPure(f, inst)) continue
      seen[best] = 1
      for (let i = opArgs[f.op[inst]] - 1; i >= 0; i--) {
        f.setArg(inst, i, this.extraction.bestOf(f.arg(inst, i)))
        this.pushWork(f.arg(inst, i))
      }
    }
    return root
  }

  // --- values, with explicit stacks: chains of operations can be as long as the function --------------------------------

  private pushWork(word: number): void {
    this.work = ensured(this.work, this.workTop + 1)
    this.work[this.workTop++] = word
  }

  private pushDone(value: number): void {
    this.done = ensured(this.done, this.doneTop + 1)
    this.done[this.doneTop++] = value
  }

  /** The value placed for one, in front of an instruction of the current block. */
  private elaborate(value: number, before: number): number {
    this.pushWork(value)
    while (this.workTop > 0) {
      const word = this.work[--this.workTop]
      if (word >= 0) this.begin(word)
      else this.place(~word, before)
    }
    return this.done[--this.doneTop]
  }

  private begin(value: number): void {
    const { f } = this
    const best = this.extraction.bestOf(value)
    if (f.vKind[best] === ValueKind.Param || !isPure(f, f.vA[best])) {
      this.pushDone(best)
      return
    }
    const known = this.find(best)
    if (known >= 0) {
      this.pushDone(known)
      return
    }
    const inst = f.vA[best]
    this.pushWork(~inst)
    // The last pushed is done first: arguments end on the stack in their order.
    for (let i = opArgs[f.op[inst]] - 1; i >= 0; i--) this.pushWork(f.arg(inst, i))
  }

  /** Places an instruction whose arguments are the last results. */
  private place(original: number, before: number): void {
    const { f } = this
    const count = opArgs[f.op[original]]
    const best = this.extraction.bestOf(f.firstResult[original])
    const base = this.doneTop - count
    const known = this.find(best)
    if (known >= 0) {
      this.doneTop = base
      this.pushDone(known)
      return
    }
    const level = this.hoistLevel(original, base)
    const target = level === this.loopTop ? this.block : this.dom.idom[this.loops.header[this.loopStack[level]]]
    let inst = original
    if (f.block[original] >= 0) {
      inst = f.cloneInst(original)
      this.extraction.copy(f.firstResult[inst], best)
      this.reserve()
    }
    for (let i = 0; i < count; i++) f.setArg(inst, i, this.localArgument(this.done[base + i], target, level, before))
    f.insertBefore(inst, level === this.loopTop ? before : f.lastInst[target])
    const value = f.firstResult[inst]
    if (this.keepsCopies) f.addCopy(value, best)
    const scope = this.depth[target]
    this.placed[best] = value
    this.scope[best] = scope
    this.generation[best] = this.currentGeneration[scope]
    this.doneTop = base
    this.pushDone(value)
  }

  /** An integer constant that is not placed where its user goes is copied there. */
  private localArgument(value: number, target: number, level: number, before: number): number {
    const { f } = this
    const inst = f.definition(value)
    if (inst < 0 || f.op[inst] !== IrOp.Iconst || f.block[inst] === target) return value
    const copy = f.cloneInst(inst)
    this.extraction.copy(f.firstResult[copy], this.extraction.bestOf(value))
    this.reserve()
    f.insertBefore(copy, level === this.loopTop ? before : f.lastInst[target])
    return f.firstResult[copy]
  }

  /** Index in `loopStack` of the loop to leave, `loopTop` to stay. */
  private hoistLevel(inst: number, base: number): number {
    const { f, loops, loopStack, loopTop } = this
    if (f.op[inst] === IrOp.Iconst || loopTop === 0) return loopTop
    const count = opArgs[f.op[inst]]
    let level = count === 0 ? loopTop - 1 : 0
    for (let i = 0; i < count; i++) {
      const value = this.done[base + i]
      const definition = f.definition(value)
      if (definition >= 0 && f.op[definition] === IrOp.Iconst) continue
      const from = definition < 0 ? f.vA[value] : f.block[definition]
      while (level < loopTop && loops.contains(loopStack[level], from)) level++
    }
    if (level === loopTop) return level
    const target = this.dom.idom[loops.header[loopStack[level]]]
    if (f.cold[this.block] === 1 && f.cold[target] === 0) return loopTop
    if (this.hoisted[loopStack[level]]++ >= HOIST_LIMIT) return loopTop
    return level
  }
}
