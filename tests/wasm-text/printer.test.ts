import { describe, expect, it } from 'vitest'
import { WasmError } from '#dist/wasm/error.js'
import { Imm, opcodes, type OpcodeInfo } from '#dist/wasm/opcodes.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { f32Text, f64Text, nameText } from '#dist/wasm/text/literals.js'
import { parseF32, parseF64 } from '#dist/wasm/text/numbers.js'
import { printModule } from '#dist/wasm/text/printer.js'
import { readScript } from '#dist/wasm/text/wast.js'
import { hostWebAssembly } from '#dist/tests/support/host-wasm.js'
import { specFiles } from './support.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Immediates for an opcode, in text. */
function immediates(info: OpcodeInfo): string {
  switch (info.imm) {
    case Imm.Labels:
      return ' 0 0 0'
    case Imm.I32:
    case Imm.I64:
      return ' -123456789'
    case Imm.F32:
    case Imm.F64:
      return ' -1.5e-7'
    case Imm.SelectTypes:
      return ' (result i32)'
    case Imm.HeapType:
      return ' extern'
    case Imm.TypeTable:
      return ' 1 (type 0)'
    case Imm.MemArg:
      return ' offset=300 align=1'
    case Imm.Label:
    case Imm.Func:
    case Imm.Local:
    case Imm.Global:
    case Imm.Data:
    case Imm.Elem:
      return ' 0'
    case Imm.Table:
    case Imm.Memory:
      return ' 1'
    case Imm.DataMemory:
    case Imm.ElemTable:
    case Imm.MemoryMemory:
    case Imm.TableTable:
      return ' 1 0'
    default:
      return ''
  }
}

describe('printer', () => {
  it.each(opcodes.filter((info) => info.name !== 'else' && info.name !== 'end'))(
    'prints $name so that it assembles to the same bytes',
    (info) => {
      const end = info.imm === Imm.Block ? ' end' : ''
      const bytes = assemble(`(type (func)) (func ${info.name}${immediates(info)}${end})`)
      const text = printModule(bytes)
      expect(text).toContain(`    ${info.name}`)
      expect(hex(assemble(text))).toBe(hex(bytes))
    },
  )

  it('prints every kind of entity', () => {
    const source = `(module $m
      (type $t (func (param i32 i64) (result f32 f64)))
      (import "a\\u{7}" "\\"\\\\é" (func $imp (type $t) (param $x i32) (param i64) (result f32 f64)))
      (import "a" "t" (table 1 2 externref))
      (import "a" "m" (memory 1))
      (import "a" "g" (global $g (mut f32)))
      (table $tab 1 funcref)
      (memory $mem 1 2)
      (global $glo i32 (i32.const -1))
      (global (mut i32) i32.const 1 i32.const 2 block end)
      (export "e" (func $f)) (export "t" (table $tab)) (export "m" (memory 0)) (export "g" (global $g))
      (elem $e0 (i32.const 0) $f) (elem (table $tab) (offset i32.const 0 nop) func $f $imp) (elem declare func $f)
      (elem func) (elem funcref (ref.func $f) (item ref.null func)) (elem (i32.const 1) funcref (ref.func 0))
      (elem (table 1) (i32.const 1) funcref (ref.func 0)) (elem declare externref (ref.null extern))
      (data $d "a\\00\\ff\\n\\"") (data (i32.const 3)) (data (memory 1) (global.get $glo) "x" "y")
      (start $f)
      (func $f (type 1) (local $a i32) (local i32 i32) (local $b f32)
        (block $l (loop $l (if (i32.const 0) (then (br $l) (br 1) (br 2) (br 3)) (else (br_table $l 1 0)))))
        (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))
        (drop (block (param) (result i32 i32) (i32.const 1) (i32.const 2)))))
    (type (func))`.replace(/\)\s*\(type \(func\)\)$/, '(type (func)))')
    const bytes = assemble(source)
    const text = printModule(bytes)
    expect(hex(assemble(text))).toBe(hex(bytes))
    expect(text).toContain(
      '(import "a\\u{7}" "\\"\\\\é" (func $imp (;0;) (type $t) (param $x i32) (param i64) (result f32 f64)))',
    )
    expect(hex(assemble(printModule(bytes, { names: false }), { names: false }))).toBe(
      hex(assemble(source, { names: false })),
    )
  })

  it('puts the byte offset in front of each line', () => {
    const bytes = assemble('(func (drop (i32.const 5)))')
    const text = printModule(bytes, { offsets: true })
    for (const [, offset, line] of text.matchAll(/^\(;@([0-9a-f]+);\) +(.*)$/gm)) {
      const byte = bytes[Number.parseInt(offset, 16)]
      if (line === 'drop') expect(byte).toBe(0x1a)
      if (line === 'i32.const 5') expect(byte).toBe(0x41)
      if (line === ')') expect(byte).toBe(0x0b)
    }
    expect(text).toContain('(;@0019;)     drop')
    expect(hex(assemble(text))).toBe(hex(bytes))
  })

  it('tells entities of the same name apart', () => {
    const names = '\\04name\\01\\07\\02\\00\\01f\\01\\01f'
    const binary = assemble(
      `(module binary "\\00asm\\01\\00\\00\\00\\01\\04\\01\\60\\00\\00\\03\\03\\02\\00\\00\\0a\\09\\02\\04\\00\\10\\01\\0b\\02\\00\\0b\\00\\0e${names}")`,
    )
    const text = printModule(binary)
    expect(text).toContain('(func $f (;0;)')
    expect(text).toContain('call $f#1')
    expect(hostWebAssembly.validate(assemble(text))).toBe(true)
  })

  it('indents deep nesting only so far', () => {
    const depth = 20_000
    const text = printModule(assemble(`(func ${'block '.repeat(depth)}${'end '.repeat(depth)})`))
    expect(text.length).toBeLessThan(depth * 300)
  })

  /** A version, a type and a function that wants a body. */
  const oneFunction = '0100000001040160000003020100'
  it.each([
    ['no header', '', 0, 'expected magic word'],
    ['another version', '02000000', 4, 'expected version'],
    ['an unfinished count', '010000000101ff', 11, 'expected count'],
    ['a section past the end', '010000000104016000', 10, 'expected 4 bytes'],
    ['an unknown opcode', `${oneFunction}0a05010300060b`, 23, 'invalid opcode 0x6'],
    ['an unknown prefixed opcode', `${oneFunction}0a07010500fcff010b`, 23, 'invalid opcode 0xfc'],
    ['a body without end', `${oneFunction}0a0401020001`, 24, 'expected 1 bytes'],
    ['a body with two ends', `${oneFunction}0a050103000b0b`, 24, 'operators remaining'],
    ['a body without function', '010000000a040102000b', 11, 'more function bodies than functions'],
    ['a count of locals without bound', `${oneFunction}0a0a010801ffffffff0f7f0b`, 23, 'local count'],
    ['an unknown section', '010000000d00', 8, 'unknown section code #0x0d'],
    ['a section that is too long', '0100000008020000', 11, 'section was shorter'],
  ])('refuses %s at the byte at fault', (_, tail, offset, message) => {
    const bytes = Buffer.from(tail === '' ? '' : `0061736d${tail}`, 'hex')
    try {
      printModule(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(WasmError)
      expect(error).toMatchObject({ offset, message: expect.stringContaining(message) })
      return
    }
    expect.fail('printed')
  })
})

describe('literals', () => {
  it('print to the same bits', () => {
    let state = 7
    const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0)
    for (let i = 0; i < 20_000; i++) {
      const lo = next()
      const hi = next()
      const double = (BigInt(hi) << 32n) | BigInt(lo)
      if (parseF32(f32Text(hi | 0)) !== hi) expect.fail(`f32 0x${hi.toString(16)}`)
      if (parseF64(f64Text(lo | 0, hi | 0)) !== double) expect.fail(`f64 0x${double.toString(16)}`)
    }
  })

  it.each([
    [0x3f800000, '1'],
    [0x80000000, '-0'],
    [0x3dcccccd, '0.1'],
    [0x7fc00000, 'nan'],
    [0xffc00001, '-nan:0x400001'],
    [0xff800000, '-inf'],
    [1, '1.4013e-45'],
  ])('f32 %d is %s', (bits, text) => expect(f32Text(bits)).toBe(text))

  it('hides what would not be seen', () => {
    expect(nameText('a b\u202e\u0000"\\é')).toBe('"a b\\u{202e}\\u{0}\\"\\\\é"')
  })
})

describe.each(specFiles('core-2.0'))('$name', ({ source }) => {
  it('prints every module so that it assembles to the same bytes', () => {
    for (const command of readScript(source)) {
      if (!('module' in command) || typeof command.module !== 'object') continue
      if (command.module.form === 'binary' || command.type === 'assert_malformed') continue
      const bytes = command.module.encode()
      const text = printModule(bytes, { offsets: true })
      expect(hex(assemble(text)), `line ${command.line}`).toBe(hex(bytes))
    }
  })
})
