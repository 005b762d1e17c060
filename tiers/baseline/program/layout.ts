/**
 * Words of the record of what code refers to (RunTargets): addresses, their lower halves, and where the types' ids are. Written here by name, and in
 * AssemblyScript read by the same names (scripts/scan/rewrite.mjs). What came out is in tiers/program/made.ts.
 */
export const Target = { jumps: 0, jumpSize: 1, poll: 2, stubSlots: 3, typeIds: 4, words: 5 } as const
