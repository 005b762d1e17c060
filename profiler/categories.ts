/**
 * What a frame's time was spent on, as the Firefox profiler shows it: a category with a colour, and a subcategory. Tiers are
 * subcategories of one category, so that the time of one function splits by tier.
 */

export interface Category {
  readonly name: string
  readonly color: string
  /** The first one must be Other. */
  readonly subcategories: readonly string[]
}

export const CATEGORIES: readonly Category[] = [
  { name: 'Other', color: 'grey', subcategories: ['Other'] },
  { name: 'Idle', color: 'transparent', subcategories: ['Other'] },
  { name: 'Wasm', color: 'yellow', subcategories: ['Other', 'Baseline', 'Optimized'] },
  { name: 'Host', color: 'blue', subcategories: ['Other', 'Import', 'WASI'] },
  { name: 'Compile', color: 'purple', subcategories: ['Other', 'Baseline', 'Optimizing'] },
  { name: 'Runtime', color: 'green', subcategories: ['Other', 'Operation', 'Trampoline'] },
  { name: 'JavaScript', color: 'lightblue', subcategories: ['Other'] },
  { name: 'GC', color: 'orange', subcategories: ['Other'] },
]

/** A category and a subcategory in one number: `category * 16 + subcategory`. */
export const Kind = {
  Other: 0x00,
  Wasm: 0x20,
  Baseline: 0x21,
  Optimized: 0x22,
  Host: 0x30,
  Import: 0x31,
  Wasi: 0x32,
  Compile: 0x40,
  CompileBaseline: 0x41,
  CompileOptimizing: 0x42,
  Runtime: 0x50,
  Operation: 0x51,
  Trampoline: 0x52,
  JavaScript: 0x60,
  Gc: 0x70,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

export function categoryOf(kind: number): number {
  return kind >> 4
}
export function subcategoryOf(kind: number): number {
  return kind & 15
}
