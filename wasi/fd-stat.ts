/**
 * Descriptors themselves: status, flags, rights, attributes, sizes and times, preopens, closing.
 */
import { fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, futimesSync, openSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { Fdflags, Fstflags, Rights, Size, type Version } from './abi.js'
import { Errno, WasiError } from './errno.js'
import type { WasiHost } from './host.js'
import { hostFlags } from './open-flags.js'

export function fdFdstatGet(host: WasiHost, fd: number, out: number): Errno {
  const descriptor = host.fds.get(fd, 0)
  const memory = host.memory
  memory.fill(out, Size.fdstat, 0)
  memory.setU8(out, descriptor.filetype)
  memory.setU16(out + 2, descriptor.flags)
  memory.setU64(out + 8, descriptor.rights)
  memory.setU64(out + 16, descriptor.inheriting)
  return Errno.SUCCESS
}

/**
 * Append and nonblock act here, on the guest's side: a file is appended to by writing at its end. The synchronous
 * flags are the kernel's and cannot be changed on an open file (fcntl neither).
 */
export function fdFdstatSetFlags(host: WasiHost, fd: number, flags: number): Errno {
  const descriptor = host.fds.get(fd, Rights.FdFdstatSetFlags)
  if ((flags & ~Fdflags.all) !== 0) return Errno.INVAL
  const changeable = Fdflags.Append | Fdflags.Nonblock
  if (((flags ^ descriptor.flags) & ~changeable) !== 0) return Errno.NOTSUP
  if (descriptor.kind === 'file' && ((flags ^ descriptor.flags) & Fdflags.Append) !== 0) {
    // O_APPEND belongs to the open file: open the same file again, by its descriptor, with the new flag.
    const reopened = openSync(`/proc/self/fd/${descriptor.host}`, hostFlags(descriptor.rights, flags))
    descriptor.replaceHost(reopened)
  }
  descriptor.flags = flags
  return Errno.SUCCESS
}

export function fdFdstatSetRights(host: WasiHost, fd: number, rights: number, inheriting: number): Errno {
  const descriptor = host.fds.get(fd, 0)
  if ((rights & ~descriptor.rights) !== 0 || (inheriting & ~descriptor.inheriting) !== 0) return Errno.NOTCAPABLE
  descriptor.rights = rights
  descriptor.inheriting = inheriting
  return Errno.SUCCESS
}

/** Writes a `filestat`. Times before 1970 read as 0: the format is unsigned. */
export function storeFilestat(
  host: WasiHost,
  version: Version,
  out: number,
  stats: BigIntStats,
  filetype: number,
): void {
  const memory = host.memory
  memory.fill(out, version.filestatSize, 0)
  memory.setBigU64(out, stats.dev)
  memory.setBigU64(out + 8, stats.ino)
  memory.setU8(out + 16, filetype)
  if (version.filestatNlink64) memory.setBigU64(out + 24, stats.nlink)
  else memory.setU32(out + 20, Number(stats.nlink))
  const tail = out + version.filestatSize - 32
  memory.setBigU64(tail, stats.size)
  memory.setBigU64(tail + 8, stats.atimeNs < 0n ? 0n : stats.atimeNs)
  memory.setBigU64(tail + 16, stats.mtimeNs < 0n ? 0n : stats.mtimeNs)
  memory.setBigU64(tail + 24, stats.ctimeNs < 0n ? 0n : stats.ctimeNs)
}

export function fdFilestatGet(host: WasiHost, version: Version, fd: number, out: number): Errno {
  const descriptor = host.fds.get(fd, Rights.FdFilestatGet)
  host.memory.check(out, version.filestatSize)
  if (descriptor.host < 0) {
    host.memory.fill(out, version.filestatSize, 0)
    host.memory.setU8(out + 16, descriptor.filetype)
    return Errno.SUCCESS
  }
  storeFilestat(host, version, out, fstatSync(descriptor.host, { bigint: true }), descriptor.filetype)
  return Errno.SUCCESS
}

export function fdFilestatSetSize(host: WasiHost, fd: number, size: number): Errno {
  const descriptor = host.fds.getForChange(fd, Rights.FdFilestatSetSize)
  if (size > Number.MAX_SAFE_INTEGER) return Errno.FBIG
  ftruncateSync(descriptor.host, size)
  return Errno.SUCCESS
}

/** Node has no fallocate: the file is made long enough, its blocks are not reserved. */
export function fdAllocate(host: WasiHost, fd: number, offset: number, length: number): Errno {
  const descriptor = host.fds.getForChange(fd, Rights.FdAllocate)
  const end = offset + length
  if (length === 0) return Errno.INVAL
  if (end > Number.MAX_SAFE_INTEGER) return Errno.FBIG
  if (fstatSync(descriptor.host).size < end) ftruncateSync(descriptor.host, end)
  return Errno.SUCCESS
}

/** Advice is only checked: there is nothing in Node to give it to. */
export function fdAdvise(host: WasiHost, fd: number, _offset: number, _length: number, advice: number): Errno {
  const descriptor = host.fds.get(fd, Rights.FdAdvise)
  if (advice > 5) return Errno.INVAL
  return descriptor.kind === 'directory' ? Errno.BADF : Errno.SUCCESS
}

/**
 * The two times to set, in seconds.
 * @throws WasiError EINVAL for contradicting or unknown flags
 */
export function newTimes(
  stats: BigIntStats,
  atim: number,
  mtim: number,
  flags: number,
): { readonly atime: number; readonly mtime: number } {
  if ((flags & ~Fstflags.all) !== 0) throw new WasiError(Errno.INVAL)
  const contradicts = (set: number, now: number): boolean => (flags & set) !== 0 && (flags & now) !== 0
  if (contradicts(Fstflags.Atim, Fstflags.AtimNow) || contradicts(Fstflags.Mtim, Fstflags.MtimNow)) {
    throw new WasiError(Errno.INVAL)
  }
  const now = Date.now() / 1000
  const choose = (set: number, setNow: number, value: number, old: bigint): number => {
    if ((flags & setNow) !== 0) return now
    return secondsOf((flags & set) !== 0 ? value : Number(old))
  }
  return {
    atime: choose(Fstflags.Atim, Fstflags.AtimNow, atim, stats.atimeNs),
    mtime: choose(Fstflags.Mtim, Fstflags.MtimNow, mtim, stats.mtimeNs),
  }
}

/**
 * A double holds today's nanoseconds to within 128 and its seconds to within 119 ns; older versions of libuv cut the
 * rest below a microsecond off. Added to a time, this keeps both roundings from losing a whole microsecond.
 */
const ROUNDING_NANOSECONDS = 256

function secondsOf(nanoseconds: number): number {
  return (nanoseconds + ROUNDING_NANOSECONDS) / 1e9
}

export function fdFilestatSetTimes(host: WasiHost, fd: number, atim: number, mtim: number, flags: number): Errno {
  const descriptor = host.fds.getForChange(fd, Rights.FdFilestatSetTimes)
  const { atime, mtime } = newTimes(fstatSync(descriptor.host, { bigint: true }), atim, mtim, flags)
  futimesSync(descriptor.host, atime, mtime)
  return Errno.SUCCESS
}

export function fdSync(host: WasiHost, fd: number): Errno {
  const descriptor = host.fds.get(fd, Rights.FdSync)
  if (descriptor.host >= 0) fsyncSync(descriptor.host)
  return Errno.SUCCESS
}

export function fdDatasync(host: WasiHost, fd: number): Errno {
  const descriptor = host.fds.get(fd, Rights.FdDatasync)
  if (descriptor.host >= 0) fdatasyncSync(descriptor.host)
  return Errno.SUCCESS
}

export function fdClose(host: WasiHost, fd: number): Errno {
  host.fds.close(fd)
  return Errno.SUCCESS
}

export function fdRenumber(host: WasiHost, from: number, to: number): Errno {
  host.fds.renumber(from, to)
  return Errno.SUCCESS
}

function preopenName(host: WasiHost, fd: number): Uint8Array {
  const name = host.fds.get(fd, 0).preopen
  if (name === undefined) throw new WasiError(Errno.BADF)
  return name
}

export function fdPrestatGet(host: WasiHost, fd: number, out: number): Errno {
  const name = preopenName(host, fd)
  host.memory.fill(out, Size.prestat, 0)
  host.memory.setU32(out + 4, name.length)
  return Errno.SUCCESS
}

export function fdPrestatDirName(host: WasiHost, fd: number, out: number, length: number): Errno {
  const name = preopenName(host, fd)
  if (length < name.length) return Errno.NAMETOOLONG
  host.memory.setBytes(out, name)
  return Errno.SUCCESS
}
