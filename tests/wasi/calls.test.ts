// The host calls one by one: results in memory, error numbers, hostile pointers.
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PREVIEW1, Rights } from '#dist/wasi/abi.js'
import { callsOf } from '#dist/wasi/calls.js'
import { Errno } from '#dist/wasi/errno.js'
import { ProcExit } from '#dist/wasi/host.js'
import { Guest } from './guest.js'

let guest: Guest
beforeEach(() => {
  guest = new Guest(['prog', 'ä b'], { KEY: 'value', EMPTY: '' })
})
afterEach(() => guest.dispose())

const ALL = 0x3fff_ffffn

test('there are 46 functions', () => {
  expect(Object.keys(callsOf(PREVIEW1))).toHaveLength(46)
})

test('arguments and environment', () => {
  expect(guest.call('args_sizes_get', 0, 4)).toBe(0)
  expect([guest.view.getUint32(0, true), guest.view.getUint32(4, true)]).toEqual([2, 10])
  expect(guest.call('args_get', 16, 32)).toBe(0)
  expect([guest.view.getUint32(16, true), guest.view.getUint32(20, true)]).toEqual([32, 37])
  expect(new TextDecoder().decode(guest.bytes.subarray(32, 42))).toBe('prog\0ä b\0')
  expect(guest.call('environ_sizes_get', 0, 4)).toBe(0)
  expect([guest.view.getUint32(0, true), guest.view.getUint32(4, true)]).toEqual([2, 17])
  expect(guest.call('environ_get', 16, 32)).toBe(0)
  expect(new TextDecoder().decode(guest.bytes.subarray(32, 49))).toBe('KEY=value\0EMPTY=\0')
  expect(guest.call('args_get', 16, 65_530)).toBe(Errno.FAULT)
})

test('standard streams', () => {
  expect(guest.write(1, 'hello ')).toBe(6)
  guest.view.setUint32(100, 200, true)
  guest.view.setUint32(104, 3, true)
  guest.view.setUint32(108, 300, true)
  guest.view.setUint32(112, 0, true)
  guest.view.setUint32(116, 400, true)
  guest.view.setUint32(120, 2, true)
  guest.bytes.set(new TextEncoder().encode('abc'), 200)
  guest.bytes.set(new TextEncoder().encode('de'), 400)
  expect(guest.call('fd_write', 2, 100, 3, 0)).toBe(0)
  expect(guest.view.getUint32(0, true)).toBe(5)
  expect(guest.output).toBe('hello abcde')
  guest.input = new TextEncoder().encode('input')
  expect(guest.read(0, 3)).toBe('inp')
  expect(guest.read(0)).toBe('ut')
  expect(guest.read(0)).toBe('')
  expect(guest.call('fd_seek', 1, 0n, 0, 0)).toBe(Errno.SPIPE)
  expect(guest.call('fd_tell', 1, 0)).toBe(Errno.SPIPE)
  expect(guest.call('sock_shutdown', 1, 1)).toBe(Errno.NOTSOCK)
  expect(guest.call('sock_shutdown', 77, 1)).toBe(Errno.BADF)
})

test('buffers outside the memory are a fault, not an exception', () => {
  guest.view.setUint32(16, 65_000, true)
  guest.view.setUint32(20, 10_000, true)
  for (const name of ['fd_write', 'fd_read']) {
    expect(guest.call(name, name === 'fd_read' ? 0 : 1, 16, 1, 0)).toBe(Errno.FAULT)
    expect(guest.call(name, name === 'fd_read' ? 0 : 1, 0xffff_fff0, 1, 0)).toBe(Errno.FAULT)
    expect(guest.call(name, name === 'fd_read' ? 0 : 1, 16, 0xffff_ffff, 0)).toBe(Errno.FAULT)
    expect(guest.call(name, name === 'fd_read' ? 0 : 1, 16, 0, 65_535)).toBe(Errno.FAULT)
  }
  expect(guest.call('random_get', 65_000, 1000)).toBe(Errno.FAULT)
  expect(guest.call('clock_time_get', 0, 0n, 65_530)).toBe(Errno.FAULT)
  expect(guest.call('poll_oneoff', 65_530, 0, 1, 0)).toBe(Errno.FAULT)
  expect(guest.call('fd_prestat_dir_name', 3, 65_536, 1)).toBe(Errno.FAULT)
  expect(guest.call('fd_filestat_get', 3, 65_500)).toBe(Errno.FAULT)
})

test('files: write, seek, read, pread, pwrite, tell', () => {
  const fd = guest.open('f', { oflags: 1, rights: ALL })
  expect(guest.write(fd, 'hello world')).toBe(11)
  expect(guest.call('fd_tell', fd, 0)).toBe(0)
  expect(guest.view.getUint32(0, true)).toBe(11)
  expect(guest.call('fd_seek', fd, -5n, 2, 0)).toBe(0)
  expect(guest.read(fd)).toBe('world')
  expect(guest.call('fd_seek', fd, -1n, 0, 0)).toBe(Errno.INVAL)
  expect(guest.call('fd_seek', fd, 0n, 9, 0)).toBe(Errno.INVAL)
  expect(guest.call('fd_seek', fd, 100n, 0, 0)).toBe(0)
  expect(guest.read(fd)).toBe('')
  guest.view.setUint32(16, 200, true)
  guest.view.setUint32(20, 5, true)
  expect(guest.call('fd_pread', fd, 16, 1, 6n, 0)).toBe(0)
  expect(new TextDecoder().decode(guest.bytes.subarray(200, 205))).toBe('world')
  expect(guest.call('fd_pwrite', fd, 16, 1, 0n, 0)).toBe(0)
  expect(readFileSync(join(guest.root, 'f'), 'utf8')).toBe('world world')
  expect(guest.call('fd_tell', fd, 0)).toBe(0)
  expect(guest.view.getUint32(0, true)).toBe(100)
  expect(guest.call('fd_pread', fd, 16, 1, 0xffff_ffff_ffff_ffffn, 0)).toBe(Errno.INVAL)
  expect(guest.call('fd_close', fd)).toBe(0)
  expect(guest.call('fd_close', fd)).toBe(Errno.BADF)
})

test('append mode, on opening and later', () => {
  const path = join(guest.root, 'log')
  writeFileSync(path, 'one\n')
  const fd = guest.open('log', { rights: ALL, fdflags: 1 })
  expect(guest.write(fd, 'two\n')).toBe(4)
  expect(guest.call('fd_seek', fd, 0n, 0, 0)).toBe(0)
  expect(guest.write(fd, 'three\n')).toBe(6)
  expect(guest.call('fd_tell', fd, 0)).toBe(0)
  expect(guest.view.getUint32(0, true)).toBe(14)
  expect(guest.call('fd_fdstat_set_flags', fd, 0)).toBe(0)
  expect(guest.call('fd_seek', fd, 0n, 0, 0)).toBe(0)
  expect(guest.write(fd, 'ONE')).toBe(3)
  expect(guest.call('fd_fdstat_set_flags', fd, 1)).toBe(0)
  expect(guest.write(fd, 'end')).toBe(3)
  expect(readFileSync(path, 'utf8')).toBe('ONE\ntwo\nthree\nend')
  expect(guest.call('fd_fdstat_set_flags', fd, 16)).toBe(Errno.NOTSUP)
  expect(guest.call('fd_fdstat_set_flags', fd, 64)).toBe(Errno.INVAL)
})

test('rights can be dropped and not regained', () => {
  const fd = guest.open('f', { oflags: 1, rights: BigInt(Rights.FdRead | Rights.FdWrite | Rights.FdSeek) })
  expect(guest.write(fd, 'x')).toBe(1)
  expect(guest.call('fd_fdstat_set_rights', fd, BigInt(Rights.FdSeek), 0n)).toBe(0)
  expect(guest.read(fd)).toBe(-Errno.BADF)
  expect(guest.write(fd, 'x')).toBe(-Errno.BADF)
  expect(guest.call('fd_fdstat_set_rights', fd, BigInt(Rights.FdRead), 0n)).toBe(Errno.NOTCAPABLE)
  expect(guest.call('fd_allocate', fd, 0n, 5n)).toBe(Errno.NOTCAPABLE)
})

test('truncating needs its right on the directory', () => {
  writeFileSync(join(guest.root, 'f'), 'content')
  const truncated = guest.open('f', { oflags: 8, rights: 0n })
  expect(truncated).toBeGreaterThan(4)
  expect(statSync(join(guest.root, 'f')).size).toBe(0)
  guest.call('fd_fdstat_get', 3, 0)
  const rights = guest.view.getBigUint64(8, true)
  const inheriting = guest.view.getBigUint64(16, true)
  expect(rights & BigInt(Rights.FdFilestatSetSize)).toBe(0n)
  expect(guest.call('fd_fdstat_set_rights', 3, rights & ~BigInt(Rights.PathFilestatSetSize), inheriting)).toBe(0)
  expect(guest.open('f', { oflags: 8, rights: 0n })).toBe(-Errno.NOTCAPABLE)
})

test('directories are not files', () => {
  for (const [name, ...rest] of [
    ['fd_read', 16, 0, 0],
    ['fd_write', 16, 0, 0],
    ['fd_pread', 16, 0, 0n, 0],
    ['fd_pwrite', 16, 0, 0n, 0],
    ['fd_seek', 0n, 1, 0],
    ['fd_tell', 0],
    ['fd_allocate', 0n, 1n],
    ['fd_filestat_set_size', 0n],
  ] as [string, ...(number | bigint)[]][]) {
    expect([name, guest.call(name, 3, ...rest)]).toEqual([name, Errno.BADF])
  }
  expect(guest.open('.', { oflags: 2, rights: 2n | 64n })).toBe(-Errno.ISDIR)
  expect(guest.open('.', { oflags: 2, rights: 2n })).toBeGreaterThan(4)
})

test('sizes and times', () => {
  const path = join(guest.root, 'f')
  // Node takes times as doubles: microseconds are exact, nanoseconds are not.
  const times = (): bigint[] => {
    const { atimeNs, mtimeNs } = statSync(path, { bigint: true })
    return [atimeNs / 1000n, mtimeNs / 1000n]
  }
  const fd = guest.open('f', { oflags: 1, rights: ALL })
  expect(guest.call('fd_filestat_set_size', fd, 100n)).toBe(0)
  expect(guest.call('fd_allocate', fd, 50n, 100n)).toBe(0)
  expect(guest.call('fd_allocate', fd, 0n, 10n)).toBe(0)
  expect(guest.call('fd_filestat_get', fd, 64)).toBe(0)
  expect(guest.view.getBigUint64(96, true)).toBe(150n)
  expect(guest.view.getUint8(80)).toBe(4)
  expect(guest.view.getBigUint64(72, true)).toBe(statSync(path, { bigint: true }).ino)
  utimesSync(path, 1000, 2000)
  expect(guest.call('fd_filestat_set_times', fd, 0n, 1_234_567_891_123_456_000n, 4)).toBe(0)
  expect(times()).toEqual([1_000_000_000n, 1_234_567_891_123_456n])
  expect(guest.call('path_filestat_set_times', 3, 0, ...guest.text('f'), 5_000_000_000n, 0n, 1)).toBe(0)
  expect(times()).toEqual([5_000_000n, 1_234_567_891_123_456n])
  for (let i = 0n; i < 200n; i++) {
    const time = 1_795_000_000_000_000n + i * 7_919_003n
    expect(guest.call('fd_filestat_set_times', fd, time * 1000n, time * 1000n, 5)).toBe(0)
    expect(times()).toEqual([time, time])
  }
  expect(guest.call('path_filestat_set_times', 3, 0, ...guest.text('f'), 0n, 0n, 12)).toBe(Errno.INVAL)
  expect(guest.call('fd_filestat_set_times', fd, 0n, 0n, 3)).toBe(Errno.INVAL)
  expect(guest.call('fd_filestat_set_times', fd, 0n, 0n, 10)).toBe(0)
  expect(Math.abs(statSync(path).mtimeMs - Date.now())).toBeLessThan(10_000)
  expect(guest.call('fd_advise', fd, 0n, 0n, 5)).toBe(0)
  expect(guest.call('fd_advise', fd, 0n, 0n, 6)).toBe(Errno.INVAL)
})

test('readdir: cookies, small buffers, inode numbers', () => {
  mkdirSync(join(guest.root, 'd'))
  for (let i = 0; i < 100; i++) writeFileSync(join(guest.root, 'd', `file.${i}`), '')
  const fd = guest.open('d', { oflags: 2, rights: ALL & ~64n & ~256n & ~(1n << 22n) })
  const seen: string[] = []
  let cookie = 0n
  for (let round = 0; round < 1000; round++) {
    expect(guest.call('fd_readdir', fd, 2000, 256, cookie, 0)).toBe(0)
    const used = guest.view.getUint32(0, true)
    let at = 0
    while (at + 24 <= used) {
      const length = guest.view.getUint32(2000 + at + 16, true)
      if (at + 24 + length > used) break
      const name = new TextDecoder().decode(guest.bytes.subarray(2000 + at + 24, 2000 + at + 24 + length))
      cookie = guest.view.getBigUint64(2000 + at, true)
      if (name.startsWith('file')) {
        expect(guest.view.getBigUint64(2000 + at + 8, true)).toBe(
          statSync(join(guest.root, 'd', name), { bigint: true }).ino,
        )
        expect(guest.view.getUint8(2000 + at + 20)).toBe(4)
      }
      seen.push(name)
      at += 24 + length
    }
    if (used < 256) break
  }
  expect(seen.slice(0, 2)).toEqual(['.', '..'])
  expect(seen).toHaveLength(102)
  expect(new Set(seen).size).toBe(102)
  expect(guest.call('fd_readdir', fd, 2000, 256, 0xffff_ffff_ffff_ffffn, 0)).toBe(0)
  expect(guest.view.getUint32(0, true)).toBe(0)
})

test('preopens and renumbering', () => {
  expect(guest.call('fd_prestat_get', 3, 0)).toBe(0)
  expect([guest.view.getUint32(0, true), guest.view.getUint32(4, true)]).toEqual([0, 1])
  expect(guest.call('fd_prestat_dir_name', 3, 16, 0)).toBe(Errno.NAMETOOLONG)
  expect(guest.call('fd_prestat_dir_name', 3, 16, 10)).toBe(0)
  expect(guest.bytes[16]).toBe(0x2f)
  expect(guest.call('fd_prestat_get', 9, 0)).toBe(Errno.BADF)
  const fd = guest.open('f', { oflags: 1, rights: ALL })
  expect(guest.call('fd_renumber', fd, 99)).toBe(Errno.BADF)
  expect(guest.call('fd_renumber', fd, 4)).toBe(0)
  expect(guest.write(4, 'x')).toBe(1)
  expect(guest.call('fd_close', fd)).toBe(Errno.BADF)
})

test('clocks', () => {
  const before = BigInt(Date.now()) * 1_000_000n
  expect(guest.call('clock_time_get', 0, 1n, 0)).toBe(0)
  const now = guest.view.getBigUint64(0, true)
  expect(now - before).toBeGreaterThan(-5_000_000n)
  expect(now - before).toBeLessThan(10_000_000_000n)
  let last = 0n
  for (let i = 0; i < 100; i++) {
    expect(guest.call('clock_time_get', 1, 0n, 0)).toBe(0)
    const time = guest.view.getBigUint64(0, true)
    expect(time >= last).toBe(true)
    last = time
  }
  expect(guest.call('clock_time_get', 2, 0n, 0)).toBe(0)
  expect(guest.call('clock_time_get', 4, 0n, 0)).toBe(Errno.INVAL)
  expect(guest.call('clock_res_get', 1, 0)).toBe(0)
  expect(guest.call('clock_res_get', 4, 0)).toBe(Errno.INVAL)
})

test('poll_oneoff: clocks fire in order, files and writers are ready, bad descriptors say so', () => {
  const subscription = (i: number, userdata: bigint, type: number, fill: (at: number) => void): void => {
    const at = 1000 + i * 48
    guest.bytes.fill(0, at, at + 48)
    guest.view.setBigUint64(at, userdata, true)
    guest.view.setUint8(at + 8, type)
    fill(at)
  }
  const clock = (id: number, timeout: bigint, flags: number) => (at: number) => {
    guest.view.setUint32(at + 16, id, true)
    guest.view.setBigUint64(at + 24, timeout, true)
    guest.view.setUint16(at + 40, flags, true)
  }
  subscription(0, 7n, 0, clock(1, 3_600_000_000_000n, 0))
  subscription(1, 8n, 0, clock(1, 5_000_000n, 0))
  const started = performance.now()
  expect(guest.call('poll_oneoff', 1000, 4000, 2, 0)).toBe(0)
  expect(performance.now() - started).toBeGreaterThan(4)
  expect(guest.view.getUint32(0, true)).toBe(1)
  expect(guest.view.getBigUint64(4000, true)).toBe(8n)
  subscription(1, 9n, 2, (at) => guest.view.setUint32(at + 16, 1, true))
  subscription(2, 10n, 1, (at) => guest.view.setUint32(at + 16, 55, true))
  expect(guest.call('poll_oneoff', 1000, 4000, 3, 0)).toBe(0)
  expect(guest.view.getUint32(0, true)).toBe(2)
  expect([guest.view.getBigUint64(4000, true), guest.view.getUint16(4008, true)]).toEqual([9n, 0])
  expect([guest.view.getBigUint64(4032, true), guest.view.getUint16(4040, true)]).toEqual([10n, Errno.BADF])
  expect(guest.call('poll_oneoff', 1000, 4000, 0, 0)).toBe(Errno.INVAL)
})

test('exit, signals, random bytes', () => {
  expect(() => guest.call('proc_exit', 42)).toThrow(expect.objectContaining({ code: 42 }))
  try {
    guest.call('proc_raise', 6)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(ProcExit)
    expect(error).toMatchObject({ code: 134 })
  }
  expect(guest.call('proc_raise', 0)).toBe(0)
  expect(guest.call('proc_raise', 99)).toBe(Errno.INVAL)
  expect(guest.call('sched_yield')).toBe(0)
  expect(guest.call('random_get', 100, 64)).toBe(0)
  expect(guest.bytes.subarray(100, 164).some((byte) => byte !== 0)).toBe(true)
})
