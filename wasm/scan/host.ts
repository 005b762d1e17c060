/**
 * Instances of the scan (scan.as.ts): as code that was made when the engine was built, if there is any (../programs.ts), else in the
 * host's own `WebAssembly`, which runs this and nothing else: no guest's code ever gets there. It is taken
 * when this module loads, so that an embedder who puts Windlass in its place afterwards changes nothing here. Typed here
 * because the build takes neither the DOM's types nor any that Windlass does not define itself.
 */
import { providedProgram } from '../programs.js'
import { SCAN_CODE } from './code.gen.js'

/** The scan's program; see scan.as.ts and segments.as.ts for what its functions do. */
export interface ScanProgram {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  scan(): number
  body(start: number, end: number): number
  bodies(): number
  segments(): void
}

interface Host {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly?: Host }

/** By what name providers know the program. */
export const SCAN = 'scan'

/** The program's bytes. */
export function scanCode(): Uint8Array {
  const text = atob(SCAN_CODE)
  const code = new Uint8Array(text.length)
  for (let i = 0; i < code.length; i++) code[i] = text.charCodeAt(i)
  return code
}

/** A new instance of the scan; undefined where nobody has one and the host no WebAssembly (`node --jitless`) or no room for a memory. */
export function createScan(): ScanProgram | undefined {
  const code = scanCode()
  return (providedProgram(SCAN, code) as ScanProgram | undefined) ?? hostScan(code)
}

/** An instance in the host's WebAssembly. */
export function hostScan(code: Uint8Array): ScanProgram | undefined {
  if (host === undefined) return undefined
  try {
    return new host.Instance(new host.Module(code)).exports as ScanProgram
  } catch (error) {
    // The host reserves gigabytes of addresses for a memory, of which a process may have few.
    if (error instanceof RangeError) return undefined
    throw error
  }
}
