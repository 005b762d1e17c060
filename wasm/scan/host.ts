/**
 * Instances of the scan (scan.as.ts): as code that was made when the engine was built, if there is any (../programs.ts), else in the
 * host's own `WebAssembly` (../host-program.ts).
 */
import { bytesOfProgram, startInHost, type HostProgram } from '../host-program.js'
import { providedProgram } from '../programs.js'
import { SCAN_CODE } from './code.gen.js'

/** The scan's program; see scan.as.ts and segments.as.ts for what its functions do. */
export interface ScanProgram extends HostProgram {
  scan(): number
  body(start: number, end: number): number
  bodies(): number
  segments(): void
}

/** By what name providers know the program. */
export const SCAN = 'scan'

/** The program's bytes. */
export function scanCode(): Uint8Array {
  return bytesOfProgram(SCAN_CODE)
}

/** A new instance of the scan; undefined where nobody has one and the host no WebAssembly (`node --jitless`) or no room for a memory. */
export function createScan(): ScanProgram | undefined {
  const code = scanCode()
  return (providedProgram(SCAN, code) as ScanProgram | undefined) ?? hostScan(code)
}

/** An instance in the host's WebAssembly. */
export function hostScan(code: Uint8Array): ScanProgram | undefined {
  return startInHost<ScanProgram>(code)
}
