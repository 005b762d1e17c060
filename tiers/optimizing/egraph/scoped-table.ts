/**
 * The hash-consing table of the e-graph: from an instruction's fields to the value that is known for them, in scopes that
 * follow the path down the dominator tree. An entry carries the level it belongs to and that level's generation, so that
 * leaving a scope costs nothing: entering the next one at that level raises the generation (Cranelift's
 * scoped_hash_map.rs, with open addressing instead of a general map).
 *
 * An entry may be put at any level of the path: a node belongs to the level of the deepest of its arguments, not to where
 * it was met. Fields are compared in the instruction arrays; a look-up allocates nothing.
 */
import { grown } from '../../grown.js'
import type { IrFunction } from '../ir/function.js'

const INITIAL_CAPACITY = 1024

/** No entry. Values are not negative; a caller may store other negative numbers. */
export const ABSENT = -1

export class ScopedTable {
  private f!: IrFunction
  private keys = new Int32Array(INITIAL_CAPACITY).fill(-1)
  private values = new Int32Array(INITIAL_CAPACITY)
  private levels = new Int32Array(INITIAL_CAPACITY)
  private generations = new Int32Array(INITIAL_CAPACITY)
  private hashes = new Int32Array(INITIAL_CAPACITY)
  private used = 0
  private level = -1
  /** Current generation by level; never goes back, so entries of earlier functions are stale too. */
  private current = new Int32Array(64)

  /** Forgets all entries: their generations end when a level is entered. A large table is not cleared for a small function. */
  reset(f: IrFunction): void {
    this.f = f
    this.level = -1
  }

  /** Enters a block at a depth of the dominator tree, which leaves all scopes at that depth and below. */
  enter(level: number): void {
    if (level >= this.current.length) this.current = grown(this.current, level + 1)
    this.level = level
    this.current[level]++
  }

  private isLive(slot: number): boolean {
    const level = this.levels[slot]
    return level <= this.level && this.generations[slot] === this.current[level]
  }

  /** The value stored for these fields in the scopes that are open, or ABSENT. */
  find(
    hash: number,
    op: number,
    ty: number,
    arg0: number,
    arg1: number,
    arg2: number,
    aux: number,
    lo: number,
    hi: number,
  ): number {
    // oxfmt-ignore
    const { f, keys, hashes } = this
    const mask = keys.length - 1
    for (let slot = hash & mask; keys[slot] >= 0; slot = (slot + 1) & mask) {
      if (hashes[slot] !== hash || !this.isLive(slot)) continue
      const inst = keys[slot]
      if (
        f.op[inst] === op && f.ty[inst] === ty && f.arg0[inst] === arg0 && f.arg1[inst] === arg1 &&
        f.arg2[inst] === arg2 && f.aux[inst] === aux && f.immLo[inst] === lo && f.immHi[inst] === hi
      ) return this.values[slot] // oxfmt-ignore
    }
    return ABSENT
  }

  /** Stores a value for the fields of an instruction, which must not change while the entry lives. */
  insert(hash: number, inst: number, level: number, value: number): void {
    if (2 * (this.used + 1) > this.keys.length) this.rehash()
    this.put(hash, inst, level, this.current[level], value)
  }

  private put(hash: number, inst: number, level: number, generation: number, value: number): void {
    const { keys } = this
    const mask = keys.length - 1
    let slot = hash & mask
    while (keys[slot] >= 0 && this.isLive(slot)) slot = (slot + 1) & mask
    if (keys[slot] < 0) this.used++
    keys[slot] = inst
    this.hashes[slot] = hash
    this.levels[slot] = level
    this.generations[slot] = generation
    this.values[slot] = value
  }

  /** Drops stale entries; doubles the table when that is not enough. */
  private rehash(): void {
    const { keys, values, levels, generations, hashes } = this
    let live = 0
    for (let slot = 0; slot < keys.length; slot++) if (keys[slot] >= 0 && this.isLive(slot)) live++
    const size = 4 * live >= keys.length ? 2 * keys.length : keys.length
    this.keys = new Int32Array(size).fill(-1)
    this.values = new Int32Array(size)
    this.levels = new Int32Array(size)
    this.generations = new Int32Array(size)
    this.hashes = new Int32Array(size)
    this.used = 0
    for (let slot = 0; slot < keys.length; slot++) {
      const level = levels[slot]
      if (keys[slot] >= 0 && level <= this.level && generations[slot] === this.current[level]) {
        this.put(hashes[slot], keys[slot], level, generations[slot], values[slot])
      }
    }
  }
}

/** Hash of an instruction's fields. */
export function hashFields(
  op: number,
  ty: number,
  arg0: number,
  arg1: number,
  arg2: number,
  aux: number,
  lo: number,
  hi: number,
): number {
  // oxfmt-ignore
  let h = op + (ty << 8)
  h = Math.imul(h, 0x9e3779b1)
  h = Math.imul(h ^ arg0, 0x85ebca6b) ^ (h >>> 15)
  h = Math.imul(h ^ arg1, 0xc2b2ae35) ^ (h >>> 13)
  h = Math.imul(h ^ arg2, 0x27d4eb2f) ^ (h >>> 16)
  h = Math.imul(h ^ aux, 0x165667b1) ^ (h >>> 15)
  h = Math.imul(h ^ lo, 0x9e3779b1) ^ (h >>> 13)
  h = Math.imul(h ^ hi, 0x85ebca6b)
  return h ^ (h >>> 16)
}
