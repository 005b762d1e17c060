/** Where what was made at build lies: the engine's own programs (own-programs.ts) and its stubs (stub-image.ts). */
import { fileURLToPath } from 'node:url'

/** Beside `dist/runtime` and `dist/bundle`. Fixed text, of which the bundle makes a path: URLs take Node a millisecond. */
function imageDirectory(): string {
  return fileURLToPath(new URL('../programs', import.meta.url))
}

export function imagePath(name: 'engine' | 'optimizer' | 'stubs'): string {
  return `${imageDirectory()}/${name}.wlprog`
}
