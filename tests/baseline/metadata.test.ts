/** The metadata table: sites in code order, and frame states that do not change the code. */
import { describe, expect, test } from 'vitest'
import {
  BETWEEN_SITES,
  FRAMES_START,
  FRAME_HEAD_WORDS,
  FRAME_VALUE_WORDS,
  SITE_WORDS,
  SiteKind,
  Where,
  siteKind,
  siteTrap,
} from '#dist/tiers/compiled.js'
import { ARG_GPRS, Reg, TrapCode } from '#dist/tiers/abi.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { compileAll } from '#dist/tests/support/listing.js'
import { I32, I64 } from '#dist/wasm/types.js'

const SOURCE = `(module
  (type $t (func (param i32) (result i32)))
  (import "m" "f" (func $f (type $t)))
  (memory 1)
  (table 1 funcref)
  (func (param $a i32) (param $b i64) (result i32) (local $zero i32) (local $never f64)
    (i32.add (local.get $a)
      (call $f (i32.load (local.get $a))))
    (loop $again (br_if $again (call_indirect (type $t) (local.get $a) (i32.div_s (local.get $a) (local.get $zero)))))
    (if (i64.eqz (local.get $b)) (then unreachable))))`

interface Site {
  readonly code: number
  readonly kind: number
  readonly trap: number
}

interface Frame {
  readonly code: number
  readonly locals: number
  readonly operands: number
  readonly values: readonly (readonly number[])[]
}

function compile(frames: boolean, source = SOURCE): { code: string; sites: Site[]; frames: Frame[] } {
  const out = { code: '', sites: [] as Site[], frames: [] as Frame[] }
  compileAll(
    assemble(source),
    (compiled) => {
      out.code = compiled.code.subarray(0, compiled.codeSize).join()
      for (let i = 0; i < compiled.siteCount * SITE_WORDS; i += SITE_WORDS) {
        const info = compiled.sites[i + 2]
        out.sites.push({ code: compiled.sites[i], kind: siteKind(info), trap: siteTrap(info) })
      }
      for (let at = FRAMES_START; at < compiled.frameWords;) {
        const [code, node, locals, operands] = compiled.frames.subarray(at, at + FRAME_HEAD_WORDS)
        at += FRAME_HEAD_WORDS
        const values: number[][] = []
        for (let i = 0; i < locals + operands; i++, at += FRAME_VALUE_WORDS) {
          values.push([...compiled.frames.subarray(at, at + FRAME_VALUE_WORDS)])
        }
        if (node !== BETWEEN_SITES) out.frames.push({ code, locals, operands, values })
      }
    },
    frames,
  )
  return out
}

describe('metadata', () => {
  const plain = compile(false)
  const full = compile(true)

  test('sites are in code order and say what traps', () => {
    const offsets = plain.sites.map((site) => site.code)
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
    const traps = new Set(plain.sites.filter((site) => site.kind === SiteKind.Trap).map((site) => site.trap))
    for (const code of [
      'MemoryOutOfBounds',
      'DivideFault',
      'TableOutOfBounds',
      'FuncSigMismatch',
      'Unreachable',
    ] as const) {
      expect(traps).toContain(TrapCode[code])
    }
    // The import, the indirect call and its out-of-line form for another instance.
    expect(plain.sites.filter((site) => site.kind === SiteKind.Call)).toHaveLength(3)
    // At its loop.
    expect(plain.sites.filter((site) => site.kind === SiteKind.Poll)).toHaveLength(1)
  })

  test('frame states leave the code as it is and cover every site', () => {
    expect(full.code).toBe(plain.code)
    expect(plain.frames).toEqual([])
    const described = new Set(full.frames.map((frame) => frame.code))
    for (const site of full.sites) expect(described).toContain(site.code)
  })

  test('a frame state says where each local and operand is', () => {
    const load = full.sites.find((site) => site.trap === TrapCode.MemoryOutOfBounds)
    const frame = full.frames.find(({ code }) => code === load?.code)
    expect(frame).toMatchObject({ locals: 4, operands: 2 })
    // $a, $b in the registers they arrived in, $zero and $never still constant; $a again below, and as the load's address.
    expect(frame?.values.map(([type, where, payload]) => [type, where, payload])).toEqual([
      [I32, Where.Gpr, ARG_GPRS[0]],
      [I64, Where.Gpr, ARG_GPRS[1]],
      [I32, Where.Const, 0],
      [0x7c, Where.Const, 0],
      [I32, Where.Gpr, ARG_GPRS[0]],
      [I32, Where.Gpr, ARG_GPRS[0]],
    ])
  })

  test('a frame state at a trap has the operands that the instruction has popped', () => {
    const stateOf = (trap: TrapCode): Frame | undefined => {
      const site = full.sites.find((each) => each.trap === trap)
      return full.frames.find(({ code }) => code === site?.code)
    }
    // The sum, the argument, dividend and divisor; the division's operands are where the instruction wants them.
    const divide = stateOf(TrapCode.DivideFault)
    expect(divide?.operands).toBe(4)
    expect(divide?.values.at(-2)).toEqual([I32, Where.Gpr, Reg.rax, 0])
    expect(divide?.values.at(-1)?.[1]).toBe(Where.Gpr)
    // The sum, the argument, the index, which at the second check has become an address.
    expect(stateOf(TrapCode.TableOutOfBounds)).toMatchObject({ operands: 3 })
    expect(stateOf(TrapCode.FuncSigMismatch)?.values.at(-1)?.[1]).toBe(Where.Gone)
    expect(stateOf(TrapCode.Unreachable)?.operands).toBe(1)
  })
})

test('an operand that stands for a local has its own type, not that of the local', () => {
  const { frames } = compile(true, '(module (memory 1) (func (param i32) (i64.store (local.get 0) (i64.extend_i32_u (local.get 0)))))') // oxfmt-ignore
  const types = frames.filter(({ operands }) => operands === 2).map(({ values }) => values.map(([type]) => type))
  expect(types).toContainEqual([I32, I32, I64])
})
