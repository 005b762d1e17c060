/**
 * What compile threads did, as threads of the profile. Nothing has to be sampled for that: when a job ran and for how long
 * is known exactly (the event `publish`), so samples are made from it, one each interval as on a sampled thread. Jobs that
 * overlap ran on different threads.
 */
import { Kind } from './categories.js'
import type { ProfileMarker } from './markers.js'
import type { ProfileThread } from './profile.js'

interface Track {
  readonly jobs: ProfileMarker[]
  end: number
}

interface Row {
  readonly stack: number
  /** Milliseconds since the row before. */
  readonly time: number
  readonly busy: boolean
}

function isJob(marker: ProfileMarker): marker is ProfileMarker & { readonly end: number } {
  return marker.type === 'Optimize' && marker.end !== undefined
}

/** Lays jobs on as few tracks as there can have been threads. */
function layOut(markers: readonly ProfileMarker[]): Track[] {
  const tracks: Track[] = []
  for (const job of markers.filter(isJob).toSorted((a, b) => a.start - b.start)) {
    let track = tracks.find(({ end }) => end <= job.start)
    if (track === undefined) {
      track = { jobs: [], end: 0 }
      tracks.push(track)
    }
    track.jobs.push(job)
    track.end = job.end
  }
  return tracks
}

function rowsOf({ jobs }: Track, interval: number, stackOf: (job: ProfileMarker) => number): Row[] {
  const rows: Row[] = []
  let now = 0
  for (const job of jobs.filter(isJob)) {
    const stack = stackOf(job)
    rows.push({ stack: -1, time: job.start - now, busy: false })
    now = job.start
    while (now < job.end) {
      const time = Math.min(interval, job.end - now)
      rows.push({ stack, time, busy: true })
      now += time
    }
    rows.push({ stack: -1, time: 0, busy: false })
  }
  return rows
}

/** Name of the frame of a job. */
export function jobFrame(job: ProfileMarker): { readonly name: string; readonly kind: Kind } {
  return { name: `optimize ${job.fields['function']}`, kind: Kind.CompileOptimizing }
}

const NS_PER_MS = 1_000_000

/**
 * The threads, and the markers that are not theirs.
 * @param interval in milliseconds @param stackOf index of the stack of a job
 */
export function compileTracks(
  markers: readonly ProfileMarker[],
  interval: number,
  stackOf: (job: ProfileMarker) => number,
): { readonly threads: ProfileThread[]; readonly rest: readonly ProfileMarker[] } {
  const threads = layOut(markers).map((track, i): ProfileThread => {
    const rows = rowsOf(track, interval, stackOf)
    return {
      name: `compile ${i + 1}`,
      isMain: false,
      // No system's number: which thread it was is not known.
      tid: i + 1,
      sampleCount: rows.length,
      stack: (row) => rows[row].stack,
      time: (row) => rows[row].time,
      cpu: (row) => (rows[row].busy ? rows[row].time * NS_PER_MS : 0),
      markers: track.jobs,
    }
  })
  return { threads, rest: markers.filter((marker) => !isJob(marker)) }
}
