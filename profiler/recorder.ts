/**
 * Turns the records of one thread's sampler into a compact store, while the guest goes on: addresses to frames
 * (frame-table.ts), frames to stacks that share their outer ends, samples to three words. What a sample needs is a few
 * lookups in typed arrays; the rest happens once for each address.
 */
import { YieldReason, Activity } from '../tiers/abi.js'
import { SampleState, SampleWord, isTruncated, sampleReason, sampleState } from '../runtime/sampling.js'
import { Kind } from './categories.js'
import { doingWithoutFrame, type Doing } from './call-site.js'
import { FrameTable } from './frame-table.js'
import { Joiner } from './joiner.js'
import { PairTable } from './pair-table.js'
import { SampleColumns } from './sample-columns.js'
import type { V8Profile } from './v8-profiler.js'

const TRUNCATED: Doing = { name: '(truncated)', kind: Kind.Other }
const TRAMPOLINE: Doing = { name: '(trampoline)', kind: Kind.Trampoline }
const ROUTINE: Doing = { name: '(routine)', kind: Kind.Operation }

function activityDoing(activity: number): Doing {
  if (activity === Activity.CompileOptimizing) return { name: 'optimize', kind: Kind.CompileOptimizing }
  if (activity === Activity.CompileBaseline) return { name: 'compile', kind: Kind.CompileBaseline }
  return { name: 'load', kind: Kind.Compile }
}

const NS_PER_US = 1000

export class Recorder {
  readonly table = new FrameTable()
  /** Pairs of parent stack (-1: none) and frame. */
  readonly stacks = new PairTable()
  readonly samples: SampleColumns
  /** Where samples wait for the JavaScript part of their stacks. */
  readonly joiner: Joiner | undefined
  private readonly intervalUs: number
  /** Nanoseconds of the monotonic clock, and of the thread's processor time, at the last sample. */
  private lastTime: number
  private lastCpu = -1

  /**
   * @param startNs what `time` of the first sample is relative to, in nanoseconds of the monotonic clock
   * @param options.joins whether the samples' stacks are to be joined with those of JavaScript
   */
  constructor(
    startNs: number,
    intervalUs: number,
    options: { readonly limit?: number; readonly joins?: boolean } = {},
  ) {
    this.lastTime = startNs
    this.intervalUs = intervalUs
    this.samples = new SampleColumns(options.limit)
    this.joiner = options.joins === true ? new Joiner(this.table, this.stacks) : undefined
  }

  /** A SampleVisitor. */
  readonly visit = (words: Uint32Array, at: number): void => {
    const stack = this.stackOf(words, at)
    const time = words[at + SampleWord.time] + words[at + SampleWord.time + 1] * 2 ** 32
    const cpu = words[at + SampleWord.cpuTime] + words[at + SampleWord.cpuTime + 1] * 2 ** 32
    if (this.joiner !== undefined) {
      const state = sampleState(words[at + SampleWord.info])
      this.joiner.add(stack, time, cpu, state === SampleState.Guest || state === SampleState.Routine)
      return
    }
    this.addSample(stack, time, cpu, words[at + SampleWord.idle])
  }

  /** Takes the samples that wait. @param profile of JavaScript in their time */
  join(profile: V8Profile | undefined): void {
    this.joiner?.take(profile, this.addJoined)
  }

  private readonly addJoined = (stack: number, time: number, cpu: number): void => this.addSample(stack, time, cpu, 0)

  /** @param idleTicks since the last sample, at which there was nothing to see */
  private addSample(stack: number, time: number, cpu: number, idleTicks: number): void {
    // In microseconds since the last one, without adding up what rounding leaves.
    const micros = Math.floor(time / NS_PER_US) - Math.floor(this.lastTime / NS_PER_US)
    const cpuMicros = this.lastCpu < 0 ? -1 : Math.floor(cpu / NS_PER_US) - Math.floor(this.lastCpu / NS_PER_US)
    const idle = idleTicks * this.intervalUs
    if (idle > 0 && micros > 2 * this.intervalUs) {
      // Two samples without a stack bound the time in which there was nothing to do.
      const idleMicros = Math.min(idle, micros - 2 * this.intervalUs)
      const half = cpuMicros < 0 ? -1 : cpuMicros >> 1
      this.samples.add(-1, micros - idleMicros - this.intervalUs, half)
      this.samples.add(-1, idleMicros, 0)
      this.samples.add(stack, this.intervalUs, half)
    } else {
      this.samples.add(stack, micros, cpuMicros)
    }
    this.lastTime = time
    this.lastCpu = cpu
  }

  private stackOf(words: Uint32Array, at: number): number {
    const { table, stacks } = this
    const info = words[at + SampleWord.info]
    const state = sampleState(info)
    const reason = state === SampleState.Host ? sampleReason(info) : -1
    const first = at + SampleWord.addresses
    let stack = isTruncated(info) ? stacks.intern(-1, table.other(TRUNCATED)) : -1
    let below = undefined
    let lost = false
    for (let k = at + words[at + SampleWord.length] * 2 - 2; k >= first; k -= 2) {
      if (words[k] === 0 && words[k + 1] === 0) {
        // JavaScript entered the guest here: from a host function, unless this is the outermost entry.
        if (below !== undefined) stack = stacks.intern(stack, table.calleeOf(below, -1))
        if (this.joiner !== undefined) stack = stacks.intern(stack, this.joiner.entryFrame)
        below = undefined
        continue
      }
      const isPc = k === first && state === SampleState.Guest
      const chain = table.chainAt(words[k], words[k + 1], !isPc)
      lost = isPc && chain.frames.length === 0
      if (chain.frames.length === 0) continue
      for (const frame of chain.frames) stack = stacks.intern(stack, frame)
      below = chain
    }
    if (state === SampleState.Guest) return lost ? stacks.intern(stack, table.other(TRAMPOLINE)) : stack
    if (state === SampleState.Outside) {
      if (words[at + SampleWord.activity] === 0) return stack
      return stacks.intern(stack, table.other(activityDoing(words[at + SampleWord.activity])))
    }
    if (below !== undefined) return stacks.intern(stack, table.calleeOf(below, reason))
    const doing = state === SampleState.Routine ? ROUTINE : doingWithoutFrame(reason < 0 ? YieldReason.Runtime : reason)
    return stacks.intern(stack, table.other(doing))
  }

  /** Bytes of the tables that grow with the run. */
  get bytes(): number {
    return this.samples.bytes + this.stacks.bytes
  }
}
