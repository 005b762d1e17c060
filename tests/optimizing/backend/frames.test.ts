// Metadata of optimized code: sites in code order, and frame states that name places where values can be.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { countModule, emptyTally } from '#dist/bench/frame-states.js'
import {
  FRAMES_START,
  FRAME_HEAD_WORDS,
  FRAME_VALUE_WORDS,
  frameStateEnd,
  SITE_WORDS,
  SiteKind,
  siteKind,
  Where,
} from '#dist/tiers/compiled.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { generateModule } from '../../fuzz/generator.js'
import { Random } from '../../fuzz/random.js'
import { liveLocals } from '../../support/live-locals.js'
import { compileAll } from './support.js'

describe('metadata', () => {
  it('has sites in code order, and a frame state for each of those that stop', () => {
    for (let seed = 1; seed <= 10; seed++) {
      compileAll(generateModule(new Random(seed)).bytes, {}, (_, made) => {
        let last = -1
        const offsets = new Set<number>()
        for (let i = 0; i < made.siteCount; i++) {
          const offset = made.sites[i * SITE_WORDS]
          expect(offset).toBeGreaterThanOrEqual(last)
          last = offset
          if (siteKind(made.sites[i * SITE_WORDS + 2]) !== SiteKind.Mark) offsets.add(offset)
        }
        let at = FRAMES_START
        while (at < made.frameWords) {
          expect(offsets.has(made.frames[at])).toBe(true)
          const values = made.frames[at + 2] + made.frames[at + 3]
          const end = frameStateEnd(made.frames, at)
          at += FRAME_HEAD_WORDS
          for (let i = 0; i < values; i++, at += FRAME_VALUE_WORDS) {
            expect(made.frames[at + 1]).toBeGreaterThanOrEqual(Where.Gone)
            expect(made.frames[at + 1]).toBeLessThanOrEqual(Where.Computed)
            if (made.frames[at + 1] === Where.Frame) expect(made.frames[at + 2]).toBeGreaterThanOrEqual(-made.frameSize)
          }
          at = end
        }
        expect(at).toBe(made.frameWords)
      })
    }
  })

  it('has a value that lives over a call in the frame, a constant as such, and a dead one nowhere', () => {
    const bytes = assemble(`(module (func $g)
      (func (param $kept i32) (param $dead i32) (result i32) (local $five i32)
        (local.set $five (i32.const 5)) (call $g) (local.get $kept)))`)
    const places: number[][] = []
    compileAll(bytes, {}, (_, made) => {
      if (made.frameWords === FRAMES_START) return
      const words = made.frames.subarray(FRAMES_START + FRAME_HEAD_WORDS, made.frameWords)
      places.push([0, 1, 2].map((local) => words[local * FRAME_VALUE_WORDS + 1]))
    })
    expect(places).toEqual([[Where.Frame, Where.Gone, Where.Const]])
  })
})

describe('what frame states know', () => {
  const files = ['interpreter', 'stringbuilder', 'nbody', 'quicksort', 'matmul', 'lexer', 'vtable', 'hashtable']
  const programs = [
    ...files.map((name) => new URL(`../../../bench/kernels/${name}.wasm`, import.meta.url)),
    new URL('../../programs/wasi/compute.wasm', import.meta.url),
  ]

  it('is nearly every live local of optimized code, and every one of baseline code', () => {
    const optimizing = emptyTally()
    const baseline = emptyTally()
    for (const program of programs) {
      countModule(readFileSync(program), 'optimizing', optimizing)
      countModule(readFileSync(program), 'baseline', baseline)
    }
    expect(baseline.known).toBe(baseline.live)
    expect(optimizing.live).toBeGreaterThan(10_000)
    expect(optimizing.known / optimizing.live).toBeGreaterThan(0.97)
    // Asking for states changes nothing.
    expect([optimizing.refused, optimizing.different, baseline.different]).toEqual([0, 0, 0])
  })

  it('costs generated modules nothing either', () => {
    const tally = emptyTally()
    for (let seed = 100; seed < 115; seed++) countModule(generateModule(new Random(seed)).bytes, 'optimizing', tally)
    expect(tally.live).toBeGreaterThan(500)
    expect(tally.different).toBe(0)
  })

  it('liveness itself: what is read before it is assigned on some path', () => {
    const bytes = assemble(`(module (func (param i32 i32 i32) (local i32)
      (loop $again
        (if (local.get 0) (then (local.set 1 (i32.const 1))) (else (drop (local.get 2))))
        (br_if $again (local.get 1)))
      (local.set 3 (i32.const 0))
      (drop (local.get 3))))`)
    const live = liveLocals(bytes, decodeModule(bytes).bodyStart[0])
    const sets = [...live].toSorted(([a], [b]) => a - b).map(([, set]) => set)
    // At the beginning, and in the loop at the beginning of each branch.
    expect(sets[0]).toBe(0b0111n)
    expect(sets).toContain(0b0101n)
    expect(sets.at(-1)).toBe(0n)
  })
})
