/**
 * The control stack as parallel typed arrays: one row a block that is open, row 0 the function itself. Grown on demand
 * and kept, since nesting is up to the guest (100,000 levels are legal).
 */
import { declareMutable } from '../../wasm/mutable-fields.js'
import { grown } from '../grown.js'

export const Block = { Func: 0, Block: 1, Loop: 2, If: 3, Else: 4 } as const

const INITIAL_DEPTH = 64

export class ControlStack {
  depth = 0
  kind = new Int32Array(INITIAL_DEPTH)
  /** Operand height below the block's parameters. */
  height = new Int32Array(INITIAL_DEPTH)
  params = new Int32Array(INITIAL_DEPTH)
  results = new Int32Array(INITIAL_DEPTH)
  /** Type index of the block's function type, or -1: no parameters and at most one result, of `resultType`. */
  typeIndex = new Int32Array(INITIAL_DEPTH)
  resultType = new Int32Array(INITIAL_DEPTH)
  /** Label of the block's branches; that of an if's else part. */
  label = new Int32Array(INITIAL_DEPTH)
  elseLabel = new Int32Array(INITIAL_DEPTH)
  /** 1 when something jumps to the label. */
  used = new Int32Array(INITIAL_DEPTH)
  /** 1 when the state that branches must establish is fixed: `inReg` and `stored`, and `reg` for one result. */
  fixed = new Int32Array(INITIAL_DEPTH)
  inReg = new Int32Array(INITIAL_DEPTH)
  stored = new Int32Array(INITIAL_DEPTH)
  /** Register of the one result, -1 while not chosen. */
  reg = new Int32Array(INITIAL_DEPTH)
  /** State at the if, where the else part starts. */
  elseInReg = new Int32Array(INITIAL_DEPTH)
  elseStored = new Int32Array(INITIAL_DEPTH)
  /** Pinned registers worth keeping loaded at merges in this block (see `keepSet`). */
  keep = new Int32Array(INITIAL_DEPTH)
  /** br_table: number of the last table that has the block as a target, and the label that table uses. */
  table = new Int32Array(INITIAL_DEPTH)
  tableLabel = new Int32Array(INITIAL_DEPTH)

  constructor() {
    declareMutable(this)
  }

  /** Opens a row and returns its number; the caller fills it. */
  push(): number {
    const row = this.depth++
    if (row === this.kind.length) this.grow()
    this.used[row] = 0
    this.fixed[row] = 0
    this.reg[row] = -1
    this.table[row] = 0
    return row
  }

  private grow(): void {
    this.kind = grown(this.kind)
    this.height = grown(this.height)
    this.params = grown(this.params)
    this.results = grown(this.results)
    this.typeIndex = grown(this.typeIndex)
    this.resultType = grown(this.resultType)
    this.label = grown(this.label)
    this.elseLabel = grown(this.elseLabel)
    this.used = grown(this.used)
    this.fixed = grown(this.fixed)
    this.inReg = grown(this.inReg)
    this.stored = grown(this.stored)
    this.reg = grown(this.reg)
    this.elseInReg = grown(this.elseInReg)
    this.elseStored = grown(this.elseStored)
    this.keep = grown(this.keep)
    this.table = grown(this.table)
    this.tableLabel = grown(this.tableLabel)
  }
}
