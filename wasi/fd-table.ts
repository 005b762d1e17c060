/**
 * The guest's file descriptors: what each stands for on the host, its rights, flags and position.
 *
 * Positions of files are kept here and every transfer names its offset (pread, pwrite), because Node has no lseek.
 * Standard streams and other things that cannot seek are read and written where the kernel stands.
 */
import { closeSync } from 'node:fs'
import { addon } from '../runtime/context.js'
import { DIRECTORY_RIGHTS, Filetype, FILE_RIGHTS, Rights, STREAM_RIGHTS } from './abi.js'
import { Errno, WasiError } from './errno.js'

/** Receives what the guest writes, in place of a host file descriptor. The bytes are the receiver's own. */
export interface Sink {
  write(bytes: Uint8Array): void
}

/** Gives what the guest reads: fills `into` from its start, returns the number of bytes, 0 at the end. */
export interface Source {
  read(into: Uint8Array): number
}

export type DescriptorKind = 'file' | 'directory' | 'stream'

/** One name in a directory listing: its bytes and WASI file type. */
export interface ListedName {
  readonly bytes: Uint8Array
  readonly filetype: number
}

export class Descriptor {
  readonly kind: DescriptorKind
  /** Host file descriptor, -1 for a Sink or Source. */
  host: number
  readonly filetype: number
  rights: number
  inheriting: number
  /** Fdflags. */
  flags = 0
  /** Of a file: where the next read or write happens. */
  position = 0
  /** True when closing the descriptor closes `host`. */
  owned = true
  /** True below a read-only preopen: whatever would change something answers EROFS. */
  readOnly = false
  /** The guest's name of a preopened directory. */
  preopen: Uint8Array | undefined
  /** The listing that readdir cookies point into, taken when the guest asks from cookie 0. */
  listing: readonly ListedName[] | undefined
  sink: Sink | undefined
  source: Source | undefined
  /** Bytes that poll_oneoff had to read to know that there are some; the next read returns them first. */
  pending: Uint8Array | undefined
  /** A non-blocking descriptor of the same stream, mostly a second one, with which poll_oneoff asks; -1 before that. */
  probe = -1

  constructor(kind: DescriptorKind, host: number, filetype: number, rights: number, inheriting: number) {
    this.kind = kind
    this.host = host
    this.filetype = filetype
    this.rights = rights
    this.inheriting = inheriting
  }

  /** Takes another open description of the same file. */
  replaceHost(host: number): void {
    closeSync(this.host)
    this.host = host
  }

  /** Gives back the host's resources. */
  close(): void {
    if (this.probe >= 0 && this.probe !== this.host) closeSync(this.probe)
    this.probe = -1
    if (this.owned && this.host >= 0) closeSync(this.host)
  }
}

/** File types in `st_mode`, as inode(7) numbers them: asking node:fs for its constants would load it in every run. */
const Mode = {
  mask: 0o170000,
  Socket: 0o140000,
  Link: 0o120000,
  Regular: 0o100000,
  BlockDevice: 0o060000,
  Directory: 0o040000,
  CharacterDevice: 0o020000,
} as const

export function filetypeOf(mode: number): number {
  switch (mode & Mode.mask) {
    case Mode.Regular:
      return Filetype.RegularFile
    case Mode.Directory:
      return Filetype.Directory
    case Mode.Link:
      return Filetype.SymbolicLink
    case Mode.CharacterDevice:
      return Filetype.CharacterDevice
    case Mode.BlockDevice:
      return Filetype.BlockDevice
    case Mode.Socket:
      return Filetype.SocketStream
    default:
      return Filetype.Unknown
  }
}

/** A descriptor for one of the process's standard streams; the host's descriptor stays open when the guest closes its own. */
export function standardStream(host: number): Descriptor {
  // Unknown where whoever started the process has closed it: reads and writes will say EBADF.
  const descriptor = new Descriptor('stream', host, filetypeOf(addon.fileMode(host)), STREAM_RIGHTS, 0)
  descriptor.owned = false
  return descriptor
}

export function sinkStream(sink: Sink): Descriptor {
  const descriptor = new Descriptor('stream', -1, Filetype.CharacterDevice, STREAM_RIGHTS, 0)
  descriptor.sink = sink
  return descriptor
}

export function sourceStream(source: Source): Descriptor {
  const descriptor = new Descriptor('stream', -1, Filetype.CharacterDevice, STREAM_RIGHTS, 0)
  descriptor.source = source
  return descriptor
}

/** A preopened directory; `host` is open on it. */
export function preopenedDirectory(host: number, guestName: string, readOnly: boolean): Descriptor {
  const descriptor = new Descriptor(
    'directory',
    host,
    Filetype.Directory,
    DIRECTORY_RIGHTS,
    DIRECTORY_RIGHTS | FILE_RIGHTS,
  )
  descriptor.preopen = new TextEncoder().encode(guestName)
  descriptor.readOnly = readOnly
  return descriptor
}

/** The error of a call that needs `right` on a descriptor that has not got it: what POSIX says where POSIX has the case. */
function lackingRight(descriptor: Descriptor, right: number): Errno {
  if (descriptor.kind !== 'directory' && (right & DIRECTORY_RIGHTS & ~FILE_RIGHTS) !== 0) return Errno.NOTDIR
  if (descriptor.kind === 'stream' && (right & FILE_RIGHTS & ~STREAM_RIGHTS) !== 0) return Errno.SPIPE
  if (descriptor.kind === 'directory' && (right & FILE_RIGHTS & ~DIRECTORY_RIGHTS) !== 0) return Errno.BADF
  if ((right & (Rights.FdRead | Rights.FdWrite)) !== 0) return Errno.BADF
  return Errno.NOTCAPABLE
}

export class FdTable {
  private readonly slots: (Descriptor | undefined)[] = []

  /** Puts a descriptor into the lowest free slot and returns its number. */
  add(descriptor: Descriptor): number {
    let fd = 0
    while (fd < this.slots.length && this.slots[fd] !== undefined) fd++
    this.slots[fd] = descriptor
    return fd
  }

  /**
   * The descriptor `fd`, which must have all of `rights`.
   * @throws WasiError EBADF when there is none; ENOTDIR, ESPIPE, EBADF or ENOTCAPABLE when a right is missing
   */
  get(fd: number, rights: number): Descriptor {
    const descriptor = fd < this.slots.length ? this.slots[fd] : undefined
    if (descriptor === undefined) throw new WasiError(Errno.BADF)
    const missing = rights & ~descriptor.rights
    if (missing !== 0) throw new WasiError(lackingRight(descriptor, missing))
    return descriptor
  }

  /** As `get`, for a call that changes something. @throws WasiError EROFS below a read-only preopen */
  getForChange(fd: number, rights: number): Descriptor {
    const descriptor = this.get(fd, rights)
    if (descriptor.readOnly) throw new WasiError(Errno.ROFS)
    return descriptor
  }

  close(fd: number): void {
    const descriptor = this.get(fd, 0)
    this.slots[fd] = undefined
    descriptor.close()
  }

  /** Moves `from` to `to`, closing what `to` was. Both must be open. */
  renumber(from: number, to: number): void {
    const descriptor = this.get(from, 0)
    const replaced = this.get(to, 0)
    if (from === to) return
    this.slots[to] = descriptor
    this.slots[from] = undefined
    replaced.close()
  }

  /** Closes all that the guest left open. */
  closeAll(): void {
    for (const descriptor of this.slots) {
      try {
        descriptor?.close()
      } catch {
        // The host's descriptor is gone already; there is nobody left to tell.
      }
    }
    this.slots.length = 0
  }
}
