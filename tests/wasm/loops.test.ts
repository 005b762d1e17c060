// The loops of a body: what the engine's program finds is what the same walk in JavaScript finds, and what stands in the text.
import { expect, it, vi } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { LoopBit, LoopTable } from '#dist/wasm/loops.js'
import { loopsOf } from '#dist/wasm/scan/loop-tables.js'
import { ProgramFailure } from '#dist/wasm/programs.js'
import { startScan } from '#dist/wasm/scan/memory.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { generateModule } from '../fuzz/generator.js'
import { Random } from '../fuzz/random.js'
import { scanAlways } from '../support/scan.js'

scanAlways()

interface Found {
  readonly at: number[]
  readonly end: number[]
  readonly bits: number[]
}

function byWalk(bytes: Uint8Array, start: number, end: number): Found {
  const table = new LoopTable()
  table.walk(bytes, start, end)
  const column = (words: Int32Array): number[] => [...words.subarray(0, table.count)]
  return { at: column(table.at), end: column(table.end), bits: column(table.bits) }
}

function byProgram(bytes: Uint8Array, start: number, end: number): Found {
  const { at, end: ends, bits } = loopsOf(bytes, start, end)
  return { at: [...at], end: [...ends], bits: [...bits] }
}

/** Each body's loops, found in both ways. */
function both(bytes: Uint8Array): Found[] {
  const { bodyStart, bodyEnd } = decodeModule(bytes)
  return Array.from(bodyStart, (start, defined) => {
    const found = byProgram(bytes, start, bodyEnd[defined])
    expect(found).toEqual(byWalk(bytes, start, bodyEnd[defined]))
    return found
  })
}

it('knows which are in which, and to which something branches back', () => {
  expect(startScan().program).toBeDefined()
  const [found] = both(
    assemble(`(module (func (param i32) (local i64)
      (loop $never (block
        (loop $table (block
          (loop $inner (br_if $inner (local.get 0)))
          (br_table 0 $table (local.get 0))))
        (loop $out (br_if 3 (local.get 0)))
        (block (loop (if (local.get 0) (then (br 1)))))))))`),
  )
  const { Outer, Repeated } = LoopBit
  expect(found.bits).toEqual([Outer, Repeated | Outer, Repeated, 0, Repeated])
  const [never, table, inner, out, last] = found.at
  expect([never, table, inner, out, last]).toEqual(found.at.toSorted((a, b) => a - b))
  const [neverEnd, tableEnd, innerEnd, outEnd, lastEnd] = found.end
  expect([innerEnd, tableEnd, outEnd, lastEnd, neverEnd]).toEqual(found.end.toSorted((a, b) => a - b))
})

it('walks in JavaScript where the program fails', () => {
  const bytes = assemble('(module (func (param i32) (loop $l (br_if $l (local.get 0)))))')
  const { bodyStart, bodyEnd } = decodeModule(bytes)
  const { program } = startScan()
  if (program === undefined) throw new Error('no program')
  const failed = vi.spyOn(program, 'loops').mockImplementation(() => {
    throw new ProgramFailure('it has failed')
  })
  expect(byProgram(bytes, bodyStart[0], bodyEnd[0])).toEqual(byWalk(bytes, bodyStart[0], bodyEnd[0]))
  expect(failed).toHaveBeenCalledOnce()
  // Another one has taken its place.
  expect(byProgram(bytes, bodyStart[0], bodyEnd[0]).at.length).toBe(1)
  expect(failed).toHaveBeenCalledOnce()
})

it('finds as many as there are, as deep as they are', () => {
  const deep = 300
  const [found] = both(
    assemble(`(module (func (param i32) ${'(loop (br_if 0 (local.get 0)) '.repeat(deep)}${')'.repeat(deep)}))`),
  )
  expect(found.at.length).toBe(deep)
  expect(found.bits.filter((bits) => bits === (LoopBit.Repeated | LoopBit.Outer)).length).toBe(deep - 1)
  expect(found.end).toEqual(found.end.toSorted((a, b) => b - a))
})

it('finds the same in generated modules', () => {
  let count = 0
  for (let seed = 0; seed < 200; seed++) {
    for (const { at } of both(generateModule(new Random(seed)).bytes)) count += at.length
  }
  expect(count).toBeGreaterThan(100)
})
