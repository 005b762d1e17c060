/**
 * Error numbers of WASI preview 1 and the mapping from Node's system errors to them. Every host call answers with one
 * of these numbers; an exception of Node's `fs` never reaches the guest.
 */
import { codeOf } from '../runtime/system-errors.js'

/** `errno` of wasi_snapshot_preview1, in its order. */
// oxfmt-ignore
export const Errno = {
  SUCCESS: 0, '2BIG': 1, ACCES: 2, ADDRINUSE: 3, ADDRNOTAVAIL: 4, AFNOSUPPORT: 5, AGAIN: 6, ALREADY: 7, BADF: 8,
  BADMSG: 9, BUSY: 10, CANCELED: 11, CHILD: 12, CONNABORTED: 13, CONNREFUSED: 14, CONNRESET: 15, DEADLK: 16,
  DESTADDRREQ: 17, DOM: 18, DQUOT: 19, EXIST: 20, FAULT: 21, FBIG: 22, HOSTUNREACH: 23, IDRM: 24, ILSEQ: 25,
  INPROGRESS: 26, INTR: 27, INVAL: 28, IO: 29, ISCONN: 30, ISDIR: 31, LOOP: 32, MFILE: 33, MLINK: 34, MSGSIZE: 35,
  MULTIHOP: 36, NAMETOOLONG: 37, NETDOWN: 38, NETRESET: 39, NETUNREACH: 40, NFILE: 41, NOBUFS: 42, NODEV: 43,
  NOENT: 44, NOEXEC: 45, NOLCK: 46, NOLINK: 47, NOMEM: 48, NOMSG: 49, NOPROTOOPT: 50, NOSPC: 51, NOSYS: 52,
  NOTCONN: 53, NOTDIR: 54, NOTEMPTY: 55, NOTRECOVERABLE: 56, NOTSOCK: 57, NOTSUP: 58, NOTTY: 59, NXIO: 60,
  OVERFLOW: 61, OWNERDEAD: 62, PERM: 63, PIPE: 64, PROTO: 65, PROTONOSUPPORT: 66, PROTOTYPE: 67, RANGE: 68, ROFS: 69,
  SPIPE: 70, SRCH: 71, STALE: 72, TIMEDOUT: 73, TXTBSY: 74, XDEV: 75, NOTCAPABLE: 76,
} as const
export type Errno = number

/** The same by any name. */
const byName: Readonly<Record<string, number>> = Errno

/** A failure with a WASI error number, thrown inside the host calls and turned into the number at their edge. */
export class WasiError extends Error {
  override readonly name = 'WasiError'
  readonly errno: Errno

  constructor(errno: Errno) {
    super(`WASI errno ${errno}`)
    this.errno = errno
  }
}

/** System error codes of Node whose name is not `E` plus the WASI name. */
const aliases: Readonly<Record<string, Errno>> = {
  EWOULDBLOCK: Errno.AGAIN,
  EOPNOTSUPP: Errno.NOTSUP,
  EDQUOT: Errno.DQUOT,
}

/**
 * The error number that tells a guest about `error`, or -1 when it is none of ours: then it is a bug or an exception
 * of the embedder's own stream, and must not be hidden.
 */
export function errnoOf(error: unknown): Errno {
  if (error instanceof WasiError) return error.errno
  const code = codeOf(error)
  if (code === '') return -1
  const alias = aliases[code]
  if (alias !== undefined) return alias
  // Node checks arguments itself before the system sees them: an offset or size beyond what it takes.
  if (code.startsWith('ERR_')) return Errno.INVAL
  const name = code.slice(1)
  return Object.hasOwn(byName, name) ? byName[name] : Errno.IO
}
