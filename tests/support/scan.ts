/** Has bodies of modules of any size validated by the scan first, as those of large ones are. */
import { engineProgram } from '#dist/runtime/own-programs.js'
import { startScan } from '#dist/wasm/scan/memory.js'
import { provideScan } from '#dist/wasm/scan/program.js'

export function scanAlways(): void {
  provideScan(() => engineProgram(true))
  if (startScan().program === undefined) throw new Error('nobody runs the scan')
}
