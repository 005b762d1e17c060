/** Has bodies of modules of any size validated by the scan first, as those of large ones are. */
import { engineProgram } from '#dist/runtime/own-programs.js'
import { dropScan, startScan } from '#dist/wasm/scan/memory.js'
import { provideScan } from '#dist/wasm/scan/program.js'

export function scanAlways(): void {
  provideScan(() => engineProgram(true))
  // Another test file of this process may have begun without.
  dropScan()
  if (startScan().program === undefined) throw new Error('nobody runs the scan')
}
