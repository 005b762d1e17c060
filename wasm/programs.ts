/**
 * The engine's own Wasm programs, such as the scan (scan/scan.as.ts), and who runs them: whoever has offered to, else the host.
 * The runtime offers code that its optimizing tier made when the engine was built; this directory knows no runtime.
 */

/** What a program has in any of its forms: its exports. A function takes and gives i32s, a memory is as the host's. */
export type ProgramExports = object

/** Makes a new instance of a program; undefined when it cannot. */
export type ProgramProvider = (name: string, code: Uint8Array) => ProgramExports | undefined

let provider: ProgramProvider | undefined

/** From now on instances of programs come from there first. @returns who was asked before */
export function providePrograms(make: ProgramProvider | undefined): ProgramProvider | undefined {
  const before = provider
  provider = make
  return before
}

/** A new instance of a program from the provider, undefined when there is none. */
export function providedProgram(name: string, code: Uint8Array): ProgramExports | undefined {
  return provider?.(name, code)
}
