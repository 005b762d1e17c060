// Reservations, views, arenas and fibers as JavaScript sees them, and what wrong arguments get.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'

import { native } from '#dist/runtime/native.js'

const n = native()
const page = n.pageSize
const GiB = 2 ** 30
const reserve = (value: unknown): number => n.reserve(value as number)

describe('copies on a thread of their own', () => {
  it('are complete when they are ended, several at a time', () => {
    const sources = [1, 2, 3].map((value) => new Uint8Array(2 ** 20 + value).fill(value))
    const targets = sources.map((source) => new Uint8Array(source.length))
    const ids = sources.map((source, i) => n.beginCopy(targets[i], source))
    for (const id of ids) n.endCopy(id)
    expect(targets.map((target, i) => Buffer.compare(target, sources[i]))).toEqual([0, 0, 0])
    for (const id of [...ids, 0, 1e9]) n.endCopy(id)
  })

  it('refuse arrays of different length, and what is no bytes', () => {
    expect(() => n.beginCopy(new Uint8Array(2), new Uint8Array(3))).toThrow(TypeError)
    expect(() => n.beginCopy(new Uint16Array(2) as unknown as Uint8Array, new Uint8Array(2))).toThrow(TypeError)
  })
})

describe('views', () => {
  /** Collections of the whole heap while a process makes views of 16 MiB. */
  const collections = (counted: boolean): number => {
    const code = `import { PerformanceObserver } from 'node:perf_hooks'
      import { native } from ${JSON.stringify(new URL('../../dist/runtime/native.js', import.meta.url).href)}
      let major = 0
      const add = (list) => { for (const { detail } of list.getEntries()) if (detail.kind === 4) major++ }
      new PerformanceObserver(add).observe({ entryTypes: ['gc'] })
      const n = native()
      const at = n.reserve(1 << 24)
      n.commit(at, 1 << 24)
      for (let i = 0; i < 100; i++) n.view(at, 1 << 24, ${counted})
      setTimeout(() => console.log(major), 20)`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    return Number(stdout.trim() || 'NaN')
  }

  it('are no memory to V8, unless it is told so', () => {
    // Later it ends the process when it is told less than it counts.
    if (Number.parseInt(process.versions.node, 10) < 23) expect(collections(false)).toBe(0)
    else expect(collections(false)).toBeGreaterThanOrEqual(0)
    expect(collections(true)).toBeGreaterThan(1)
  })
})

describe('reservations', () => {
  it('populate changes nothing', () => {
    const at = n.reserve(4 * page)
    n.commit(at, 4 * page)
    const bytes = new Uint8Array(n.view(at, 4 * page))
    bytes[page] = 7
    n.populate(bytes.subarray(page - 1, 3 * page + 1))
    n.populate(new Uint8Array(0))
    expect(bytes.findIndex((byte) => byte !== 0)).toBe(page)
    expect(() => n.populate('no' as never)).toThrow(TypeError)
    n.release(at, 4 * page)
  })

  it('commit, view, keep their contents when committed further, and begin as zero after a decommit', () => {
    const at = n.reserve(8 * GiB + 2 * page)
    n.commit(at, page)
    const first = new Uint8Array(n.view(at, page))
    first[10] = 7
    n.commit(at + page, page)
    n.detach(first.buffer)
    expect(first.byteLength).toBe(0)
    const both = new Uint8Array(n.view(at, 2 * page))
    expect([both[10], both[page]]).toEqual([7, 0])
    both[page] = 9
    n.detach(both.buffer)
    n.decommit(at, 2 * page)
    n.commit(at, 2 * page)
    const again = new Uint8Array(n.view(at, 2 * page))
    expect([again[10], again[page]]).toEqual([0, 0])
    n.detach(again.buffer)
    n.release(at, 8 * GiB + 2 * page)
  })

  it('give views of 0 bytes and of 4 GiB', () => {
    const empty = n.view(0, 0)
    expect(empty.byteLength).toBe(0)
    const at = n.reserve(4 * GiB)
    n.commit(at, 4 * GiB)
    const all = new Uint8Array(n.view(at, 4 * GiB))
    all[4 * GiB - 1] = 1
    expect(all.length).toBe(4 * GiB)
    n.detach(all.buffer)
    n.release(at, 4 * GiB)
  })

  it('refuse more than there is with ERR_WINDLASS_RESERVE', () => {
    expect(() => n.reserve(2 ** 52)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_WINDLASS_RESERVE' }),
    )
  })

  it('refuse pages that are not theirs', () => {
    const at = n.reserve(4 * page)
    for (const [address, bytes] of [
      [at + 1, page],
      [at, 1],
      [at, 5 * page],
      [at - page, page],
      [0, page],
    ]) {
      expect(() => n.commit(address, bytes)).toThrow(RangeError)
      expect(() => n.decommit(address, bytes)).toThrow(RangeError)
      expect(() => n.release(address, bytes)).toThrow(RangeError)
    }
    n.release(at, 4 * page)
    expect(() => n.release(at, 4 * page)).toThrow('whole pages of a reservation')
  })

  it('name the argument that is wrong', () => {
    expect(() => reserve('1')).toThrow(
      expect.objectContaining({ name: 'TypeError', message: 'bytes has to be a number' }),
    )
    expect(() => reserve(undefined)).toThrow(TypeError)
    for (const value of [-1, 0.5, Number.NaN, Infinity, 2 ** 53, 0]) {
      expect(() => reserve(value)).toThrow(
        expect.objectContaining({ name: 'RangeError', code: 'ERR_WINDLASS_ARGUMENT' }),
      )
    }
    expect(() => n.detach({} as ArrayBuffer)).toThrow('buffer has to be')
    expect(() => n.addressOf([] as unknown as Uint8Array)).toThrow('view has to be a typed array')
    expect(() => n.startTimer(0, -1)).toThrow('milliseconds')
    expect(() => n.storeAddress(4, 1)).toThrow('multiple of 8')
  })
})

describe('addressOf', () => {
  it('gives the address of the first byte of a typed array, shared or not', () => {
    const plain = new Uint8Array(1024)
    expect(n.addressOf(plain.subarray(16)) - n.addressOf(plain)).toBe(16)
    const shared = new Uint8Array(new SharedArrayBuffer(1024))
    expect(n.addressOf(shared)).toBeGreaterThan(0)
    const alias = new Uint8Array(n.view(n.addressOf(plain), 1024))
    plain[3] = 5
    expect(alias[3]).toBe(5)
    n.detach(alias.buffer)
  })
})

describe('arenas', () => {
  it('show the same bytes at two addresses, with the poll page last', () => {
    const arena = n.createArena(100_000, 0)
    expect(arena.size % page).toBe(0)
    expect(arena.size).toBeGreaterThanOrEqual(100_000)
    expect(arena.exec).not.toBe(arena.write)
    expect(arena.poll).toBe(arena.exec + arena.size - page)
    expect(arena.jumps).toBe(arena.exec + arena.size)
    n.storeAddress(arena.write + 8, arena.exec)
    const exec = new DataView(n.view(arena.exec, 64))
    expect(Number(exec.getBigUint64(8, true))).toBe(arena.exec)
    n.detach(exec.buffer)
    n.releaseArena(arena.id)
    expect(() => n.releaseArena(arena.id)).toThrow(RangeError)
    expect(() => n.openArena(arena.id)).toThrow(RangeError)
  })

  it('live until the last reference is released', () => {
    const arena = n.createArena(1 << 20, 0)
    expect(n.openArena(arena.id)).toEqual(arena)
    n.releaseArena(arena.id)
    const view = new Uint8Array(n.view(arena.write, 16))
    view[0] = 1
    n.detach(view.buffer)
    n.releaseArena(arena.id)
    expect(() => n.openArena(arena.id)).toThrow('live code arena')
  })

  it('may be 1 GiB large, not more, and run out with an error', () => {
    const arena = n.createArena(GiB, 0)
    n.releaseArena(arena.id)
    expect(() => n.createArena(GiB + 1, 0)).toThrow('2^30')
    const ids: number[] = []
    expect(() => {
      for (;;) ids.push(n.createArena(page, 0).id)
    }).toThrow(expect.objectContaining({ code: 'ERR_WINDLASS_RESERVE' }))
    for (const id of ids) n.releaseArena(id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('fibers', () => {
  it('are reused, with their pages given back', () => {
    const fiber = n.createFiber(100_000)
    expect(fiber.high - fiber.low).toBeGreaterThanOrEqual(100_000)
    expect(fiber.high % 16).toBe(0)
    const view = new Uint8Array(n.view(fiber.low, fiber.high - fiber.low))
    view.fill(1)
    n.releaseFiber(fiber.low)
    expect(n.createFiber(100_000)).toEqual(fiber)
    expect(view[0]).toBe(0)
    n.detach(view.buffer)
    n.releaseFiber(fiber.low)
    expect(() => n.releaseFiber(fiber.low)).toThrow('fiber in use')
  })

  it('may be many', () => {
    const fibers = Array.from({ length: 1000 }, () => n.createFiber(1 << 20))
    expect(new Set(fibers.map((fiber) => fiber.low)).size).toBe(1000)
    for (const fiber of fibers) n.releaseFiber(fiber.low)
  })
})

describe('copyRanges', () => {
  const source = Uint8Array.from([1, 2, 3, 4, 5])
  const copy = (target: unknown, from: unknown, ranges: unknown): void =>
    n.copyRanges(target as Uint8Array, from as Uint8Array, ranges as Uint32Array)

  it('copies each range', () => {
    const target = new Uint8Array(6)
    copy(target, source, Uint32Array.of(0, 3, 2, 4, 0, 2, 6, 5, 0))
    expect([...target]).toEqual([4, 5, 0, 0, 1, 2])
  })

  it('stops at a range that leaves the target or the source', () => {
    const target = new Uint8Array(4)
    expect(() => copy(target, source, Uint32Array.of(0, 0, 1, 3, 0, 2))).toThrow(RangeError)
    expect(() => copy(target, source, Uint32Array.of(0, 4, 2))).toThrow(RangeError)
    expect(() => copy(target, source, Uint32Array.of(0xffff_ffff, 0, 1))).toThrow(RangeError)
    expect([...target]).toEqual([1, 0, 0, 0])
  })

  it('wants typed arrays of the right kind', () => {
    expect(() => copy([], source, new Uint32Array(0))).toThrow(TypeError)
    expect(() => copy(source, source, new Float64Array(3))).toThrow(TypeError)
  })
})

describe('digest', () => {
  it('is BLAKE2b', () => {
    for (const length of [0, 1, 127, 128, 129, 255, 256, 257, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) ^ (i >> 8))
      expect(Buffer.from(n.digest(bytes)).equals(createHash('blake2b512').update(bytes).digest())).toBe(true)
    }
  })

  it('is that of the bytes in view alone', () => {
    const bytes = new Uint8Array(300).fill(1)
    expect(n.digest(bytes.subarray(3, 20))).toEqual(n.digest(new Uint8Array(17).fill(1)))
  })

  it('wants bytes', () => {
    expect(() => n.digest(new Uint16Array(2) as unknown as Uint8Array)).toThrow(TypeError)
    expect(() => n.digest({} as unknown as Uint8Array)).toThrow(TypeError)
  })
})
