/**
 * Jumps to computed addresses that are nearly always one of a few, without an indirect branch: the address is compared
 * with the known ones, and the one that is equal is jumped to directly.
 *
 * An indirect branch costs a nanosecond where the processor predicts it, and 8 on machines that restrict its prediction
 * (IBRS, STIBP: many virtual machines, some of the time); a compare and a direct branch cost less than one on both. It is
 * the polymorphic inline cache of Hölzle, Chambers and Ungar (1991) with the target itself as the key: so an entry can
 * be useless but never wrong, whatever happened to the code that it once named, and nothing has to be invalidated.
 *
 * Entries are filled by `learn`, when a countdown of misses (ExecContext.misses, one for the thread) has run out: then
 * the address at hand is a sample of what misses, and the guest yields to have it learned. Each lesson doubles the
 * countdown, so that more targets than ways cost next to nothing.
 *
 * Only the thread that runs a cache writes it, and never while it runs it.
 */
import { Cc, Form } from '../tiers/isa/x64/forms.js'
import type { Assembler } from '../tiers/isa/x64/assembler.js'
import type { CodeChunk } from './arena.js'
import { addressBits } from './context.js'

/** Known targets of a cache. Each costs a compare on the way to the ones behind it. */
const WAYS = 8

/** A cache whose keys have no place yet. */
interface OpenJumps {
  /** Labels of the keys. */
  readonly labels: number[]
  /** The displacement field of each way's direct branch. */
  readonly fields: number[]
}

/** Jumps to the address in `reg` if it is known; goes on at `miss`, which is to follow, otherwise. Changes the flags. */
export function emitKnownJumps(asm: Assembler, reg: number, miss: number): OpenJumps {
  const sites: OpenJumps = { labels: [], fields: [] }
  for (let way = 0; way < WAYS; way++) {
    const key = asm.newLabel()
    sites.labels.push(key)
    asm.rip(Form.cmp64RM, reg, key)
    asm.jcc(Cc.e, miss)
    sites.fields.push(asm.size - 4)
  }
  return sites
}

const NO_KEY = new Uint8Array(8)

/**
 * Places the keys, where no code runs into them.
 * @returns where the cache lies in the code, in bytes: the first key (8 bytes each, 0 for a way that is not used), then the displacement field of
 *   each way's direct branch
 */
export function emitKeys(asm: Assembler, { labels, fields }: OpenJumps): number[] {
  asm.align(8)
  const sites = [asm.size, ...fields]
  for (const label of labels) {
    asm.bind(label)
    asm.raw(NO_KEY)
  }
  return sites
}

/** A cache in code that is in place. */
export class JumpCache {
  private readonly chunk: CodeChunk
  private readonly at: number
  private readonly sites: Int32Array
  private readonly targets: number[] = []
  private next = 0

  /** @param at where the code lies in the chunk; a multiple of 8. @param sites as `emitKeys` gives them */
  constructor(chunk: CodeChunk, at: number, sites: Int32Array) {
    this.chunk = chunk
    this.at = at
    this.sites = sites
  }

  /** Makes a target known, in place of the oldest one; unless it is known, or too far for a direct branch. */
  learn(target: number): void {
    const { chunk, at, sites, next } = this
    const field = at + sites[1 + next]
    const distance = target - (chunk.exec + field + 4)
    if (distance !== (distance | 0) || this.targets.includes(target)) return
    const key = (at + sites[0]) / 8 + next
    chunk.f64[key] = 0
    for (let i = 0; i < 4; i++) chunk.bytes[field + i] = distance >> (8 * i)
    chunk.f64[key] = addressBits(target)
    this.targets[next] = target
    this.next = (next + 1) % WAYS
  }
}
