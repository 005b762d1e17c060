/**
 * The 46 functions of preview 1: names, parameters and what they do. The function types and the code that takes the
 * operands out of the cells are both derived from this one table.
 */
import { I32, I64, type FuncType, type ValType } from '../wasm/types.js'
import type { Slab } from '../runtime/context.js'
import type { Version } from './abi.js'
import { clockResGet, clockTimeGet } from './clocks.js'
import { Errno, errnoOf } from './errno.js'
import {
  fdPread,
  fdPwrite,
  fdRead,
  fdSeek,
  fdTell,
  fdWrite,
  sockAccept,
  sockRecv,
  sockSend,
  sockShutdown,
} from './fd-io.js'
import {
  fdAdvise,
  fdAllocate,
  fdClose,
  fdDatasync,
  fdFdstatGet,
  fdFdstatSetFlags,
  fdFdstatSetRights,
  fdFilestatGet,
  fdFilestatSetSize,
  fdFilestatSetTimes,
  fdPrestatDirName,
  fdPrestatGet,
  fdRenumber,
  fdSync,
} from './fd-stat.js'
import type { WasiHost } from './host.js'
import {
  pathCreateDirectory,
  pathFilestatGet,
  pathFilestatSetTimes,
  pathLink,
  pathOpen,
  pathReadlink,
  pathRemoveDirectory,
  pathRename,
  pathSymlink,
  pathUnlinkFile,
} from './paths.js'
import { pollOneoff } from './poll.js'
import {
  argsGet,
  argsSizesGet,
  environGet,
  environSizesGet,
  procExit,
  procRaise,
  randomGet,
  schedYield,
} from './process.js'
import { fdReaddir } from './readdir.js'

/** Takes the host and the operands as numbers, answers with an error number. */
export type Call = (host: WasiHost, ...operands: number[]) => Errno

export interface CallEntry {
  /**
   * One letter a parameter: `i` i32 as unsigned; `u` i64 as unsigned and `s` as signed number, exact below 2^53; `w`
   * i64, its low 32 bits only (rights, none of which lies higher); `d` i64 as two operands, the low half first.
   */
  readonly params: string
  readonly call: Call
}

/** The calls of one version of preview 1 by name. */
export function callsOf(version: Version): Readonly<Record<string, CallEntry>> {
  return {
    args_get: { params: 'ii', call: argsGet },
    args_sizes_get: { params: 'ii', call: argsSizesGet },
    environ_get: { params: 'ii', call: environGet },
    environ_sizes_get: { params: 'ii', call: environSizesGet },
    clock_res_get: { params: 'ii', call: clockResGet },
    clock_time_get: { params: 'iui', call: clockTimeGet },
    fd_advise: { params: 'iuui', call: fdAdvise },
    fd_allocate: { params: 'iuu', call: fdAllocate },
    fd_close: { params: 'i', call: fdClose },
    fd_datasync: { params: 'i', call: fdDatasync },
    fd_fdstat_get: { params: 'ii', call: fdFdstatGet },
    fd_fdstat_set_flags: { params: 'ii', call: fdFdstatSetFlags },
    fd_fdstat_set_rights: { params: 'iww', call: fdFdstatSetRights },
    fd_filestat_get: { params: 'ii', call: (host, fd, out) => fdFilestatGet(host, version, fd, out) },
    fd_filestat_set_size: { params: 'iu', call: fdFilestatSetSize },
    fd_filestat_set_times: { params: 'iddi', call: fdFilestatSetTimes },
    fd_pread: { params: 'iiiui', call: fdPread },
    fd_prestat_get: { params: 'ii', call: fdPrestatGet },
    fd_prestat_dir_name: { params: 'iii', call: fdPrestatDirName },
    fd_pwrite: { params: 'iiiui', call: fdPwrite },
    fd_read: { params: 'iiii', call: fdRead },
    fd_readdir: { params: 'iiiui', call: fdReaddir },
    fd_renumber: { params: 'ii', call: fdRenumber },
    fd_seek: { params: 'isii', call: (host, fd, by, from, out) => fdSeek(host, fd, by, version.whence[from], out) },
    fd_sync: { params: 'i', call: fdSync },
    fd_tell: { params: 'ii', call: fdTell },
    fd_write: { params: 'iiii', call: fdWrite },
    path_create_directory: { params: 'iii', call: pathCreateDirectory },
    path_filestat_get: {
      params: 'iiiii',
      call: (host, fd, flags, path, length, out) => pathFilestatGet(host, version, fd, flags, path, length, out),
    },
    path_filestat_set_times: { params: 'iiiiddi', call: pathFilestatSetTimes },
    path_link: { params: 'iiiiiii', call: pathLink },
    path_open: { params: 'iiiiiwwii', call: pathOpen },
    path_readlink: { params: 'iiiiii', call: pathReadlink },
    path_remove_directory: { params: 'iii', call: pathRemoveDirectory },
    path_rename: { params: 'iiiiii', call: pathRename },
    path_symlink: { params: 'iiiii', call: pathSymlink },
    path_unlink_file: { params: 'iii', call: pathUnlinkFile },
    poll_oneoff: {
      params: 'iiii',
      call: (host, subscriptions, events, count, out) => pollOneoff(host, version, subscriptions, events, count, out),
    },
    proc_exit: { params: 'i', call: procExit },
    proc_raise: { params: 'i', call: procRaise },
    random_get: { params: 'ii', call: randomGet },
    sched_yield: { params: '', call: schedYield },
    sock_accept: { params: 'iii', call: sockAccept },
    sock_recv: { params: 'iiiiii', call: sockRecv },
    sock_send: { params: 'iiiii', call: sockSend },
    sock_shutdown: { params: 'ii', call: sockShutdown },
  }
}

const TWO_32 = 0x1_0000_0000

/** Type of the function `name`: all answer with an error number, except proc_exit, which does not answer. */
export function typeOf(name: string, entry: CallEntry): FuncType {
  const params: ValType[] = Array.from(entry.params, (letter) => (letter === 'i' ? I32 : I64))
  return { kind: 'func', params, results: name === 'proc_exit' ? [] : [I32] }
}

function operand(slab: Slab, letter: string, cell: number): number {
  const low = slab.u32[2 * cell]
  if (letter === 'u') return slab.u32[2 * cell + 1] * TWO_32 + low
  if (letter === 's') return slab.i32[2 * cell + 1] * TWO_32 + low
  return low
}

function answerError(slab: Slab, error: unknown): void {
  const errno = errnoOf(error)
  if (errno < 0) throw error
  slab.u32[0] = errno
}

/**
 * The raw host function of a call. System errors become error numbers; anything else (the guest's exit, a bug, an
 * exception of the embedder's own stream) passes through. The shapes of the calls that programs make most read their
 * cells without a loop.
 */
export function rawCall(host: WasiHost, entry: CallEntry): (slab: Slab) => void {
  const { params, call } = entry
  const memory = host.memory
  switch (params) {
    case 'ii':
      return (slab) => {
        try {
          memory.refresh()
          slab.u32[0] = call(host, slab.u32[0], slab.u32[2])
        } catch (error) {
          answerError(slab, error)
        }
      }
    case 'iii':
      return (slab) => {
        try {
          memory.refresh()
          slab.u32[0] = call(host, slab.u32[0], slab.u32[2], slab.u32[4])
        } catch (error) {
          answerError(slab, error)
        }
      }
    case 'iui':
      return (slab) => {
        try {
          memory.refresh()
          slab.u32[0] = call(host, slab.u32[0], operand(slab, 'u', 1), slab.u32[4])
        } catch (error) {
          answerError(slab, error)
        }
      }
    case 'iiii':
      return (slab) => {
        try {
          memory.refresh()
          slab.u32[0] = call(host, slab.u32[0], slab.u32[2], slab.u32[4], slab.u32[6])
        } catch (error) {
          answerError(slab, error)
        }
      }
    default:
      return (slab) => {
        try {
          memory.refresh()
          const operands: number[] = []
          for (let i = 0; i < params.length; i++) {
            operands.push(operand(slab, params[i], i))
            if (params[i] === 'd') operands.push(slab.u32[2 * i + 1])
          }
          slab.u32[0] = call(host, ...operands)
        } catch (error) {
          answerError(slab, error)
        }
      }
  }
}
