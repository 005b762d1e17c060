// The text form: printing what was parsed gives the same text, for every kind of instruction and for translated code.
import { describe, expect, it } from 'vitest'
import { IrParseError, parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { printFunction } from '#dist/tiers/optimizing/ir/print.js'
import { verifyFunction } from '#dist/tiers/optimizing/ir/verify.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { generateModule } from '../../fuzz/generator.js'
import { Random } from '../../fuzz/random.js'
import { translateFunction } from '#dist/tests/support/ir-machine.js'

const EVERY_FORM = `func "every form" (i32, f64, ref) -> (i32, i64) {
block0(v0: i32, v1: f64, v2: ref):
  v3 = iconst.i32 -7
  v4 = iconst.i64 -9223372036854775808
  v5 = iconst.ref 0
  v6 = fconst.f32 0x7fc00001
  v7 = fconst.f64 0x3ff0000000000000
  v8 = icmp.i32.ult v0, v3
  v9 = fcmp.f64.ge v1, v7
  v10 = ieqz.ref v2
  v11 = ftoi.i64.u v6
  v12 = load.i64 m0:16s+4294967295, v0
  store.f64 m0:64u+0, v0, v1
  v13 = globalget.i32 #2
  globalset.i32 #2, v13
  trapnz 2, v8
  v14: i32, v15: i64 = call #3(v0, v1)
  v16: ref = call_indirect #1 #0 v13(v2)
  v17: i32 = call_runtime.i32 #0(v13, v14)
  call_stub #1(v12, v12, v12)
  poll
  brif v9, block1(v15), block2
block1(v18: i64):
  v19 = select.i64 v10, v18, v4
  return v17, v19
block2:
  br_table v8, block1(v4), block3, block1(v11)
block3: cold
  trap 1
}
`

describe('the text form', () => {
  it('is read back as it was printed', () => {
    const f = parseFunction(EVERY_FORM)
    expect(verifyFunction(f)).toEqual([])
    expect(printFunction(f)).toBe(EVERY_FORM)
  })

  it('is read back for translated functions', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { bytes } = generateModule(new Random(seed))
      const info = decodeModule(bytes)
      for (let defined = 0; defined < info.bodyStart.length; defined++) {
        const text = printFunction(translateFunction(info, bytes, defined))
        expect(printFunction(parseFunction(text))).toBe(text)
      }
    }
  })

  it('names the line of a fault', () => {
    expect(() => parseFunction('func "f" () -> () {\nblock0:\n  v0 = nothing.i32\n}\n')).toThrow(IrParseError)
    expect(() => parseFunction('func "f" () -> () {\nblock0:\n  jump block7\n}\n')).toThrow('line 3: no block7')
  })
})

describe('the verifier', () => {
  const faults = (body: string): string[] => verifyFunction(parseFunction(`func "f" (i32) -> (i32) {\n${body}\n}\n`))

  it('finds a value that does not dominate its use', () => {
    const body = [
      'block0(v0: i32):',
      '  brif v0, block1, block2',
      'block1:',
      '  v1 = iconst.i32 1',
      '  jump block2',
      'block2:',
      '  return v1',
    ]
    expect(faults(body.join('\n'))).toEqual([expect.stringContaining('does not dominate')])
  })

  it('finds wrong types, arities and ends', () => {
    expect(faults('block0(v0: i32):\n  v1 = iadd.i64 v0, v0\n  return v0')[0]).toContain('types do not fit')
    expect(faults('block0(v0: i32):\n  return v0, v0')[0]).toContain('returns (i32, i32)')
    expect(faults('block0(v0: i32):\n  jump block1\nblock1(v1: i32):\n  return v1')[0]).toContain('has 1 parameters')
    expect(faults('block0(v0: i32):\n  v1 = iadd.i32 v0, v0')[0]).toContain('terminator')
    expect(faults('block0(v0: i32):\n  jump block0(v0)')[0]).toContain('the entry has predecessors')
  })
})
