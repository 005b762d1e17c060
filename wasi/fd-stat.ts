/**
 * Descriptors themselves: status, flags, rights, attributes, sizes and times, preopens, closing.
 */
import { fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import { native } from '../runtime/native.js'
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

/** Nanoseconds that stand for the present time, and for leaving a time alone: utimensat(2), UTIME_NOW and UTIME_OMIT. */
const NOW = (1n << 30n) - 1n
const OMIT = (1n << 30n) - 2n
const NANOSECONDS = 1_000_000_000n

/** Seconds and nanoseconds of one time. @throws WasiError EINVAL when it is both set and set to the present */
function newTime(flags: number, set: number, setNow: number, low: number, high: number): [bigint, bigint] {
  const isSet = (flags & set) !== 0
  if ((flags & setNow) !== 0) {
    if (isSet) throw new WasiError(Errno.INVAL)
    return [0n, NOW]
  }
  if (!isSet) return [0n, OMIT]
  const time = (BigInt(high) << 32n) | BigInt(low)
  return [time / NANOSECONDS, time % NANOSECONDS]
}

/**
 * Sets times of the open file `file`, or of what is at a path, links not followed.
 * @throws WasiError EINVAL for contradicting or unknown flags, a system error
 */
export function setTimes(
  file: number | string,
  atimLow: number,
  atimHigh: number,
  mtimLow: number,
  mtimHigh: number,
  flags: number,
): void {
  if ((flags & ~Fstflags.all) !== 0) throw new WasiError(Errno.INVAL)
  const times = BigInt64Array.of(
    ...newTime(flags, Fstflags.Atim, Fstflags.AtimNow, atimLow, atimHigh),
    ...newTime(flags, Fstflags.Mtim, Fstflags.MtimNow, mtimLow, mtimHigh),
  )
  // Node's own functions take seconds as a double, which holds no nanoseconds.
  const errno = native().setTimes(file, times)
  if (errno !== 0) throw Object.assign(new Error('setting times'), { code: getSystemErrorName(-errno) })
}

export function fdFilestatSetTimes(
  host: WasiHost,
  fd: number,
  atimLow: number,
  atimHigh: number,
  mtimLow: number,
  mtimHigh: number,
  flags: number,
): Errno {
  const descriptor = host.fds.getForChange(fd, Rights.FdFilestatSetTimes)
  setTimes(descriptor.host, atimLow, atimHigh, mtimLow, mtimHigh, flags)
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
