/** Instances of the scan (scan.as.ts). */
import { bytesOfProgram, startProgram, startProvided, type Program } from '../programs.js'
import { SCAN_CODE } from './code.gen.js'

/** The scan's program; see scan.as.ts and segments.as.ts for what its functions do. */
export interface ScanProgram extends Program {
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

/** A new instance of the scan as the engine's own machine code, which is there at once; undefined where that is missing. */
export function createOwnScan(): ScanProgram | undefined {
  return startProvided<ScanProgram>(SCAN, scanCode())
}

/** A new instance of the scan, the host's if need be; undefined where nobody runs one. */
export function createScan(): ScanProgram | undefined {
  return startProgram<ScanProgram>(SCAN, scanCode())
}
