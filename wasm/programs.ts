/**
 * The engine's own Wasm programs (scan/scan.as.ts, tiers/baseline/program), and who runs them: for those that have a name whoever has
 * offered to, else the host's own `WebAssembly`. The runtime offers code that its optimizing tier made when the engine was built; this
 * directory knows no runtime.
 *
 * No guest's code ever gets to the host's `WebAssembly`. It is taken when this module loads, so that an embedder who puts Windlass in
 * its place afterwards changes nothing here. Typed here because the build takes neither the DOM's types nor any that Windlass does not
 * define itself.
 *
 * Why Wasm for what must be fast in a fresh process: the host's Wasm compiler needs a few milliseconds for a program, where
 * the same in JavaScript runs in an interpreter first, is then optimized for what it has seen, and thrown away when something new
 * comes.
 */

/** An instance of a program: what it exports. Its functions take and give i32s. */
export interface Program {
  /** The buffer is another one when it has grown. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

/** Makes a new instance of a program; undefined when it cannot. */
export type ProgramProvider = (name: string, code: Uint8Array) => Program | undefined

interface Host {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly?: Host }

let provider: ProgramProvider | undefined

/** From now on instances of programs with names come from there first. */
export function providePrograms(make: ProgramProvider): void {
  provider = make
}

/** The bytes of a program that is kept as text. */
export function bytesOfProgram(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}

/** A new instance of a program without imports from who has offered it; undefined where nobody has. */
export function startProvided<Exports extends Program>(name: string, code: Uint8Array): Exports | undefined {
  return provider?.(name, code) as Exports | undefined
}

/** The same, from the host if nobody has. */
export function startProgram<Exports extends Program>(name: string, code: Uint8Array): Exports | undefined {
  return startProvided<Exports>(name, code) ?? startInHost<Exports>(code)
}

/** The same from the host alone: undefined where it has no WebAssembly (`node --jitless`) or no room for a memory. */
export function startInHost<Exports extends Program>(code: Uint8Array): Exports | undefined {
  if (host === undefined) return undefined
  try {
    return new host.Instance(new host.Module(code)).exports as Exports
  } catch (error) {
    // The host reserves gigabytes of addresses for a memory, of which a process may have few.
    if (error instanceof RangeError) return undefined
    throw error
  }
}
