/**
 * The data segments of a module, as columns. Go's linker writes one segment for every run of bytes that is not zero,
 * 100,000 of them in a large program: an object each costs more than all their bytes.
 *
 * Nearly every segment is active, of memory 0, at an `i32.const`; what the others have more lies in maps beside the table. Its rows
 * are what the addon's `copyRanges` takes, so a module of plain segments is written to its memory by one call.
 */
import type { ConstExpr } from './types.js'

/** Words of a row: target address, where the contents start in the module, how many bytes. */
export const SEGMENT_WORDS = 3

export class DataSegments {
  /** Segments read so far. */
  length = 0
  /** One row a segment; the target address is 0 where it is not a constant. */
  readonly rows: Uint32Array
  /** Whether all segments are active, of memory 0, at a constant. */
  allPlain = true
  /** One past the highest address that a plain segment writes. */
  extent = 0
  private readonly passive = new Set<number>()
  private readonly expressions = new Map<number, ConstExpr>()
  private readonly memories = new Map<number, number>()

  /** @param capacity the most segments that will be added */
  constructor(capacity: number) {
    this.rows = new Uint32Array(capacity * SEGMENT_WORDS)
  }

  /** An active segment of memory 0 at `i32.const target`; its contents are `size` bytes at `start` in the module. */
  addPlain(target: number, start: number, size: number): void {
    const row = this.length++ * SEGMENT_WORDS
    this.rows[row] = target
    this.rows[row + 1] = start
    this.rows[row + 2] = size
    this.reach((target >>> 0) + size)
  }

  /** Adds rows of such segments; `reach` must be told how far they go. */
  addPlainRows(rows: Int32Array): void {
    this.rows.set(rows, this.length * SEGMENT_WORDS)
    this.length += rows.length / SEGMENT_WORDS
  }

  /** Some plain segment writes up to the address `end`. */
  reach(end: number): void {
    if (end > this.extent) this.extent = end
  }

  addPassive(start: number, size: number): void {
    this.allPlain = false
    this.passive.add(this.length)
    this.addPlain(0, start, size)
  }

  addActive(memory: number, offset: ConstExpr, start: number, size: number): void {
    if (memory === 0 && offset.kind === 'const') {
      this.addPlain(offset.lo, start, size)
      return
    }
    this.allPlain = false
    this.expressions.set(this.length, offset)
    if (memory !== 0) this.memories.set(this.length, memory)
    this.addPlain(0, start, size)
  }

  isActive(index: number): boolean {
    return !this.passive.has(index)
  }

  memory(index: number): number {
    return this.memories.get(index) ?? 0
  }

  /** The offset of an active segment; undefined where it is `target(index)`. */
  expression(index: number): ConstExpr | undefined {
    return this.expressions.get(index)
  }

  target(index: number): number {
    return this.rows[index * SEGMENT_WORDS]
  }

  /** Where the contents start in the module. */
  start(index: number): number {
    return this.rows[index * SEGMENT_WORDS + 1]
  }

  size(index: number): number {
    return this.rows[index * SEGMENT_WORDS + 2]
  }
}
