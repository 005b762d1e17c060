/**
 * Where the instructions of a function come from when other functions are inlined into it: a tree whose root (node 0) is
 * the function itself and whose other nodes are inlined calls.
 *
 * An instruction knows only one number, its *position*. In the function itself that is the offset of the opcode in the
 * module. Every inlined call gets a range of positions of its own behind all of those that a module can have, so a
 * position tells the node (by binary search, for nodes get their ranges in order) and the offset, and passes that move
 * or copy instructions need not know about inlining. (LLVM's debug locations say the same by a chain of objects.)
 */
import { INLINE_WORDS, MAX_INLINE_NODES } from '../../compiled.js'
import { MAX_MODULE_SIZE } from '../../../wasm/limits.js'
import { grown } from '../../grown.js'

const LAST_POSITION = 0x7fff_ffff

export class InlineTree {
  /** Nodes without the root; also the greatest number of a node. */
  count = 0
  /** The nodes as tiers/compiled.ts wants them. */
  nodes: Int32Array = new Int32Array(64 * INLINE_WORDS)
  /** By node - 1: its first position, and the module offset that this stands for. */
  private first = new Int32Array(64)
  private offset = new Int32Array(64)
  private end = MAX_MODULE_SIZE

  reset(): void {
    this.count = 0
    this.end = MAX_MODULE_SIZE
  }

  /** True when one more body fits. @param bytes its size */
  hasRoom(bytes: number): boolean {
    return this.count < MAX_INLINE_NODES && this.end + bytes <= LAST_POSITION
  }

  /**
   * Adds a node for a call that is inlined.
   * @param callPosition of the call
   * @param callee defined function
   * @param start offset of its body in the module; `end` is behind it
   * @returns what to add to offsets in the body to get positions
   */
  open(callPosition: number, callee: number, start: number, end: number): number {
    const parent = this.nodeOf(callPosition)
    const callOffset = this.offsetOf(callPosition)
    const index = this.count++
    if (index === this.first.length) {
      this.first = grown(this.first)
      this.offset = grown(this.offset)
      this.nodes = grown(this.nodes)
    }
    const at = index * INLINE_WORDS
    this.nodes[at] = parent
    this.nodes[at + 1] = callee
    this.nodes[at + 2] = callOffset
    this.first[index] = this.end
    this.offset[index] = start
    this.end += end - start
    return this.first[index] - start
  }

  /** The node of a position. */
  nodeOf(position: number): number {
    let low = 0
    let high = position < MAX_MODULE_SIZE ? 0 : this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (position < this.first[middle]) high = middle
      else low = middle + 1
    }
    return low
  }

  /** The offset in the module of a position's opcode. */
  offsetOf(position: number): number {
    if (position < MAX_MODULE_SIZE) return position
    const index = this.nodeOf(position) - 1
    return position - this.first[index] + this.offset[index]
  }
}
