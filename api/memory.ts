/** `WebAssembly.Memory` (JS API section 5.3). */
import { Memory as RuntimeMemory } from '../runtime/memory.js'
import { Store } from '../runtime/store.js'
import { MAX_MEMORY_PAGES } from '../wasm/limits.js'
import type { Limits } from '../wasm/types.js'
import { readAddressType, readLimits } from './limits.js'
import type * as Types from './types.js'
import { bind, defineInterface, innerOf, isObject, member, needsNew, toUnsignedLong, wrapperOf } from './webidl.js'

const OPERATION = 'WebAssembly.Memory()'
const GROW = 'WebAssembly.Memory.grow()'

/** @throws RangeError when there is no memory or address space */
function allocate(limits: Limits): RuntimeMemory {
  try {
    return new RuntimeMemory(Store.default(), limits)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`${OPERATION}: could not allocate memory`, { cause: error })
  }
}

function receiver(value: unknown, what: string): RuntimeMemory {
  const memory = innerOf(value, RuntimeMemory)
  if (memory === undefined) throw new TypeError(`${what}: Receiver is not a WebAssembly.Memory`)
  return memory
}

const members = {
  grow(this: unknown, delta: unknown): number {
    const memory = receiver(this, GROW)
    const pages = toUnsignedLong(delta, `${GROW}: Argument 0`)
    const { max } = memory.type
    if (max !== -1 && memory.pages + pages > max) throw new RangeError(`${GROW}: Maximum memory size exceeded`)
    const old = memory.grow(pages)
    if (old === -1) throw new RangeError(`${GROW}: Unable to grow instance memory`)
    return old
  },

  get buffer(): ArrayBuffer {
    return receiver(this, 'WebAssembly.Memory.buffer').buffer
  },
}

export const Memory = defineInterface(function Memory(this: object, descriptor: unknown): void {
  if (new.target === undefined) throw needsNew('Memory')
  if (!isObject(descriptor)) throw new TypeError(`${OPERATION}: Argument 0 must be a memory descriptor`)
  readAddressType(descriptor, OPERATION)
  const limits = readLimits(descriptor, OPERATION, MAX_MEMORY_PAGES, MAX_MEMORY_PAGES)
  if (member(descriptor, 'shared')) {
    if (limits.max === -1) throw new TypeError(`${OPERATION}: If shared is true, maximum property should be defined.`)
    throw new TypeError(`${OPERATION}: shared memories are not supported yet`)
  }
  bind(this, allocate(limits))
}, members) as Types.Namespace['Memory']

export function memoryOf(value: unknown): RuntimeMemory | undefined {
  return innerOf(value, RuntimeMemory)
}

export function wrapMemory(memory: RuntimeMemory): Types.Memory {
  return wrapperOf(memory, Memory.prototype)
}
