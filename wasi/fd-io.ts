/**
 * Reading and writing: fd_read, fd_write, fd_pread, fd_pwrite, fd_seek, fd_tell. These are the calls that programs make
 * most, so nothing is allocated here: data goes between the guest's memory and the kernel without a copy, several small
 * buffers through one reused one.
 */
import { fstatSync, readSync, writeSync } from 'node:fs'
import { addon } from '../runtime/context.js'
import { Fdflags, Filetype, Rights, Size, Whence } from './abi.js'
import { codeOf } from '../runtime/system-errors.js'
import { Errno, WasiError } from './errno.js'
import type { Descriptor } from './fd-table.js'
import type { WasiHost } from './host.js'

/** How long to wait before asking a non-blocking host descriptor again. */
const RETRY_MILLISECONDS = 2

/** Up to here a loop copies faster than a view is made. */
const COPY_BY_CALL = 128

/** `position` is null for "where the kernel stands". Waits when the host's descriptor would not block but the guest's does. */
function readHost(host: WasiHost, from: Descriptor, at: number, length: number, position: number | null): number {
  const bytes = host.memory.bytes
  for (;;) {
    try {
      return readSync(from.host, bytes, at, length, position)
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN' || (from.flags & Fdflags.Nonblock) !== 0) throw error
      host.sleep(RETRY_MILLISECONDS)
    }
  }
}

function writeHost(
  host: WasiHost,
  to: Descriptor,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number | null,
): number {
  for (;;) {
    try {
      // Node's own is compiled when it is first used, longer than most programs write, and takes five times as long later.
      return addon.writeFile(to.host, bytes, at, length, position) ?? writeSync(to.host, bytes, at, length, position)
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN' || (to.flags & Fdflags.Nonblock) !== 0) throw error
      host.sleep(RETRY_MILLISECONDS)
    }
  }
}

function readStream(host: WasiHost, from: Descriptor, at: number, length: number): number {
  const memory = host.memory
  const pending = from.pending
  if (pending !== undefined) {
    const count = Math.min(length, pending.length)
    memory.bytes.set(pending.subarray(0, count), at)
    from.pending = count < pending.length ? pending.subarray(count) : undefined
    return count
  }
  if (from.source !== undefined) return from.source.read(memory.bytes.subarray(at, at + length))
  if (from.host < 0) return 0
  return readHost(host, from, at, length, null)
}

/**
 * Fills the guest's buffers in order until one is not filled. Of a stream only the first is filled: another read could
 * wait for ever.
 * @param position offset in the file, or -1 to read a stream where it stands
 */
function readBuffers(host: WasiHost, from: Descriptor, iovs: number, count: number, position: number): number {
  const memory = host.memory
  memory.check(iovs, count * Size.iovec)
  let total = 0
  for (let i = 0; i < count; i++) {
    const at = memory.u32(iovs + i * Size.iovec)
    const length = memory.u32(iovs + i * Size.iovec + 4)
    memory.check(at, length)
    if (length === 0) continue
    if (position < 0) return readStream(host, from, at, length)
    const got = readHost(host, from, at, length, position + total)
    total += got
    if (got < length) break
  }
  return total
}

/** Writes one range of the guest's memory or of the gather buffer. @param position as in readBuffers */
function writeRange(
  host: WasiHost,
  to: Descriptor,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  if (to.sink !== undefined) {
    to.sink.write(bytes.slice(at, at + length))
    return length
  }
  if (to.host < 0) return length
  return writeHost(host, to, bytes, at, length, position < 0 ? null : position)
}

/** Writes the guest's buffers; several go out together, as far as they fit the gather buffer. May write less than all. */
function writeBuffers(host: WasiHost, to: Descriptor, iovs: number, count: number, position: number): number {
  const memory = host.memory
  memory.check(iovs, count * Size.iovec)
  const gather = host.gather
  let gathered = 0
  for (let i = 0; i < count; i++) {
    const at = memory.u32(iovs + i * Size.iovec)
    const length = memory.u32(iovs + i * Size.iovec + 4)
    memory.check(at, length)
    if (length === 0) continue
    if (gathered + length > gather.length) {
      if (gathered === 0) return writeRange(host, to, memory.bytes, at, length, position)
      break
    }
    if (gathered === 0 && i === count - 1) return writeRange(host, to, memory.bytes, at, length, position)
    if (length > COPY_BY_CALL) gather.set(memory.bytes.subarray(at, at + length), gathered)
    else for (let k = 0; k < length; k++) gather[gathered + k] = memory.bytes[at + k]
    gathered += length
  }
  return gathered === 0 ? 0 : writeRange(host, to, gather, 0, gathered, position)
}

/** An offset that Node takes: beyond 2^53 there is no file. */
function offset(value: number): number {
  if (value > Number.MAX_SAFE_INTEGER) throw new WasiError(Errno.INVAL)
  return value
}

export function fdRead(host: WasiHost, fd: number, iovs: number, count: number, out: number): Errno {
  const from = host.fds.get(fd, Rights.FdRead)
  host.memory.check(out, 4)
  const isFile = from.kind === 'file'
  const total = readBuffers(host, from, iovs, count, isFile ? from.position : -1)
  if (isFile) from.position += total
  host.memory.setU32(out, total)
  return Errno.SUCCESS
}

export function fdWrite(host: WasiHost, fd: number, iovs: number, count: number, out: number): Errno {
  const to = host.fds.get(fd, Rights.FdWrite)
  host.memory.check(out, 4)
  const appends = (to.flags & Fdflags.Append) !== 0
  const isFile = to.kind === 'file'
  const total = writeBuffers(host, to, iovs, count, isFile && !appends ? to.position : -1)
  if (isFile) to.position = appends ? fstatSync(to.host).size : to.position + total
  host.memory.setU32(out, total)
  return Errno.SUCCESS
}

/** The file behind a call that names an offset. @throws WasiError ESPIPE for what has no offsets */
function positioned(host: WasiHost, fd: number, right: number): Descriptor {
  const descriptor = host.fds.get(fd, right)
  if (descriptor.kind === 'stream') throw new WasiError(Errno.SPIPE)
  // A file that cannot seek has not got FdSeek; pread and pwrite need both rights.
  return host.fds.get(fd, right | Rights.FdSeek)
}

export function fdPread(host: WasiHost, fd: number, iovs: number, count: number, position: number, out: number): Errno {
  const from = positioned(host, fd, Rights.FdRead)
  host.memory.check(out, 4)
  host.memory.setU32(out, readBuffers(host, from, iovs, count, offset(position)))
  return Errno.SUCCESS
}

export function fdPwrite(
  host: WasiHost,
  fd: number,
  iovs: number,
  count: number,
  position: number,
  out: number,
): Errno {
  const to = positioned(host, fd, Rights.FdWrite)
  host.memory.check(out, 4)
  host.memory.setU32(out, writeBuffers(host, to, iovs, count, offset(position)))
  return Errno.SUCCESS
}

/** @param whence already in the numbers of Whence */
export function fdSeek(host: WasiHost, fd: number, delta: number, whence: number | undefined, out: number): Errno {
  const isQuery = delta === 0 && whence === Whence.Cur
  const descriptor = host.fds.get(fd, isQuery ? Rights.FdTell : Rights.FdSeek)
  host.memory.check(out, 8)
  let base = 0
  if (whence === Whence.Cur) base = descriptor.position
  else if (whence === Whence.End) base = fstatSync(descriptor.host).size
  else if (whence !== Whence.Set) return Errno.INVAL
  const position = base + delta
  if (position < 0 || position > Number.MAX_SAFE_INTEGER) return Errno.INVAL
  descriptor.position = position
  host.memory.setU64(out, position)
  return Errno.SUCCESS
}

export function fdTell(host: WasiHost, fd: number, out: number): Errno {
  const descriptor = host.fds.get(fd, Rights.FdTell)
  host.memory.setU64(out, descriptor.position)
  return Errno.SUCCESS
}

function socket(host: WasiHost, fd: number): Descriptor {
  const descriptor = host.fds.get(fd, 0)
  const type = descriptor.filetype
  if (type !== Filetype.SocketStream && type !== Filetype.SocketDgram) throw new WasiError(Errno.NOTSOCK)
  return descriptor
}

/** Standard streams may be sockets; others the guest cannot get. Receive flags (peek, waitall) are not supported. */
export function sockRecv(
  host: WasiHost,
  fd: number,
  iovs: number,
  count: number,
  flags: number,
  outCount: number,
  outFlags: number,
): Errno {
  const from = socket(host, fd)
  if (flags !== 0) return Errno.NOTSUP
  host.memory.check(outCount, 4)
  host.memory.setU16(outFlags, 0)
  host.memory.setU32(outCount, readBuffers(host, from, iovs, count, -1))
  return Errno.SUCCESS
}

export function sockSend(host: WasiHost, fd: number, iovs: number, count: number, flags: number, out: number): Errno {
  const to = socket(host, fd)
  if (flags !== 0) return Errno.INVAL
  host.memory.check(out, 4)
  host.memory.setU32(out, writeBuffers(host, to, iovs, count, -1))
  return Errno.SUCCESS
}

/** Listening sockets cannot be passed in, so there is never anything to accept. */
export function sockAccept(host: WasiHost, fd: number, _flags: number, _out: number): Errno {
  socket(host, fd)
  return Errno.NOTSUP
}

export function sockShutdown(host: WasiHost, fd: number, how: number): Errno {
  socket(host, fd)
  return how === 0 || how > 3 ? Errno.INVAL : Errno.NOTSUP
}
