// Damaged text and damaged modules: refused with a WasmError or taken, never anything else. What is taken must be
// printable and come back the same.
import { describe, expect, it } from 'vitest'
import { WasmError } from '#dist/wasm/error.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { printModule } from '#dist/wasm/text/printer.js'

const source = `(module $m
  (type $t (func (param i32 i64) (result f32)))
  (import "a" "f" (func $imp (type $t) (param $x i32) (param i64) (result f32)))
  (table $tab funcref (elem $f $imp)) (memory $mem (data "a\\00\\u{7f}\\"")) (global $g (mut f64) (f64.const -0x1.8p-3))
  (export "e" (func $f)) (elem (i32.const 0) $f) (elem declare funcref (item ref.func $f)) (data $d "b")
  (func $f (export "g") (type 0) (local $a i32) (local f32 f32)
    (block $l (result i32) (loop $k (if (i32.const 0x7f) (then (br $l (i32.const 1))) (else (br_table $l $k 0 (i32.const 0)))))
      i32.const 1_0
      i32.load offset=4 align=2)
    drop (call_indirect $tab (param i32) (result i64) (i32.const 1) (i32.const 0)) drop
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))
    (select (result f32) (f32.const nan:0x1) (f32.const inf) (local.get $a)))
  (start 0))`

let state = 12345
const random = (limit: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

/** The result, or undefined when it was refused as it should be. */
function attempt<T>(run: () => T, what: () => string): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof WasmError) return undefined
    throw new Error(what(), { cause: error })
  }
}

describe('mutation', () => {
  it('of text by tokens and characters', () => {
    const tokens = source.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/g) ?? []
    let taken = 0
    for (let i = 0; i < 3000; i++) {
      const mutant = [...tokens]
      for (let n = random(3); n >= 0; n--) {
        const at = random(mutant.length)
        const other = tokens[random(tokens.length)]
        const token = mutant[at]
        const cut = random(token.length + 1)
        switch (random(5)) {
          case 0:
            mutant.splice(at, 1)
            break
          case 1:
            mutant.splice(at, 0, other)
            break
          case 2:
            mutant[at] = other
            break
          case 3:
            mutant[at] = token.slice(0, cut) + '$_x0"\\{;\u0000\u00e9 '[random(10)] + token.slice(cut)
            break
          default:
            mutant[at] = token.slice(0, cut)
        }
      }
      const text = mutant.join(' ')
      const bytes = attempt(
        () => assemble(text),
        () => text,
      )
      if (bytes === undefined) continue
      taken++
      const again = assemble(printModule(bytes))
      expect(Buffer.compare(again, bytes), text).toBe(0)
    }
    expect(taken).toBeGreaterThan(100)
  })

  it('of modules by bytes', () => {
    const original = assemble(source)
    let taken = 0
    for (let i = 0; i < 3000; i++) {
      const mutant = original.slice()
      for (let n = random(3); n >= 0; n--) mutant[8 + random(mutant.length - 8)] = random(256)
      const describeMutant = (): string => Buffer.from(mutant).toString('hex')
      const text = attempt(() => printModule(mutant, { offsets: true }), describeMutant)
      if (text === undefined) continue
      taken++
      // Text that stands for no module (an index out of a space of names, say) may be refused, in order.
      attempt(() => assemble(text), describeMutant)
    }
    expect(taken).toBeGreaterThan(100)
  })
})
