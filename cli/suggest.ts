/** "Did you mean": the nearest of a few known words. */

/** Restricted Damerau-Levenshtein distance: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2] + 1)
      row.push(best)
    }
    before = previous
    previous = row
  }
  return previous[b.length]
}

/** The word of `known` that `word` was probably meant to be, undefined when none is near. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  // A third of the letters may be wrong, at least one.
  let bound = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const near = distance(word.toLowerCase(), candidate.toLowerCase())
    if (near < bound) {
      best = candidate
      bound = near
    }
  }
  return best
}
