/** Reads many plain data segments at once with the scan's program (segments.as.ts). */
import type { DataSegments } from '../data-segments.js'
import type { Reader } from '../reader.js'
import { END, EXTENT, LEFT, LIMIT, NEXT, ORIGIN, RANGES } from './layout.js'
import { BATCH, startScan } from './memory.js'

/** Fewer segments are read before the scan would have started. */
const WORTH_SCANNING = 1000

/**
 * Reads the segments at `r` up to the first that is not plain, if there are many; what the section's end or a rule has to
 * do with is left as well.
 * @param left how many follow at most
 */
export function readPlainSegments(r: Reader, datas: DataSegments, left: number): void {
  if (left < WORTH_SCANNING) return
  const memory = startScan()
  const { program } = memory
  if (program === undefined) return
  memory.openWindow(BATCH)
  const { words, bytes, window, ranges } = memory
  words[EXTENT >> 2] = 0
  words[(EXTENT >> 2) + 1] = 0
  for (let last = -1; r.pos !== last && r.pos < r.end;) {
    last = r.pos
    const size = Math.min(BATCH, r.end - r.pos)
    bytes.set(r.bytes.subarray(r.pos, r.pos + size), window)
    const origin = r.pos - window
    words[NEXT >> 2] = window
    words[LIMIT >> 2] = window + size
    words[END >> 2] = r.end - origin
    words[LEFT >> 2] = left
    words[RANGES >> 2] = ranges
    words[ORIGIN >> 2] = origin
    program.segments()
    left = words[LEFT >> 2]
    r.pos = words[NEXT >> 2] + origin
    datas.addPlainRows(words.subarray(ranges >> 2, words[RANGES >> 2] >> 2))
  }
  datas.reach((words[EXTENT >> 2] >>> 0) + (words[(EXTENT >> 2) + 1] >>> 0) * 2 ** 32)
}
