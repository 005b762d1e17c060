/** Labels, constants, relocations, padding and the instructions that choose their own encoding. */
import { beforeEach, describe, expect, test } from 'vitest'

import { RelocKind } from '#dist/tiers/compiled.js'
import { Assembler } from '#dist/tiers/isa/x64/assembler.js'
import { AssemblerError } from '#dist/tiers/isa/x64/code-buffer.js'
import { Cc, Form } from '#dist/tiers/isa/x64/forms.js'
import { gprName } from '#dist/tiers/isa/x64/registers.js'

import { disassemble } from './disassemble.js'

const asm = new Assembler()
beforeEach(() => asm.reset())

function listing(a: Assembler = asm, end = a.size): string[] {
  return disassemble(a.bytes, 0, end).map((line) => line.text)
}

function int32(offset: number): number {
  return new DataView(asm.bytes.buffer).getInt32(offset, true)
}

describe('labels', () => {
  test('a backward jump is short exactly when it reaches', () => {
    for (const [fill, jump, length] of [
      [126, 'jmp', 2],
      [127, 'jmp', 5],
      [126, 'jcc', 2],
      [127, 'jcc', 6],
    ] as const) {
      asm.reset()
      const top = asm.here()
      for (let i = 0; i < fill; i++) asm.byte(0x90)
      if (jump === 'jmp') asm.jmp(top)
      else asm.jcc(Cc.l, top)
      expect(asm.size - fill).toBe(length)
      expect(listing().at(-1)).toBe(jump === 'jmp' ? 'jmp @0' : 'jl @0')
    }
  })

  test('forward references of every kind are filled in when the label is bound', () => {
    const end = asm.newLabel()
    const table = asm.newLabel()
    asm.jmp(end)
    asm.jcc(Cc.ne, end)
    asm.call(end)
    asm.jmpShort(end)
    asm.jccShort(Cc.ae, end)
    asm.rip(Form.lea64RM, 9, table)
    asm.vrip(Form.vaddsdRVM, 1, 2, table)
    const code = asm.size
    asm.bind(table)
    asm.tableEntry(end, code)
    expect(asm.labelOffset(end)).toBe(-1)
    asm.bind(end)
    asm.tableEntry(end, code)
    asm.tableEntry(table, code)
    asm.finish()
    const at = asm.labelOffset(end)
    expect(listing(asm, code)).toEqual([
      `jmp @${at}`,
      `jne @${at}`,
      `call @${at}`,
      `jmp @${at}`,
      `jae @${at}`,
      `lea r9, m0[@${code}]`,
      `vaddsd xmm1, xmm2, m64[@${code}]`,
    ])
    expect([int32(code), int32(code + 4), int32(code + 8)]).toEqual([at - code, at - code, 0])
  })

  test('a short jump reaches 127 bytes and no further', () => {
    const near = asm.newLabel()
    asm.jccShort(Cc.e, near)
    for (let i = 0; i < 127; i++) asm.byte(0x90)
    asm.bind(near)
    expect(listing()[0]).toBe('je @129')
    asm.reset()
    const far = asm.newLabel()
    asm.jmpShort(far)
    for (let i = 0; i < 128; i++) asm.byte(0x90)
    asm.bind(far)
    expect(asm.overreached).toBe(true)
    expect(() => asm.finish()).toThrow(AssemblerError)
    asm.reset()
    expect(asm.overreached).toBe(false)
  })

  test('misuse is reported', () => {
    const label = asm.newLabel()
    asm.jmp(label)
    expect(() => asm.finish()).toThrow('used but never bound')
    asm.bind(label)
    expect(() => asm.bind(label)).toThrow('bound twice')
    asm.newLabel()
    asm.finish()
  })

  test('tens of thousands of labels and references', () => {
    const labels = Array.from({ length: 20_000 }, () => asm.newLabel())
    for (const label of labels) asm.jmp(label)
    for (const label of labels) {
      asm.bind(label)
      asm.byte(0x90)
    }
    asm.finish()
    for (let i = 0; i < labels.length; i++) {
      expect(5 * i + 5 + int32(5 * i + 1)).toBe(asm.labelOffset(labels[i]))
    }
  })

  test('reset forgets labels and code', () => {
    const before = asm.newLabel()
    asm.jmp(before)
    asm.f64Const(1, 2)
    asm.reset()
    expect(asm.size).toBe(0)
    asm.finish()
    expect(asm.size).toBe(0)
  })
})

describe('constants', () => {
  test('are shared, aligned and placed behind the code, wide ones first', () => {
    const single = asm.f32Const(0x3f800000)
    const double = asm.f64Const(0, 0x3ff00000)
    expect(asm.f64Const(0, 0x3ff00000)).toBe(double)
    expect(asm.f32Const(0x3f800000)).toBe(single)
    // The sign of a half does not matter: these are the same bits.
    expect(asm.f64Const(0xffffffff, 0x80000000)).toBe(asm.f64Const(-1, -0x80000000))
    // Equal low bits of another width are another constant.
    expect(asm.f64Const(0x3f800000, 0)).not.toBe(single)
    asm.rip(Form.addssRM, 1, single)
    asm.rip(Form.addsdRM, 12, double)
    const code = asm.size
    asm.finish()
    const first = (code + 7) & ~7
    expect(listing(asm, code)).toEqual([`addss xmm1, m32[@${first + 24}]`, `addsd xmm12, m64[@${first}]`])
    expect([int32(first), int32(first + 4), int32(first + 24)]).toEqual([0, 0x3ff00000, 0x3f800000])
    expect(asm.size).toBe(first + 28)
  })

  test('many, also colliding ones, keep their values', () => {
    const labels: number[] = []
    // Pairs that the hash maps to one bucket: lo cancels the contribution of hi.
    for (let hi = 0; hi < 1000; hi++) labels.push(asm.f64Const(Math.imul(hi, 0x85ebca6b), hi))
    for (let i = 0; i < 1000; i++) labels.push(asm.f32Const(i))
    asm.finish()
    for (let i = 0; i < 1000; i++) {
      expect(int32(asm.labelOffset(labels[i]) + 4)).toBe(i)
      expect(int32(asm.labelOffset(labels[1000 + i]))).toBe(i)
    }
  })
})

describe('relocations', () => {
  test('name the offset of their field', () => {
    asm.callReloc(RelocKind.Entry, 7)
    asm.jmpReloc(RelocKind.Stub, 1)
    asm.ripReloc(Form.test32MR, 0, RelocKind.Poll, 0)
    asm.riReloc(Form.cmp32MI, 9, RelocKind.SigId, 3)
    asm.miReloc(Form.cmp32MI, 3, 16, RelocKind.SigId, 4)
    asm.memxiReloc(Form.cmp32MI, 3, 9, 0, 16, RelocKind.SigId, 5)
    expect(asm.relocCount).toBe(6)
    const rows = Array.from({ length: 6 }, (_, i) => Array.from(asm.relocs.subarray(i * 3, i * 3 + 3)))
    expect(rows).toEqual([
      [RelocKind.Entry, 2, 7],
      [RelocKind.Stub, 8, 1],
      [RelocKind.Poll, 14, 0],
      [RelocKind.SigId, 21, 3],
      [RelocKind.SigId, 28, 4],
      [RelocKind.SigId, 37, 5],
    ])
    for (const [, field] of rows) asm.patch32(field, 0x1234)
    expect(listing()).toEqual([
      `call m64[@${0x1234 + 6}]`,
      `jmp m64[@${0x1234 + 12}]`,
      `test m32[@${0x1234 + 18}], eax`,
      'cmp r9d, 4660',
      'cmp m32[rbx+16], 4660',
      'cmp m32[rbx+r9*1+16], 4660',
    ])
  })

  test('more than the first buffer holds', () => {
    for (let i = 0; i < 5000; i++) asm.callReloc(RelocKind.Entry, i)
    expect(asm.relocCount).toBe(5000)
    expect(Array.from(asm.relocs.subarray(4999 * 3, 5000 * 3))).toEqual([RelocKind.Entry, 4999 * 6 + 2, 4999])
  })
})

describe('instructions with an encoding of their own', () => {
  test('movImm takes the shortest encoding', () => {
    const cases: [lo: number, hi: number, text: (reg: number) => string, length: (reg: number) => number][] = [
      [0, 0, (r) => `xor ${gprName(r, 32)}, ${gprName(r, 32)}`, (r) => (r < 8 ? 2 : 3)],
      [1, 0, (r) => `mov ${gprName(r, 32)}, 1`, (r) => (r < 8 ? 5 : 6)],
      [-1, 0, (r) => `mov ${gprName(r, 32)}, -1`, (r) => (r < 8 ? 5 : 6)],
      [-1, -1, (r) => `mov ${gprName(r)}, -1`, () => 7],
      [-0x80000000, -1, (r) => `mov ${gprName(r)}, -2147483648`, () => 7],
      [0x7fffffff, -1, (r) => `mov ${gprName(r)}, -2147483649`, () => 10],
      [0, 1, (r) => `mov ${gprName(r)}, 4294967296`, () => 10],
    ]
    for (let reg = 0; reg < 16; reg++) {
      for (const [lo, hi, text, length] of cases) {
        asm.reset()
        asm.movImm(reg, lo, hi)
        expect(listing()).toEqual([text(reg)])
        expect(asm.size).toBe(length(reg))
      }
      asm.reset()
      asm.movImmKeepFlags(reg, 0, 0)
      expect(listing()).toEqual([`mov ${gprName(reg, 32)}, 0`])
    }
  })

  test('push, pop, bswap, ret', () => {
    const expected: string[] = []
    for (let reg = 0; reg < 16; reg++) {
      asm.push(reg)
      asm.pop(reg)
      asm.bswap32(reg)
      asm.bswap64(reg)
      expected.push(`push ${gprName(reg)}`, `pop ${gprName(reg)}`)
      expected.push(`bswap ${gprName(reg, 32)}`, `bswap ${gprName(reg)}`)
    }
    asm.ret(0)
    asm.ret(8)
    asm.ret(65528)
    expect(listing()).toEqual([...expected, 'ret', 'ret 8', 'ret -8'])
  })

  test('an index without a base', () => {
    const expected: string[] = []
    for (let index = 0; index < 16; index++) {
      if (index === 4) continue
      const reg = (index * 7) & 15
      asm.memScaled(Form.lea64RM, reg, index, index & 3, index * 1000)
      const disp = index === 0 ? '' : `+${index * 1000}`
      expected.push(`lea ${gprName(reg)}, m0[${gprName(index)}*${1 << (index & 3)}${disp}]`)
    }
    expect(listing()).toEqual(expected)
  })

  test('padding is one nop up to 9 bytes and few above', () => {
    for (let length = 1; length <= 9; length++) {
      asm.reset()
      asm.nop(length)
      expect(asm.size).toBe(length)
      expect(disassemble(asm.bytes, 0, length).map((line) => line.text.split(' ')[0])).toEqual(['nop'])
    }
    for (let start = 0; start < 32; start++) {
      asm.reset()
      for (let i = 0; i < start; i++) asm.byte(0xc3)
      asm.align(32)
      expect(asm.size).toBe(start === 0 ? 0 : 32)
      const nops = listing().slice(start)
      expect(nops.every((text) => text.startsWith('nop'))).toBe(true)
      expect(nops.length).toBe(start === 0 ? 0 : Math.ceil((32 - start) / 9))
    }
  })

  test('the buffer grows under any mixture of instructions', () => {
    const a = new Assembler()
    const label = a.newLabel()
    let count = 0
    for (; a.size < 150_000; count++) {
      a.memxi(Form.mov32MI, 13, 12, 3, 0x12345678, 0x12345678)
      a.movImm(9, 1, 2)
      a.jcc(Cc.g, label)
    }
    a.bind(label)
    a.finish()
    const lines = listing(a)
    expect(lines.length).toBe(3 * count)
    const period = ['mov m32[r13+r12*8+305419896], 305419896', 'mov r9, 8589934593', `jg @${a.size}`]
    expect(lines.filter((text, i) => text !== period[i % 3])).toEqual([])
  })
})

test('the longest instruction fits at every distance from the end of the buffer', () => {
  for (let distance = 0; distance < 40; distance++) {
    const a = new Assembler()
    const start = a.bytes.length - distance
    while (a.size < start) a.byte(0x90)
    a.memxi(Form.cmp64MI, 13, 12, 3, 0x12345678, 0x12345678)
    a.memxi(Form.cmp64MI, 13, 12, 3, 0x12345678, 5)
    expect(disassemble(a.bytes, start, a.size).map((line) => line.text)).toEqual([
      'cmp m64[r13+r12*8+305419896], 305419896',
      'cmp m64[r13+r12*8+305419896], 5',
    ])
  }
})

describe('the zero-extension assertion', () => {
  test('costs nothing outside checking mode', () => {
    asm.assertZeroExtended(3)
    expect(asm.size).toBe(0)
  })

  test('compares the register with its lower half', () => {
    const checked = new Assembler(true)
    checked.assertZeroExtended(9)
    checked.op(Form.ret)
    expect(listing(checked)).toEqual(['mov r11d, r9d', 'cmp r11, r9', 'je @10', 'ud2', 'ret'])
  })
})
