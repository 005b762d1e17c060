/**
 * Counters of failed guards, one for each function of a module that has any: a u32 that optimized code increments
 * where none of the targets that it expected was found (RelocKind.GuardFailures). They live as long as the module's code.
 */
import { allocate, load32, release } from './data.js'

const BLOCK_BYTES = 1024
const COUNTER_BYTES = 4

export class GuardFailures {
  /** Addresses of the blocks that hold the counters, for `release`. */
  private readonly blocks: number[]
  private next = 0
  private end = 0
  private readonly addresses = new Map<number, number>()

  /** @param blocks gets what is to be given back by `releaseBlocks` */
  constructor(blocks: number[]) {
    this.blocks = blocks
  }

  static releaseBlocks(blocks: readonly number[]): void {
    for (const block of blocks) release(block, BLOCK_BYTES)
  }

  /** Address of the counter of a defined function. */
  addressOf(defined: number): number {
    let address = this.addresses.get(defined)
    if (address === undefined) {
      if (this.next === this.end) {
        this.next = allocate(BLOCK_BYTES)
        this.end = this.next + BLOCK_BYTES
        this.blocks.push(this.next)
      }
      address = this.next
      this.next += COUNTER_BYTES
      this.addresses.set(defined, address)
    }
    return address
  }

  /** Failures of a function so far, modulo 2^32. */
  count(defined: number): number {
    const address = this.addresses.get(defined)
    return address === undefined ? 0 : load32(address)
  }
}
