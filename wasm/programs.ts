/**
 * The engine's own Wasm programs (scan/ and tiers/baseline/program; tiers/optimizing/program) in the host's own `WebAssembly`, where the runtime has no
 * machine code of them that its optimizing tier made when the engine was built (runtime/own-programs.ts).
 *
 * No guest's code ever gets to the host's `WebAssembly`. The latter is taken when this module loads, so that an embedder who puts Windlass in
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
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Gives the memory back at once, where the instance's collection is not all there is: it may be used no more. */
  release?(): void
  /** Where it is when it is machine code of our own: its functions may be called on another thread, one at a time. */
  readonly place?: ProgramPlace
}

/** Addresses; those of functions are offsets in the code. */
export interface ProgramPlace {
  readonly code: number
  readonly functions: Readonly<Record<string, number>>
  readonly context: number
  readonly base: number
}

/** A trap in the program: its memory is full, or there is an error in it. The instance is of no use any more. */
export class ProgramFailure extends Error {
  override readonly name = 'ProgramFailure'
}

interface Host {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly?: Host }

/** The bytes of a program that is kept as text. */
export function bytesOfProgram(base64: string): Uint8Array {
  // A plain view: cutting a Buffer takes many times as long before V8 has optimized it.
  const { buffer, byteOffset, length } = Buffer.from(base64, 'base64')
  return new Uint8Array(buffer, byteOffset, length)
}

/** A new instance of a program without imports; undefined where the host has no WebAssembly (`node --jitless`) or no room for a memory. */
export function startInHost<Exports extends Program>(code: Uint8Array): Exports | undefined {
  if (host === undefined) return undefined
  try {
    const { exports } = new host.Instance(new host.Module(code))
    const guarded = Object.entries(exports).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'function' ? guard(value as (...operands: number[]) => number) : value,
    ])
    return Object.fromEntries(guarded) as Exports
  } catch (error) {
    // The host reserves gigabytes of addresses for a memory, of which a process may have few.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function guard(run: (...operands: number[]) => number): (...operands: number[]) => number {
  return (...operands) => {
    try {
      return run(...operands)
    } catch (cause) {
      throw new ProgramFailure('a program of the engine has failed', { cause })
    }
  }
}
