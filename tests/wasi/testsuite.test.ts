// What the public test programs of WASI (WebAssembly/wasi-testsuite, wasm32-wasip1) expect of an engine, call by call. Each
// test is named after the program that it stands for.
import { beforeEach, afterEach, expect, test } from 'vitest'
import { DIRECTORY_RIGHTS, FILE_RIGHTS, Filetype, Rights } from '#dist/wasi/abi.js'
import { Errno } from '#dist/wasi/errno.js'
import { Guest } from './guest.js'

const Oflags = { creat: 1, directory: 2, excl: 4, trunc: 8 }
const Fstflags = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 }
const Fdflags = { append: 1, sync: 16 }
const READ = BigInt(Rights.FdRead)
const WRITE = BigInt(Rights.FdWrite)
const ALL = 0x3fff_ffffn
const STAT = 512

let guest: Guest
/** The scratch directory. */
let dir: number
beforeEach(() => {
  guest = new Guest()
  expect(mkdir('scratch')).toBe(0)
  dir = guest.open('scratch', { oflags: Oflags.directory, rights: BigInt(DIRECTORY_RIGHTS) })
})
afterEach(() => guest.dispose())

const path = (name: string): [number, number] => guest.text(name)
function mkdir(name: string, at = 3): number {
  return guest.call('path_create_directory', at, ...path(name))
}
const rmdir = (name: string): number => guest.call('path_remove_directory', dir, ...path(name))
const unlink = (name: string, at = dir): number => guest.call('path_unlink_file', at, ...path(name))
const rename = (from: string, to: string): number => guest.call('path_rename', dir, ...path(from), dir, ...path(to))
const symlink = (target: string, name: string): number =>
  guest.call('path_symlink', ...path(target), dir, ...path(name))
const link = (from: string, to: string, at = dir, flags = 0): number =>
  guest.call('path_link', dir, flags, ...path(from), at, ...path(to))
const open = (name: string, oflags = 0, rights = 0n, follow = false): number =>
  guest.open(name, { fd: dir, oflags, rights, follow })
const close = (fd: number): number => guest.call('fd_close', fd)
function create(name: string): void {
  expect(close(open(name, Oflags.creat | Oflags.excl, READ | WRITE))).toBe(0)
}

interface Stat {
  readonly ino: bigint
  readonly filetype: number
  readonly nlink: bigint
  readonly size: bigint
  readonly atim: bigint
  readonly mtim: bigint
}
function statAt(): Stat {
  const word = (offset: number): bigint => guest.view.getBigUint64(STAT + offset, true)
  const filetype = guest.view.getUint8(STAT + 16)
  return { ino: word(8), filetype, nlink: word(24), size: word(32), atim: word(40), mtim: word(48) }
}
function stat(name: string, flags = 0): Stat {
  expect(guest.call('path_filestat_get', dir, flags, ...path(name), STAT)).toBe(0)
  return statAt()
}
function fdStat(fd: number): Stat {
  expect(guest.call('fd_filestat_get', fd, STAT)).toBe(0)
  return statAt()
}
/** Type, flags, rights, inherited rights. */
function fdstat(fd: number): [number, number, bigint, bigint] {
  expect(guest.call('fd_fdstat_get', fd, STAT)).toBe(0)
  const { view } = guest
  const rights = view.getBigUint64(STAT + 8, true)
  return [view.getUint8(STAT), view.getUint16(STAT + 2, true), rights, view.getBigUint64(STAT + 16, true)]
}

test('dangling_fd', () => {
  create('file')
  const fd = open('file', 0, READ)
  expect(unlink('file')).toBe(0)
  expect(close(fd)).toBe(0)
  create('file')
  expect(unlink('file')).toBe(0)
  expect(mkdir('subdir', dir)).toBe(0)
  const sub = open('subdir', Oflags.directory)
  expect(sub).toBeGreaterThan(2)
  expect(rmdir('subdir')).toBe(0)
  expect(close(sub)).toBe(0)
  expect(mkdir('subdir', dir)).toBe(0)
})

test('dangling_symlink', () => {
  expect(symlink('target', 'symlink')).toBe(0)
  expect([-Errno.NOTDIR, -Errno.LOOP]).toContain(open('symlink', Oflags.directory))
  expect(open('symlink')).toBe(-Errno.LOOP)
})

test('dir_fd_op_failures', () => {
  expect(fdStat(3).filetype).toBe(Filetype.Directory)
  expect([Errno.INVAL, Errno.NAMETOOLONG]).toContain(guest.call('fd_prestat_dir_name', 3, 0, 0))
  expect(guest.call('fd_prestat_dir_name', 3, 0, 2)).toBe(0)
  const refused = [Errno.ISDIR, Errno.BADF, Errno.NOTCAPABLE]
  expect(refused.map((errno) => -errno)).toContain(guest.read(3))
  expect(refused.map((errno) => -errno)).toContain(guest.write(3, 'x'))
  expect(refused).toContain(guest.call('fd_pread', 3, 16, 1, 0n, 8))
  expect(refused).toContain(guest.call('fd_pwrite', 3, 16, 1, 0n, 8))
  for (let whence = 0; whence < 3; whence++) expect(refused).toContain(guest.call('fd_seek', 3, 0n, whence, 0))
  expect(refused).toContain(guest.call('fd_tell', 3, 0))
  expect(refused).toContain(guest.call('fd_allocate', 3, 0n, 1n))
  expect([...refused, Errno.INVAL]).toContain(guest.call('fd_filestat_set_size', 3, 0n))
})

test('directory_seek', () => {
  expect(mkdir('sub', dir)).toBe(0)
  const fd = open('sub', Oflags.directory, BigInt(Rights.FdSeek))
  expect(fd).toBeGreaterThan(2)
  expect([Errno.ISDIR, Errno.NOTCAPABLE, Errno.BADF]).toContain(guest.call('fd_seek', fd, 0n, 1, 0))
  const [filetype, , rights] = fdstat(fd)
  expect([filetype, rights & BigInt(Rights.FdSeek)]).toEqual([Filetype.Directory, 0n])
})

test('fd_advise', () => {
  const fd = open('file', Oflags.creat, ALL)
  expect(guest.call('fd_filestat_set_size', fd, 100n)).toBe(0)
  expect(guest.call('fd_advise', fd, 10n, 50n, 0)).toBe(0)
  expect(fdStat(fd).size).toBe(100n)
  expect(guest.call('fd_allocate', fd, 100n, 100n)).toBe(0)
  expect(fdStat(fd).size).toBe(200n)
})

test('fd_fdstat_set_rights', () => {
  const fd = open('file', Oflags.creat, READ | WRITE | BigInt(Rights.FdSeek) | BigInt(Rights.FdTell))
  expect(guest.write(fd, '0123')).toBe(4)
  expect(guest.call('fd_seek', fd, 0n, 0, 0)).toBe(0)
  expect(guest.read(fd)).toBe('0123')
  const [, , rights, inheriting] = fdstat(fd)
  expect(guest.call('fd_fdstat_set_rights', fd, rights & ~(READ | WRITE), inheriting)).toBe(0)
  expect(fdstat(fd)[2] & (READ | WRITE | BigInt(Rights.FdSeek))).toBe(BigInt(Rights.FdSeek))
  expect([-Errno.BADF, -Errno.NOTCAPABLE]).toContain(guest.read(fd))
  expect([-Errno.BADF, -Errno.NOTCAPABLE]).toContain(guest.write(fd, 'x'))
  expect(guest.call('fd_fdstat_set_rights', fd, rights, inheriting)).toBe(Errno.NOTCAPABLE)
})

test('fd_filestat_set: times to the nanosecond', () => {
  const fd = open('file', Oflags.creat, ALL)
  expect(guest.call('fd_filestat_set_size', fd, 100n)).toBe(0)
  const { atim, mtim } = fdStat(fd)
  expect(guest.call('fd_filestat_set_times', fd, mtim - 100n, mtim - 100n, Fstflags.mtim)).toBe(0)
  expect(fdStat(fd)).toMatchObject({ size: 100n, mtim: mtim - 100n, atim })
})

test('fd_flags_set', () => {
  const rights = READ | WRITE | BigInt(Rights.FdSeek) | BigInt(Rights.FdTell) | BigInt(Rights.FdFdstatSetFlags)
  const fd = guest.open('file', { fd: dir, oflags: Oflags.creat, rights, fdflags: Fdflags.append })
  const seek = (to: bigint): number => guest.call('fd_seek', fd, to, 0, 0)
  const [zeros, ones, twos] = ['0', '1', '2'].map((digit) => digit.repeat(100))
  expect(guest.write(fd, zeros)).toBe(100)
  expect(seek(0n)).toBe(0)
  expect(guest.read(fd, 100)).toBe(zeros)
  expect(seek(0n)).toBe(0)
  expect(guest.write(fd, ones)).toBe(100)
  expect(seek(100n)).toBe(0)
  expect(guest.read(fd, 100)).toBe(ones)
  expect(guest.call('fd_fdstat_set_flags', fd, 0)).toBe(0)
  expect(seek(0n)).toBe(0)
  expect(guest.write(fd, twos)).toBe(100)
  expect(seek(0n)).toBe(0)
  expect(guest.read(fd, 100)).toBe(twos)
  expect(stat('file').size).toBe(200n)
})

test('fd_readdir', () => {
  const list = (cookie: bigint, size = 256): { names: string[]; next: bigint[]; eof: boolean } => {
    expect(guest.call('fd_readdir', dir, 2048, size, cookie, 0)).toBe(0)
    const used = guest.view.getUint32(0, true)
    const names: string[] = []
    const next: bigint[] = []
    for (let at = 0; at + 24 <= used;) {
      const length = guest.view.getUint32(2048 + at + 16, true)
      if (at + 24 + length > used) break
      next.push(guest.view.getBigUint64(2048 + at, true))
      names.push(new TextDecoder().decode(guest.bytes.subarray(2048 + at + 24, 2048 + at + 24 + length)))
      at += 24 + length
    }
    return { names, next, eof: used < size }
  }
  expect(list(0n)).toMatchObject({ names: ['.', '..'], eof: true })
  create('file')
  const { names, next, eof } = list(0n)
  expect([names.toSorted(), eof]).toEqual([['.', '..', 'file'], true])
  expect(list(next[1])).toMatchObject({ names: [names[2]], eof: true })
  for (let i = 0; i < 300; i++) create(`file.${i}`)
  let total = 0
  for (let cookie = 0n; ;) {
    const part = list(cookie)
    total += part.names.length
    if (part.eof) break
    cookie = part.next[part.next.length - 1]
  }
  expect(total).toBe(303)
})

test('file_allocate', () => {
  const fd = open('file', Oflags.creat, ALL)
  for (const [offset, length, size] of [
    [0n, 100n, 100n],
    [10n, 10n, 100n],
    [90n, 20n, 110n],
  ]) {
    expect(guest.call('fd_allocate', fd, offset, length)).toBe(0)
    expect(fdStat(fd).size).toBe(size)
  }
})

test('fstflags_validate, path_filestat', () => {
  const rights = READ | WRITE | BigInt(Rights.PathFilestatGet)
  const fdflags = Fdflags.append | Fdflags.sync
  const fd = guest.open('file', { fd: dir, oflags: Oflags.creat, rights, fdflags })
  expect(fdstat(fd)[1] & fdflags).toBe(fdflags)
  const { mtim, size } = stat('file')
  expect(size).toBe(0n)
  const set = (flags: number, atim = 0n, to = mtim - 100n): number =>
    guest.call('path_filestat_set_times', dir, 0, ...path('file'), atim, to, flags)
  expect(set(Fstflags.mtim)).toBe(0)
  expect(stat('file').mtim).toBe(mtim - 100n)
  expect(set(Fstflags.mtim | Fstflags.mtimNow)).toBe(Errno.INVAL)
  expect(set(Fstflags.atim | Fstflags.atimNow)).toBe(Errno.INVAL)
  expect(stat('file').mtim).toBe(mtim - 100n)
  expect(set(Fstflags.atim | Fstflags.mtimNow, 1_234_567_890_123_456_789n)).toBe(0)
  expect(stat('file').atim).toBe(1_234_567_890_123_456_789n)
  expect(stat('file').mtim).toBeGreaterThan(mtim - 100n)
})

test('interesting_paths', () => {
  for (const name of ['dir', 'dir/nested']) expect(mkdir(name, dir)).toBe(0)
  create('dir/nested/file')
  expect([-Errno.PERM, -Errno.NOTCAPABLE]).toContain(open('/dir/nested/file'))
  expect(open('dir/.//nested/../../dir/nested/../nested///./file')).toBeGreaterThan(2)
  expect([-Errno.INVAL, -Errno.ILSEQ, -Errno.NOENT]).toContain(open('dir/nested/file\0'))
  expect([-Errno.NOTDIR, -Errno.NOENT]).toContain(open('dir/nested/file/'))
  expect([-Errno.NOTDIR, -Errno.NOENT]).toContain(open('dir/nested/file///'))
  expect(open('dir/nested/')).toBeGreaterThan(2)
  expect(open('dir/nested///')).toBeGreaterThan(2)
  expect([-Errno.PERM, -Errno.NOTCAPABLE]).toContain(open('dir/nested/../../../scratch/dir/nested/file'))
})

test('nofollow_errors', () => {
  expect(mkdir('target', dir)).toBe(0)
  expect(symlink('target', 'symlink')).toBe(0)
  expect([-Errno.LOOP, -Errno.NOTDIR]).toContain(open('symlink', Oflags.directory))
  expect([-Errno.LOOP, -Errno.ACCES]).toContain(open('symlink'))
  expect(close(open('symlink', Oflags.directory, 0n, true))).toBe(0)
  expect([unlink('symlink'), rmdir('target')]).toEqual([0, 0])
  expect(close(open('target', Oflags.creat))).toBe(0)
  expect(symlink('target', 'symlink')).toBe(0)
  expect([-Errno.LOOP, -Errno.NOTDIR]).toContain(open('symlink', Oflags.directory))
  expect(open('symlink')).toBe(-Errno.LOOP)
  expect(open('symlink', Oflags.directory, 0n, true)).toBe(-Errno.NOTDIR)
})

test('overwrite_preopen, close_preopen', () => {
  const fd = open('.', Oflags.directory)
  expect([0, Errno.NOTSUP]).toContain(guest.call('fd_renumber', fd, 3))
  expect(guest.call('fd_close', 4)).toBe(0)
  expect(guest.call('fd_close', 4)).toBe(Errno.BADF)
})

test('path_exists', () => {
  expect(mkdir('dir', dir)).toBe(0)
  create('dir/file')
  expect(guest.call('path_filestat_get', dir, 1, ...path('dir/file'), STAT)).toBe(0)
  expect(guest.call('path_filestat_get', dir, 0, ...path('dir/file'), STAT)).toBe(0)
  expect(guest.call('path_filestat_get', dir, 1, ...path('dir/other'), STAT)).toBe(Errno.NOENT)
})

test('path_link', () => {
  expect(close(open('file', Oflags.creat, READ))).toBe(0)
  expect(mkdir('subdir', dir)).toBe(0)
  const sub = open('subdir', Oflags.directory, BigInt(DIRECTORY_RIGHTS))
  const rights = READ | BigInt(Rights.FdFilestatGet)
  for (const at of [dir, sub]) {
    expect(link('file', 'link', at)).toBe(0)
    expect(fdStat(guest.open('link', { fd: at, rights }))).toEqual(fdStat(open('file', 0, rights)))
    expect(unlink('link', at)).toBe(0)
  }
  create('link')
  expect(link('file', 'link')).toBe(Errno.EXIST)
  expect(unlink('link')).toBe(0)
  expect(link('file', 'file')).toBe(Errno.EXIST)
  expect(mkdir('link', dir)).toBe(0)
  expect(link('file', 'link')).toBe(Errno.EXIST)
  expect(rmdir('link')).toBe(0)
  expect([Errno.PERM, Errno.ACCES]).toContain(link('subdir', 'link'))
  expect(link('file', 'link/')).toBe(Errno.NOENT)
  for (const target of ['target', 'symlink']) {
    expect(symlink(target, 'symlink')).toBe(0)
    expect(link('symlink', 'link')).toBe(0)
    expect([unlink('link'), link('file', 'symlink')]).toEqual([0, Errno.EXIST])
    expect(unlink('symlink')).toBe(0)
  }
  expect(symlink('target', 'symlink')).toBe(0)
  expect([Errno.INVAL, Errno.NOENT]).toContain(link('symlink', 'link', dir, 1))
})

test('path_open_create_existing, path_open_dirfd_not_dir, path_open_missing', () => {
  create('file')
  expect(open('file', Oflags.creat | Oflags.excl)).toBe(-Errno.EXIST)
  const fd = open('file', 0, READ)
  expect(guest.open('foo', { fd, oflags: Oflags.creat })).toBe(-Errno.NOTDIR)
  expect(open('missing')).toBe(-Errno.NOENT)
})

test('path_open_preopen', () => {
  const [, , rights, inheriting] = fdstat(3)
  expect(rights & BigInt(DIRECTORY_RIGHTS)).toBe(BigInt(DIRECTORY_RIGHTS))
  const inherited = BigInt(DIRECTORY_RIGHTS) | BigInt(FILE_RIGHTS)
  expect(inheriting & inherited).toBe(inherited)
  const again = (oflags: number, wanted: bigint): number => guest.open('.', { oflags, rights: wanted })
  for (const [oflags, wanted] of [
    [0, rights],
    [0, 0n],
    [2, 0n],
    [2, READ],
  ] as const) {
    expect(again(oflags, wanted)).toBeGreaterThan(4)
  }
  expect(again(Oflags.directory, READ | WRITE)).toBe(-Errno.ISDIR)
})

test('path_open_read_write', () => {
  create('file')
  const refused = [-Errno.BADF, -Errno.NOTCAPABLE, -Errno.ACCES]
  const reader = open('file', 0, READ)
  expect(fdstat(reader)[2] & (READ | WRITE)).toBe(READ)
  expect(guest.read(reader)).toBe('')
  expect(refused).toContain(guest.write(reader, 'x'))
  const writer = open('file', 0, WRITE)
  expect(fdstat(writer)[2] & (READ | WRITE)).toBe(WRITE)
  expect(refused).toContain(guest.read(writer))
  expect(guest.write(writer, 'x'.repeat(50))).toBe(50)
  const both = open('file', 0, READ | WRITE | BigInt(Rights.FdFilestatGet))
  expect(guest.read(both)).toBe('x'.repeat(50))
  expect(guest.write(both, 'y'.repeat(25))).toBe(25)
  expect(fdStat(both).size).toBe(75n)
})

test('path_rename, path_rename_dir_trailing_slashes', () => {
  for (const before of [[], ['target']]) {
    for (const name of ['source', ...before]) expect(mkdir(name, dir)).toBe(0)
    expect(rename('source', 'target')).toBe(0)
    expect(open('source', Oflags.directory)).toBe(-Errno.NOENT)
    expect(close(open('target', Oflags.directory))).toBe(0)
    expect(rmdir('target')).toBe(0)
  }
  for (const name of ['source', 'target']) expect(mkdir(name, dir)).toBe(0)
  create('target/file')
  expect([rename('source', 'target'), rename('source', 'target/file')]).toEqual([Errno.NOTEMPTY, Errno.NOTDIR])
  expect([unlink('target/file'), rmdir('source'), rmdir('target')]).toEqual([0, 0, 0])
  create('source')
  expect(rename('source', 'target')).toBe(0)
  expect([open('source'), close(open('target'))]).toEqual([-Errno.NOENT, 0])
  create('source')
  expect(rename('source', 'target')).toBe(0)
  expect(unlink('target')).toBe(0)
  create('source')
  expect(mkdir('target', dir)).toBe(0)
  expect([rename('source', 'target'), unlink('source'), rmdir('target')]).toEqual([Errno.ISDIR, 0, 0])
  expect(mkdir('source', dir)).toBe(0)
  expect([rename('source/', 'target'), rename('target', 'source/')]).toEqual([0, 0])
  expect([rename('source/', 'target/'), rename('target', 'source'), rmdir('source')]).toEqual([0, 0, 0])
})

test('path_symlink_trailing_slashes', () => {
  expect([symlink('source', 'target/'), symlink('source', 'target'), unlink('target')]).toEqual([Errno.NOENT, 0, 0])
  expect(mkdir('target', dir)).toBe(0)
  expect([symlink('source', 'target/'), symlink('source', 'target')]).toEqual([Errno.EXIST, Errno.EXIST])
  expect(rmdir('target')).toBe(0)
  create('target')
  expect([Errno.NOTDIR, Errno.EXIST]).toContain(symlink('source', 'target/'))
  expect(symlink('source', 'target')).toBe(Errno.EXIST)
})

test('readlink', () => {
  expect(symlink('target', 'symlink')).toBe(0)
  const read = (length: number): string => {
    guest.bytes.fill(0, STAT, STAT + 16)
    expect(guest.call('path_readlink', dir, ...path('symlink'), STAT, length, 0)).toBe(0)
    return `${guest.view.getUint32(0, true)} ${new TextDecoder().decode(guest.bytes.subarray(STAT, STAT + 10))}`
  }
  expect([read(10), read(4)]).toEqual(['6 target\0\0\0\0', '4 targ\0\0\0\0\0\0'])
})

test('remove_directory_trailing_slashes, remove_nonempty_directory, unlink_file_trailing_slashes', () => {
  expect([mkdir('dir', dir), rmdir('dir/'), mkdir('dir', dir), rmdir('dir')]).toEqual([0, 0, 0, 0])
  create('file')
  expect([rmdir('file'), rmdir('file/')]).toEqual([Errno.NOTDIR, Errno.NOTDIR])
  expect([unlink('file/'), unlink('file')]).toEqual([Errno.NOTDIR, 0])
  expect(mkdir('dir', dir)).toBe(0)
  expect([Errno.ISDIR, Errno.PERM]).toContain(unlink('dir'))
  expect([Errno.ISDIR, Errno.PERM, Errno.NOTDIR]).toContain(unlink('dir/'))
  expect(mkdir('dir/nested', dir)).toBe(0)
  expect([rmdir('dir'), rmdir('dir/nested'), rmdir('dir')]).toEqual([Errno.NOTEMPTY, 0, 0])
})

test('renumber', () => {
  const from = open('file1', Oflags.creat, READ | WRITE)
  const before = fdstat(from)
  const to = open('file2', Oflags.creat, READ | WRITE)
  expect(guest.call('fd_renumber', from, to)).toBe(0)
  expect(close(from)).toBe(Errno.BADF)
  expect(fdstat(to)).toEqual(before)
  expect(guest.call('fd_renumber', to, from)).toBe(Errno.BADF)
})

test('stdio, isatty', () => {
  for (const fd of [0, 1, 2]) {
    expect(guest.call('fd_fdstat_get', fd, STAT)).toBe(0)
    expect(guest.call('fd_renumber', 2 - fd, 2 - fd)).toBe(0)
  }
  const fd = open('file', Oflags.creat, READ | WRITE)
  expect(fdstat(fd)[0]).not.toBe(Filetype.CharacterDevice)
})

test('symlink_create, symlink_filestat, symlink_loop', () => {
  create('target')
  expect(symlink('target', 'symlink')).toBe(0)
  expect(close(open('symlink', 0, 0n, true))).toBe(0)
  expect(stat('symlink')).toMatchObject({ filetype: Filetype.SymbolicLink, size: 6n })
  expect(stat('symlink', 1)).toEqual(stat('target'))
  expect(symlink('loop', 'loop')).toBe(0)
  expect(open('loop', 0, 0n, true)).toBe(-Errno.LOOP)
  expect(open('loop')).toBe(-Errno.LOOP)
})

test('truncation_rights', () => {
  create('file')
  const [filetype, flags, rights, inheriting] = fdstat(dir)
  const setSize = BigInt(Rights.FdFilestatSetSize)
  expect([filetype, flags, rights & setSize]).toEqual([Filetype.Directory, 0, 0n])
  expect(close(open('file', Oflags.trunc))).toBe(0)
  expect(guest.call('fd_fdstat_set_rights', dir, rights, inheriting & ~setSize)).toBe(0)
  expect(close(open('file', Oflags.trunc))).toBe(0)
  const less = rights & ~BigInt(Rights.PathFilestatSetSize)
  expect(guest.call('fd_fdstat_set_rights', dir, less, inheriting & ~setSize)).toBe(0)
  expect(fdstat(dir)[2]).toBe(less)
  expect([-Errno.PERM, -Errno.NOTCAPABLE]).toContain(open('file', Oflags.trunc))
})

test('pwrite-with-append, lseek, sock_shutdown', () => {
  const fd = guest.open('file', { fd: dir, oflags: Oflags.creat, rights: ALL, fdflags: Fdflags.append })
  expect(guest.write(fd, 'hello')).toBe(5)
  expect(guest.call('fd_seek', fd, -1n, 0, 0)).toBe(Errno.INVAL)
  expect(guest.call('fd_seek', fd, 0n, 3, 0)).toBe(Errno.INVAL)
  expect(guest.call('sock_shutdown', fd, 3)).toBe(Errno.NOTSOCK)
  expect(guest.call('sock_shutdown', 1000, 3)).toBe(Errno.BADF)
})
