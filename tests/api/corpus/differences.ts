/**
 * Where the namespace differs from V8 13.6 on purpose, by snippet, with the reason. Everything else must be equal.
 */
export interface Difference {
  readonly ours: string
  readonly reason: string
}

export const DIFFERENCES: ReadonlyMap<string, Difference> = new Map([])
