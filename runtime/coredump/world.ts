/**
 * What a dump is about: the frames of a snapshot, the instances that they belong to, and the memories, globals and tables
 * of those, each once, numbered in the dump's own index spaces.
 */
import type { Global as GlobalDescription } from '../../wasm/types.js'
import { load32 } from '../data.js'
import type { CodeOwner } from '../code.js'
import type { Instance } from '../instance.js'
import type { Memory } from '../memory.js'
import type { Table } from '../table.js'
import { FrameReader, type GuestFrame } from './frame-values.js'
import type { GuestSnapshot } from './snapshot.js'

export interface DumpGlobal {
  readonly type: GlobalDescription
  /** Address of the value. */
  readonly cell: number
}

export interface DumpInstance {
  /** Undefined for frames of an instance that is not known; then there is nothing but the module. */
  readonly instance: Instance | undefined
  readonly module: number
  readonly memories: readonly number[]
  readonly globals: readonly number[]
  readonly tables: readonly number[]
}

/** Index of a key in a list of distinct ones, which is added when it is new. */
class Numbering<K, V> {
  readonly values: V[] = []
  private readonly numbers = new Map<K, number>()

  number(key: K, make: () => V): number {
    let number = this.numbers.get(key)
    if (number === undefined) {
      number = this.values.push(make()) - 1
      this.numbers.set(key, number)
    }
    return number
  }
}

export class DumpWorld {
  /** Innermost first, with the number of the instance of each. */
  readonly frames: { readonly frame: GuestFrame; readonly instance: number }[] = []
  private readonly moduleNumbers = new Numbering<CodeOwner, CodeOwner>()
  private readonly instanceNumbers = new Numbering<object, DumpInstance>()
  private readonly memoryNumbers = new Numbering<Memory, Memory>()
  private readonly globalNumbers = new Numbering<number, DumpGlobal>()
  private readonly tableNumbers = new Numbering<Table, Table>()

  /** @param instances to have in the dump besides those of the frames */
  constructor(snapshot: GuestSnapshot, instances: readonly Instance[] = []) {
    for (const frame of new FrameReader(snapshot).frames()) {
      const owner = frame.code.owner
      if (owner === undefined) continue
      const instance = frame.instance === undefined ? this.unknown(owner) : this.add(frame.instance)
      this.frames.push({ frame, instance })
    }
    for (const instance of instances) this.add(instance)
  }

  get modules(): readonly CodeOwner[] {
    return this.moduleNumbers.values
  }
  get instances(): readonly DumpInstance[] {
    return this.instanceNumbers.values
  }
  get memories(): readonly Memory[] {
    return this.memoryNumbers.values
  }
  get globals(): readonly DumpGlobal[] {
    return this.globalNumbers.values
  }
  get tables(): readonly Table[] {
    return this.tableNumbers.values
  }

  /** Number of the instance whose context is at an address, -1 when it is not in the dump. */
  instanceOfContext(vmctx: number): number {
    return this.instances.findIndex(({ instance }) => instance?.vmctx === vmctx)
  }

  private moduleNumber(owner: CodeOwner): number {
    return this.moduleNumbers.number(owner, () => owner)
  }

  private unknown(owner: CodeOwner): number {
    const module = this.moduleNumber(owner)
    return this.instanceNumbers.number(owner, () => ({
      instance: undefined,
      module,
      memories: [],
      globals: [],
      tables: [],
    }))
  }

  private add(instance: Instance): number {
    return this.instanceNumbers.number(instance, () => {
      const { info } = instance.module
      return {
        instance,
        module: this.moduleNumber(instance.module),
        memories: instance.memories.map((memory) => this.memoryNumbers.number(memory, () => memory)),
        globals: info.globals.map((type, i) => {
          const cell = instance.globalCell(i)
          return this.globalNumbers.number(cell, () => ({ type, cell }))
        }),
        tables: instance.tables.map((table) => this.tableNumbers.number(table, () => table)),
      }
    })
  }
}

/** The 8 bytes of a global's cell. */
export function globalBits(global: DumpGlobal): { readonly lo: number; readonly hi: number } {
  return { lo: load32(global.cell), hi: load32(global.cell + 4) }
}
