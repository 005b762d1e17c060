/**
 * Compares the optimizing compiler's two forms, JavaScript and the Wasm program: code, relocations, sites, inline trees and refusals of
 * one function, whole, entered at its loops, and with feedback.
 */
import { vmctxLayout } from '../../tiers/abi.js'
import { BaselineCompiler } from '../../tiers/baseline/compiler.js'
import { INLINE_WORDS, RELOC_WORDS, SITE_WORDS, type CompiledFunction, type CompileEnv } from '../../tiers/compiled.js'
import { FEEDBACK_WORDS, NO_FEEDBACK, OTHERS, PASSED } from '../../tiers/feedback.js'
import { OptimizingCompiler } from '../../tiers/optimizing/compiler.js'
import { OFTEN } from '../../tiers/optimizing/translate/likelihood.js'
import { ProgramOptimizer, type ProgramSource } from '../../tiers/optimizing/program/program.js'
import { Cursor } from '../../wasm/cursor.js'
import { decodeModule } from '../../wasm/decoder.js'
import { FunctionFacts } from '../../wasm/facts.js'
import { Op } from '../../wasm/opcodes.js'
import { ProgramFailure } from '../../wasm/programs.js'
import { validateBody } from '../../wasm/validator.js'
import type { Random } from '../fuzz/random.js'
import { MODERN } from './listing.js'

export type Machine = Pick<CompileEnv, 'features' | 'bounds' | 'checked'>

const OLD = { ...MODERN, lzcnt: false, bmi1: false, bmi2: false, avx: false, jumpErratum: !MODERN.jumpErratum }
/** Two that have nothing in common. */
export const MACHINES: readonly Machine[] = [
  { features: MODERN, bounds: 'guard', checked: false },
  { features: OLD, bounds: 'explicit', checked: true },
]

export function randomMachine(random: Random): Machine {
  const features = Object.fromEntries(Object.keys(MODERN).map((name) => [name, random.oneIn(2)]))
  const bounds = random.oneIn(2) ? 'explicit' : 'guard'
  return { features: features as unknown as typeof MODERN, bounds, checked: random.oneIn(2) }
}

type Env = CompileEnv & { readonly moduleBytes: () => Uint8Array }

/** What the compilers are told of a module. */
export function envOf(bytes: Uint8Array, machine: Machine): Env {
  const info = decodeModule(bytes)
  return { info, layout: vmctxLayout(info, Math.max(0, info.dataCount)), ...machine, moduleBytes: () => bytes }
}

/** What a compiler gave, cut to what is valid of it. */
export function copied(compiled: CompiledFunction): Readonly<Record<string, string>> {
  const { code, codeSize, relocs, relocCount, sites, siteCount, inlines, inlineCount, frameSize } = compiled
  return {
    code: Buffer.from(code.subarray(0, codeSize)).toString('hex'),
    relocs: relocs.subarray(0, RELOC_WORDS * relocCount).join(),
    sites: sites.subarray(0, SITE_WORDS * siteCount).join(),
    inlines: inlines.subarray(0, INLINE_WORDS * inlineCount).join(),
    frameSize: `${frameSize}`,
  }
}

/** A call opcode's offset in the module, and the defined function that it calls; -1 when only a run can tell. */
interface Call {
  readonly at: number
  readonly callee: number
}

/** Offsets of a body's `loop` opcodes, and its calls of what may be a defined function. */
function placesOf({ info }: Env, bytes: Uint8Array, defined: number): { loops: number[]; calls: Call[] } {
  const cursor = new Cursor()
  const loops: number[] = []
  const calls: Call[] = []
  cursor.bytes = bytes
  cursor.pos = info.bodyStart[defined]
  cursor.skipLocals()
  while (cursor.pos < info.bodyEnd[defined]) {
    const at = cursor.pos
    const op = cursor.opcode()
    if (op === Op.Loop) loops.push(at)
    const before = cursor.pos
    cursor.skipImmediates(op)
    if (op === Op.CallIndirect) calls.push({ at, callee: -1 })
    if (op !== Op.Call) continue
    const end = cursor.pos
    cursor.pos = before
    const callee = cursor.u32() - info.importedFuncs
    cursor.pos = end
    if (callee >= 0) calls.push({ at, callee })
  }
  return { loops, calls }
}

/** Feedback as if each call of a defined function had been seen often. */
function plainFeedback(calls: readonly Call[]): Int32Array {
  const entries = calls.flatMap(({ at, callee }, i) => (callee < 0 ? [] : [at, callee, 100 - (i % 50)]))
  return Int32Array.from(entries)
}

/**
 * Up to three targets of some calls, likely or not, and half of the time how often some places were passed.
 * @param places starts of bodies and loops
 */
function randomFeedback(
  calls: readonly Call[],
  places: readonly number[],
  functions: number,
  random: Random,
): Int32Array {
  const entries: [at: number, what: number, weight: number][] = []
  for (const { at, callee } of calls) {
    if (random.oneIn(3)) continue
    const targets = callee < 0 ? Array.from({ length: random.below(4) }, () => random.below(functions)) : [callee]
    let weight = 1 + random.below(1000)
    for (const target of new Set(targets)) {
      entries.push([at, target, weight])
      weight = Math.max(1, weight - random.below(weight))
    }
    if (random.oneIn(2)) entries.push([at, OTHERS, 1 + random.below(100)])
  }
  const passed = random.oneIn(2) ? places.filter(() => !random.oneIn(3)) : []
  for (const at of passed) entries.push([at, PASSED, 1 + random.below(2 * OFTEN)])
  // Those of one call are in order already.
  return Int32Array.from(entries.toSorted((a, b) => a[0] - b[0]).flat())
}

export class BothForms {
  /** Functions that were compared, and those of them that both refuse. */
  compared = 0
  refused = 0
  private readonly env: Env
  private readonly bytes: Uint8Array
  private readonly plain: OptimizingCompiler
  private readonly byProgram: ProgramOptimizer
  private readonly facts = new FunctionFacts()
  private readonly calls: Call[]
  private readonly loops: number[][]
  private readonly places: number[]

  constructor(bytes: Uint8Array, machine: Machine, source: ProgramSource) {
    this.bytes = bytes
    this.env = envOf(bytes, machine)
    this.plain = new OptimizingCompiler(this.env, new BaselineCompiler(this.env), { strict: true })
    this.byProgram = new ProgramOptimizer(this.env, source)
    const places = Array.from(this.env.info.bodyStart, (_, defined) => placesOf(this.env, bytes, defined))
    this.calls = places.flatMap(({ calls }) => calls)
    this.loops = places.map(({ loops }) => loops)
    this.places = [...this.env.info.bodyStart, ...this.loops.flat()]
  }

  /** What differs of a version; undefined when nothing does. */
  private difference(defined: number, loop: number, feedback: Int32Array): string | undefined {
    const { bodyStart, bodyEnd } = this.env.info
    const body = [defined, this.bytes, bodyStart[defined], bodyEnd[defined], bodyStart[defined]] as const
    validateBody(this.env.info, ...body, this.facts)
    const wanted = this.plain.tryCompile(...body, false, null, { loop, feedback })
    const what = `function ${defined}${loop < 0 ? '' : ` at loop ${loop}`}${feedback.length > 0 ? `, feedback ${feedback.join()}` : ''}`
    this.compared++
    let made: CompiledFunction | undefined
    try {
      made = this.byProgram.compile(defined, loop, this.facts.maxHeight, feedback, () => undefined)
    } catch (error) {
      if (!(error instanceof ProgramFailure)) throw error
      ProgramOptimizer.drop()
      if ('refused' in wanted) this.refused++
      else return `${what}: the program fails`
      return undefined
    }
    if (made === undefined) return 'there is no program'
    if ('refused' in wanted) return `${what}: only JavaScript refuses: ${wanted.refused}`
    const theirs = copied(made)
    const different = Object.entries(copied(wanted)).find(([field, value]) => theirs[field] !== value)
    return different === undefined ? undefined : `${what}: ${different[0]} differs`
  }

  /** Compares a function whole, entered at each of its loops, and with feedback, a random one when there is `random`. */
  function(defined: number, random?: Random): string | undefined {
    const functions = this.env.info.bodyStart.length
    const feedback =
      random === undefined ? plainFeedback(this.calls) : randomFeedback(this.calls, this.places, functions, random)
    let found = this.difference(defined, -1, NO_FEEDBACK)
    for (const loop of this.loops[defined]) {
      found ??= this.difference(defined, loop, random?.oneIn(2) === true ? feedback : NO_FEEDBACK)
    }
    if (feedback.length >= FEEDBACK_WORDS) found ??= this.difference(defined, -1, feedback)
    return found
  }

  /** The first difference in any function. */
  all(random?: Random): string | undefined {
    for (let defined = 0; defined < this.loops.length; defined++) {
      const found = this.function(defined, random)
      if (found !== undefined) return found
    }
    return undefined
  }
}
