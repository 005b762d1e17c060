// Metadata of optimized code: sites in code order, and frame states that name places where values can be.
import { describe, expect, it } from 'vitest'
import { FRAME_HEAD_WORDS, FRAME_VALUE_WORDS, SITE_WORDS, SiteKind, siteKind, Where } from '#dist/tiers/compiled.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { generateModule } from '../../fuzz/generator.js'
import { Random } from '../../fuzz/random.js'
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
        let at = 0
        while (at < made.frameWords) {
          expect(offsets.has(made.frames[at])).toBe(true)
          const values = made.frames[at + 2] + made.frames[at + 3]
          at += FRAME_HEAD_WORDS
          for (let i = 0; i < values; i++, at += FRAME_VALUE_WORDS) {
            expect(made.frames[at + 1]).toBeGreaterThanOrEqual(Where.Gone)
            expect(made.frames[at + 1]).toBeLessThanOrEqual(Where.Const)
            if (made.frames[at + 1] === Where.Frame) expect(made.frames[at + 2]).toBeGreaterThanOrEqual(-made.frameSize)
          }
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
      if (made.frameWords === 0) return
      const words = made.frames.subarray(FRAME_HEAD_WORDS, made.frameWords)
      places.push([0, 1, 2].map((local) => words[local * FRAME_VALUE_WORDS + 1]))
    })
    expect(places).toEqual([[Where.Frame, Where.Gone, Where.Const]])
  })
})
