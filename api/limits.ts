/** The limits in the descriptors of memories and tables (JS API, `MemoryDescriptor` and `TableDescriptor`). */
import type { Limits } from '../wasm/types.js'
import { member, toText, toUnsignedLong } from './webidl.js'

/**
 * Reads `address` of a descriptor, the type of its indices. Only `i32` is supported.
 * @throws TypeError for any other
 */
export function readAddressType(descriptor: object, operation: string): void {
  const value = member(descriptor, 'address')
  if (value === undefined) return
  const type = toText(value)
  if (type === 'i64') throw new TypeError(`${operation}: 64-bit memories and tables are not supported yet`)
  if (type !== 'i32') throw new TypeError(`${operation}: Unknown address type '${type}'; pass 'i32' or 'i64'`)
}

function inBounds(value: number, name: string, operation: string, low: number, high: number): number {
  const text = `${operation}: Property '${name}': value ${value} is`
  if (value < low) throw new RangeError(`${text} below the lower bound ${low}`)
  if (value > high) throw new RangeError(`${text} above the upper bound ${high}`)
  return value
}

/**
 * Reads `initial` and `maximum`, in this order.
 * @param most greatest value that `initial` may have, and `mostMax` that `maximum` may have
 * @throws TypeError when one is missing or no number, RangeError when it is out of bounds
 */
export function readLimits(descriptor: object, operation: string, most: number, mostMax: number): Limits {
  const read = (name: string): number | undefined => {
    const value = member(descriptor, name)
    return value === undefined ? undefined : toUnsignedLong(value, `${operation}: Property '${name}'`)
  }
  const initial = read('initial')
  if (initial === undefined) throw new TypeError(`${operation}: Property 'initial' is required`)
  const min = inBounds(initial, 'initial', operation, 0, most)
  const maximum = read('maximum')
  return { min, max: maximum === undefined ? -1 : inBounds(maximum, 'maximum', operation, min, mostMax) }
}
