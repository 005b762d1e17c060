/**
 * Simplifies the instructions that stay in their blocks: conditions, traps and branches that are decided, divisions and
 * checks that a dominating one makes redundant, loads of what is known.
 *
 * Memory: a state of memory has a number; a store or a call makes a new one, a join of different ones too, and so does
 * every loop header (memory-states.ts). A load is hash-consed with the number of the state that it reads, so two equal loads of one state
 * are one, and a store enters what a load of the new state will give. What a load reads is the oldest state from which only stores
 * elsewhere lead to the present one: to another place around the same pointer.
 *
 * A store is dead when the next placed instruction stores the same bytes: nothing between could trap or read. It then
 * gives its position and frame to the second, which traps exactly when the first would have.
 */
import type { Cfg } from '../ir/cfg.js'
import type { DomTree } from '../ir/domtree.js'
import type { IrFunction } from '../ir/function.js'
import { Effect, IrOp, opEffect } from '../ir/ops.js'
import { accessAux, accessBytes, accessMemory, ACCESS_WIDTH_MASK, IntCc, Ty, tyBits } from '../ir/types.js'
import { simplifyPlaced } from '../rules/simplify.gen.js'
import { Addresses } from './addresses.js'
import { foldConstants } from './fold.js'
import type { EGraph } from './graph.js'
import type { Ranges } from './ranges.js'
import { MemoryStates } from './memory-states.js'
import { lessUnsigned } from '../../unsigned.js'
import { ABSENT } from './scoped-table.js'

/** In the table: an equal instruction without result dominates. */
const NO_RESULT = -2
/** Truth-preserving operations that are taken off one condition. */
const CONDITION_LIMIT = 8

export class PlacedSimplifier {
  /** An edge between blocks is gone. */
  changedEdges = false
  private readonly graph: EGraph
  private f!: IrFunction
  private readonly states = new MemoryStates()
  /** The placed instruction before, when it is a store in the same block; else -1. */
  private lastStore = -1

  private readonly addresses: Addresses

  /** @param slack what the memory leaves free below 2^32 (tiers/abi.ts) */
  constructor(graph: EGraph, ranges: Ranges, slack: number) {
    this.graph = graph
    this.addresses = new Addresses(graph, ranges, slack)
  }

  reset(f: IrFunction, cfg: Cfg, dom: DomTree): void {
    this.addresses.reset(f, dom)
    this.f = f
    this.changedEdges = false
    this.states.reset(f, cfg)
  }

  enterBlock(block: number): void {
    this.states.enterBlock(block)
    this.lastStore = -1
  }

  leaveBlock(block: number): void {
    this.states.leaveBlock(block)
  }

  /**
   * Simplifies a placed instruction, whose arguments are best known forms.
   * @param address the first argument as it was translated
   */
  simplify(inst: number, address: number): void {
    const { f, graph } = this
    const op = f.op[inst]
    const before = this.lastStore
    this.lastStore = -1
    for (let i = 0; i < f.resultCount[inst]; i++) graph.define(f.firstResult[inst] + i, f.block[inst])
    if (op === IrOp.Load || op === IrOp.Store) this.addresses.fold(inst, address)
    switch (opEffect[op]) {
      case Effect.Idempotent:
        this.idempotent(inst)
        break
      case Effect.Load:
        this.load(inst)
        break
      case Effect.Store:
        this.store(inst, before)
        break
      case Effect.Control:
        if (op === IrOp.Brif) this.brif(inst)
        else if (op === IrOp.BrTable) this.brTable(inst)
        break
      default:
        this.states.forget()
    }
    // A load that was dropped does not stand between two stores.
    if (f.block[inst] < 0 && this.lastStore < 0) this.lastStore = before
  }

  /** Drops an instruction whose result is a value that is known. */
  private replace(inst: number, value: number): void {
    const { f, graph } = this
    if (f.resultCount[inst] > 0) graph.opt[f.firstResult[inst]] = value
    f.unlink(inst)
  }

  private idempotent(inst: number): void {
    const { f, graph } = this
    if (f.op[inst] === IrOp.Trapz || f.op[inst] === IrOp.Trapnz) {
      if (this.trap(inst)) return
    } else {
      let value = foldConstants(graph, inst)
      if (value < 0) {
        value = simplifyPlaced(graph, inst)
        graph.stop()
      }
      if (value >= 0) {
        this.replace(inst, value)
        return
      }
    }
    const hash = graph.hashOf(inst)
    const hit = graph.findEqual(inst, hash)
    if (hit !== ABSENT) {
      this.replace(inst, hit)
      return
    }
    const value = f.resultCount[inst] > 0 ? f.firstResult[inst] : NO_RESULT
    graph.table.insert(hash, inst, graph.depth[f.block[inst]], value)
  }

  // --- conditions ----------------------------------------------------------------------------------------------------------

  /** 1 for a condition that is known to hold, 0 when it is known not to, -1 otherwise. */
  private known(condition: number): number {
    const constant = this.graph.constant[condition]
    return constant < 0 ? -1 : this.f.immLo[constant] !== 0 ? 1 : 0
  }

  /** Takes one operation off a condition that keeps or inverts its truth: ~value for inverted; the value itself if none. */
  private stripped(condition: number): number {
    const { f, graph } = this
    let result = condition
    const walk = graph.start(condition)
    for (let node = graph.next(walk); node >= 0; node = graph.next(walk)) {
      if (f.ty[node] !== Ty.I32) continue
      if (f.op[node] === IrOp.Ieqz) result = ~f.arg0[node]
      const isCompared = f.op[node] === IrOp.Icmp && graph.isInt(f.arg1[node], 0)
      if (isCompared && f.aux[node] === IntCc.Ne) result = f.arg0[node]
      if (isCompared && f.aux[node] === IntCc.Eq) result = ~f.arg0[node]
    }
    return result
  }

  /** Strips the condition of an instruction; true when what is left has the opposite truth. */
  private stripCondition(inst: number): boolean {
    const { f } = this
    let inverted = false
    for (let i = 0; i < CONDITION_LIMIT; i++) {
      const old = f.arg0[inst]
      const next = this.stripped(old)
      if (next === old) break
      if (next < 0) inverted = !inverted
      f.arg0[inst] = next < 0 ? ~next : next
    }
    return inverted
  }

  /** True when the instruction is gone. One that always traps stays: what follows is then not reached. */
  private trap(inst: number): boolean {
    const { f } = this
    if (this.stripCondition(inst)) f.op[inst] = f.op[inst] === IrOp.Trapz ? IrOp.Trapnz : IrOp.Trapz
    if (this.known(f.arg0[inst]) !== (f.op[inst] === IrOp.Trapz ? 1 : 0)) return false
    f.unlink(inst)
    return true
  }

  private brif(inst: number): void {
    const { f } = this
    if (this.stripCondition(inst)) {
      const taken = f.immLo[inst]
      f.immLo[inst] = f.immHi[inst]
      f.immHi[inst] = taken
    }
    const known = this.known(f.arg0[inst])
    if (known >= 0) this.jump(inst, known === 1 ? f.immLo[inst] : f.immHi[inst])
  }

  private brTable(inst: number): void {
    const { f } = this
    const constant = this.graph.constant[f.arg0[inst]]
    if (constant < 0) return
    const index = f.immLo[constant]
    const last = f.successorCount(inst) - 1
    this.jump(inst, f.successorCall(inst, lessUnsigned(index, last) ? index : last))
  }

  private jump(inst: number, call: number): void {
    const { f } = this
    f.op[inst] = IrOp.Jump
    f.arg0[inst] = -1
    f.aux[inst] = 0
    f.immLo[inst] = call
    f.immHi[inst] = 0
    this.changedEdges = true
  }

  // --- memory --------------------------------------------------------------------------------------------------------------

  private load(inst: number): void {
    const { f } = this
    const { op, ty, arg0, aux, immLo, immHi } = f
    const state = this.states.readBy(inst)
    const value = f.firstResult[inst]
    const seen = this.remember(
      op[inst],
      ty[inst],
      arg0[inst],
      aux[inst],
      immLo[inst],
      immHi[inst],
      state,
      value,
      f.block[inst],
    )
    if (seen !== value) this.replace(inst, seen)
  }

  /**
   * What a load of a state gives: the value that is known, else `value`, which is known from then on. The key is a load
   * that is placed nowhere, with the state's number as its third argument.
   */
  private remember(
    op: number,
    ty: number,
    address: number,
    aux: number,
    lo: number,
    hi: number,
    state: number,
    value: number,
    block: number,
  ): number {
    // oxfmt-ignore
    const { f, graph } = this
    const key = f.addInst(op, ty, address, -1, state, aux, lo, hi)
    const hash = graph.hashOf(key)
    const seen = graph.findEqual(key, hash)
    if (seen !== ABSENT) return seen
    graph.table.insert(hash, key, graph.depth[block], value)
    return value
  }

  private store(inst: number, before: number): void {
    const { f } = this
    const { ty, arg0, arg1, aux, immLo, immHi } = f
    const block = f.block[inst]
    const state = this.states.writtenBy(inst)
    if (f.op[inst] === IrOp.GlobalSet) {
      // A global's type is that of every value stored in it.
      this.remember(IrOp.GlobalGet, ty[inst], -1, 0, immLo[inst], immHi[inst], state, arg0[inst], block)
    } else if (f.op[inst] === IrOp.Store) {
      if (before >= 0 && this.isSameStore(before, inst)) {
        f.wasmPos[inst] = f.wasmPos[before]
        f.frame[inst] = f.frame[before]
        f.unlink(before)
      }
      if (8 * accessBytes(aux[inst]) === tyBits(ty[inst])) {
        const access = accessAux(aux[inst] & ACCESS_WIDTH_MASK, false, accessMemory(aux[inst]))
        this.remember(IrOp.Load, ty[inst], arg0[inst], access, immLo[inst], immHi[inst], state, arg1[inst], block)
      }
      this.lastStore = inst
    }
  }

  private isSameStore(a: number, b: number): boolean {
    const { op, arg0, aux, immLo, immHi } = this.f
    return op[a] === op[b] && arg0[a] === arg0[b] && aux[a] === aux[b] && immLo[a] === immLo[b] && immHi[a] === immHi[b]
  }
}
