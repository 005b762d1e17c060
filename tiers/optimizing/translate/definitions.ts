/**
 * Which value a local has at the end of a block, as far as it is known: a hash table from (block, local) to a value,
 * with open addressing. A generation number in each slot makes forgetting a function free.
 */
const INITIAL_CAPACITY = 1024

export class Definitions {
  private mask = INITIAL_CAPACITY - 1
  private count = 0
  private generation = 1
  private blocks = new Int32Array(INITIAL_CAPACITY)
  private locals = new Int32Array(INITIAL_CAPACITY)
  private values = new Int32Array(INITIAL_CAPACITY)
  private generations = new Int32Array(INITIAL_CAPACITY)

  clear(): void {
    this.count = 0
    this.generation++
  }

  private slot(block: number, local: number): number {
    const { mask, generations, generation, blocks, locals } = this
    let hash = Math.imul(block, 0x9e3779b1) ^ Math.imul(local, 0x85ebca6b)
    hash ^= hash >>> 15
    let at = hash & mask
    while (generations[at] === generation && (blocks[at] !== block || locals[at] !== local)) at = (at + 1) & mask
    return at
  }

  /** The value, or -1. */
  get(block: number, local: number): number {
    const at = this.slot(block, local)
    return this.generations[at] === this.generation ? this.values[at] : -1
  }

  set(block: number, local: number, value: number): void {
    const at = this.slot(block, local)
    this.values[at] = value
    if (this.generations[at] === this.generation) return
    this.generations[at] = this.generation
    this.blocks[at] = block
    this.locals[at] = local
    this.count++
    if (this.count * 2 > this.mask) this.grow()
  }

  private grow(): void {
    const { blocks, locals, values, generations, generation } = this
    const size = blocks.length * 2
    this.mask = size - 1
    this.blocks = new Int32Array(size)
    this.locals = new Int32Array(size)
    this.values = new Int32Array(size)
    this.generations = new Int32Array(size)
    this.count = 0
    for (let i = 0; i < blocks.length; i++) {
      if (generations[i] === generation) this.set(blocks[i], locals[i], values[i])
    }
  }
}
