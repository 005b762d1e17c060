/**
 * What compile workers did, as threads of the profile. Nothing has to be sampled for that: when a job ran, on which worker, and how
 * long each pass took is known exactly (the event `compileJob`), so samples are made from it at an even rate, as on a thread
 * that is sampled.
 */
import { passNames } from '../tiers/optimizing/options.js'
import { Kind } from './categories.js'
import type { CompileJobRecord } from './markers.js'
import type { ProfileThread } from './profile.js'

interface Row {
  readonly stack: number
  /** Milliseconds since the row before. */
  readonly time: number
}

/** What a job does besides its passes: validation, which is first, counts for all of it. */
const REST = 'validate'

/** Names of the frames of a job: the function, and what is done with it. */
export interface JobFrames {
  readonly job: { readonly name: string; readonly kind: Kind }
  readonly steps: readonly { readonly name: string; readonly kind: Kind }[]
}

export function jobFrames({ fields }: CompileJobRecord): JobFrames {
  const kind = Kind.CompileOptimizing
  const steps = [REST, ...passNames].map((name) => ({ name, kind }))
  return { job: { name: `optimize ${fields['function']}`, kind }, steps }
}

/** The times of a job's steps, in the order of `jobFrames`. */
function stepTimes({ start, end, passes }: CompileJobRecord): readonly number[] {
  const rest = end - start - passes.reduce((sum, ms) => sum + ms, 0)
  return [Math.max(0, rest), ...passes]
}

/** @param stacksOf stacks of a job's steps */
function rowsOf(
  jobs: readonly CompileJobRecord[],
  interval: number,
  stacksOf: (job: CompileJobRecord) => readonly number[],
): Row[] {
  const rows: Row[] = []
  let now = 0
  let tick = 0
  const add = (stack: number, at: number): void => {
    rows.push({ stack, time: Math.max(0, at - now) })
    now = Math.max(now, at)
  }
  for (const job of jobs) {
    const stacks = stacksOf(job)
    add(-1, job.start)
    let at = job.start
    stepTimes(job).forEach((time, step) => {
      at = Math.min(at + time, job.end)
      for (tick = Math.max(tick, Math.ceil(now / interval) * interval); tick < at; tick += interval) {
        add(stacks[step], tick)
      }
    })
    add(-1, job.end)
  }
  return rows
}

const NS_PER_MS = 1_000_000

/**
 * A thread for each worker that did anything.
 * @param interval in milliseconds @param stacksOf stacks of a job's steps
 */
export function compileTracks(
  jobs: readonly CompileJobRecord[],
  interval: number,
  stacksOf: (job: CompileJobRecord) => readonly number[],
): ProfileThread[] {
  const workers = Array.from(new Set(jobs.map(({ worker }) => worker))).toSorted((a, b) => a - b)
  return workers.map((worker): ProfileThread => {
    const own = jobs.filter((job) => job.worker === worker && job.end > 0).toSorted((a, b) => a.start - b.start)
    const rows = rowsOf(own, interval, stacksOf)
    return {
      name: `compile ${worker}`,
      isMain: false,
      // No system's number: workers do not know it.
      tid: worker,
      sampleCount: rows.length,
      stack: (row) => rows[row].stack,
      time: (row) => rows[row].time,
      cpu: (row) => (rows[row].stack < 0 ? 0 : rows[row].time * NS_PER_MS),
      markers: own.map(({ start, end, fields }) => ({
        type: 'Optimize',
        kind: Kind.CompileOptimizing,
        start: Math.max(0, start),
        end,
        fields,
      })),
    }
  })
}
