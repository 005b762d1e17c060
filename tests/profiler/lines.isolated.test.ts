// Source lines and calls inlined by the module's compiler, compared with what llvm-symbolizer says (tests/debug); damaged
// debug information and names; the profile of an engine as a program has it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine, Instance, Module, Profile, Store, type ProfileData } from '#dist/api/index.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { Op } from '#dist/wasm/opcodes.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { ProfileSession } from '#dist/profiler/session.js'
import { firefoxFaults } from '#dist/tests/support/firefox-checker.js'
import { describe, expect, test } from 'vitest'

const programs = new URL('../debug/programs/', import.meta.url)
const bytes = readFileSync(new URL('inline-v5.wasm', programs))

/** Chains by address, innermost first, as `function file:line`. */
function golden(): { address: number; chain: string[] }[] {
  const rows: { address: number; chain: string[] }[] = []
  for (const line of readFileSync(new URL('inline-v5.frames.txt', programs), 'utf8').trimEnd().split('\n')) {
    if (line.startsWith(' ')) rows.at(-1)?.chain.push(line.trim().replace(/:\d+$/, ''))
    else rows.push({ address: Number(line), chain: [] })
  }
  return rows
}

function profileOf(
  wasm: Uint8Array,
  run: (call: (count: number) => unknown) => void,
): { data: ProfileData; module: Module } {
  const engine = new Engine({ tier: 'baseline' })
  const module = new Module(engine, wasm)
  const length = new Instance(new Store(engine), module, []).getFunc('length')?.callable
  if (length === undefined) throw new Error('no export')
  length(4)
  const session = new ProfileSession(engine, { intervalUs: 200 })
  run((count) => length(count))
  return { data: session.stop(), module }
}

/** A segment of a source map's mappings: numbers relative to the segment before, as base64 VLQ. */
function vlq(...values: readonly number[]): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  let text = ''
  for (const value of values) {
    let rest = value < 0 ? (-value << 1) | 1 : value << 1
    do {
      text += digits[(rest & 31) | (rest > 31 ? 32 : 0)]
      rest >>>= 5
    } while (rest > 0)
  }
  return text
}

function often(call: (count: number) => unknown): void {
  for (let i = 0; i < 20_000; i++) call(4000)
}

/** What each stack's innermost frames of one machine frame are, innermost first, with their offset in the module. */
function chains(profile: ProfileData): { offset: number; chain: string[] }[] {
  return Array.from(profile.stackFrame, (_, stack) => {
    const chain: string[] = []
    let at = stack
    const { offset } = profile.frames[profile.stackFrame[stack]]
    for (; at >= 0; at = profile.stackPrefix[at]) {
      const { func, line, inlineDepth } = profile.frames[profile.stackFrame[at]]
      const { name, file } = profile.functions[func]
      chain.push(`${name} ${file ?? ''}:${line}`)
      if (inlineDepth === 0) break
    }
    return { offset, chain }
  })
}

describe('lines', () => {
  test('agree with llvm-symbolizer, inlined calls included', () => {
    const { data, module } = profileOf(bytes, often)
    const rows = golden()
    const { codeStart } = module.info
    const found = chains(data)
    let compared = 0
    let inlined = 0
    for (const { offset, chain } of found) {
      const row = rows.findLast(({ address }) => address <= offset - codeStart)
      // A stack that others go on from may end in the middle of a chain.
      if (row === undefined || chain.length !== row.chain.length) continue
      expect(chain).toEqual(row.chain)
      compared++
      if (chain.length > 1) inlined++
    }
    expect(compared).toBeGreaterThan(3)
    expect(inlined).toBeGreaterThan(0)
    expect(
      found.some(({ chain }) => chain[0].startsWith('geometry::distance(Point const&, Point const&) /src/inline.cpp:')),
    ).toBe(true)
    expect(firefoxFaults(Array.from(new Profile(data).text()).join(''))).toEqual([])
  })

  test('come from a source map where there is no DWARF', () => {
    const plain = assemble(`(module (memory 1) (func $loop (export "length") (param i32) (result i32) (local i32)
      (loop $again
        (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (local.get 0)))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1)))`)
    const body = decodeModule(plain).bodyStart[0]
    // From the body's first byte on line 7, from the multiplication on line 9: a source map counts lines from 0.
    const multiply = plain.indexOf(Op.I32Mul, body)
    const map = {
      version: 3,
      sources: ['a.ts'],
      names: [],
      mappings: `${vlq(body, 0, 6, 2)},${vlq(multiply - body, 0, 2, 0)}`,
    }
    const name = new TextEncoder().encode('sourceMappingURL')
    const url = new TextEncoder().encode(`data:application/json,${encodeURIComponent(JSON.stringify(map))}`)
    expect(url.length).toBeGreaterThan(127)
    const custom = [name.length, ...name, (url.length & 0x7f) | 0x80, url.length >> 7, ...url]
    const wasm = new Uint8Array([...plain, 0, (custom.length & 0x7f) | 0x80, custom.length >> 7, ...custom])
    const { data } = profileOf(wasm, often)
    const places = new Set(
      data.frames
        .map(({ func, line }) => `${data.functions[func].file ?? ''}:${line}`)
        .filter((place) => place.startsWith('a.ts')),
    )
    expect(places).toContain('a.ts:9')
    for (const place of places) expect(['a.ts:7', 'a.ts:9']).toContain(place)
  })

  test.each(['inline-v2', 'inline-v4', 'inline-v5'])(
    'damaged debug information and names of %s break neither a run nor a profile',
    (program) => {
      const original = readFileSync(new URL(`${program}.wasm`, programs))
      let seed = 99
      const random = (limit: number): number => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
        return seed % limit
      }
      const { customs } = decodeModule(original)
      const sections = customs.filter(({ name }) => name === 'name' || name.startsWith('.debug'))
      expect(sections.length).toBeGreaterThan(4)
      for (let round = 0; round < 40; round++) {
        const damaged = Uint8Array.from(original)
        for (let i = 0; i < 8; i++) {
          const { start, end } = sections[random(sections.length)]
          damaged[start + random(Math.max(1, end - start))] = random(256)
        }
        const { data } = profileOf(damaged, (call) => {
          for (let i = 0; i < 300; i++) call(4000)
        })
        expect(firefoxFaults(Array.from(new Profile(data).text()).join(''))).toEqual([])
      }
    },
  )
})

describe('engine.profile', () => {
  test('gives a Profile to look at and to write', async () => {
    const engine = new Engine({ tier: 'baseline' })
    const length = new Instance(new Store(engine), new Module(engine, bytes), []).getFunc('length')?.callable
    const running = engine.profile({ name: 'lengths', intervalUs: 200 })
    for (let i = 0; i < 40_000; i++) length?.(4000)
    const profile = running.stop()
    expect(running.stop()).toBe(profile)
    expect(profile.hottest()[0].name).toMatch(/geometry::/)
    const folder = mkdtempSync(join(tmpdir(), 'windlass-'))
    try {
      await profile.write(join(folder, 'a.json'))
      expect(firefoxFaults(readFileSync(join(folder, 'a.json'), 'utf8'))).toEqual([])
      await profile.write(join(folder, 'a.cpuprofile'), 'cpuprofile')
      expect(JSON.parse(readFileSync(join(folder, 'a.cpuprofile'), 'utf8'))).toHaveProperty('nodes')
      await expect(profile.write(join(folder, 'none', 'a.json'))).rejects.toThrow('ENOENT')
    } finally {
      rmSync(folder, { recursive: true })
    }
    expect(() => engine.profile({ intervalUs: 1 })).toThrow(RangeError)
  })
})
