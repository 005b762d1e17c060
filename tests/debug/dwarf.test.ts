// The reader of line tables and inlined calls against llvm-dwarfdump and llvm-symbolizer (tests/debug/programs), and on
// damaged sections.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DebugInfo, type SourceFrame } from '#dist/wasm/debug/debug-info.js'
import { LineTable } from '#dist/wasm/debug/line-table.js'
import { DebugSections } from '#dist/wasm/debug/sections.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { Random } from '../support/random.js'

function read(file: string): Uint8Array {
  return readFileSync(new URL(`programs/${file}`, import.meta.url))
}

function lines(file: string): string[] {
  return new TextDecoder().decode(read(file)).trimEnd().split('\n')
}

function show(frame: SourceFrame): string {
  const { position, func } = frame
  return `${func ?? '??'} ${position === undefined ? '?' : `${position.file}:${position.line}:${position.column}`}`
}

const programs = ['inline-v2', 'inline-v3', 'inline-v4', 'inline-v5']

describe('line tables', () => {
  it.each(programs)('%s has the rows that llvm-dwarfdump prints', (program) => {
    const bytes = read(`${program}.wasm`)
    const info = decodeModule(bytes)
    const sections = new DebugSections(bytes, info.customs)
    const table = new LineTable(sections, info.codeEnd - info.codeStart, () => '/src')
    const rows = Array.from({ length: table.rowCount }, (_, i) =>
      [table.address[i], table.line[i], table.column[i], table.files[table.file[i]]].join(' '),
    )
    const expected = lines(`${program}.lines.txt`).filter((row) => !row.endsWith(' end'))
    expect(rows).toEqual(expected)
    expect(rows.length).toBeGreaterThan(10)
  })
})

describe('inlined calls', () => {
  it.each(programs)('%s gives the chains of llvm-symbolizer', (program) => {
    const bytes = read(`${program}.wasm`)
    const info = decodeModule(bytes)
    const debug = new DebugInfo(info, bytes)
    const actual: string[] = []
    const expected: string[] = []
    for (const line of lines(`${program}.frames.txt`)) {
      if (!line.startsWith(' ')) {
        actual.push(line, ...debug.locate(info.codeStart + Number(line)).map((frame) => `  ${show(frame)}`))
        expected.push(line)
        continue
      }
      // Line 0 (no line of the source): llvm-symbolizer prints it, we say that there is none.
      expected.push(line.replace(/ \S+:0:\d+$/, ' ?'))
    }
    expect(actual).toEqual(expected)
  })

  it('knows nothing about an address outside of functions and about a module without debug information', () => {
    const bytes = read('inline-v5.wasm')
    const info = decodeModule(bytes)
    expect(new DebugInfo(info, bytes).locate(0)).toEqual([])
    expect(new DebugInfo(info, bytes).position(info.codeEnd + 100)).toBeUndefined()
    const plain = new DebugInfo({ ...info, customs: [] }, bytes)
    expect(plain.exists).toBe(false)
    expect(plain.locate(info.codeStart + 30)).toEqual([])
  })
})

describe('debug information elsewhere', () => {
  it('is read from the file that external_debug_info names', () => {
    const bytes = read('inline-v5.wasm')
    const info = decodeModule(bytes)
    const name = new TextEncoder().encode('symbols.wasm')
    const module = new Uint8Array([...bytes, name.length, ...name])
    const customs = [{ name: 'external_debug_info', start: bytes.length, end: module.length }]
    const asked: string[] = []
    const debug = new DebugInfo({ ...info, customs }, module, (file) => {
      asked.push(file)
      return bytes
    })
    expect(show(debug.locate(info.codeStart + 109)[0])).toBe('int geometry::square<int>(int) /src/inline.cpp:11:16')
    expect(asked).toEqual(['symbols.wasm'])
  })
})

describe('damaged sections', () => {
  it.each(programs)('%s never throws', (program) => {
    const original = read(`${program}.wasm`)
    const info = decodeModule(original)
    const sections = info.customs.filter(({ name }) => name.startsWith('.debug_'))
    const random = new Random(7)
    for (let round = 0; round < 300; round++) {
      const bytes = new Uint8Array(original)
      for (let i = random.below(8); i >= 0; i--) {
        const { start, end } = sections[random.below(sections.length)]
        bytes[start + random.below(end - start)] = random.below(3) === 0 ? 0xff : random.below(256)
      }
      const debug = new DebugInfo(info, bytes)
      for (let address = 0; address < info.codeEnd - info.codeStart; address += 7) {
        debug.locate(info.codeStart + address)
        debug.position(info.codeStart + address)
      }
    }
  })

  it.each(programs)('%s never throws when sections are cut short', (program) => {
    const bytes = read(`${program}.wasm`)
    const info = decodeModule(bytes)
    for (let cut = 0; cut < 400; cut += 3) {
      const customs = info.customs.map((custom) => ({ ...custom, end: Math.max(custom.start, custom.end - cut) }))
      const debug = new DebugInfo({ ...info, customs }, bytes)
      for (const address of [3, 70, 109, 150]) debug.locate(info.codeStart + address)
    }
  })
})
