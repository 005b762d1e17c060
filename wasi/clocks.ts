/**
 * clock_res_get and clock_time_get, without BigInt: a time in nanoseconds since 1970 has 61 bits and is put together
 * from two 32-bit halves.
 */
import { addon } from '../runtime/context.js'
import { Clockid } from './abi.js'
import { Errno, WasiError } from './errno.js'
import type { WasiHost } from './host.js'

const TWO_32 = 0x1_0000_0000
/** Half of a millisecond count is multiplied by this, so that no product leaves the 53 bits of a double. */
const SPLIT = 1 << 20
const NANOSECONDS = 1_000_000

/** How far the wall clock may drift from our extrapolation before that starts anew: it was set, or slewed. */
const MAX_DRIFT_MILLISECONDS = 2
/** How often that is looked at: reading a second clock would double the cost of the call. */
const LOOK_EVERY_MILLISECONDS = 50
let nextLook = 0

/** The wall clock is `whole + fraction` milliseconds ahead of the monotonic one. Set at the first use. */
let offsetWhole = 0
let offsetFraction = 0

/** Where our monotonic clock begins. */
const [originSeconds, originNanoseconds] = process.hrtime()

/** Nanoseconds since this file was loaded; below 2^53 for a hundred days. Not by `performance`: see runtime/clock.ts. */
function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return (seconds - originSeconds) * (1000 * NANOSECONDS) + nanoseconds - originNanoseconds
}

function cpuTime(): number {
  const usage = process.cpuUsage()
  return (usage.user + usage.system) * 1000
}

/** Now, in nanoseconds as a double: good for comparing and for waiting. @throws WasiError EINVAL */
export function clockNow(id: number): number {
  switch (id) {
    case Clockid.Realtime:
      return Date.now() * NANOSECONDS
    case Clockid.Monotonic:
      return monotonic()
    case Clockid.ProcessCputime:
    case Clockid.ThreadCputime:
      // Node 20 cannot tell a thread's time; the guest has one thread, so it is the process's.
      return cpuTime()
    default:
      throw new WasiError(Errno.INVAL)
  }
}

function synchronize(sinceStart: number): void {
  const isFirst = nextLook === 0
  nextLook = sinceStart + LOOK_EVERY_MILLISECONDS
  const wall = addon.wallClock()
  if (!isFirst && Math.abs(wall - (offsetWhole + offsetFraction + sinceStart)) <= MAX_DRIFT_MILLISECONDS) return
  const offset = wall - sinceStart
  offsetWhole = Math.floor(offset)
  offsetFraction = offset - offsetWhole
}

function storeRealtime(host: WasiHost, out: number): void {
  const sinceStart = monotonic() / NANOSECONDS
  if (sinceStart >= nextLook) synchronize(sinceStart)
  const shifted = sinceStart + offsetFraction
  const whole = Math.floor(shifted)
  const milliseconds = offsetWhole + whole
  const nanoseconds = Math.floor((shifted - whole) * NANOSECONDS)
  // milliseconds * 10^6 = high * 10^6 * 2^20 + low * 10^6
  const high = Math.floor(milliseconds / SPLIT) * NANOSECONDS
  const low = (milliseconds % SPLIT) * NANOSECONDS + nanoseconds
  const lowWord = (high % (TWO_32 / SPLIT)) * SPLIT + low
  host.memory.setU64Halves(out, lowWord >>> 0, Math.floor(high / (TWO_32 / SPLIT)) + Math.floor(lowWord / TWO_32))
}

/** `_precision` asks for an accuracy that the clocks have anyway. */
export function clockTimeGet(host: WasiHost, id: number, _precision: number, out: number): Errno {
  host.memory.check(out, 8)
  if (id === Clockid.Realtime) storeRealtime(host, out)
  else host.memory.setU64(out, clockNow(id))
  return Errno.SUCCESS
}

export function clockResGet(host: WasiHost, id: number, out: number): Errno {
  if (id > Clockid.ThreadCputime) return Errno.INVAL
  host.memory.setU64(out, id === Clockid.Realtime || id === Clockid.Monotonic ? 1 : 1000)
  return Errno.SUCCESS
}
