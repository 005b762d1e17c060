/**
 * Edges between the blocks of a function that is being translated. A branch is a record until all is known; the block calls are written
 * once, at the end (phis.ts).
 */
import { grown } from '../../grown.js'
import type { IrFunction } from '../ir/function.js'
import { limit, MAX_ARGUMENTS } from '../limits.js'

export const INITIAL_CAPACITY = 256

export abstract class Edges {
  protected readonly f: IrFunction
  protected edgeCount = 0
  protected edgeFrom = new Int32Array(INITIAL_CAPACITY)
  protected edgeInst = new Int32Array(INITIAL_CAPACITY)
  protected edgeSlot = new Int32Array(INITIAL_CAPACITY)
  protected edgeNext = new Int32Array(INITIAL_CAPACITY)
  /** Where the operands that an edge passes begin in `operands`. */
  protected edgeOperands = new Int32Array(INITIAL_CAPACITY)
  protected operands = new Int32Array(INITIAL_CAPACITY)
  protected operandCount = 0

  // By block.
  protected firstEdge = new Int32Array(INITIAL_CAPACITY)
  protected lastEdge = new Int32Array(INITIAL_CAPACITY)
  protected edges = new Int32Array(INITIAL_CAPACITY)

  constructor(f: IrFunction) {
    this.f = f
  }

  protected beginEdges(): void {
    this.edgeCount = 0
    this.operandCount = 0
  }

  protected declareEdges(block: number): void {
    if (block >= this.firstEdge.length) {
      this.firstEdge = grown(this.firstEdge)
      this.lastEdge = grown(this.lastEdge)
      this.edges = grown(this.edges)
    }
    this.firstEdge[block] = -1
    this.edges[block] = 0
  }

  /** Takes blocks that no edges lead to from the entry out of the layout, and their edges with them. Before `finish`. */
  removeUnreachable(): void {
    const { f } = this
    const firstOut = new Int32Array(f.blockCount)
    firstOut.fill(-1)
    const nextOut = new Int32Array(this.edgeCount)
    const target = new Int32Array(this.edgeCount)
    for (let block = 0; block < f.blockCount; block++) {
      for (let edge = this.firstEdge[block]; edge >= 0; edge = this.edgeNext[edge]) {
        target[edge] = block
        nextOut[edge] = firstOut[this.edgeFrom[edge]]
        firstOut[this.edgeFrom[edge]] = edge
      }
    }
    const reached = new Uint8Array(f.blockCount)
    const list = new Int32Array(f.blockCount)
    let listed = 0
    list[listed++] = f.entry
    reached[f.entry] = 1
    while (listed > 0) {
      const block = list[--listed]
      for (let edge = firstOut[block]; edge >= 0; edge = nextOut[edge]) {
        if (reached[target[edge]] !== 0) continue
        reached[target[edge]] = 1
        list[listed++] = target[edge]
      }
    }
    for (let block = 0; block < f.blockCount; block++) {
      const first = this.firstEdge[block]
      this.firstEdge[block] = -1
      this.edges[block] = 0
      if (reached[block] === 0) {
        if (f.blockPlaced[block] !== 0) f.removeBlock(block)
        continue
      }
      let next = -1
      for (let edge = first; edge >= 0; edge = next) {
        next = this.edgeNext[edge]
        if (reached[this.edgeFrom[edge]] !== 0) this.link(edge, block)
      }
    }
  }

  /** Edges to a block so far. */
  edgesTo(block: number): number {
    return this.edges[block]
  }

  /** Records that block call `slot` of a terminator goes to a block; its label operands follow by `passOperand`. */
  addEdge(from: number, inst: number, slot: number, to: number): void {
    if (this.edgeCount === this.edgeFrom.length) this.growEdges()
    const edge = this.edgeCount++
    this.edgeFrom[edge] = from
    this.edgeInst[edge] = inst
    this.edgeSlot[edge] = slot
    this.edgeOperands[edge] = this.operandCount
    this.link(edge, to)
  }

  /** @throws LimitError */
  passOperand(value: number): void {
    if (this.operandCount === this.operands.length) {
      limit(this.operandCount + 1, MAX_ARGUMENTS, 'operands of branches')
      this.operands = grown(this.operands)
    }
    this.operands[this.operandCount++] = value
  }

  /** Lets the only edge of a block that was never entered go to another block; new operands follow by `passOperand`. */
  redirect(block: number, to: number): void {
    const edge = this.firstEdge[block]
    this.firstEdge[block] = -1
    this.edges[block] = 0
    this.edgeOperands[edge] = this.operandCount
    this.link(edge, to)
  }

  private link(edge: number, to: number): void {
    this.edgeNext[edge] = -1
    if (this.firstEdge[to] < 0) this.firstEdge[to] = edge
    else this.edgeNext[this.lastEdge[to]] = edge
    this.lastEdge[to] = edge
    this.edges[to]++
  }

  private growEdges(): void {
    this.edgeFrom = grown(this.edgeFrom)
    this.edgeInst = grown(this.edgeInst)
    this.edgeSlot = grown(this.edgeSlot)
    this.edgeNext = grown(this.edgeNext)
    this.edgeOperands = grown(this.edgeOperands)
  }
}
