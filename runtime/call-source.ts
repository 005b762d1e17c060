/** How stacks of V8's show generated call wrappers (calls.ts, host-loop.ts). */

/** Their source name: how backtraces recognize them. */
export const CALL_SOURCE = 'windlass-call'

/** Lines that V8 puts before the text of a function made from text. */
const HEADER_LINES = 2

const places = new Set<string>()

/** Remembers where in a text the wrapper is that it makes. @param wrapper its text, which occurs last there */
export function noteWrapper(text: string, wrapper: string): void {
  const before = text.slice(0, text.lastIndexOf(wrapper)).split('\n')
  places.add(`${before.length - 1 + HEADER_LINES}:${before[before.length - 1].length}`)
}

/**
 * Whether a frame of V8's profiler is a wrapper's. It forgets the source name of some functions that existed when it was
 * started; then they have no names at all, and their places tell. @param line @param column from 0 on
 */
export function isWrapper(name: string, url: string, line: number, column: number): boolean {
  return url === CALL_SOURCE || (url === '' && name === '' && places.has(`${line}:${column}`))
}
