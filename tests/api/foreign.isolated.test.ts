// Two engines in one process: what is V8's is no object of ours, but its functions are functions like any other.
import { describe, expect, it } from 'vitest'
import { WebAssembly } from '#dist/api/index.js'
import { assemble } from '#dist/wasm/text/assemble.js'

/** V8's namespace; its types are those of ours. */
const V8 = Reflect.get(globalThis, 'WebAssembly') as typeof WebAssembly

const add = assemble(
  '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))',
)

function link(text: string, value: unknown): WebAssembly.Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(assemble(text)), { m: { x: value } })
}

describe("V8's objects", () => {
  it('are not the global namespace of ours', () => {
    expect(V8).not.toBe(WebAssembly)
    expect(new V8.Module(add)).not.toBeInstanceOf(WebAssembly.Module)
  })

  it.each([
    [
      'memory',
      '(module (import "m" "x" (memory 1)))',
      () => new V8.Memory({ initial: 1 }),
      'memory import must be a WebAssembly.Memory object',
    ],
    [
      'table',
      '(module (import "m" "x" (table 1 funcref)))',
      () => new V8.Table({ element: 'anyfunc', initial: 1 }),
      'table import requires a WebAssembly.Table',
    ],
    [
      'global',
      '(module (import "m" "x" (global i32)))',
      () => new V8.Global({ value: 'i32' }),
      'global import must be a number, valid Wasm reference, or WebAssembly.Global object',
    ],
  ] as const)('are refused as imports: %s', (_, text, make, fault) => {
    const failure = expect(() => link(text, make()))
    failure.toThrow(WebAssembly.LinkError)
    failure.toThrow(`WebAssembly.Instance(): Import #0 "m" "x": ${fault}`)
  })

  it('are refused as modules and receivers', () => {
    const foreign = new V8.Module(add)
    expect(() => new WebAssembly.Instance(foreign)).toThrow(
      'WebAssembly.Instance(): Argument 0 must be a WebAssembly.Module',
    )
    expect(() => WebAssembly.Module.exports(foreign)).toThrow(TypeError)
    expect(() => WebAssembly.Memory.prototype.grow.call(new V8.Memory({ initial: 1 }), 1)).toThrow(TypeError)
  })

  it('are refused as function references', () => {
    const foreign = new V8.Instance(new V8.Module(add)).exports['add']
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 })
    expect(() => table.set(0, foreign)).toThrow(TypeError)
  })
})

describe("V8's functions", () => {
  it('are callable imports', () => {
    const foreign = new V8.Instance(new V8.Module(add)).exports['add']
    const { exports } = link(
      `(module (import "m" "x" (func $x (param i32 i32) (result i32)))
        (func (export "f") (result i32) (call $x (i32.const 40) (i32.const 2))))`,
      foreign,
    )
    expect((exports['f'] as () => number)()).toBe(42)
  })

  it('take ours as imports', () => {
    const ours = new WebAssembly.Instance(new WebAssembly.Module(add)).exports['add']
    const module = new V8.Module(
      assemble(`(module (import "m" "x" (func $x (param i32 i32) (result i32)))
        (func (export "f") (result i32) (call $x (i32.const 40) (i32.const 2))))`),
    )
    expect((new V8.Instance(module, { m: { x: ours } }).exports['f'] as () => number)()).toBe(42)
  })

  it('trap as V8 traps, through our frames and with the same error', () => {
    const trap = new V8.Module(assemble('(module (func (export "x") unreachable))'))
    const foreign = new V8.Instance(trap).exports['x'] as () => void
    let thrown: unknown
    const wrapped = (): void => {
      try {
        foreign()
      } catch (error) {
        thrown = error
        throw error
      }
    }
    const { exports } = link('(module (import "m" "x" (func $x)) (func (export "f") (call $x)))', wrapped)
    let caught: unknown
    try {
      ;(exports['f'] as () => void)()
    } catch (error) {
      caught = error
    }
    expect(caught).toBe(thrown)
    expect(caught).toBeInstanceOf(V8.RuntimeError)
    expect(caught).not.toBeInstanceOf(WebAssembly.RuntimeError)
  })
})
