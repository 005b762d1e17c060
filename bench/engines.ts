/**
 * The engines that are compared, each a Node child process with its flags, and the part of the `WebAssembly`
 * namespace that the suites use, so that one suite runs unchanged in all of them.
 */

export interface Namespace {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports?: object) => { readonly exports: Readonly<Record<string, unknown>> }
  readonly validate: (bytes: Uint8Array) => boolean
}

export interface EngineSpec {
  readonly name: string
  /** What tables call it, when that is not the name. */
  readonly title?: string
  readonly flags: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export function titleOf(engine: EngineSpec): string {
  return engine.title ?? engine.name
}

const BASELINE_V8 = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']
const ONE_THREAD_EAGER = ['--no-wasm-lazy-compilation', '--wasm-num-compilation-tasks=1']

export const windlassEager: EngineSpec = {
  name: 'windlass',
  flags: ['--expose-gc'],
  env: { WINDLASS_OPTIONS: '--tier=baseline --compile=eager' },
}
export const windlassLazy: EngineSpec = {
  name: 'windlass',
  flags: ['--expose-gc'],
  env: { WINDLASS_OPTIONS: '--tier=baseline --compile=lazy' },
}
/** V8's baseline compiler alone, all functions at once on one thread. */
export const liftoffEager: EngineSpec = { name: 'liftoff', flags: ['--expose-gc', ...BASELINE_V8, ...ONE_THREAD_EAGER] }
/** V8's baseline code, compiled before the measurement. */
export const liftoff: EngineSpec = {
  name: 'liftoff',
  flags: ['--expose-gc', ...BASELINE_V8, '--no-wasm-lazy-compilation'],
}
export const turbofan: EngineSpec = {
  name: 'turbofan',
  flags: ['--expose-gc', '--no-liftoff', '--no-wasm-lazy-compilation'],
}
/** Our optimizing compiler, and V8's, of all functions at once on one thread. */
export const windlassOptimizing: EngineSpec = {
  name: 'windlass',
  flags: ['--expose-gc'],
  env: { WINDLASS_OPTIONS: '--tier=optimizing --compile=eager' },
}
export const turbofanEager: EngineSpec = {
  name: 'turbofan',
  flags: ['--expose-gc', '--no-liftoff', ...ONE_THREAD_EAGER],
}
export const v8: EngineSpec = { name: 'v8', flags: ['--expose-gc'] }

/** By the names that compare.ts takes. All compile a function at its first call, and the rounds that are measured come later. */
export const runTimeEngines: ReadonlyMap<string, EngineSpec> = new Map([
  ...['baseline', 'optimizing', 'auto'].map((tier): [string, EngineSpec] => [
    tier,
    { name: 'windlass', title: tier, flags: [], env: { WINDLASS_OPTIONS: `--tier=${tier}` } },
  ]),
  ['liftoff', { name: 'v8', title: 'liftoff', flags: BASELINE_V8 }],
  ['turbofan', { name: 'v8', title: 'turbofan', flags: ['--no-liftoff'] }],
  ['v8', { name: 'v8', title: 'v8', flags: [] }],
])

/** The namespace of the engine that this process measures. */
export async function namespace(engine: string): Promise<Namespace> {
  if (engine === 'windlass') {
    // The bundle is what `import 'windlass'` gives a user.
    const bundle = new URL('../bundle/api.mjs', import.meta.url).href
    const { WebAssembly } = (await import(bundle)) as { WebAssembly: Namespace }
    return WebAssembly
  }
  return (globalThis as unknown as { WebAssembly: Namespace }).WebAssembly
}
