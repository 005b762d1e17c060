/** The clock for durations of our own work. */

/**
 * Milliseconds since some moment. Not `performance.now()`: the first use of `performance` makes Node load a dozen of its files,
 * which is a noticeable part of a short run.
 */
export function milliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}

/** A moment of `milliseconds()` by `performance.now()`, which is what events say. */
export function eventTime(moment: number): number {
  return moment + (performance.now() - milliseconds())
}
