/**
 * Where code lies: the chunks of an arena (arena.ts) that one module has, and which of its versions is where in them. Code is published
 * into the last chunk of the list, each piece behind the one before; chunks that compile workers fill (compile-pool.ts) come before it.
 */
import type { CodeArena, CodeChunk } from './arena.js'
import { addon } from './context.js'
import { withReclaim } from './owners.js'
import type { VersionTable } from './versions.js'

interface ChunkIndex {
  readonly chunk: CodeChunk
  /** Numbers of versions in the order of their addresses. */
  readonly versions: number[]
}

/**
 * All chunks of this thread, and whose code is in each: weakly, since modules keep their code, not the other way round. By watches of the
 * addon, as in instance-registry.ts.
 */
const owners = new Map<CodeChunk, number>()

function contains({ exec, size }: CodeChunk, address: number): boolean {
  return address >= exec && address < exec + size
}

/** Whose code contains an address: what a watch was made of. */
export function chunkOwner(pc: number): unknown {
  for (const [chunk, watch] of owners) {
    if (!contains(chunk, pc)) continue
    const owner = addon.watched(watch)
    // Before its finalizer has run, code that is gone may still be listed where an arena has newer code.
    if (owner !== undefined) return owner
  }
  return undefined
}

/** Refers to no module: it is what is given back when that is collected. */
export class CodeChunks {
  private readonly arena: CodeArena
  private readonly watch: number
  private readonly list: ChunkIndex[] = []

  /** @param watch of the owner of the code (Native.watch) */
  constructor(arena: CodeArena, watch: number) {
    this.arena = arena
    this.watch = watch
  }

  /** Another chunk, which is the last one from now on. @throws CodeSpaceError */
  open(bytes: number): CodeChunk {
    return this.add(bytes, this.list.length)
  }

  /** A chunk for compile workers. @throws CodeSpaceError */
  openShared(bytes: number): CodeChunk {
    return this.add(bytes, 0)
  }

  private add(bytes: number, at: number): CodeChunk {
    const chunk = withReclaim(() => this.arena.allocate(bytes))
    this.list.splice(at, 0, { chunk, versions: [] })
    owners.set(chunk, this.watch)
    return chunk
  }

  /** Notes versions that were put behind all others of the last chunk, with consecutive numbers. */
  append(first: number, count = 1): void {
    const { versions } = this.list[this.list.length - 1]
    for (let i = 0; i < count; i++) versions.push(first + i)
  }

  /** Notes a version that lies anywhere in a chunk. */
  insert(version: number, { start }: VersionTable): void {
    const address = start[version]
    const index = this.list.find(({ chunk }) => contains(chunk, address))
    if (index === undefined) throw new Error('adopted code is in no chunk of its module')
    // Several workers fill a chunk: what was written first need not come in first.
    let at = index.versions.length
    while (at > 0 && start[index.versions[at - 1]] > address) at--
    index.versions.splice(at, 0, version)
  }

  /** Number of the version that contains an address, -1 when none does. */
  find(pc: number, { start, size }: VersionTable): number {
    for (const { chunk, versions } of this.list) {
      if (!contains(chunk, pc)) continue
      let low = 0
      let high = versions.length - 1
      while (low <= high) {
        const middle = (low + high) >>> 1
        const version = versions[middle]
        if (pc < start[version]) high = middle - 1
        else if (pc >= start[version] + size[version]) low = middle + 1
        else return version
      }
    }
    return -1
  }

  /** Writable bytes at an address where code runs; none when it is in no chunk. */
  bytesAt(address: number, size: number): Uint8Array {
    const found = this.list.find(({ chunk }) => contains(chunk, address))
    if (found === undefined) return new Uint8Array(0)
    const at = address - found.chunk.exec
    return found.chunk.bytes.subarray(at, at + size)
  }

  /** Gives all of them back. */
  release(): void {
    for (const { chunk } of this.list) {
      owners.delete(chunk)
      this.arena.release(chunk.exec, chunk.size)
    }
  }
}
