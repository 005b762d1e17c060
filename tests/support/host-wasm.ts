/**
 * V8's own WebAssembly, for tests that compare with it or check that it goes on working next to Windlass. Typed here
 * because the build takes neither the DOM's types nor any that Windlass does not define itself.
 */
export interface HostWebAssembly {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports?: object,
  ) => { readonly exports: Record<string, (...args: unknown[]) => unknown> }
  readonly RuntimeError: new (message?: string) => Error
  validate(bytes: Uint8Array): boolean
}

interface HostGlobal {
  readonly WebAssembly: HostWebAssembly
}

export const { WebAssembly: hostWebAssembly } = globalThis as unknown as HostGlobal
