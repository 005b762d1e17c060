/**
 * What a program gets from and says to whoever started it: arguments, environment, exit, signals, random bytes.
 */
import { openSync, readSync } from 'node:fs'
import { Errno } from './errno.js'
import { ProcExit, type WasiHost } from './host.js'

function sizesGet(host: WasiHost, strings: readonly Uint8Array[], count: number, bytes: number): Errno {
  let total = 0
  for (const string of strings) total += string.length
  host.memory.setU32(count, strings.length)
  host.memory.setU32(bytes, total)
  return Errno.SUCCESS
}

function stringsGet(host: WasiHost, strings: readonly Uint8Array[], pointers: number, bytes: number): Errno {
  let at = bytes
  for (let i = 0; i < strings.length; i++) {
    host.memory.setU32(pointers + i * 4, at)
    host.memory.setBytes(at, strings[i])
    at += strings[i].length
  }
  return Errno.SUCCESS
}

export function argsSizesGet(host: WasiHost, count: number, bytes: number): Errno {
  return sizesGet(host, host.args, count, bytes)
}

export function argsGet(host: WasiHost, pointers: number, bytes: number): Errno {
  return stringsGet(host, host.args, pointers, bytes)
}

export function environSizesGet(host: WasiHost, count: number, bytes: number): Errno {
  return sizesGet(host, host.env, count, bytes)
}

export function environGet(host: WasiHost, pointers: number, bytes: number): Errno {
  return stringsGet(host, host.env, pointers, bytes)
}

export function procExit(_host: WasiHost, code: number): Errno {
  throw new ProcExit(code)
}

/** POSIX signals by WASI's numbers whose default action is to do nothing, or to stop, which a guest cannot. */
const HARMLESS_SIGNALS: ReadonlySet<number> = new Set([
  0, // none: asks whether signals can be sent
  16, // chld
  17, // cont
  18, // stop
  19, // tstp
  20, // ttin
  21, // ttou
  22, // urg
  27, // winch
])
const LAST_SIGNAL = 30

/** The default action of most signals ends the guest, never the process that runs it. */
export function procRaise(_host: WasiHost, signal: number): Errno {
  if (signal > LAST_SIGNAL) return Errno.INVAL
  if (HARMLESS_SIGNALS.has(signal)) return Errno.SUCCESS
  throw new ProcExit(128 + signal)
}

/** There is nobody to yield to: the guest has the thread until it returns. */
export function schedYield(): Errno {
  return Errno.SUCCESS
}

let randomDevice = -1

/**
 * From the kernel's generator straight into the guest's memory. The device, because loading node:crypto takes longer
 * than most guests run.
 */
export function randomGet(host: WasiHost, out: number, length: number): Errno {
  host.memory.check(out, length)
  if (randomDevice < 0) randomDevice = openSync('/dev/urandom', 'r')
  let done = 0
  while (done < length) done += readSync(randomDevice, host.memory.bytes, out + done, length - done, null)
  return Errno.SUCCESS
}
