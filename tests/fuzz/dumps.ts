/**
 * Whether what optimized code's frame states tell is true: a generated module runs in the baseline tier, whose states have every
 * local and operand, and in others; at every trap and at every call of the host, the frames must be the same ones, and every value
 * that is known the same value.
 */
import { TrapCode } from '../../tiers/abi.js'
import { Engine } from '../../runtime/engine.js'
import type { EngineOptions } from '../../runtime/options.js'
import { DumpWorld } from '../../runtime/coredump/world.js'
import { GuestSnapshot, remainsOf } from '../../runtime/coredump/snapshot.js'
import type { FrameValue } from '../../runtime/coredump/frame-values.js'
import { Func } from '../../runtime/func.js'
import { Instance, type Extern } from '../../runtime/instance.js'
import { Module } from '../../runtime/module.js'
import { Store } from '../../runtime/store.js'
import { MAX_TARGETS, PASSED } from '../../tiers/feedback.js'
import { Cursor } from '../../wasm/cursor.js'
import { Op } from '../../wasm/opcodes.js'
import { Reader } from '../../wasm/reader.js'
import { F32, F64, type FuncType } from '../../wasm/types.js'
import { HOST_FUNCTIONS, generateModule, type GeneratedModule } from './generator.js'
import { argument, FUEL } from './observe.js'
import { Random } from './random.js'

/** Whose calls are made as if they had been seen to reach the functions of their types, so that these are inlined. */
type Seen = 'own' | 'all'

/**
 * What is compared with the baseline tier. Guarded: of each function its own calls; deep: those in what is inlined, too, which
 * makes trees as large as the limits allow.
 */
const SUBJECTS: Readonly<Record<string, EngineOptions & { readonly seen?: Seen }>> = {
  optimizing: { tier: 'optimizing' },
  auto: { tier: 'auto', force: ['optimize'], compileThreads: 0 },
  osr: { tier: 'auto', force: ['osr'], compileThreads: 0 },
  climb: { tier: 'auto', force: ['climb'], compileThreads: 0 },
  guarded: { tier: 'baseline', seen: 'own' },
  deep: { tier: 'baseline', seen: 'all' },
}

/** Calls of each exported function, with arguments of their own. */
const CALLS = 3
/** Stops looked into in one module: a loop may call the host hundreds of times. */
const MAX_STOPS = 40

/** What is known of the guest at one stop: function and place of each frame, and its values (undefined: not known). */
interface Stop {
  /** A memory access trapped. */
  readonly isAccess: boolean
  readonly places: readonly string[]
  readonly values: readonly (readonly (string | undefined)[])[]
}

function valueText({ type, known, lo, hi }: FrameValue): string | undefined {
  if (!known) return undefined
  // The payload of a NaN is not specified.
  if (type === F32 && (lo & 0x7fff_ffff) > 0x7f80_0000) return 'nan'
  const isNan64 = (hi & 0x7fff_ffff) > 0x7ff0_0000 || ((hi & 0x7fff_ffff) === 0x7ff0_0000 && lo !== 0)
  if (type === F64 && isNan64) return 'nan'
  return `${type}:${hi.toString(16)}:${lo.toString(16)}`
}

function stopAt(snapshot: GuestSnapshot, isAccess: boolean): Stop {
  const frames = new DumpWorld(snapshot).frames.map(({ frame }) => frame)
  return {
    isAccess,
    places: frames.map(({ funcIndex, offset, locals, operands }) =>
      [funcIndex, `0x${offset.toString(16)}`, locals.length, operands.length].join(' '),
    ),
    values: frames.map(({ locals, operands }) => [...locals, ...operands].map(valueText)),
  }
}

/**
 * Feedback that names, for every call in a body, the functions of the module that it may call. Every other function is said to have been entered
 * often, so that its loops are cold.
 */
function everyTarget({ info, bytes }: Module, defined: number): number[] {
  const cursor = new Cursor()
  cursor.bytes = bytes
  cursor.pos = info.bodyStart[defined]
  for (let groups = cursor.u32(); groups > 0; groups--) {
    cursor.u32()
    cursor.s32()
  }
  const entries: number[] = defined % 2 === 0 ? [] : [info.bodyStart[defined], PASSED, 100]
  while (cursor.pos < info.bodyEnd[defined]) {
    const at = cursor.pos
    const op = cursor.opcode()
    const index = cursor.pos
    cursor.skipImmediates(op)
    if (op !== Op.Call && op !== Op.CallIndirect) continue
    const immediate = new Reader(bytes, index, bytes.length).u32('index')
    const isTarget = (func: number): boolean =>
      op === Op.Call ? func === immediate : sameType(info.types[info.funcTypes[func]], info.types[immediate])
    const targets = Array.from(info.bodyStart, (_, i) => i).filter((i) => isTarget(info.importedFuncs + i))
    targets.slice(0, MAX_TARGETS).forEach((target, i) => entries.push(at, target, 100 - i))
  }
  return entries
}

function sameType(a: FuncType, b: FuncType): boolean {
  return a.params.join() === b.params.join() && a.results.join() === b.results.join()
}

/** Every stop of a module's run, in order. */
function stops(module: GeneratedModule, seed: number, engine: Engine, seen?: Seen): Stop[] {
  const found: Stop[] = []
  const add = (snapshot: GuestSnapshot, isAccess = false): void => {
    if (found.length < MAX_STOPS) found.push(stopAt(snapshot, isAccess))
  }
  const store = new Store(engine)
  const results: readonly ((...args: never[]) => unknown)[] = [
    (a: number) => (a ^ 0x55) | 0,
    (a: bigint, b: number) => a + BigInt(b),
    (a: number, b: number) => (Number.isFinite(a + b) ? a + b : 0),
    () => [found.length, 7n],
  ]
  const imports: Extern[] = HOST_FUNCTIONS.map(({ params, results: types }, i) =>
    Func.host(store, { kind: 'func', params, results: types }, (...args: never[]) => {
      add(new GuestSnapshot(false))
      return results[i](...args)
    }),
  )
  const compiled = new Module(store.engine, module.bytes)
  if (seen !== undefined) {
    const targets = Array.from(compiled.info.bodyStart, (_, i) => everyTarget(compiled, i))
    targets.forEach((own, i) => {
      const feedback = Int32Array.from(seen === 'own' ? own : targets.flat())
      compiled.optimizeNow(i, { loop: -1, feedback })
    })
  }
  const instance = new Instance(store, compiled, imports)
  const fuel = instance.getGlobal('fuel')
  const random = new Random(seed)
  module.signatures.forEach((signature, i) => {
    for (let call = 0; call < CALLS; call++) {
      const args = signature.params.map((type) => argument(type, random))
      if (fuel !== undefined) fuel.value = FUEL
      try {
        instance.getFunc(`f${i}`)?.callable(...args)
      } catch (error) {
        const remains = remainsOf(error)
        if (remains === undefined) throw error
        add(remains.snapshot, remains.trap()?.code === TrapCode.MemoryOutOfBounds)
      }
    }
  })
  return found
}

const engines = new Map<string, Engine>()

/** One engine a tier will do for all modules. */
function engineOf(name: string, options: EngineOptions): Engine {
  let engine = engines.get(name)
  if (engine === undefined) {
    engine = new Engine(options)
    engines.set(name, engine)
  }
  return engine
}

/** The first difference between the tiers' dumps of a generated module, undefined when there is none. */
export function compareDumps(seed: number): string | undefined {
  // Every other module has functions that are small enough to be inlined.
  const module = generateModule(new Random(seed), seed % 2 === 0 ? { functions: 8, statements: 2, depth: 1 } : {})
  const expected = stops(module, seed, engineOf('baseline', { tier: 'baseline' }))
  for (const [name, { seen, ...options }] of Object.entries(SUBJECTS)) {
    const actual = stops(module, seed, engineOf(name, options), seen)
    if (actual.length !== expected.length) return `${name}: ${actual.length} stops instead of ${expected.length}`
    for (const [i, stop] of actual.entries()) {
      const difference = compareStops(stop, expected[i])
      if (difference !== undefined) return `${name}: stop ${i}: ${difference}`
    }
  }
  return undefined
}

function compareStops(stop: Stop, wanted: Stop): string | undefined {
  for (const [k, place] of stop.places.entries()) {
    if (place !== wanted.places[k]) {
      // Of several loads that trap, either may be the one that does (lower/schedule.ts).
      if (k === 0 && stop.isAccess && place.split(' ')[0] === wanted.places[0].split(' ')[0]) continue
      return `at ${stop.places.join(', ')} instead of ${wanted.places.join(', ')}`
    }
    for (const [n, value] of stop.values[k].entries()) {
      const expected = wanted.values[k][n]
      if (expected === undefined || value === undefined) continue
      if (value !== expected) return `frame ${k} (${place}): value ${n} is ${value} instead of ${expected}`
    }
  }
  return stop.places.length === wanted.places.length ? undefined : `${stop.places.length} frames`
}
