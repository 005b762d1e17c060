/** Reading and writing the stacks of the guest, of those that are not running now: at a yield or a trap. */
import { addon, fibers } from './context.js'
import type { Fiber } from './native.js'

const views = new WeakMap<Fiber, Uint32Array>()

/** The words of the fiber that an address is in; undefined elsewhere. */
function wordsOf(address: number): { readonly words: Uint32Array; readonly low: number } | undefined {
  for (const fiber of fibers.values()) {
    if (address < fiber.low || address + 8 > fiber.high) continue
    let words = views.get(fiber)
    if (words === undefined) {
      words = new Uint32Array(addon.view(fiber.low, fiber.high - fiber.low))
      views.set(fiber, words)
    }
    return { words, low: fiber.low }
  }
  return undefined
}

/** The 8 bytes at an address of some fiber as an address, 0 elsewhere. */
export function peek(address: number): number {
  const found = wordsOf(address)
  if (found === undefined) return 0
  const at = (address - found.low) / 4
  return found.words[at] + found.words[at + 1] * 2 ** 32
}

/** The 4 bytes at an address of some fiber, 0 elsewhere. */
export function peek32(address: number): number {
  const found = wordsOf(address)
  return found === undefined ? 0 : found.words[(address - found.low) / 4]
}

/** Writes an address to 8 bytes of a fiber. */
export function poke(address: number, value: number): void {
  const found = wordsOf(address)
  if (found === undefined) throw new Error('not an address of a stack')
  const at = (address - found.low) / 4
  found.words[at] = value
  found.words[at + 1] = value / 2 ** 32
}
