/**
 * The samples of one thread in order: stack, time and processor time, 12 bytes each, in chunks so that growing copies nothing.
 * An hour at 1 kHz is 43 MB. Beyond a limit every second sample is left out and its times are added to the next
 * one: memory stays bounded however long the run is, and shares stay what they were, at half the rate.
 */

const CHUNK = 1 << 16
/** Samples kept: what an hour at 1 kHz makes. */
const DEFAULT_LIMIT = 3_600_000
/** A difference that was not measured. */
const UNKNOWN = 0xffff_ffff
const MAX_DELTA = UNKNOWN - 1

interface Chunk {
  readonly stack: Int32Array
  /** Microseconds since the sample before. */
  readonly time: Uint32Array
  readonly cpu: Uint32Array
}

function newChunk(): Chunk {
  return { stack: new Int32Array(CHUNK), time: new Uint32Array(CHUNK), cpu: new Uint32Array(CHUNK) }
}

export class SampleColumns {
  length = 0
  /** Samples were halved so many times. */
  halvings = 0
  private readonly limit: number
  private readonly chunks: Chunk[] = []

  /** @param limit greatest number of samples kept, at least 2 */
  constructor(limit = DEFAULT_LIMIT) {
    this.limit = limit
  }

  /**
   * @param stack index of its stack, -1 for none
   * @param time microseconds since the sample before
   * @param cpu the same of processor time, -1 when it is not known
   */
  add(stack: number, time: number, cpu: number): void {
    if (stack < 0 && this.extendIdle(time, cpu)) return
    if (this.length === this.limit) this.halve()
    const at = this.length % CHUNK
    if (this.length === this.chunks.length * CHUNK) this.chunks.push(newChunk())
    const chunk = this.chunks[(this.length - at) / CHUNK]
    chunk.stack[at] = stack
    chunk.time[at] = Math.min(MAX_DELTA, Math.max(0, time))
    chunk.cpu[at] = cpu < 0 ? UNKNOWN : Math.min(MAX_DELTA, cpu)
    this.length++
  }

  stack(index: number): number {
    return this.chunks[Math.floor(index / CHUNK)].stack[index % CHUNK]
  }

  /** Microseconds since the sample before. */
  time(index: number): number {
    return this.chunks[Math.floor(index / CHUNK)].time[index % CHUNK]
  }

  /** Microseconds of processor time since the sample before, -1 when that is not known. */
  cpu(index: number): number {
    const delta = this.chunks[Math.floor(index / CHUNK)].cpu[index % CHUNK]
    return delta === UNKNOWN ? -1 : delta
  }

  get bytes(): number {
    return this.chunks.length * CHUNK * 12
  }

  /** Three samples in a row without a stack say no more than two that are as long. */
  private extendIdle(time: number, cpu: number): boolean {
    const last = this.length - 1
    if (last < 1 || this.stack(last) >= 0 || this.stack(last - 1) >= 0) return false
    const { time: times, cpu: cpus } = this.chunks[Math.floor(last / CHUNK)]
    const at = last % CHUNK
    if (times[at] + time > MAX_DELTA || cpu < 0 || cpus[at] === UNKNOWN) return false
    times[at] += time
    cpus[at] += cpu
    return true
  }

  /** Keeps every second sample, from the second on. */
  private halve(): void {
    const { length } = this
    this.length = 0
    this.halvings++
    for (let i = 1; i < length; i += 2) {
      const cpu = this.cpu(i)
      const before = this.cpu(i - 1)
      this.add(this.stack(i), this.time(i - 1) + this.time(i), cpu < 0 || before < 0 ? -1 : before + cpu)
    }
  }
}
