/**
 * Instances of the scan (scan.as.ts). It is part of the engine's one program, which also compiles in the same memory; this directory does
 * not know the rest, so who has the program offers it.
 */
import type { Program } from '../programs.js'

/** See scan.as.ts, bodies.as.ts and segments.as.ts for what the functions do. */
export interface ScanProgram extends Program {
  scan(): number
  body(start: number, end: number): number
  bodies(): number
  segments(): void
  /** Finds the loops of a valid body; returns the address of words: how many, and the addresses of the columns of a LoopTable; offsets are in the body. */
  loops(start: number, end: number): number
  /** Address of that many bytes, which stay. */
  allocate(bytes: number): number
}

/**
 * Makes an instance; undefined when it cannot.
 * @param mayHost the host may run the program where the engine's own machine code of it, which is there at once, is missing
 */
export type ScanProvider = (mayHost: boolean) => ScanProgram | undefined

let provider: ScanProvider | undefined

/** From now on instances come from there. */
export function provideScan(make: ScanProvider): void {
  provider = make
}

/** A new instance of the scan; undefined where nobody runs one. */
export function createScan(mayHost: boolean): ScanProgram | undefined {
  return provider?.(mayHost)
}
