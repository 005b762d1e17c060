/**
 * The mid-end: takes the pure instructions of a function out of its blocks into the e-graph, simplifying each, and puts
 * the best forms of what is needed back (Cranelift's egraph/mod.rs).
 *
 * Forward, in preorder of the dominator tree, so that every value is defined before it is used and the hash-consing
 * scopes are the path to the root. Instructions with effects (the skeleton) stay in their order: placed.ts simplifies
 * them.
 */
import { Cfg } from '../ir/cfg.js'
import { DomTree } from '../ir/domtree.js'
import { STATE_HEAD_WORDS, STATE_VALUE_WORDS } from '../ir/arrays.js'
import type { IrFunction } from '../ir/function.js'
import { Loops } from '../ir/loops.js'
import { opArgs } from '../ir/ops.js'
import { MEMORY_SLACK } from '../../abi.js'
import { limit, MAX_LOOP_DEPTH } from '../limits.js'
import type { Chaos } from './chaos.js'
import { Extraction } from './cost.js'
import { Elaboration } from './elaborate.js'
import { EGraph, isPure } from './graph.js'
import { PlacedSimplifier } from './placed.js'
import { Ranges } from './ranges.js'

export class MidEnd {
  readonly graph: EGraph
  private readonly ranges: Ranges
  private readonly placed: PlacedSimplifier
  private readonly cfg = new Cfg()
  private readonly dom = new DomTree()
  private readonly loops = new Loops()
  private readonly extraction = new Extraction()
  private readonly elaboration = new Elaboration()
  private depth = new Int32Array(64)

  /** @param slack what the module's memory leaves free below 2^32 (tiers/abi.ts, memorySlack) */
  constructor(slack: number = MEMORY_SLACK) {
    const graph = new EGraph()
    const ranges = new Ranges()
    this.graph = graph
    this.ranges = ranges
    this.placed = new PlacedSimplifier(graph, ranges, slack)
  }

  /**
   * Optimizes a verified function in place.
   * @param chaos disorder, for tests
   * @throws LimitError
   */
  run(f: IrFunction, chaos?: Chaos): void {
    const { graph } = this
    this.analyse(f)
    graph.chaos = chaos
    graph.depth = this.depth
    graph.reset(f)
    this.loops.compute(f, this.cfg, this.dom)
    limit(this.loops.deepest, MAX_LOOP_DEPTH, 'loops in each other')
    this.ranges.compute(f, this.cfg, this.dom, this.loops)
    this.placed.reset(f, this.cfg, this.dom)
    for (let i = 0; i < this.dom.count; i++) this.takeBlock(f, this.dom.preorder[i])
    if (this.placed.changedEdges) {
      this.analyse(f)
      this.loops.compute(f, this.cfg, this.dom)
    }
    this.extraction.reset(f, chaos)
    this.elaboration.run(f, this.extraction, this.cfg, this.dom, this.loops, this.depth)
  }

  private analyse(f: IrFunction): void {
    const { cfg, dom } = this
    cfg.compute(f)
    for (let block = f.entry; block >= 0;) {
      const next = f.blockNext[block]
      if (!cfg.isReachable(block)) f.removeBlock(block)
      block = next
    }
    dom.compute(f, cfg)
    if (this.depth.length < f.blockCount) this.depth = new Int32Array(Math.max(f.blockCount, 2 * this.depth.length))
    this.depth[f.entry] = 0
    for (let i = 1; i < dom.count; i++) this.depth[dom.preorder[i]] = this.depth[dom.idom[dom.preorder[i]]] + 1
  }

  private takeBlock(f: IrFunction, block: number): void {
    const { graph } = this
    graph.table.enter(this.depth[block])
    this.placed.enterBlock(block)
    for (let i = 0; i < f.paramCount[block]; i++) graph.define(f.param(block, i), block)
    for (let inst = f.firstInst[block]; inst >= 0;) {
      const next = f.next[inst]
      const address = f.arg0[inst]
      this.useBestForms(f, inst)
      f.currentPos = f.wasmPos[inst]
      graph.refuel()
      if (isPure(f, inst)) {
        f.unlink(inst)
        graph.insert(inst)
      } else {
        this.placed.simplify(inst, address)
      }
      inst = next
    }
    this.placed.leaveBlock(block)
  }

  private useBestForms(f: IrFunction, inst: number): void {
    const { opt } = this.graph
    for (let i = opArgs[f.op[inst]] - 1; i >= 0; i--) f.setArg(inst, i, opt[f.arg(inst, i)])
    if (f.hasList(inst)) useBestFormsOfList(f, f.aux[inst], opt)
    const successors = f.successorCount(inst)
    for (let i = 0; i < successors; i++) useBestFormsOfList(f, f.successorCall(inst, i) + 1, opt)
    for (let state = f.frame[inst]; state >= 0; state = f.states[state + 1]) useBestFormsOfState(f, state, opt)
  }
}

function useBestFormsOfList(f: IrFunction, at: number, opt: Int32Array): void {
  for (let i = at + f.pool[at]; i > at; i--) f.pool[i] = opt[f.pool[i]]
}

function useBestFormsOfState(f: IrFunction, state: number, opt: Int32Array): void {
  const count = f.states[state + 2] + f.states[state + 3]
  for (let i = 0, at = state + STATE_HEAD_WORDS + 1; i < count; i++, at += STATE_VALUE_WORDS) {
    if (f.states[at] >= 0) f.states[at] = opt[f.states[at]]
  }
}
