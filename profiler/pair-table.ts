/**
 * Interning of pairs of 32-bit integers: each different pair gets the next index. Open addressing with linear probing
 * over typed arrays: no object and no string for a pair, so a profile's stacks (parent, frame) and addresses (low, high)
 * cost a few words each, and looking one up allocates nothing.
 */
import { grown } from '../tiers/grown.js'

const INITIAL_CAPACITY = 1 << 10

export class PairTable {
  /** The two numbers of each pair, by index. */
  first = new Int32Array(INITIAL_CAPACITY)
  second = new Int32Array(INITIAL_CAPACITY)
  count = 0
  /** Index + 1, 0 where free; a power of two, at most half full. */
  private slots = new Int32Array(INITIAL_CAPACITY * 2)

  /** Index of a pair: an old one, or `count` as it was before. */
  intern(first: number, second: number): number {
    const mask = this.slots.length - 1
    let slot = hash(first, second) & mask
    for (let index = this.slots[slot]; index !== 0; index = this.slots[slot]) {
      if (this.first[index - 1] === first && this.second[index - 1] === second) return index - 1
      slot = (slot + 1) & mask
    }
    return this.add(slot, first, second)
  }

  /** Forgets all pairs. */
  clear(): void {
    this.count = 0
    this.slots.fill(0)
  }

  get bytes(): number {
    return this.first.byteLength + this.second.byteLength + this.slots.byteLength
  }

  private add(slot: number, first: number, second: number): number {
    const index = this.count++
    const full = index === this.first.length
    if (full) {
      this.first = grown(this.first)
      this.second = grown(this.second)
    }
    this.first[index] = first
    this.second[index] = second
    if (full) this.rehash()
    else this.slots[slot] = index + 1
    return index
  }

  private rehash(): void {
    this.slots = new Int32Array(this.first.length * 2)
    const mask = this.slots.length - 1
    for (let index = 0; index < this.count; index++) {
      let slot = hash(this.first[index], this.second[index]) & mask
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask
      this.slots[slot] = index + 1
    }
  }
}

/** Multiplication by odd constants near the golden ratio of 2^32; the high bits are the good ones. */
function hash(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
