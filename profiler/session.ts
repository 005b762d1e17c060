/** Starting and stopping a profile of the calling thread's guests. */
import { threadId } from 'node:worker_threads'
import { onCodeRelease } from '../runtime/code.js'
import type { Engine } from '../runtime/engine.js'
import { Sampler, checkSampling, drainSamplers } from '../runtime/sampling.js'
import { compileTracks, jobFrames } from './compile-tracks.js'
import { MarkerRecorder } from './markers.js'
import type { ProfileData, ProfileThread } from './profile.js'
import { Recorder } from './recorder.js'
import { Symbolizer } from './symbolize.js'
import { V8Profiler, type V8Profile } from './v8-profiler.js'

export interface ProfileOptions {
  /** Title of the profile. */
  readonly name?: string
  /** Microseconds between samples, at least 100. */
  readonly intervalUs?: number
  /** Greatest number of frames of a sample; what is further out is cut. */
  readonly depth?: number
  /**
   * Also the JavaScript that calls guests and that they call, in one stack with them: V8's own profiler is run beside ours.
   * Where that cannot be (a Node without its inspector) profiles are without.
   */
  readonly javascript?: boolean
  /**
   * A marker for each call of the host, of the first 50,000: more to see, and more to pay for. 'slow': for the first 2,000 and
   * those that take a tenth of a millisecond and more.
   */
  readonly hostCalls?: boolean | 'slow'
  /** Samples kept; when a run has more, every second one is left out. */
  readonly maxSamples?: number
  /** @internal Samples after which V8's profile is taken and begun again. */
  readonly joinSamples?: number
}

const DEFAULT_INTERVAL_US = 1000
const DEFAULT_DEPTH = 256
/** Some 10 s at 1 kHz without a poll or a turn of the event loop; twenty frames a sample. */
const RING_BYTES = 2 << 20
/** Samples after which V8's profile is taken and begun again: V8 needs some 100 bytes for each, and some 20 ms to begin. */
const JOIN_SAMPLES = 60_000

export class ProfileSession {
  private readonly options: ProfileOptions
  private readonly intervalUs: number
  private readonly startTime = Date.now()
  private readonly begin = performance.now()
  private readonly markers: MarkerRecorder
  private readonly recorder: Recorder
  private readonly sampler: Sampler
  private readonly v8: V8Profiler | undefined
  private readonly stopListening: () => void
  private joining = false
  private finished: ProfileData | undefined

  /**
   * Starts sampling this thread and listening to an engine.
   * @throws RangeError for a bad interval or depth, Error (ERR_WINDLASS_SAMPLER) when too many profiles run
   */
  constructor(engine: Engine, options: ProfileOptions = {}) {
    this.options = options
    this.intervalUs = options.intervalUs ?? DEFAULT_INTERVAL_US
    const { maxSamples, depth = DEFAULT_DEPTH, javascript = false } = options
    checkSampling(this.intervalUs, depth)
    this.v8 = javascript ? V8Profiler.start(this.intervalUs) : undefined
    const joins = this.v8 !== undefined
    const startNs = Number(process.hrtime.bigint())
    const recorder = new Recorder(startNs, this.intervalUs, { ...(maxSamples && { limit: maxSamples }), joins })
    this.recorder = recorder
    try {
      this.sampler = new Sampler({
        intervalUs: this.intervalUs,
        depth,
        ringBytes: RING_BYTES,
        source: joins ? 'follow' : 'timer',
        visit: recorder.visit,
        drained: () => this.joinSome(),
      })
    } catch (error) {
      this.v8?.stop()
      throw error
    }
    this.markers = new MarkerRecorder(engine, this.begin, { hostCalls: options.hostCalls ?? false })
    this.stopListening = onCodeRelease(() => {
      drainSamplers()
      recorder.table.forgetAddresses()
    })
  }

  /** Ends the profile, and looks up names and lines. Once more gives the same profile. */
  stop(): ProfileData {
    this.finished ??= this.finish()
    return this.finished
  }

  /** Has V8's profile taken before it is large. Called when records were read, also by itself. */
  private joinSome(): void {
    const { recorder, sampler, v8, options } = this
    if (this.joining || v8 === undefined || (recorder.joiner?.count ?? 0) < (options.joinSamples ?? JOIN_SAMPLES))
      return
    this.joining = true
    let profile: V8Profile | undefined
    try {
      sampler.refollow(() => {
        profile = v8.restart()
      })
    } finally {
      recorder.join(profile)
      this.joining = false
    }
  }

  private finish(): ProfileData {
    this.sampler.stop()
    this.recorder.join(this.v8?.stop())
    this.markers.stop()
    this.stopListening()
    const duration = performance.now() - this.begin
    const { recorder, markers, sampler } = this
    const { table, samples, stacks } = recorder
    const stepsOf = new Map(
      markers.jobs.map((record) => {
        const { job, steps } = jobFrames(record)
        const below = stacks.intern(-1, table.other(job))
        return [record, steps.map((step) => stacks.intern(below, table.other(step)))]
      }),
    )
    const { stackOf, ...symbols } = new Symbolizer(table).run(stacks)
    const threads = compileTracks(markers.jobs, this.intervalUs / 1000, (job) => {
      return stepsOf.get(job)?.map((stack) => stackOf[stack]) ?? []
    })
    const thread: ProfileThread = {
      name: threadId === 0 ? 'main' : `worker ${threadId}`,
      isMain: threadId === 0,
      tid: threadId === 0 ? process.pid : threadId,
      sampleCount: samples.length,
      stack: (i) => (samples.stack(i) < 0 ? -1 : stackOf[samples.stack(i)]),
      time: (i) => samples.time(i) / 1000,
      cpu: (i) => (samples.cpu(i) < 0 ? undefined : samples.cpu(i) * 1000),
      markers: markers.markers,
    }
    return {
      name: this.options.name ?? table.modules[0]?.name ?? 'Windlass',
      startTime: this.startTime,
      duration,
      intervalUs: this.intervalUs * 2 ** samples.halvings,
      modules: table.modules.map(({ name, url }) => ({ name, url })),
      codes: table.codes,
      ...symbols,
      threads: [thread, ...threads],
      counters: [markers.memory, markers.code],
      stats: {
        samples: sampler.samples,
        dropped: sampler.dropped,
        late: sampler.late + (recorder.joiner?.unmatched ?? 0),
        droppedMarkers: markers.dropped,
        halvings: samples.halvings,
      },
    }
  }
}
