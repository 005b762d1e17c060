/**
 * poll_oneoff: waiting for clocks and descriptors.
 *
 * Node has no poll(2). Files are always ready, and so is what can be written to: a full pipe makes the write wait.
 * Whether a pipe or terminal has something to read is found out by reading: through a second, non-blocking descriptor
 * of the same pipe (opened by /proc/self/fd), whose bytes are kept for the guest's next fd_read. A socket cannot be
 * opened again; as standard input (Node's child processes have one) it is made non-blocking, any other counts as ready
 * and its read will wait.
 */
import { constants, fstatSync, openSync, readSync } from 'node:fs'
import { EventHangup, Eventtype, Filetype, Rights, Size, SubclockflagsAbstime, type Version } from './abi.js'
import { clockNow } from './clocks.js'
import { codeOf } from '../runtime/system-errors.js'
import { Errno, errnoOf } from './errno.js'
import type { Descriptor } from './fd-table.js'
import type { WasiHost } from './host.js'

/** More subscriptions than any program makes; keeps a guest from having us allocate without end. */
const MAX_SUBSCRIPTIONS = 65_536
const PROBE_SIZE = 4096
const NANOSECONDS_A_MILLISECOND = 1e6
/** Between two looks at a descriptor that is not ready. */
const POLL_MILLISECONDS = 2
/** One sleep at most: Atomics.wait takes any number, but far deadlines must not lose precision. */
const MAX_SLEEP_MILLISECONDS = 1 << 30

interface Subscription {
  readonly userdataLo: number
  readonly userdataHi: number
  readonly type: number
  readonly clock: number
  /** On its clock, in nanoseconds. */
  readonly deadline: number
  readonly fd: number
}

interface Readiness {
  readonly errno: Errno
  readonly bytes: number
  readonly hangup: boolean
}

const READY: Readiness = { errno: Errno.SUCCESS, bytes: 1, hangup: false }

function readSubscription(host: WasiHost, version: Version, at: number): Subscription {
  const memory = host.memory
  const type = memory.u8(at + version.subscriptionType)
  const isClock = type === Eventtype.Clock
  const clock = memory.u32(at + version.subscriptionClock)
  const timeout = memory.u64(at + version.subscriptionTimeout)
  const absolute = (memory.u16(at + version.subscriptionClockFlags) & SubclockflagsAbstime) !== 0
  let deadline = 0
  if (isClock && clock <= 3) deadline = absolute ? timeout : clockNow(clock) + timeout
  return {
    userdataLo: memory.u32(at),
    userdataHi: memory.u32(at + 4),
    type,
    clock,
    deadline,
    fd: memory.u32(at + version.subscriptionFd),
  }
}

const STDIN = 0

/** A host descriptor of the same stream whose reads do not wait. @throws a system error when there is none */
function openProbe(descriptor: Descriptor): number {
  if (descriptor.filetype === Filetype.SocketStream && descriptor.host === STDIN) {
    // Node makes a socket non-blocking when it makes a stream of it. Reads of the guest that must wait still do: fd-io.ts.
    void process.stdin
    return STDIN
  }
  return openSync(`/proc/self/fd/${descriptor.host}`, constants.O_RDONLY | constants.O_NONBLOCK)
}

/** Asks a pipe or terminal by reading; undefined when it has nothing yet. */
function probe(descriptor: Descriptor): Readiness | undefined {
  if (descriptor.pending !== undefined) return { ...READY, bytes: descriptor.pending.length }
  if (descriptor.source !== undefined || descriptor.host < 0) return READY
  try {
    if (descriptor.probe < 0) descriptor.probe = openProbe(descriptor)
    const buffer = new Uint8Array(PROBE_SIZE)
    const count = readSync(descriptor.probe, buffer, 0, PROBE_SIZE, null)
    if (count === 0) return { errno: Errno.SUCCESS, bytes: 0, hangup: true }
    descriptor.pending = buffer.subarray(0, count)
    return { ...READY, bytes: count }
  } catch (error) {
    return codeOf(error) === 'EAGAIN' ? undefined : READY
  }
}

function failed(errno: Errno): Readiness {
  return { errno, bytes: 0, hangup: false }
}

function readiness(host: WasiHost, subscription: Subscription): Readiness | undefined {
  switch (subscription.type) {
    case Eventtype.Clock:
      if (subscription.clock > 3) return failed(Errno.INVAL)
      return clockNow(subscription.clock) >= subscription.deadline ? { ...READY, bytes: 0 } : undefined
    case Eventtype.FdRead:
    case Eventtype.FdWrite: {
      const reads = subscription.type === Eventtype.FdRead
      let descriptor: Descriptor
      try {
        descriptor = host.fds.get(subscription.fd, reads ? Rights.FdRead : Rights.FdWrite)
        if (descriptor.kind === 'file') {
          return { ...READY, bytes: reads ? Math.max(0, fstatSync(descriptor.host).size - descriptor.position) : 1 }
        }
      } catch (error) {
        return failed(errnoOf(error))
      }
      return reads ? probe(descriptor) : READY
    }
    default:
      return failed(Errno.INVAL)
  }
}

function storeEvent(host: WasiHost, at: number, subscription: Subscription, ready: Readiness): void {
  const memory = host.memory
  memory.fill(at, Size.event, 0)
  memory.setU64Halves(at, subscription.userdataLo, subscription.userdataHi)
  memory.setU16(at + 8, ready.errno)
  memory.setU8(at + 10, subscription.type)
  if (subscription.type === Eventtype.Clock) return
  memory.setU64(at + 16, ready.bytes)
  memory.setU16(at + 24, ready.hangup ? EventHangup : 0)
}

/** Milliseconds until the first clock fires, or until the descriptors are worth another look. */
function pause(subscriptions: readonly Subscription[]): number {
  let wait = MAX_SLEEP_MILLISECONDS
  for (const subscription of subscriptions) {
    const left =
      subscription.type === Eventtype.Clock
        ? (subscription.deadline - clockNow(subscription.clock)) / NANOSECONDS_A_MILLISECOND
        : POLL_MILLISECONDS
    wait = Math.min(wait, left)
  }
  return Math.max(0, wait)
}

export function pollOneoff(
  host: WasiHost,
  version: Version,
  subscriptions: number,
  events: number,
  count: number,
  out: number,
): Errno {
  if (count === 0 || count > MAX_SUBSCRIPTIONS) return Errno.INVAL
  const memory = host.memory
  memory.check(subscriptions, count * version.subscriptionSize)
  memory.check(events, count * Size.event)
  memory.check(out, 4)
  const list: Subscription[] = []
  for (let i = 0; i < count; i++)
    list.push(readSubscription(host, version, subscriptions + i * version.subscriptionSize))
  for (;;) {
    let fired = 0
    for (const subscription of list) {
      const ready = readiness(host, subscription)
      if (ready !== undefined) storeEvent(host, events + fired++ * Size.event, subscription, ready)
    }
    if (fired > 0) {
      memory.setU32(out, fired)
      return Errno.SUCCESS
    }
    host.sleep(pause(list))
  }
}
