/**
 * The calls that take paths. Each resolves its path with `withPath` and then does one thing to the last component,
 * never letting the kernel follow it.
 */
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { DIRECTORY_RIGHTS, Fdflags, FILE_RIGHTS, Filetype, Lookupflags, Oflags, Rights, STREAM_RIGHTS } from './abi.js'
import type { Version } from './abi.js'
import { codeOf } from '../runtime/system-errors.js'
import { Errno, WasiError } from './errno.js'
import { Descriptor, filetypeOf } from './fd-table.js'
import { setTimes, storeFilestat } from './fd-stat.js'
import type { WasiHost } from './host.js'
import { hostFlags, WRITING_RIGHTS } from './open-flags.js'
import { withPath, withTwoPaths, type Final } from './path-resolution.js'

/** Mode of new files and directories before the process's umask. */
const FILE_MODE = 0o666
const DIRECTORY_MODE = 0o777

function finalOf(lookupflags: number): Final {
  return (lookupflags & Lookupflags.SymlinkFollow) !== 0 ? 'follow' : 'nofollow'
}

export function pathCreateDirectory(host: WasiHost, fd: number, path: number, length: number): Errno {
  const base = host.fds.getForChange(fd, Rights.PathCreateDirectory)
  withPath(base.host, host.memory.string(path, length), 'entry', (at) => mkdirSync(at, DIRECTORY_MODE))
  return Errno.SUCCESS
}

export function pathRemoveDirectory(host: WasiHost, fd: number, path: number, length: number): Errno {
  const base = host.fds.getForChange(fd, Rights.PathRemoveDirectory)
  withPath(base.host, host.memory.string(path, length), 'entry', (at) => rmdirSync(at))
  return Errno.SUCCESS
}

export function pathUnlinkFile(host: WasiHost, fd: number, path: number, length: number): Errno {
  const base = host.fds.getForChange(fd, Rights.PathUnlinkFile)
  withPath(base.host, host.memory.string(path, length), 'entry', (at) => unlinkSync(at))
  return Errno.SUCCESS
}

export function pathFilestatGet(
  host: WasiHost,
  version: Version,
  fd: number,
  flags: number,
  path: number,
  length: number,
  out: number,
): Errno {
  const base = host.fds.get(fd, Rights.PathFilestatGet)
  host.memory.check(out, version.filestatSize)
  const stats = withPath(base.host, host.memory.string(path, length), finalOf(flags), (at) =>
    lstatSync(at, { bigint: true }),
  )
  storeFilestat(host, version, out, stats, filetypeOf(Number(stats.mode)))
  return Errno.SUCCESS
}

export function pathFilestatSetTimes(
  host: WasiHost,
  fd: number,
  flags: number,
  path: number,
  length: number,
  atimLow: number,
  atimHigh: number,
  mtimLow: number,
  mtimHigh: number,
  fstflags: number,
): Errno {
  const base = host.fds.getForChange(fd, Rights.PathFilestatSetTimes)
  withPath(base.host, host.memory.string(path, length), finalOf(flags), (at) =>
    setTimes(at, atimLow, atimHigh, mtimLow, mtimHigh, fstflags),
  )
  return Errno.SUCCESS
}

export function pathLink(
  host: WasiHost,
  fromFd: number,
  flags: number,
  fromPath: number,
  fromLength: number,
  toFd: number,
  toPath: number,
  toLength: number,
): Errno {
  const from = host.fds.getForChange(fromFd, Rights.PathLinkSource)
  const to = host.fds.getForChange(toFd, Rights.PathLinkTarget)
  // The kernel's link(2), which Node calls, does not follow a link at the end of the old path.
  withTwoPaths(
    { root: from.host, path: host.memory.string(fromPath, fromLength), final: finalOf(flags) },
    { root: to.host, path: host.memory.string(toPath, toLength), final: 'entry' },
    linkSync,
  )
  return Errno.SUCCESS
}

export function pathRename(
  host: WasiHost,
  fromFd: number,
  fromPath: number,
  fromLength: number,
  toFd: number,
  toPath: number,
  toLength: number,
): Errno {
  const from = host.fds.getForChange(fromFd, Rights.PathRenameSource)
  const to = host.fds.getForChange(toFd, Rights.PathRenameTarget)
  withTwoPaths(
    { root: from.host, path: host.memory.string(fromPath, fromLength), final: 'entry' },
    { root: to.host, path: host.memory.string(toPath, toLength), final: 'entry' },
    renameSync,
  )
  return Errno.SUCCESS
}

/** The link's text may be anything but absolute: whether it leads out is decided when somebody walks it. */
export function pathSymlink(
  host: WasiHost,
  text: number,
  textLength: number,
  fd: number,
  path: number,
  length: number,
): Errno {
  const base = host.fds.getForChange(fd, Rights.PathSymlink)
  const target = host.memory.string(text, textLength)
  if (target.startsWith('/')) return Errno.NOTCAPABLE
  withPath(base.host, host.memory.string(path, length), 'entry', (at) => symlinkSync(target, at))
  return Errno.SUCCESS
}

/** Writes as much of the text as fits, without a NUL, as readlink(2) does. */
export function pathReadlink(
  host: WasiHost,
  fd: number,
  path: number,
  length: number,
  out: number,
  size: number,
  used: number,
): Errno {
  const base = host.fds.get(fd, Rights.PathReadlink)
  host.memory.check(out, size)
  host.memory.check(used, 4)
  const text = withPath(base.host, host.memory.string(path, length), 'nofollow', (at) =>
    readlinkSync(at, { encoding: 'buffer' }),
  )
  const count = Math.min(text.length, size)
  host.memory.setBytes(out, text.subarray(0, count))
  host.memory.setU32(used, count)
  return Errno.SUCCESS
}

/**
 * Rights that the base directory does not pass on are left out of the new descriptor, as wasi-libc expects; only
 * reading and writing are refused when they are asked for and not to be had.
 */
export function pathOpen(
  host: WasiHost,
  fd: number,
  lookupflags: number,
  path: number,
  length: number,
  oflags: number,
  wanted: number,
  wantedInheriting: number,
  fdflags: number,
  out: number,
): Errno {
  if ((oflags & ~Oflags.all) !== 0 || (fdflags & ~Fdflags.all) !== 0) return Errno.INVAL
  const creates = (oflags & Oflags.Creat) !== 0
  const truncates = (oflags & Oflags.Trunc) !== 0
  const needed = Rights.PathOpen | (creates ? Rights.PathCreateFile : 0) | (truncates ? Rights.PathFilestatSetSize : 0)
  const base = host.fds.get(fd, needed)
  host.memory.check(out, 4)
  if ((wanted & ~base.inheriting & (Rights.FdRead | Rights.FdWrite)) !== 0) return Errno.NOTCAPABLE
  const rights = wanted & base.inheriting
  if (base.readOnly && ((rights & WRITING_RIGHTS) !== 0 || truncates)) return Errno.ROFS

  // Truncating needs a descriptor for writing, whatever the guest may do with it later.
  let flags = hostFlags(truncates ? rights | Rights.FdWrite : rights, fdflags) | constants.O_NOFOLLOW
  if (creates && !base.readOnly) flags |= constants.O_CREAT
  if ((oflags & Oflags.Excl) !== 0) flags |= constants.O_EXCL
  if ((oflags & Oflags.Directory) !== 0) flags |= constants.O_DIRECTORY
  if (truncates) flags |= constants.O_TRUNC

  // O_EXCL does not follow a link at the end (POSIX open).
  const final = creates && (oflags & Oflags.Excl) !== 0 ? 'nofollow' : finalOf(lookupflags)
  const hostFd = openResolved(base, host.memory.string(path, length), final, flags, creates)
  const descriptor = describe(hostFd, rights, wantedInheriting & base.inheriting, fdflags)
  descriptor.readOnly = base.readOnly
  host.memory.setU32(out, host.fds.add(descriptor))
  return Errno.SUCCESS
}

function openResolved(base: Descriptor, path: string, final: Final, flags: number, creates: boolean): number {
  try {
    return withPath(base.host, path, final, (at) => openSync(at, flags, FILE_MODE))
  } catch (error) {
    if (creates && base.readOnly && codeOf(error) === 'ENOENT') throw new WasiError(Errno.ROFS)
    throw error
  }
}

/** The descriptor for a newly opened host descriptor, which it owns: its kind decides which rights make sense. */
function describe(hostFd: number, rights: number, inheriting: number, fdflags: number): Descriptor {
  try {
    const filetype = filetypeOf(fstatSync(hostFd).mode)
    let descriptor: Descriptor
    if (filetype === Filetype.Directory) {
      descriptor = new Descriptor('directory', hostFd, filetype, rights & DIRECTORY_RIGHTS, inheriting)
    } else if (filetype === Filetype.RegularFile) {
      descriptor = new Descriptor('file', hostFd, filetype, rights & FILE_RIGHTS, inheriting)
    } else {
      descriptor = new Descriptor('stream', hostFd, filetype, rights & STREAM_RIGHTS, 0)
    }
    descriptor.flags = fdflags
    return descriptor
  } catch (error) {
    closeSync(hostFd)
    throw error
  }
}
