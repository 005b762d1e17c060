/**
 * What an engine's events (runtime/events.ts) become in a profile: markers with fields, and counters of linear memory
 * and machine code. The number of markers is bounded, what comes after that is counted.
 */
import type { CodeVersion, ModuleCode } from '../runtime/code.js'
import type { Engine } from '../runtime/engine.js'
import type { Func } from '../runtime/func.js'
import type { Instance } from '../runtime/instance.js'
import { ExternKind } from '../wasm/types.js'
import { shownName } from '../wasm/debug/demangle.js'
import { Kind } from './categories.js'

export type FieldFormat = 'string' | 'integer' | 'bytes' | 'milliseconds'

/** Kinds of markers: their fields as the viewer shows them. */
export const MARKER_TYPES = {
  Compile: {
    fields: { function: 'string', tier: 'string', wasmBytes: 'bytes', codeBytes: 'bytes' },
    label: '{marker.data.function}',
  },
  TierUp: { fields: { function: 'string', reason: 'string', loop: 'integer' }, label: '{marker.data.function}' },
  Optimize: {
    fields: { function: 'string', outcome: 'string', wasmBytes: 'bytes', codeBytes: 'bytes' },
    label: '{marker.data.function}',
  },
  OSR: { fields: { function: 'string', loop: 'integer' }, label: '{marker.data.function}' },
  GuardFailure: { fields: { function: 'string', count: 'integer' }, label: '{marker.data.function}' },
  'memory.grow': { fields: { from: 'bytes', to: 'bytes' }, label: '{marker.data.to}' },
  HostCall: { fields: { function: 'string' }, label: '{marker.data.function}' },
  Trap: { fields: { message: 'string' }, label: '{marker.data.message}' },
  Instantiate: { fields: { module: 'string' }, label: '{marker.data.module}' },
} as const satisfies Record<string, { fields: Record<string, FieldFormat>; label: string }>
export type MarkerType = keyof typeof MARKER_TYPES

export interface ProfileMarker {
  readonly type: MarkerType
  readonly kind: Kind
  /** Milliseconds since the profile began. */
  readonly start: number
  /** The same for what takes time, undefined for an instant. */
  readonly end: number | undefined
  readonly fields: Readonly<Record<string, string | number>>
}

/** A quantity over time. */
export interface ProfileCounter {
  readonly name: 'Memory' | 'Code'
  readonly description: string
  /** Milliseconds since the profile began, and by how many bytes it changed. */
  readonly times: number[]
  readonly deltas: number[]
}

const MAX_MARKERS = 100_000
const MAX_JOBS = 100_000
/** Calls of the host that are looked at. A guest that calls all the time leaves room for other markers, and soon is as fast as ever. */
const MAX_HOST_CALLS = 50_000
/** A marker costs some microseconds, as much as a quick call: of many calls only the slow ones are worth one. */
const FIRST_HOST_CALLS = 2000
const SLOW_HOST_CALL_MS = 0.1
const MAX_COUNTER_SAMPLES = 100_000
const PAGE = 65536

function functionName({ code, defined }: CodeVersion): string {
  return nameOfDefined(code, defined)
}

function nameOfDefined({ owner }: ModuleCode, defined: number): string {
  if (owner === undefined) return `function ${defined}`
  const index = owner.info.importedFuncs + defined
  return shownName(owner.funcName(index), index)
}

function wasmBytes({ code, defined }: CodeVersion): number {
  const info = code.owner?.info
  return info === undefined ? 0 : info.bodyEnd[defined] - info.bodyStart[defined]
}

export interface MarkerOptions {
  /** Also a marker for each call of the host, much for a guest that calls often; or for the first ones and the slow ones. */
  readonly hostCalls: boolean | 'slow'
}

/** What a compile worker did. Times as those of markers. */
export interface CompileJobRecord {
  readonly worker: number
  readonly start: number
  readonly end: number
  /** Milliseconds of each pass. */
  readonly passes: readonly number[]
  readonly fields: ProfileMarker['fields']
}

export class MarkerRecorder {
  readonly jobs: CompileJobRecord[] = []
  readonly markers: ProfileMarker[] = []
  readonly memory: ProfileCounter = { name: 'Memory', description: 'Linear memory', times: [], deltas: [] }
  readonly code: ProfileCounter = { name: 'Code', description: 'Machine code', times: [], deltas: [] }
  /** Markers that were not kept. */
  dropped = 0
  /** The job that was told of last: what is published next is its code. */
  private lastJob: { readonly code: ModuleCode; readonly defined: number; readonly loop: number } | undefined
  private readonly begin: number
  private readonly hostNames = new WeakMap<Func, string>()
  private readonly stops: (() => void)[] = []

  /** @param begin time of `performance.now()` that is the profile's 0 */
  constructor(engine: Engine, begin: number, options: MarkerOptions) {
    this.begin = begin
    const { events } = engine
    this.stops.push(
      events.on('compile', ({ version, start, duration }) => {
        const fields = {
          function: functionName(version),
          tier: version.tier,
          wasmBytes: wasmBytes(version),
          codeBytes: version.size,
        }
        const kind = version.tier === 'optimizing' ? Kind.CompileOptimizing : Kind.CompileBaseline
        this.add('Compile', kind, start, duration, fields)
        this.count(this.code, start + duration, version.size)
      }),
      events.on('compileJob', ({ worker, code, defined, loop, published, start, duration, passes }) => {
        if (published) this.lastJob = { code, defined, loop }
        if (this.jobs.length === MAX_JOBS) {
          this.dropped++
          return
        }
        const { owner } = code
        const body = owner === undefined ? 0 : owner.info.bodyEnd[defined] - owner.info.bodyStart[defined]
        const begin = start - this.begin
        const fields = {
          function: nameOfDefined(code, defined),
          outcome: published ? 'published' : 'left as it is',
          wasmBytes: body,
        }
        this.jobs.push({ worker, start: begin, end: begin + duration, passes, fields })
      }),
      events.on('publish', ({ version, time, duration }) => {
        this.count(this.code, time, version.size)
        const { lastJob } = this
        const isJobs =
          lastJob?.code === version.code && lastJob.defined === version.defined && lastJob.loop === version.loop
        this.lastJob = undefined
        if (isJobs) return
        const fields = { function: functionName(version), wasmBytes: wasmBytes(version), codeBytes: version.size }
        this.add('Optimize', Kind.CompileOptimizing, time - duration, duration, fields)
      }),
      events.on('tierUp', ({ code, defined, loop, reason, time }) => {
        this.add('TierUp', Kind.CompileOptimizing, time, undefined, {
          function: nameOfDefined(code, defined),
          reason,
          loop,
        })
      }),
      events.on('osr', ({ to, time }) => {
        this.add('OSR', Kind.Optimized, time, undefined, { function: functionName(to), loop: to.loop })
      }),
      events.on('guardFailure', ({ version, count, time }) => {
        this.add('GuardFailure', Kind.Optimized, time, undefined, { function: functionName(version), count })
      }),
      events.on('memoryGrow', ({ from, to, time }) => {
        this.add('memory.grow', Kind.Operation, time, undefined, { from: from * PAGE, to: to * PAGE })
        this.count(this.memory, time, (to - from) * PAGE)
      }),
      events.on('trap', ({ error, time }) => {
        this.add('Trap', Kind.Runtime, time, undefined, { message: error.message })
      }),
      events.on('instantiate', ({ instance, start, duration }) => {
        this.add('Instantiate', Kind.Runtime, start, duration, { module: instance.module.name ?? instance.module.url })
        this.takeInstance(instance, start + duration)
      }),
    )
    if (!options.hostCalls) return
    const onlySlow = options.hostCalls === 'slow'
    let seen = 0
    const stop = events.on('hostCall', ({ func, start, duration }) => {
      // Nobody listens any more, so that calls cost what they always do.
      if (++seen === MAX_HOST_CALLS) stop()
      if (onlySlow && seen > FIRST_HOST_CALLS && duration < SLOW_HOST_CALL_MS) return
      const name = this.hostNames.get(func) ?? `function ${func.index}`
      this.add('HostCall', name.startsWith('wasi') ? Kind.Wasi : Kind.Import, start, duration, { function: name })
    })
    this.stops.push(stop)
  }

  /** Takes no more events. */
  stop(): void {
    for (const stop of this.stops) stop()
  }

  private takeInstance(instance: Instance, time: number): void {
    const { info } = instance.module
    const own = instance.memories.slice(info.importedMemories)
    this.count(this.memory, time, own.reduce((sum, memory) => sum + memory.pages, 0) * PAGE)
    const imports = info.imports.filter((each) => each.desc.kind === ExternKind.Func)
    imports.forEach((each, index) => this.hostNames.set(instance.func(index), `${each.module}.${each.name}`))
  }

  private add(
    type: MarkerType,
    kind: Kind,
    start: number,
    duration: number | undefined,
    fields: Readonly<Record<string, string | number>>,
  ): void {
    if (this.markers.length === MAX_MARKERS) {
      this.dropped++
      return
    }
    // What was under way when the profile began is shown from there on.
    const from = Math.max(0, start - this.begin)
    const end = duration === undefined ? undefined : Math.max(from, start + duration - this.begin)
    this.markers.push({ type, kind, start: from, end, fields })
  }

  private count(counter: ProfileCounter, time: number, delta: number): void {
    const { times, deltas } = counter
    if (delta === 0) return
    if (times.length === MAX_COUNTER_SAMPLES) {
      deltas[deltas.length - 1] += delta
    } else {
      times.push(Math.max(times.at(-1) ?? 0, time - this.begin))
      deltas.push(delta)
    }
  }
}
