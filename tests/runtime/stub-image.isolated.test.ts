// The stubs that were assembled when the engine was built are what stubs.ts gives today, and where there is no image that fits, or none at
// all, they are assembled.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CODE_ALIGN, RelocKind } from '#dist/tiers/compiled.js'
import { EXTERNREF, F32, F64, I32, I64, type FuncType, type ValType } from '#dist/wasm/types.js'
import { imagePath } from '#dist/runtime/image-path.js'
import { StubImage, writeStubs } from '#dist/runtime/stub-image.js'
import { FIXED_STUBS, TypeStub, allStubs, keyOfStub } from '#dist/runtime/stub-list.js'
import { PREVIEW1 } from '#dist/wasi/abi.js'
import { callsOf, typeOf } from '#dist/wasi/calls.js'
import { afterAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'windlass-stubs-'))
afterAll(() => rmSync(directory, { recursive: true }))

function type(params: readonly ValType[], results: readonly ValType[] = []): FuncType {
  return { kind: 'func', params, results }
}

const wasiTypes = Object.entries(callsOf(PREVIEW1)).map(([name, entry]) => typeOf(name, entry))

function read(path: string): StubImage {
  const image = StubImage.read(path)
  if (image === undefined) throw new Error('no image: npm run build')
  return image
}

describe('the image of the stubs', () => {
  // Emitting them takes no CPU features and no options: one image is for all of a machine's engines.
  it('has what is assembled now, all of it', () => {
    const image = read(imagePath('stubs'))
    const stubs = allStubs(wasiTypes)
    expect(stubs.size).toBeGreaterThan(FIXED_STUBS + 100)
    for (const [key, { code, relocs, sites }] of stubs) {
      const found = image.find(key)
      expect(found === undefined ? [] : [[...found.code], [...found.relocs], [...found.sites]], `stub ${key}`).toEqual([
        [...code],
        [...relocs],
        [...sites],
      ])
    }
    const bytes = new Uint8Array(readFileSync(imagePath('stubs')))
    expect(bytes).toEqual(writeStubs(stubs))
  })

  it('has nothing else, and different types have different numbers', () => {
    const image = read(imagePath('stubs'))
    const others = [type([F32, F64, I32]), type([], [F64]), type([I32], [F32]), type(Array<ValType>(10).fill(I64))]
    const keys = others.map((each) => keyOfStub(TypeStub.Host, each))
    for (const key of [...keys, 1 << 30]) expect(image.find(key)).toBeUndefined()
    const numeric = [I32, I64, F32, F64]
    const many = [type([]), ...numeric.map((each) => type([], [each]))]
    for (const a of numeric)
      for (const result of [[], [I32], [F64]])
        many.push(type([a], result), ...numeric.map((b) => type([a, b], result)), type([a, a, a], result))
    const numbers = many.flatMap((each) => Object.values(TypeStub).map((stub) => keyOfStub(stub, each)))
    expect(new Set(numbers).size).toBe(2 * many.length)
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(FIXED_STUBS)
    for (const each of [
      type([EXTERNREF]),
      type([], [EXTERNREF]),
      type([], [I32, I32]),
      type(Array<ValType>(11).fill(I32)),
    ])
      for (const stub of Object.values(TypeStub)) expect(keyOfStub(stub, each)).toBe(-1)
  })

  it('keeps addresses out of code that is aligned otherwise than an engine places it', () => {
    for (const [key, { code, relocs, sites }] of allStubs(wasiTypes)) {
      // A function's stub has a call where the others have addresses.
      const isFunction = key >= FIXED_STUBS && (key - FIXED_STUBS) % 2 === TypeStub.Function
      const size = isFunction ? 4 : 8
      if (isFunction) expect([relocs.length, relocs[0], relocs[2]]).toEqual([3, RelocKind.Entry, 0])
      for (let i = 0; i < relocs.length; i += 3)
        expect([...code.subarray(relocs[i + 1], relocs[i + 1] + size)], `stub ${key}`).toEqual(Array(size).fill(0))
      // The keys of jump caches are stored in one step.
      const keys = key >= FIXED_STUBS && !isFunction ? sites[3] : sites.length > 0 ? sites[0] : 0
      expect(keys % 8).toBe(0)
    }
    expect(CODE_ALIGN % 8).toBe(0)
  })

  it('is not used when it is of another build, cut off or missing', () => {
    const file = join(directory, 'stubs')
    const bytes = new Uint8Array(readFileSync(imagePath('stubs')))
    writeFileSync(file, bytes)
    expect(StubImage.read(file)).toBeDefined()
    // The format, the digest of the build, what the addon gives.
    for (const at of [7, 8, 39, 45]) {
      const other = bytes.slice()
      other[at] ^= 1
      writeFileSync(file, other)
      expect(StubImage.read(file), `byte ${at}`).toBeUndefined()
    }
    writeFileSync(file, bytes.subarray(0, 40))
    expect(StubImage.read(file)).toBeUndefined()
    expect(StubImage.read(join(directory, 'none'))).toBeUndefined()
  })
})

describe('a program', () => {
  const copy = join(directory, 'package')
  const stubs = join(copy, 'dist/programs/stubs.wlprog')
  for (const part of ['bin', 'dist/bundle', 'dist/build.id', 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'native'), join(copy, 'native'))
  mkdirSync(join(copy, 'dist/programs'))

  const run = (): string => {
    const words = [join(copy, 'bin/windlass'), 'run', '--cache=off', join(root, 'tests/programs/wasi/hello.wasm')]
    const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    return stdout + stderr
  }

  it('runs without the image, and with one that is stale', () => {
    expect(run()).toBe('hello from wasm\n')
    const bytes = readFileSync(imagePath('stubs'))
    bytes[8] ^= 1
    // Such code would end the process.
    bytes.fill(0xcc, 1 << 12)
    writeFileSync(stubs, bytes)
    expect(run()).toBe('hello from wasm\n')
  })
})
