/**
 * Every plain opcode, with interesting operands in every form that the compiler distinguishes, against V8: constants,
 * pinned locals, locals that live in the frame, temporaries, spilled operands; the result returned, or assigned to the
 * local that an operand came from. Also with the zero-extension checks on and on a CPU without BMI, LZCNT and AVX.
 */
import { describe, expect, test } from 'vitest'
import { Engine } from '#dist/runtime/engine.js'
import { Instance } from '#dist/runtime/instance.js'
import { Module } from '#dist/runtime/module.js'
import { Store } from '#dist/runtime/store.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { Imm, opcodes } from '#dist/wasm/opcodes.js'

type Value = number | bigint
interface Namespace {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Record<string, (...args: Value[]) => Value> }
}
const v8 = (globalThis as unknown as { WebAssembly: Namespace }).WebAssembly

const TYPES: Record<string, string> = { i: 'i32', I: 'i64', f: 'f32', F: 'f64' }
const VALUES: Record<string, readonly Value[]> = {
  i: [0, 1, -1, 2, 31, 32, 33, 255, 65535, 0x7fffffff, -0x80000000, 0x12345678, -100],
  I: [0n, 1n, -1n, 63n, 64n, 0xffffffffn, 0x100000000n, -0x80000000n, 2n ** 63n - 1n, -(2n ** 63n), 0x123456789abcdefn],
  f: [0, -0, 1, -1.5, 2.5, 0.49999997, 1e10, -1e10, 3e38, 1e-45, 4294967040, -2147483648, Infinity, -Infinity, NaN],
  F: [0, -0, 1, -1.5, 3.5, 0.49999999999999994, 4294967295.5, -2147483648.9, 2 ** 63, -(2 ** 63), 1e300, Infinity, NaN],
}
/** Constants are baked into functions, so fewer of them. */
const BAKED = 4

const FORMS = ['const', 'pinned', 'home', 'temp', 'spilled'] as const
type Form = (typeof FORMS)[number]

/** Names of the locals of a type that are used more than parameters, so that those named `$home…` stay in the frame. */
const HOT = Array.from({ length: 9 }, (_, i) => i)

function wat(value: Value): string {
  if (typeof value === 'bigint') return String(value)
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return Object.is(value, -0) ? '-0.0' : String(value)
}

const ZERO: Record<string, string> = { i: 'i32.const 0', I: 'i64.const 0', f: 'f32.const -0', F: 'f64.const -0' }
const ADD: Record<string, string> = { i: 'i32.add', I: 'i64.add', f: 'f32.add', F: 'f64.add' }

function operand(letter: string, form: Form, at: number, baked: Value): string {
  const type = TYPES[letter]
  switch (form) {
    case 'const':
      return `${type}.const ${wat(baked)}`
    case 'home':
      return `local.get $home${at}`
    case 'temp':
      return `local.get ${at} ${ZERO[letter]} ${ADD[letter]}`
    default:
      return `local.get ${at}`
  }
}

/** Uses locals of the operand's type so often that the homes of `$home0` and `$home1` are not pinned. */
function pressure(letters: string): string {
  return [...new Set(letters)]
    .flatMap((letter) => HOT.map((i) => `(local.set $hot${letter}${i} (local.get $hot${letter}${i}))`))
    .join(' ')
    .repeat(4)
}

interface Case {
  readonly name: string
  readonly text: string
}

function functions(name: string, params: string, result: string): Case[] {
  const letters = params.split('')
  const cases: Case[] = []
  const bits = result === 'f' ? 'i32.reinterpret_f32' : result === 'F' ? 'i64.reinterpret_f64' : ''
  const resultType = result === 'f' ? 'i32' : result === 'F' ? 'i64' : TYPES[result]
  const combos = letters.length === 1 ? FORMS.map((f) => [f]) : FORMS.flatMap((f) => FORMS.map((g) => [f, g]))
  for (const forms of combos) {
    for (let baked = 0; baked < (forms.includes('const') ? BAKED : 1); baked++) {
      const body = forms.map((form, at) => {
        const values = VALUES[letters[at]]
        return operand(letters[at], form, at, values[(baked * 5 + at * 3 + 1) % values.length])
      })
      if (forms.includes('spilled')) body.push('block end')
      const outs = ['', ...letters.map((letter, at) => (letter === result ? `local.set ${at} local.get ${at}` : ''))]
      for (const [i, out] of outs.entries()) {
        if (i > 0 && out === '') continue
        const locals = [
          ...letters.map((letter, at) => `(local $home${at} ${TYPES[letter]})`),
          ...[...new Set(letters)].flatMap((letter) => HOT.map((k) => `(local $hot${letter}${k} ${TYPES[letter]})`)),
        ].join(' ')
        const homes = forms.includes('home')
        cases.push({
          name: `${forms.join('-')}-${baked}-${i}`,
          text: `(func (export "${forms.join('-')}-${baked}-${i}") (param ${letters.map((l) => TYPES[l]).join(' ')})
            (result ${resultType}) ${locals}
            ${letters.map((_, at) => `(local.set $home${at} (local.get ${at}))`).join(' ')}
            ${homes ? pressure(params) : ''}
            ${body.join(' ')} ${name} ${out} ${bits})`,
        })
      }
    }
  }
  return cases
}

function isNan(bits: Value): boolean {
  if (typeof bits === 'bigint') return (BigInt.asUintN(64, bits) & 0x7fffffffffffffffn) > 0x7ff0000000000000n
  return (bits & 0x7fffffff) > 0x7f800000
}

function outcome(run: () => Value, float: boolean): string {
  try {
    const value = run()
    return float && isNan(value) ? 'nan' : String(value)
  } catch (error) {
    return error instanceof Error ? error.message : 'not an error'
  }
}

const plain = opcodes.filter((op) => op.imm === Imm.None && /^[iIfF]{1,2}:[iIfF]$/.test(op.sig))

function compare(engine: Engine): void {
  for (const op of plain) {
    test(op.name, () => {
      const [params, result] = op.sig.split(':')
      const cases = functions(op.name, params, result)
      const bytes = assemble(`(module ${cases.map((c) => c.text).join('\n')})`)
      const expected = new v8.Instance(new v8.Module(bytes)).exports
      const actual = new Instance(new Store(engine), new Module(engine, bytes), [])
      const float = result === 'f' || result === 'F'
      const failures: string[] = []
      for (const { name } of cases) {
        const ours = actual.getFunc(name)?.callable as (...args: Value[]) => Value
        for (const a of VALUES[params[0]]) {
          for (const b of params.length === 1 ? [0] : VALUES[params[1]]) {
            const args = params.length === 1 ? [a] : [a, b]
            const want = outcome(() => expected[name](...args), float)
            const got = outcome(() => ours(...args), float)
            if (want !== got) failures.push(`${name}(${args.join(', ')}): V8 ${want}, Windlass ${got}`)
          }
        }
      }
      expect(failures.slice(0, 5)).toEqual([])
    })
  }
}

describe('this CPU', () => compare(new Engine({ compile: 'eager' })))
describe('checked', () => compare(new Engine({ compile: 'lazy', checked: true })))
describe('an old CPU', () => {
  const engine = new Engine()
  const features = { ...engine.features, lzcnt: false, bmi1: false, bmi2: false, avx: false, avx2: false, fma: false }
  Object.defineProperty(engine, 'features', { value: features })
  compare(engine)
})
