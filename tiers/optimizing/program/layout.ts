/** Where the program's records have what: read here by name, and in AssemblyScript by the same names (scripts/scan/rewrite.mjs). What came out is in tiers/program/made.ts. */

/** Words of the record of what is asked for. */
export const Ask = {
  defined: 0,
  /** As in Variant of variant.ts. */
  loop: 1,
  /** Most operands at once: only for a version that is entered at a loop. */
  maxHeight: 2,
  words: 3,
} as const

/** Words of the record of one operation on constants (evaluate.as.ts): for the test that compares it with ir/semantics.ts. */
export const Fold = {
  op: 0,
  ty: 1,
  aux: 2,
  /** Type of the first argument. */
  from: 3,
  /** Three arguments, two words each. */
  args: 4,
  /** Two words. */
  result: 10,
  words: 12,
} as const
