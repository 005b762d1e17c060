/**
 * A core dump of this thread's guest code: made from an error that ended it, or of what runs now. What it is to say is
 * fixed when it is made; memories, globals and tables are read when it is written.
 */
import type { CoredumpDialect, CoredumpNotes, CoredumpReason } from '../../wasm/coredump-format.js'
import { Reg } from '../../tiers/abi.js'
import type { CodeOwner } from '../code.js'
import type { Instance } from '../instance.js'
import { threadName } from '../thread.js'
import { packageVersion } from '../version.js'
import { encodeCoredump } from './encode.js'
import type { GuestFrame } from './frame-values.js'
import { GuestSnapshot, remainsOf } from './snapshot.js'
import { DumpWorld } from './world.js'

export interface CoredumpOptions {
  /** Name of the program; the first module's otherwise. */
  readonly program?: string
  /** Encoding of the frames, `spec` by default. */
  readonly format?: CoredumpDialect
  /** Instances to have in the dump besides those with frames. */
  readonly instances?: readonly Instance[]
}

interface Cause {
  readonly reason: CoredumpReason
  readonly message: string
  readonly trap?: object | undefined
}

export class Coredump {
  private readonly snapshot: GuestSnapshot
  private readonly cause: Cause
  private readonly time = new Date()

  private constructor(snapshot: GuestSnapshot, cause: Cause) {
    this.snapshot = snapshot
    this.cause = cause
  }

  /** The dump of the guest that an error ended; undefined when it did not come out of guest code. */
  static of(error: unknown, reason?: CoredumpReason): Coredump | undefined {
    const found = remainsOf(error)
    if (found === undefined || !(error instanceof Error)) return undefined
    const trap = found.trap()
    const cause = reason ?? (trap === undefined ? 'exception' : 'trap')
    return new Coredump(found.snapshot, { reason: cause, message: error.message, trap })
  }

  /** The dump of the guest that has called the host; without frames when none runs. */
  static now(reason: CoredumpReason, message: string): Coredump {
    return new Coredump(new GuestSnapshot(false), { reason, message })
  }

  /** The whole dump. For large memories `pieces` is better. */
  encode(options: CoredumpOptions = {}): Uint8Array {
    const pieces = Array.from(this.pieces(options), (piece) => piece.slice())
    const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
    let at = 0
    for (const piece of pieces) {
      bytes.set(piece, at)
      at += piece.length
    }
    return bytes
  }

  /** The dump piece by piece; guest code must not run in between, and a piece is valid until the next is asked for. */
  pieces(options: CoredumpOptions = {}): Generator<Uint8Array> {
    const world = new DumpWorld(this.snapshot, options.instances)
    const [first] = world.modules
    const program = options.program ?? (first === undefined ? 'unknown' : (first.name ?? first.url))
    return encodeCoredump({
      world,
      notes: this.notes(world),
      program,
      thread: threadName(),
      dialect: options.format ?? 'spec',
    })
  }

  private notes(world: DumpWorld): CoredumpNotes {
    const { reason, message, trap } = this.cause
    const { snapshot } = this
    const fault = {
      signal: snapshot.signal,
      pc: hex(snapshot.pc),
      address: hex(snapshot.faultAddress),
      registers: registers(snapshot),
    }
    return {
      engine: `windlass ${packageVersion()}`,
      node: process.version,
      time: this.time.toISOString(),
      pid: process.pid,
      reason,
      message,
      ...(trap === undefined ? {} : { trap: plain(trap) }),
      ...(snapshot.pc === 0 ? {} : { fault }),
      modules: world.modules.map(moduleNotes),
      frames: frameNotes(world.frames.map(({ frame }) => frame)),
    }
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}

function registers(snapshot: GuestSnapshot): Record<string, string> {
  const { gprs, xmms } = snapshot
  const out: Record<string, string> = {}
  for (const [name, number] of Object.entries(Reg))
    out[name] = `0x${hex32(gprs[number * 2 + 1])}${hex32(gprs[number * 2])}`
  for (let k = 0; k < 16; k++) {
    out[`xmm${k}`] = `0x${[3, 2, 1, 0].map((word) => hex32(xmms[k * 4 + word])).join('')}`
  }
  return out
}

/** JSON has no 64-bit integers and no NaN. */
function plain(trap: object): Record<string, unknown> {
  const say = (_key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return String(value)
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  }
  return JSON.parse(JSON.stringify(trap, say)) as Record<string, unknown>
}

function moduleNotes(owner: CodeOwner): CoredumpNotes['modules'][number] {
  const { bytes, file, info, url } = owner
  const section = info.customs.find((custom) => custom.name === 'build_id')
  const buildId =
    section === undefined ? undefined : Buffer.from(bytes.subarray(section.start, section.end)).toString('hex')
  return {
    url,
    ...(file === undefined ? {} : { file }),
    ...(buildId === undefined ? {} : { buildId }),
    bytes: bytes.length,
  }
}

function frameNotes(frames: readonly GuestFrame[]): [string, boolean, number][] {
  const runs: [string, boolean, number][] = []
  for (const { tier, inlined } of frames) {
    const last = runs.at(-1)
    if (last !== undefined && last[0] === tier && last[1] === inlined) last[2]++
    else runs.push([tier, inlined, 1])
  }
  return runs
}
