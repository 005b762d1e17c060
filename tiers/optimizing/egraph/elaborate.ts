/**
 * Elaboration: puts the floating nodes that are needed back into blocks (Cranelift's egraph/elaborate.rs). Down the
 * dominator tree, each argument of a placed instruction is computed right before it, unless a dominating block has it
 * already. So what nobody needs is gone, what one branch needs sinks into it, and equal values are computed once on
 * each path.
 *
 * A node whose arguments are all from outside of a loop is placed before the loop. Exceptions: nodes needed in a cold block
 * stay there; a loop gets no more values than there are registers, since each needs one throughout (of a chain of
 * operations only the last counts); integer constants are made anew in every block, for most become immediates. So is a
 * comparison with a constant where a branch or trap asks for it: its flags cost no more than the test of a kept result.
 */
import { grown, grownBytes } from '../../grown.js'
import type { Cfg } from '../ir/cfg.js'
import type { DomTree } from '../ir/domtree.js'
import { STATE_HEAD_WORDS, STATE_VALUE_WORDS, ValueKind } from '../ir/arrays.js'
import type { IrFunction } from '../ir/function.js'
import type { Loops } from '../ir/loops.js'
import { IrOp, opArgs } from '../ir/ops.js'
import type { Extraction } from './cost.js'
import { isPure } from './graph.js'
import { isFloatTy } from '../ir/types.js'

/** Fewer than the 13 integer and 15 float registers, with room for what the loop itself computes. */
const HOIST_LIMIT = 8
const FLOAT_HOIST_LIMIT = 10
/** The same for loops with other loops in them, whose registers the inner ones need more. */
const OUTER_HOIST_LIMIT = 4

/** `old`, or a larger copy of it that has so many words. */
function ensured(old: Int32Array, size: number): Int32Array {
  return size <= old.length ? old : grown(old, size)
}

function isConditional(op: number): boolean {
  return op === IrOp.Brif || op === IrOp.Trapz || op === IrOp.Trapnz
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
  /** Values placed before each loop for its use, integers and floats. */
  private hoisted: Int32Array = new Int32Array(64)
  private hoistedFloats: Int32Array = new Int32Array(64)
  /** By value: 1 while it is among those. */
  private counted: Uint8Array = new Uint8Array(1024)
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
    this.hoistedFloats = ensured(this.hoistedFloats, loops.count)
    this.hoistedFloats.fill(0, 0, loops.count)
    this.currentGeneration = ensured(this.currentGeneration, cfg.count + 1)
    this.reserve()
    this.counted.fill(0, 0, f.valueCount)
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
    this.counted = grownBytes(this.counted, this.placed.length)
  }

  private elaborateBlock(block: number): void {
    const { f } = this
    this.block = block
    this.currentGeneration[this.depth[block]] = this.nextGeneration++
    this.findLoops(block)
    for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) {
      for (let i = opArgs[f.op[inst]] - 1; i >= 0; i--) f.setArg(inst, i, this.elaborate(f.arg(inst, i), inst))
      if (isConditional(f.op[inst])) f.arg0[inst] = this.localCondition(f.arg0[inst], inst)
      if (f.hasList(inst)) this.list(f.aux[inst], inst)
      const successors = f.successorCount(inst)
      for (let i = 0; i < successors; i++) this.list(f.successorCall(inst, i) + 1, inst)
    }
  }

  /** The condition of an instruction: a copy of a comparison with a constant that another block has made. */
  private localCondition(value: number, before: number): number {
    const { f } = this
    const inst = f.definition(value)
    if (inst < 0 || f.block[inst] === this.block) return value
    const right = f.op[inst] === IrOp.Icmp ? f.definition(f.arg1[inst]) : -1
    const compares = right >= 0 && f.op[right] === IrOp.Iconst
    if (!compares && f.op[inst] !== IrOp.Ieqz) return value
    const copy = f.cloneInst(inst)
    this.extraction.copy(f.firstResult[copy], this.extraction.bestOf(value))
    this.reserve()
    if (compares) f.arg1[copy] = this.localArgument(f.arg1[copy], this.block, this.loopTop, before)
    f.insertBefore(copy, before)
    return f.firstResult[copy]
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
    this.counted[value] = level === this.loopTop ? 0 : 1
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
    const { f, loopStack, loopTop } = this
    if (f.op[inst] === IrOp.Iconst || loopTop === 0) return loopTop
    const count = opArgs[f.op[inst]]
    let level = count === 0 ? loopTop - 1 : 0
    for (let i = 0; i < count; i++) {
      const value = this.done[base + i]
      const definition = f.definition(value)
      if (definition >= 0 && f.op[definition] === IrOp.Iconst) continue
      level = Math.max(level, this.sharedLoops(definition < 0 ? f.vA[value] : f.block[definition]))
    }
    if (level === loopTop) return level
    const target = this.dom.idom[this.loops.header[loopStack[level]]]
    if (f.cold[this.block] === 1 && f.cold[target] === 0) return loopTop
    return this.isRoom(inst, base, loopStack[level], target) ? level : loopTop
  }

  /** How many of the loops around the current block a block is in, too: of nested loops always the outer ones. */
  private sharedLoops(block: number): number {
    const { loops, loopStack, loopTop } = this
    let loop = loops.loopOf[block]
    while (loop >= 0) {
      const depth = loops.depth[loop]
      if (depth <= loopTop && loopStack[depth - 1] === loop) return depth
      loop = loops.parent[loop]
    }
    return 0
  }

  /** Counts an instruction among what is placed before a loop, in place of those of its arguments that only it needed. */
  private isRoom(inst: number, base: number, loop: number, target: number): boolean {
    const { f, counted } = this
    const ints = this.hoisted
    const floats = this.hoistedFloats
    const isFloat = isFloatTy(f.vType[f.firstResult[inst]])
    let freed = 0
    const count = opArgs[f.op[inst]]
    for (let i = 0; i < count; i++) if (this.isChained(this.done[base + i], target, isFloat)) freed++
    const total = isFloat ? floats : ints
    const limit = isFloat ? FLOAT_HOIST_LIMIT : this.isForOuter() ? OUTER_HOIST_LIMIT : HOIST_LIMIT
    if (total[loop] + 1 - freed > limit) return false
    total[loop] += 1 - freed
    for (let i = 0; i < count; i++)
      if (this.isChained(this.done[base + i], target, isFloat)) counted[this.done[base + i]] = 0
    return true
  }

  /** What is wanted now is not in an innermost loop. */
  private isForOuter(): boolean {
    return this.loops.isOuter[this.loopStack[this.loopTop - 1]] !== 0
  }

  private isChained(value: number, target: number, isFloat: boolean): boolean {
    const { f } = this
    const definition = f.definition(value)
    if (definition < 0 || f.block[definition] !== target) return false
    return this.counted[value] !== 0 && isFloatTy(f.vType[value]) === isFloat
  }
}
