// A guest must not get out of its directory, whatever the path, whatever links lie there.
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
  existsSync,
  renameSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DIRECTORY_RIGHTS } from '#dist/wasi/abi.js'
import { Errno } from '#dist/wasi/errno.js'
import { withPath } from '#dist/wasi/path-resolution.js'
import { Guest } from './guest.js'

let guest: Guest
let outside: Guest

beforeEach(() => {
  guest = new Guest()
  outside = new Guest()
  writeFileSync(join(outside.root, 'secret'), 'secret')
  mkdirSync(join(guest.root, 'a/b'), { recursive: true })
  writeFileSync(join(guest.root, 'a/b/file'), 'inside')
})
afterEach(() => {
  guest.dispose()
  outside.dispose()
})

const refused = [-Errno.NOTCAPABLE]

test('dot-dot stays inside and is refused at the root', () => {
  expect(guest.open('a/.//b/../../a/b/../b///./file')).toBeGreaterThan(4)
  expect(refused).toContain(guest.open('..'))
  expect(refused).toContain(guest.open('../'))
  expect(refused).toContain(guest.open('a/../..'))
  expect(refused).toContain(guest.open('a/b/../../../etc/passwd'))
  expect(refused).toContain(guest.open(`../${outside.root.split('/').pop()}/secret`))
})

test('absolute paths are refused', () => {
  expect(refused).toContain(guest.open('/etc/passwd'))
  expect(refused).toContain(guest.open('/'))
  expect(refused).toContain(guest.open(join(guest.root, 'a')))
})

test('symbolic links that lead out are refused, as last component and on the way', () => {
  symlinkSync(outside.root, join(guest.root, 'absolute'))
  symlinkSync('../../..', join(guest.root, 'a/b/up'))
  symlinkSync('a/b/up', join(guest.root, 'chain'))
  symlinkSync(join(outside.root, 'secret'), join(guest.root, 'secret'))
  for (const path of ['absolute', 'absolute/secret', 'absolute/', 'a/b/up/x', 'a/b/up', 'chain', 'chain/', 'secret']) {
    expect([path, guest.open(path, { follow: true })]).toEqual([path, -Errno.NOTCAPABLE])
  }
  expect(guest.open('absolute/secret')).toBe(-Errno.NOTCAPABLE)
  expect(guest.call('path_filestat_get', 3, 1, ...guest.text('secret'), 64)).toBe(Errno.NOTCAPABLE)
  expect(guest.call('path_create_directory', 3, ...guest.text('absolute/new'))).toBe(Errno.NOTCAPABLE)
  expect(guest.call('path_unlink_file', 3, ...guest.text('absolute/secret'))).toBe(Errno.NOTCAPABLE)
  expect(guest.call('path_rename', 3, ...guest.text('absolute/secret'), 3, ...guest.text('mine'))).toBe(
    Errno.NOTCAPABLE,
  )
  expect(guest.call('path_link', 3, 1, ...guest.text('secret'), 3, ...guest.text('mine'))).toBe(Errno.NOTCAPABLE)
  expect(readFileSync(join(outside.root, 'secret'), 'utf8')).toBe('secret')
})

test('a dangling link that leads out creates nothing outside', () => {
  symlinkSync(join(outside.root, 'new'), join(guest.root, 'dangling'))
  expect(guest.open('dangling', { follow: true, oflags: 1, rights: 64n })).toBe(-Errno.NOTCAPABLE)
  expect(guest.open('dangling', { oflags: 1, rights: 64n })).toBe(-Errno.LOOP)
  expect(existsSync(join(outside.root, 'new'))).toBe(false)
})

test('links inside are followed, also several and through dot-dot', () => {
  symlinkSync('b', join(guest.root, 'a/link'))
  symlinkSync('a/link/../link/file', join(guest.root, 'far'))
  symlinkSync('new-target', join(guest.root, 'create'))
  const fd = guest.open('far', { follow: true })
  expect(guest.read(fd)).toBe('inside')
  expect(guest.open('far')).toBe(-Errno.LOOP)
  expect(guest.open('a/link/file')).toBeGreaterThan(4)
  expect(guest.open('create', { follow: true, oflags: 1, rights: 64n })).toBeGreaterThan(4)
  expect(existsSync(join(guest.root, 'new-target'))).toBe(true)
  expect(guest.open('create', { follow: true, oflags: 5, rights: 64n })).toBe(-Errno.EXIST)
})

test('loops of links end', () => {
  symlinkSync('loop2', join(guest.root, 'loop1'))
  symlinkSync('loop1', join(guest.root, 'loop2'))
  symlinkSync('self/x', join(guest.root, 'self'))
  expect(guest.open('loop1', { follow: true })).toBe(-Errno.LOOP)
  expect(guest.open('loop1/x')).toBe(-Errno.LOOP)
  expect(guest.open('self/y')).toBe(-Errno.LOOP)
})

test('trailing slashes mean a directory', () => {
  expect(guest.open('a/b/file/')).toBe(-Errno.NOTDIR)
  expect(guest.open('a/b/file///')).toBe(-Errno.NOTDIR)
  expect(guest.open('a/b///')).toBeGreaterThan(4)
  expect(guest.call('path_unlink_file', 3, ...guest.text('a/b/file/'))).toBe(Errno.NOTDIR)
  expect(guest.call('path_unlink_file', 3, ...guest.text('a/'))).toBe(Errno.ISDIR)
  expect(guest.call('path_symlink', ...guest.text('x'), 3, ...guest.text('new/'))).toBe(Errno.NOENT)
  expect(guest.call('path_symlink', ...guest.text('x'), 3, ...guest.text('a/'))).toBe(Errno.EXIST)
  expect(guest.call('path_link', 3, 0, ...guest.text('a/b/file'), 3, ...guest.text('l/'))).toBe(Errno.NOENT)
  expect(guest.call('path_create_directory', 3, ...guest.text('made/'))).toBe(0)
  expect(guest.call('path_rename', 3, ...guest.text('made/'), 3, ...guest.text('moved/'))).toBe(0)
  expect(guest.call('path_remove_directory', 3, ...guest.text('moved/'))).toBe(0)
  expect(guest.call('path_remove_directory', 3, ...guest.text('.'))).toBe(Errno.INVAL)
})

test('names that are no names', () => {
  expect(guest.open('')).toBe(-Errno.NOENT)
  expect(guest.open('a\0b')).toBe(-Errno.ILSEQ)
  expect(guest.open('x'.repeat(300))).toBe(-Errno.NAMETOOLONG)
  expect(guest.open('a/'.repeat(3000))).toBe(-Errno.NAMETOOLONG)
  const bad = guest.text(Uint8Array.of(0x61, 0xff))
  expect(guest.call('path_unlink_file', 3, ...bad)).toBe(Errno.ILSEQ)
  expect(guest.call('path_unlink_file', 3, 65_530, 100)).toBe(Errno.FAULT)
  expect(guest.call('path_unlink_file', 3, 0xffff_ffff, 0xffff_ffff)).toBe(Errno.FAULT)
})

test('a directory that is moved out while it is being walked does not take the walk with it', () => {
  // The walk stands in a/b when the host moves it away; `..` must go back to a, not to the new parent.
  const fds = readdirSync('/proc/self/fd').length
  const rootFd = guest.host.fds.get(3, 0).host
  const first = withPath(rootFd, 'a/b/../b/file', 'nofollow', (path) => {
    renameSync(join(guest.root, 'a/b'), join(outside.root, 'b'))
    return readFileSync(path, 'utf8')
  })
  expect(first).toBe('inside')
  expect(() => withPath(rootFd, 'a/b/../../x', 'nofollow', String)).toThrow(/ENOENT/)
  expect(readdirSync('/proc/self/fd').length).toBe(fds)
})

test('a directory descriptor is a root of its own', () => {
  const fd = guest.open('a/b', { oflags: 2, rights: BigInt(DIRECTORY_RIGHTS) })
  expect(guest.open('..', { fd })).toBe(-Errno.NOTCAPABLE)
  expect(guest.open('../b/file', { fd })).toBe(-Errno.NOTCAPABLE)
  expect(guest.open('file', { fd })).toBeGreaterThan(4)
  expect(guest.open('x', { fd: guest.open('a/b/file') })).toBe(-Errno.NOTDIR)
})

test('symbolic links are made as text, absolute ones are not made', () => {
  expect(guest.call('path_symlink', ...guest.text('/etc/passwd'), 3, ...guest.text('l'))).toBe(Errno.NOTCAPABLE)
  expect(guest.call('path_symlink', ...guest.text('../../etc/passwd'), 3, ...guest.text('l'))).toBe(0)
  expect(guest.open('l', { follow: true })).toBe(-Errno.NOTCAPABLE)
  expect(guest.call('path_readlink', 3, ...guest.text('l'), 100, 5, 0)).toBe(0)
  expect(guest.view.getUint32(0, true)).toBe(5)
  expect(new TextDecoder().decode(guest.bytes.subarray(100, 105))).toBe('../..')
})

test('a hard link to a link links the link', () => {
  symlinkSync('nowhere', join(guest.root, 'sym'))
  expect(guest.call('path_link', 3, 0, ...guest.text('sym'), 3, ...guest.text('hard'))).toBe(0)
  expect(guest.call('path_link', 3, 0, ...guest.text('a/b/file'), 3, ...guest.text('sym'))).toBe(Errno.EXIST)
  linkSync(join(guest.root, 'a/b/file'), join(guest.root, 'second'))
  expect(guest.call('path_link', 3, 0, ...guest.text('a'), 3, ...guest.text('dirlink'))).toBe(Errno.PERM)
})

test('a read-only directory takes nothing', () => {
  const ro = { fd: 4 }
  expect(guest.open('a/b/file', { ...ro, rights: 64n })).toBe(-Errno.ROFS)
  expect(guest.open('new', { ...ro, oflags: 1 })).toBe(-Errno.ROFS)
  expect(guest.open('a/b/file', { ...ro, oflags: 8 })).toBe(-Errno.ROFS)
  const fd = guest.open('a/b/file', { ...ro, oflags: 1, rights: 0xffff_ffffn & ~(64n | 256n | (1n << 22n)) })
  expect(guest.read(fd)).toBe('inside')
  expect(guest.call('fd_filestat_set_times', fd, 0n, 0n, 4)).toBe(Errno.ROFS)
  const sub = guest.open('a', { ...ro, oflags: 2, rights: BigInt(DIRECTORY_RIGHTS) })
  for (const dir of [4, sub]) {
    expect(guest.call('path_create_directory', dir, ...guest.text('d'))).toBe(Errno.ROFS)
    expect(guest.call('path_unlink_file', dir, ...guest.text('b'))).toBe(Errno.ROFS)
  }
  expect(guest.call('path_rename', 3, ...guest.text('a'), 4, ...guest.text('c'))).toBe(Errno.ROFS)
  expect(guest.call('path_link', 4, 0, ...guest.text('a/b/file'), 3, ...guest.text('c'))).toBe(Errno.ROFS)
})
