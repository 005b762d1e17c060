/** Where the program's two records have what: read here by name, and in AssemblyScript by the same names (scripts/scan/rewrite.mjs). */

/** Words of the record of what came out: addresses and numbers of code, relocations, sites, and of a run's rows and functions. */
export const Made = {
  frameSize: 0,
  code: 1,
  codeSize: 2,
  relocs: 3,
  relocCount: 4,
  sites: 5,
  siteCount: 6,
  rows: 7,
  count: 8,
  words: 9,
} as const

/** Words of the record of what code refers to (RunTargets): addresses, their lower halves, and where the types' ids are. */
export const Target = { jumps: 0, jumpSize: 1, poll: 2, stubSlots: 3, typeIds: 4, words: 5 } as const
