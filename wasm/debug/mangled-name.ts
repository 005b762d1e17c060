/**
 * What the readers of mangled names have in common: a place in the text, and bounds. Names come from the module, and both grammars can
 * repeat what was there before any number of times, so depth and output are limited. What is beyond is not understood.
 */

export const MAX_DEPTH = 128
export const MAX_OUTPUT = 1 << 14

/** The name cannot be read; it is shown as it is. */
class NotUnderstood extends Error {}

/** What `read` makes of a name, undefined when it is not understood. */
export function understood(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined
    throw error
  }
}

export class MangledName {
  protected readonly text: string
  /** Behind the prefix of two letters. */
  protected at = 2
  private depth = 0

  constructor(text: string) {
    this.text = text
  }

  protected fail(): never {
    throw new NotUnderstood()
  }

  /** A character, or nothing behind the end. */
  protected peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? ''
  }

  protected take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false
    this.at += expected.length
    return true
  }

  protected deeper<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail()
    const result = read()
    this.depth--
    return result
  }

  protected bounded(text: string): string {
    return text.length > MAX_OUTPUT ? this.fail() : text
  }
}
