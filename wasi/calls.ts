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

/**
 * The call of a name in one version of preview 1; undefined when there is none. A table would be made whole in each run, of which hardly
 * any uses more than a dozen.
 */
export function callOf(version: Version, name: string): CallEntry | undefined {
  switch (name) {
    case 'args_get':
      return { params: 'ii', call: argsGet }
    case 'args_sizes_get':
      return { params: 'ii', call: argsSizesGet }
    case 'environ_get':
      return { params: 'ii', call: environGet }
    case 'environ_sizes_get':
      return { params: 'ii', call: environSizesGet }
    case 'clock_res_get':
      return { params: 'ii', call: clockResGet }
    case 'clock_time_get':
      return { params: 'iui', call: clockTimeGet }
    case 'fd_advise':
      return { params: 'iuui', call: fdAdvise }
    case 'fd_allocate':
      return { params: 'iuu', call: fdAllocate }
    case 'fd_close':
      return { params: 'i', call: fdClose }
    case 'fd_datasync':
      return { params: 'i', call: fdDatasync }
    case 'fd_fdstat_get':
      return { params: 'ii', call: fdFdstatGet }
    case 'fd_fdstat_set_flags':
      return { params: 'ii', call: fdFdstatSetFlags }
    case 'fd_fdstat_set_rights':
      return { params: 'iww', call: fdFdstatSetRights }
    case 'fd_filestat_get':
      return { params: 'ii', call: (host, fd, out) => fdFilestatGet(host, version, fd, out) }
    case 'fd_filestat_set_size':
      return { params: 'iu', call: fdFilestatSetSize }
    case 'fd_filestat_set_times':
      return { params: 'iddi', call: fdFilestatSetTimes }
    case 'fd_pread':
      return { params: 'iiiui', call: fdPread }
    case 'fd_prestat_get':
      return { params: 'ii', call: fdPrestatGet }
    case 'fd_prestat_dir_name':
      return { params: 'iii', call: fdPrestatDirName }
    case 'fd_pwrite':
      return { params: 'iiiui', call: fdPwrite }
    case 'fd_read':
      return { params: 'iiii', call: fdRead }
    case 'fd_readdir':
      return { params: 'iiiui', call: fdReaddir }
    case 'fd_renumber':
      return { params: 'ii', call: fdRenumber }
    case 'fd_seek':
      return { params: 'isii', call: (host, fd, by, from, out) => fdSeek(host, fd, by, version.whence[from], out) }
    case 'fd_sync':
      return { params: 'i', call: fdSync }
    case 'fd_tell':
      return { params: 'ii', call: fdTell }
    case 'fd_write':
      return { params: 'iiii', call: fdWrite }
    case 'path_create_directory':
      return { params: 'iii', call: pathCreateDirectory }
    case 'path_filestat_get':
      return {
        params: 'iiiii',
        call: (host, fd, flags, path, length, out) => pathFilestatGet(host, version, fd, flags, path, length, out),
      }
    case 'path_filestat_set_times':
      return { params: 'iiiiddi', call: pathFilestatSetTimes }
    case 'path_link':
      return { params: 'iiiiiii', call: pathLink }
    case 'path_open':
      return { params: 'iiiiiwwii', call: pathOpen }
    case 'path_readlink':
      return { params: 'iiiiii', call: pathReadlink }
    case 'path_remove_directory':
      return { params: 'iii', call: pathRemoveDirectory }
    case 'path_rename':
      return { params: 'iiiiii', call: pathRename }
    case 'path_symlink':
      return { params: 'iiiii', call: pathSymlink }
    case 'path_unlink_file':
      return { params: 'iii', call: pathUnlinkFile }
    case 'poll_oneoff':
      return {
        params: 'iiii',
        call: (host, subscriptions, events, count, out) => pollOneoff(host, version, subscriptions, events, count, out),
      }
    case 'proc_exit':
      return { params: 'i', call: procExit }
    case 'proc_raise':
      return { params: 'i', call: procRaise }
    case 'random_get':
      return { params: 'ii', call: randomGet }
    case 'sched_yield':
      return { params: '', call: schedYield }
    case 'sock_accept':
      return { params: 'iii', call: sockAccept }
    case 'sock_recv':
      return { params: 'iiiiii', call: sockRecv }
    case 'sock_send':
      return { params: 'iiiii', call: sockSend }
    case 'sock_shutdown':
      return { params: 'ii', call: sockShutdown }
    default:
      return undefined
  }
}

const CALL_NAMES =
  'args_get args_sizes_get environ_get environ_sizes_get clock_res_get clock_time_get ' +
  'fd_advise fd_allocate fd_close fd_datasync fd_fdstat_get fd_fdstat_set_flags ' +
  'fd_fdstat_set_rights fd_filestat_get fd_filestat_set_size fd_filestat_set_times fd_pread fd_prestat_get ' +
  'fd_prestat_dir_name fd_pwrite fd_read fd_readdir fd_renumber fd_seek ' +
  'fd_sync fd_tell fd_write path_create_directory path_filestat_get path_filestat_set_times ' +
  'path_link path_open path_readlink path_remove_directory path_rename path_symlink ' +
  'path_unlink_file poll_oneoff proc_exit proc_raise random_get sched_yield ' +
  'sock_accept sock_recv sock_send sock_shutdown'

/** All calls of one version of preview 1 by name. */
export function callsOf(version: Version): Readonly<Record<string, CallEntry>> {
  const calls: Record<string, CallEntry> = {}
  for (const name of CALL_NAMES.split(' ')) {
    const call = callOf(version, name)
    if (call !== undefined) calls[name] = call
  }
  return calls
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
