/**
 * Every form of the list in every shape of operands, decoded by iced-x86 and compared with what the form's name says.
 * The expectation never looks at the form's bits: mnemonic, operand order and widths come from the name, register
 * classes and widths of xmm memory operands from the rules below.
 */
import { describe, expect, test } from 'vitest'

import { Assembler } from '#dist/tiers/isa/x64/assembler.js'
import { Cc, Form } from '#dist/tiers/isa/x64/forms.js'
import { gprName, xmmName } from '#dist/tiers/isa/x64/registers.js'

import { disassemble } from './disassemble.js'

/** Byte sizes that a displacement must take: the shortest that holds it. */
const DISPS = [0, 1, -1, 127, -128, 128, -129, 0x7fffffff, -0x80000000]
const ALL = Array.from({ length: 16 }, (_, i) => i)
const INDEXES = ALL.filter((reg) => reg !== 4)

interface Shape {
  readonly mnemonic: string
  /** Operand letters in Intel order. */
  readonly order: string
  /** Width in bits of the operation, 0 for xmm instructions. */
  readonly width: number
  /** Width in bits of the rm operand. */
  readonly rmWidth: number
  readonly regXmm: boolean
  readonly rmXmm: boolean
  readonly vXmm: boolean
  readonly regOnly: boolean
  readonly memOnly: boolean
  readonly immWidth: number
  readonly shortImm: boolean
}

/** Instructions without a width in their name that work on 64-bit operands. */
const WIDE = ['call', 'jmp', 'push', 'pop']
const NO_OPERANDS = ['ret', 'cdq', 'cqo', 'ud2', 'int3', 'leave'] as const
const GROUP1 = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'imul', 'lock or']

function memoryBits(mnemonic: string): number {
  if (/^v?(mov|add|sub|mul|div|min|max|sqrt|ucomi|cmp|round|cvt)ss|cvttss/.test(mnemonic)) return 32
  if (/^v?(mov|add|sub|mul|div|min|max|sqrt|ucomi|cmp|round|cvt)sd|cvttsd/.test(mnemonic)) return 64
  return 128
}

function shapeOf(name: string): Shape {
  const match = /^(lock)?([a-zA-Z0-9]+?)(8|16|32|64)?(RVM|RMV|VM|RMI|MRI|MR|MI|MC|RM|M)(8|16|32)?$/.exec(name)
  if (match === null) throw new Error(`form ${name} does not follow the naming rule`)
  const order = match[4] === 'M' && match[5] !== undefined ? 'RM' : match[4]
  const base = match[2].toLowerCase()
  const mnemonic = match[1] === undefined ? base : `lock ${base}`
  const integer = match[3] !== undefined && !/^v?cvt/.test(base)
  const width = WIDE.includes(base) ? 64 : match[3] === undefined ? 0 : Number(match[3])
  const shift = order === 'MI' && /^(rol|ror|shl|shr|sar|bt|bts|btr|btc|ps[rl]l[dq])$/.test(base)
  const isXmm = !integer && width !== 64 && base !== 'set'
  const fromGpr = /^v?cvtsi2/.test(base) || base === 'movd' || base === 'movq'
  const toGpr = base.startsWith('cvtts') || base.startsWith('movmsk')
  const byteImm = shift || /^(rorx|shld|shrd|cmpss|cmpsd|roundss|roundsd)$/.test(base)
  return {
    mnemonic,
    order,
    width: toGpr && width === 0 ? 32 : width,
    rmWidth: match[5] !== undefined ? Number(match[5]) : base === 'movd' ? 32 : base === 'movq' ? 64 : width,
    regXmm: (isXmm || /^v?cvt/.test(base)) && !toGpr,
    rmXmm: (isXmm || /^v?cvt/.test(base)) && !fromGpr,
    vXmm: base.startsWith('v'),
    regOnly: base.startsWith('movmsk') || /^ps[rl]l[dq]$/.test(base),
    memOnly: base === 'lea' || base === 'movbe' || mnemonic.startsWith('lock '),
    immWidth: byteImm ? 8 : width > 32 ? 32 : width,
    shortImm: GROUP1.includes(mnemonic),
  }
}

function regText(shape: Shape, reg: number): string {
  return shape.regXmm ? xmmName(reg) : gprName(reg, shape.width)
}

function rmText(shape: Shape, reg: number): string {
  return shape.rmXmm ? xmmName(reg) : gprName(reg, shape.mnemonic === 'set' ? 8 : shape.rmWidth)
}

function memText(shape: Shape, address: string): string {
  const bits = shape.mnemonic === 'lea' ? 0 : shape.rmXmm ? memoryBits(shape.mnemonic) : shape.rmWidth
  return `m${bits}[${address}]`
}

function dispText(disp: number): string {
  return disp === 0 ? '' : disp > 0 ? `+${disp}` : String(disp)
}

function spell(shape: Shape, reg: string, v: string, rm: string, imm: string): string {
  const operands = Array.from(shape.order, (letter) => {
    if (letter === 'R') return reg
    if (letter === 'V') return v
    if (letter === 'M') return rm
    return letter === 'C' ? 'cl' : imm
  })
  return `${shape.mnemonic} ${operands.join(', ')}`
}

/** Immediates to try and the byte size that each must take. */
function immediates(shape: Shape): [number, number][] {
  if (shape.immWidth === 8)
    return [
      [0, 1],
      [2, 1],
      [7, 1],
      [31, 1],
      [127, 1],
      [-128, 1],
    ]
  const full = shape.immWidth === 16 ? 2 : 4
  const short = shape.shortImm ? 1 : full
  const edges: [number, number][] = [
    [0, short],
    [1, short],
    [-1, short],
    [127, short],
    [-128, short],
    [128, full],
    [-129, full],
  ]
  if (full === 2) return [...edges, [32767, 2], [-32768, 2]]
  return [...edges, [0x7fffffff, 4], [-0x80000000, 4]]
}

interface Expected {
  readonly text: string
  readonly offset: number
  readonly dispSize: number
  readonly immSize: number
}

/** The assembler plus the list of what it should have emitted. */
class Script {
  readonly asm = new Assembler()
  readonly expected: Expected[] = []

  /** Notes the expectation of the instruction that is emitted next. */
  expect(text: string, dispSize = 0, immSize = 0): void {
    this.expected.push({ text, offset: this.asm.size, dispSize, immSize })
  }

  check(): void {
    const decoded = disassemble(this.asm.bytes, 0, this.asm.size)
    const actual = decoded.map(({ text, offset, dispSize, immSize }) => ({ text, offset, dispSize, immSize }))
    const wrong = this.expected.findIndex((e, i) => JSON.stringify(e) !== JSON.stringify(actual[i]))
    if (wrong !== -1) expect(actual[wrong]).toEqual(this.expected[wrong])
    expect(actual.length).toBe(this.expected.length)
  }
}

function dispSize(disp: number, base: number): number {
  if (disp === 0 && (base & 7) !== 5) return 0
  return disp >= -128 && disp <= 127 ? 1 : 4
}

function emitRegisters(script: Script, shape: Shape, form: number): void {
  const imms = shape.order.includes('I') ? immediates(shape) : [[0, 0] as [number, number]]
  let turn = 0
  const regs = shape.order.includes('R') ? ALL : [0]
  for (const reg of regs) {
    for (const rm of regs.length === 1 ? ALL : [reg, (reg * 5 + 4) & 15, (reg + 8) & 15, (reg * 3 + 7) & 15]) {
      const v = (reg * 7 + rm + 3) & 15
      for (const [imm, immSize] of imms.length > 1 && reg < 2 ? imms : [imms[turn++ % imms.length]]) {
        const r = regText(shape, reg)
        const m = rmText(shape, rm)
        const vName = shape.vXmm ? xmmName(v) : gprName(v, shape.width)
        script.expect(spell(shape, r, vName, m, String(imm)), 0, immSize)
        if (shape.order.includes('V')) script.asm.vrr(form, reg, v, rm)
        else if (shape.mnemonic === 'rorx') script.asm.vrri(form, reg, 0, rm, imm)
        else if (immSize > 0) script.asm.rri(form, reg, rm, imm)
        else script.asm.rr(form, reg, rm)
      }
    }
  }
}

function emitMemory(script: Script, shape: Shape, form: number): void {
  const imms = shape.order.includes('I') ? immediates(shape) : [[0, 0] as [number, number]]
  let turn = 0
  for (const base of ALL) {
    for (const disp of DISPS) {
      const reg = shape.order.includes('R') ? turn & 15 : 0
      const v = (turn * 7 + 5) & 15
      const [imm, immSize] = imms[turn++ % imms.length]
      const address = memText(shape, gprName(base) + dispText(disp))
      const vName = shape.vXmm ? xmmName(v) : gprName(v, shape.width)
      script.expect(spell(shape, regText(shape, reg), vName, address, String(imm)), dispSize(disp, base), immSize)
      if (shape.order.includes('V')) script.asm.vmem(form, reg, v, base, disp)
      else if (shape.mnemonic === 'rorx') script.asm.vmemi(form, reg, 0, base, disp, imm)
      else if (immSize > 0) script.asm.memi(form, reg, base, disp, imm)
      else script.asm.mem(form, reg, base, disp)
    }
  }
}

function emitIndexed(script: Script, shape: Shape, form: number, bases: readonly number[]): void {
  if (shape.mnemonic === 'rorx' || shape.order === 'RMI' || shape.order === 'MRI') return
  const imms = shape.order.includes('I') ? immediates(shape) : [[0, 0] as [number, number]]
  let turn = 0
  for (const base of bases) {
    for (const index of INDEXES) {
      const reg = shape.order.includes('R') ? (turn * 3) & 15 : 0
      const v = (turn * 7 + 5) & 15
      const scale = turn & 3
      const disp = DISPS[turn % DISPS.length]
      const [imm, immSize] = imms[turn++ % imms.length]
      const address = memText(shape, `${gprName(base)}+${gprName(index)}*${1 << scale}${dispText(disp)}`)
      const vName = shape.vXmm ? xmmName(v) : gprName(v, shape.width)
      script.expect(spell(shape, regText(shape, reg), vName, address, String(imm)), dispSize(disp, base), immSize)
      if (shape.order.includes('V')) script.asm.vmemx(form, reg, v, base, index, scale, disp)
      else if (immSize > 0) script.asm.memxi(form, base, index, scale, disp, imm)
      else script.asm.memx(form, reg, base, index, scale, disp)
    }
  }
}

function emitRip(script: Script, shape: Shape, form: number): void {
  if (shape.order.includes('I')) return
  const label = script.asm.here()
  for (const reg of shape.order.includes('R') ? ALL : [0]) {
    const v = (reg * 7 + 5) & 15
    const vName = shape.vXmm ? xmmName(v) : gprName(v, shape.width)
    const address = memText(shape, `@${script.asm.labelOffset(label)}`)
    script.expect(spell(shape, regText(shape, reg), vName, address, ''), 4)
    if (shape.order.includes('V')) script.asm.vrip(form, reg, v, label)
    else script.asm.rip(form, reg, label)
  }
}

/** Forms that take a condition code, by name, with the mnemonic's stem. */
const CONDITIONAL = ['cmov32RM', 'cmov64RM', 'setM']
const SPECIAL = new Set<string>([...NO_OPERANDS, ...CONDITIONAL])

describe('every form decodes to what its name says', () => {
  for (const [name, form] of Object.entries(Form)) {
    if (SPECIAL.has(name)) continue
    test(name, () => {
      const shape = shapeOf(name)
      const script = new Script()
      // xchg with one register twice and accumulator forms decode alike; every pair is in the list.
      if (!shape.memOnly) emitRegisters(script, shape, form)
      if (!shape.regOnly) {
        emitMemory(script, shape, form)
        emitIndexed(script, shape, form, name === 'mov32RM' || name === 'vaddsdRVM' ? ALL : [0, 4, 5, 12, 13, 15])
        emitRip(script, shape, form)
      }
      script.check()
    })
  }
})

describe('forms with a condition code', () => {
  for (const [name, cc] of Object.entries(Cc)) {
    test(name, () => {
      const script = new Script()
      for (const reg of ALL) {
        const rm = (reg + 9) & 15
        for (const width of [32, 64] as const) {
          const form = (width === 32 ? Form.cmov32RM : Form.cmov64RM) + cc
          script.expect(`cmov${name} ${gprName(reg, width)}, ${gprName(rm, width)}`)
          script.asm.rr(form, reg, rm)
          script.expect(`cmov${name} ${gprName(reg, width)}, m${width}[${gprName(rm)}+300]`, 4)
          script.asm.mem(form, reg, rm, 300)
        }
        script.expect(`set${name} ${gprName(reg, 8)}`)
        script.asm.setcc(cc, reg)
        script.expect(`set${name} m8[${gprName(reg)}+5]`, 1)
        script.asm.m(Form.setM + cc, reg, 5)
      }
      script.check()
    })
  }
})

test('forms without operands', () => {
  const script = new Script()
  for (const name of NO_OPERANDS) {
    script.expect(name)
    script.asm.op(Form[name])
  }
  script.check()
})

test('shifts by an immediate take the form without immediate for 1', () => {
  const script = new Script()
  for (const name of ['rol32MI', 'ror64MI', 'shl32MI', 'shl64MI', 'shr32MI', 'sar64MI'] as const) {
    const shape = shapeOf(name)
    for (const reg of ALL) {
      for (const count of [0, 1, 2, 31]) {
        script.expect(`${shape.mnemonic} ${gprName(reg, shape.width)}, ${count}`, 0, count === 1 ? 0 : 1)
        script.asm.shift(Form[name], reg, count)
      }
    }
  }
  script.check()
})
