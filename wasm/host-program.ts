/**
 * The host's own `WebAssembly`, which runs Windlass's own programs (scan/scan.as.ts, tiers/baseline/program) and nothing else: no
 * guest's code ever gets there. Taken when this module loads, so that an embedder who puts Windlass in its place afterwards
 * changes nothing here. Typed here because the build takes neither the DOM's types nor any that Windlass does not define itself.
 *
 * Why Wasm for what must be fast in a fresh process: the host's Wasm compiler needs a few milliseconds for a program, where
 * the same in JavaScript runs in an interpreter first, is then optimized for what it has seen, and thrown away when something new
 * comes.
 */

/** A program's memory. Its buffer is another one when it has grown. */
export interface ProgramMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** An instance of a program: what it exports. */
export interface HostProgram {
  readonly memory: ProgramMemory
}

interface Host {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly?: Host }

/** The bytes of a program that is kept as text. */
export function bytesOfProgram(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}

/**
 * A new instance of a program without imports; undefined where the host has no WebAssembly (`node --jitless`) or no room for a
 * memory.
 */
export function startInHost<Program extends HostProgram>(code: Uint8Array): Program | undefined {
  if (host === undefined) return undefined
  try {
    return new host.Instance(new host.Module(code)).exports as Program
  } catch (error) {
    // The host reserves gigabytes of addresses for a memory, of which a process may have few.
    if (error instanceof RangeError) return undefined
    throw error
  }
}
