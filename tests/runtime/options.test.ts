// Engine options: their spellings, limits, and the environment variable.
import {
  DEFAULT_OPTIONS,
  type EngineOptions,
  OptionError,
  environmentOptions,
  parseBytes,
  parseEngineOptions,
  resolveOptions,
} from '#dist/runtime/options.js'
import { describe, expect, test } from 'vitest'

describe('parseEngineOptions', () => {
  test('takes the engine options and leaves the rest in order', () => {
    const words = ['--dir', '.', '--compile=eager', '-W', 'max-wasm-stack=2MiB,timeout=1s', '--bounds', 'explicit', 'x']
    expect(parseEngineOptions(words)).toEqual({
      options: { compile: 'eager', maxWasmStack: 2 << 20, bounds: 'explicit' },
      rest: ['--dir', '.', '-W', 'timeout=1s', 'x'],
    })
    expect(parseEngineOptions(['-Wmax-memory-size=1g,max-table-elements=10', '--tier=baseline'])).toEqual({
      options: { maxMemoryBytes: 2 ** 30, maxTableElements: 10, tier: 'baseline' },
      rest: [],
    })
  })

  test.each([
    [['--compile=fast'], "--compile takes lazy or eager, not 'fast'"],
    [['--tier', 'fast'], "--tier takes baseline or optimizing or auto, not 'fast'"],
    [['--compile-threads=many'], "--compile-threads takes a number of threads, not 'many'"],
    [['--force=everything'], "--force takes optimize or osr or climb or publish, not 'everything'"],
    [['--bounds'], '--bounds needs a value'],
    [['-W'], '-W needs a value'],
    [['-W', 'max-wasm-stack=big'], "-W max-wasm-stack takes a size such as 65536, 512k or 1MiB, not 'big'"],
  ])('%j: %s', (words, message) => {
    expect(() => parseEngineOptions(words)).toThrow(OptionError)
    expect(() => parseEngineOptions(words)).toThrow(message)
  })

  test('sizes', () => {
    expect(['7', '1k', '1KiB', '3 MB', '2G'].map((text) => parseBytes(text, 'x'))).toEqual([
      7,
      1024,
      1024,
      3 * 2 ** 20,
      2 ** 31,
    ])
  })
})

test('the environment variable', () => {
  expect(environmentOptions('')).toEqual({})
  expect(environmentOptions(' --compile=eager  --dir . -W max-wasm-stack=64k ')).toEqual({
    compile: 'eager',
    maxWasmStack: 65536,
  })
})

test('what is wrong in WINDLASS_OPTIONS says that it is there', () => {
  expect(() => environmentOptions('--tier=fast')).toThrow(OptionError)
  expect(() => environmentOptions('--tier=fast')).toThrow('in WINDLASS_OPTIONS: --tier takes baseline')
})

describe('resolveOptions', () => {
  test('fills in defaults', () => {
    expect(resolveOptions({})).toEqual(DEFAULT_OPTIONS)
    expect(resolveOptions({ compile: 'eager' })).toEqual({ ...DEFAULT_OPTIONS, compile: 'eager' })
    // What a program passes on without having it, with and without something in the environment.
    const unset = { compile: undefined, tier: undefined } as unknown as EngineOptions
    expect(resolveOptions(unset)).toEqual(DEFAULT_OPTIONS)
    expect(resolveOptions({ compile: 'eager' }, unset, { tier: 'baseline' })).toEqual({
      ...DEFAULT_OPTIONS,
      compile: 'eager',
      tier: 'baseline',
    })
  })

  test.each([
    [{ maxWasmStack: 1000 }, 'max-wasm-stack must be from 65536 to'],
    [{ maxWasmStack: Number.NaN }, 'max-wasm-stack must be from'],
    [{ maxMemoryBytes: 2 ** 40 }, 'max-memory-size must be from 0 to'],
    [{ maxTableElements: -1 }, 'max-table-elements must be from 0 to'],
  ])('%j: %s', (options, message) => {
    expect(() => resolveOptions(options)).toThrow(OptionError)
    expect(() => resolveOptions(options)).toThrow(message)
  })
})
