/**
 * fd_readdir: directory entries with cookies. A cookie is an index into a listing that is taken when the guest reads
 * from the start and kept with the descriptor: names that come or go meanwhile neither shift nor repeat the others.
 */
import { fstatSync, lstatSync, readdirSync, type Dirent } from 'node:fs'
import { Filetype, Rights, Size } from './abi.js'
import { codeOf } from '../runtime/system-errors.js'
import { Errno } from './errno.js'
import type { Descriptor, ListedName } from './fd-table.js'
import type { WasiHost } from './host.js'

const DOT: ListedName = { bytes: Uint8Array.of(0x2e), filetype: Filetype.Directory }
const DOT_DOT: ListedName = { bytes: Uint8Array.of(0x2e, 0x2e), filetype: Filetype.Directory }

function typeOf(entry: Dirent<Buffer>): number {
  if (entry.isFile()) return Filetype.RegularFile
  if (entry.isDirectory()) return Filetype.Directory
  if (entry.isSymbolicLink()) return Filetype.SymbolicLink
  if (entry.isCharacterDevice()) return Filetype.CharacterDevice
  if (entry.isBlockDevice()) return Filetype.BlockDevice
  if (entry.isSocket()) return Filetype.SocketStream
  return Filetype.Unknown
}

function list(directory: Descriptor): ListedName[] {
  const entries = readdirSync(`/proc/self/fd/${directory.host}`, { withFileTypes: true, encoding: 'buffer' })
  return [DOT, DOT_DOT, ...entries.map((entry) => ({ bytes: entry.name, filetype: typeOf(entry) }))]
}

/** Number of the entry's inode; 0 when it is gone. `..` gives the directory's own: what lies above is not the guest's. */
function inode(directory: Descriptor, name: ListedName): bigint {
  if (name === DOT || name === DOT_DOT) return fstatSync(directory.host, { bigint: true }).ino
  const path = Buffer.concat([Buffer.from(`/proc/self/fd/${directory.host}/`), name.bytes])
  try {
    return lstatSync(path, { bigint: true }).ino
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0n
    throw error
  }
}

/**
 * Fills the buffer with entries; the last one is cut off where the buffer ends, and only then is the buffer full: less
 * than `size` bytes used means the end of the directory.
 */
export function fdReaddir(host: WasiHost, fd: number, out: number, size: number, cookie: number, used: number): Errno {
  const directory = host.fds.get(fd, Rights.FdReaddir)
  const memory = host.memory
  memory.check(out, size)
  memory.check(used, 4)
  if (cookie === 0 || directory.listing === undefined) directory.listing = list(directory)
  const listing = directory.listing
  const head = new DataView(new ArrayBuffer(Size.dirent))
  const headBytes = new Uint8Array(head.buffer)
  let at = 0
  for (let i = cookie; i < listing.length && at < size; i++) {
    const name = listing[i]
    head.setBigUint64(0, BigInt(i + 1), true)
    head.setBigUint64(8, inode(directory, name), true)
    head.setUint32(16, name.bytes.length, true)
    head.setUint32(20, name.filetype, true)
    const headCount = Math.min(Size.dirent, size - at)
    memory.setBytes(out + at, headBytes.subarray(0, headCount))
    at += headCount
    const nameCount = Math.min(name.bytes.length, size - at)
    memory.setBytes(out + at, name.bytes.subarray(0, nameCount))
    at += nameCount
  }
  memory.setU32(used, at)
  return Errno.SUCCESS
}
