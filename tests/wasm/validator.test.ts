import { describe, expect, it } from 'vitest'
import { body, leb, moduleOf, section, vec, type Bytes } from '../support/binary.js'
import { RICH_MODULE } from '../support/rich-module.js'
import { testWords, verdict } from '../support/verdict.js'

interface Options {
  readonly memory?: boolean
  readonly tables?: boolean
  readonly dataCount?: boolean
}

/** Type indices: the function under test is of one of these. */
const VOID = 0
const I32_TO_I32 = 1
const TO_I32_I64 = 2
const TO_I32 = 3

/** A module with one function of type `type` and the body `code`, which starts with the locals declaration. */
function withBody(type: number, code: Bytes, options: Options = {}): Uint8Array<ArrayBuffer> {
  const { memory = true, tables = true, dataCount = false } = options
  return moduleOf(
    section(
      1,
      vec(
        [0x60, 0, 0],
        [0x60, 1, 0x7f, 1, 0x7f],
        [0x60, 0, 2, 0x7f, 0x7e],
        [0x60, 0, 1, 0x7f],
        [0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f],
        [0x60, 1, 0x7f, 1, 0x7e],
      ),
    ),
    section(3, vec(type, 4)),
    tables ? section(4, vec([0x70, 0, 1], [0x6f, 0, 1])) : [],
    memory ? section(5, vec([0, 1])) : [],
    section(6, vec([0x7f, 1, 0x41, 0, 0x0b], [0x7e, 0, 0x42, 0, 0x0b])),
    dataCount ? section(12, [0]) : [],
    section(10, vec(body(code), body(0, 0x41, 0, 0x0b))),
  )
}

const I32 = [0x41, 0]
const I64 = [0x42, 0]
const F32 = [0x43, 0, 0, 0, 0]
const END = 0x0b
const DROP = 0x1a
const UNREACHABLE = 0x00

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0)

type Case = readonly [name: string, type: number, code: Bytes, options?: Options]

const cases: readonly Case[] = [
  ['no end', VOID, [0]],
  ['no end after nop', VOID, [0, 1]],
  ['open block', VOID, [0, 2, 0x40, END]],
  ['code after the end', VOID, [0, END, 1, END]],
  ['invalid opcode', VOID, [0, 0xff, END]],
  ['invalid numeric opcode', VOID, [0, 0xfc, 0x20, END]],
  ['no prefixed opcode', VOID, [0, 0xfc]],
  ['prefixed opcode in several bytes', VOID, [0, I32, I32, I32, 0xfc, 0x8b, 0x80, 0x80, 0, 0, END]],
  ['prefixed opcode too long', VOID, [0, 0xfc, 0x80, 0x80, 0x80, 0x80, 0x80, 0, END]],
  ['prefixed opcode too large', VOID, [0, 0xfc, 0x80, 0x80, 1, END]],
  ['no result', TO_I32, [0, END]],
  ['a result too many', VOID, [0, I32, END]],
  ['result type', TO_I32, [0, I64, END]],
  ['second result type', TO_I32_I64, [0, I32, I32, END]],
  ['a result too few', TO_I32_I64, [0, I64, END]],
  ['no operands', VOID, [0, 0x6a, END]],
  ['one operand of two', VOID, [0, I32, 0x6a, END]],
  ['first operand type', VOID, [0, I64, I32, 0x6a, END]],
  ['second operand type', VOID, [0, I32, I64, 0x6a, END]],
  ['operand made by an operator', VOID, [0, I32, I32, 0x6a, 0x50, DROP, END]],
  ['unary operand type', VOID, [0, F32, 0x45, END]],
  ['drop of nothing', VOID, [0, DROP, END]],
  ['drop from outside the block', VOID, [0, I32, 2, 0x40, DROP, END, DROP, END]],
  ['unknown local', VOID, [0, 0x20, 3, END]],
  ['local.set type', I32_TO_I32, [0, I64, 0x21, 0, END]],
  ['local.tee type', I32_TO_I32, [0, I64, 0x22, 0, END]],
  ['local.set of nothing', I32_TO_I32, [0, 0x21, 0, END]],
  ['no local index', I32_TO_I32, [0, 0x20]],
  ['local index too long', I32_TO_I32, [0, 0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0, END]],
  ['local index over 32 bits', I32_TO_I32, [0, 0x20, 0x80, 0x80, 0x80, 0x80, 0x10, END]],
  ['local 2^32 - 1', VOID, [0, 0x20, 0xff, 0xff, 0xff, 0xff, 0x0f, DROP, END]],
  ['assignment to local 2^31', VOID, [0, I32, 0x21, 0x80, 0x80, 0x80, 0x80, 0x08, END]],
  ['tee of local 2^32 - 1', VOID, [0, I32, 0x22, 0xff, 0xff, 0xff, 0xff, 0x0f, DROP, END]],
  ['global 2^32 - 1', VOID, [0, 0x23, 0xff, 0xff, 0xff, 0xff, 0x0f, DROP, END]],
  ['assignment to global 2^32 - 1', VOID, [0, I32, 0x24, 0xff, 0xff, 0xff, 0xff, 0x0f, END]],
  ['function 2^32 - 1', VOID, [0, 0x10, 0xff, 0xff, 0xff, 0xff, 0x0f, END]],
  ['label 2^32 - 1', VOID, [0, 0x0c, 0xff, 0xff, 0xff, 0xff, 0x0f, END]],
  ['br_table label 2^32 - 1', VOID, [0, I32, 0x0e, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, END]],
  ['type 2^32 - 1', VOID, [0, I32, 0x11, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, END]],
  ['table 2^32 - 1', VOID, [0, I32, 0x25, 0xff, 0xff, 0xff, 0xff, 0x0f, DROP, END]],
  ['indices in more bytes than they need', I32_TO_I32, [0, 0x20, 0x80, 0x80, 0, 0x21, 0x80, 0, 0x23, 0x80, 0, END]],
  ['operand made by table.grow', VOID, [0, 0xd0, 0x70, I32, 0xfc, 15, 0, 0x50, DROP, END]],
  ['operand made by local.tee', I32_TO_I32, [0, I32, 0x22, 0, 0x50, DROP, END]],
  ['operand made by select', VOID, [0, I32, I32, I32, 0x1b, 0x50, DROP, END]],
  ['operand made by a load', VOID, [0, I32, 0x28, 2, 0, 0x50, DROP, END]],
  ['operand made by call_indirect', VOID, [0, I32, I32, I32, I32, 0x11, 4, 0, 0x50, DROP, END]],
  ['operand made by a block of two', VOID, [0, 2, 2, I32, I64, END, 0x45, DROP, DROP, END]],
  ['unknown global', VOID, [0, 0x23, 9, END]],
  ['assignment to an immutable global', VOID, [0, I64, 0x24, 1, END]],
  ['global.set type', VOID, [0, I64, 0x24, 0, END]],
  ['load without memory', VOID, [0, I32, 0x28, 2, 0, DROP, END], { memory: false }],
  ['alignment', VOID, [0, I32, 0x28, 3, 0, DROP, END]],
  ['alignment with the memory flag', VOID, [0, I32, 0x28, 0x42, 0, 0, DROP, END]],
  ['no alignment', VOID, [0, I32, 0x28]],
  ['no offset', VOID, [0, I32, 0x28, 2]],
  ['offset over 32 bits', VOID, [0, I32, 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x1f]],
  ['alignment in several bytes', VOID, [0, I32, 0x28, 0x82, 0x80, 0, 0, DROP, END]],
  ['address type', VOID, [0, I64, 0x28, 2, 0, DROP, END]],
  ['load of nothing', VOID, [0, 0x28, 2, 0, DROP, END]],
  ['stored type', VOID, [0, I32, I32, 0x37, 3, 0, END]],
  ['store of one operand', VOID, [0, I32, 0x36, 2, 0, END]],
  ['memory.size without memory', VOID, [0, 0x3f, 0, DROP, END], { memory: false }],
  ['memory.size of memory 1', VOID, [0, 0x3f, 1, DROP, END]],
  ['memory.size with a long index', VOID, [0, 0x3f, 0x80, 0, DROP, END]],
  ['memory.grow without memory', VOID, [0, I32, 0x40, 0, DROP, END], { memory: false }],
  ['memory.grow type', VOID, [0, I64, 0x40, 0, DROP, END]],
  ['memory.grow cut off', VOID, [0, I32, 0x40]],
  ['memory.fill without memory', VOID, [0, I32, I32, I32, 0xfc, 11, 0, END], { memory: false }],
  ['memory.fill of one', VOID, [0, I32, 0xfc, 11, 0, END]],
  ['memory.copy to memory 1', VOID, [0, I32, I32, I32, 0xfc, 10, 1, 0, END]],
  ['memory.copy from memory 1', VOID, [0, I32, I32, I32, 0xfc, 10, 0, 1, END]],
  ['memory.init without a data count', VOID, [0, I32, I32, I32, 0xfc, 8, 0, 0, END]],
  ['memory.init of an unknown segment', VOID, [0, I32, I32, I32, 0xfc, 8, 0, 0, END], { dataCount: true }],
  ['data.drop of an unknown segment', VOID, [0, 0xfc, 9, 0, END], { dataCount: true }],
  ['elem.drop of an unknown segment', VOID, [0, 0xfc, 13, 0, END]],
  ['table.init of an unknown segment', VOID, [0, I32, I32, I32, 0xfc, 12, 0, 0, END]],
  ['table.copy types', VOID, [0, I32, I32, I32, 0xfc, 14, 0, 1, END]],
  ['table.grow of an unknown table', VOID, [0, 0xfc, 15, 5, END]],
  ['table.grow type', VOID, [0, 0xd0, 0x6f, I32, 0xfc, 15, 0, END]],
  ['table.size of an unknown table', VOID, [0, 0xfc, 16, 5, END]],
  ['table.fill type', VOID, [0, I32, 0xd0, 0x6f, I32, 0xfc, 17, 0, END]],
  ['table.get of an unknown table', VOID, [0, I32, 0x25, 9, DROP, END]],
  ['table.get without tables', VOID, [0, I32, 0x25, 0, DROP, END], { tables: false }],
  ['table.set type', VOID, [0, I32, 0xd0, 0x6f, 0x26, 0, END]],
  ['unknown function', VOID, [0, 0x10, 9, END]],
  ['call without arguments', VOID, [0, 0x10, 1, END]],
  ['call with two arguments of three', VOID, [0, I32, I32, 0x10, 1, END]],
  ['argument type', VOID, [0, I64, I64, I32, 0x10, 1, DROP, END]],
  ['call cut off', VOID, [0, 0x10]],
  ['operand made by a call', VOID, [0, I32, I32, I32, 0x10, 1, 0x50, DROP, END]],
  ['call_indirect of an unknown type', VOID, [0, I32, 0x11, 9, 0, END]],
  ['call_indirect of an unknown table', VOID, [0, I32, 0x11, 0, 9, END]],
  ['call_indirect of a table of externref', VOID, [0, I32, 0x11, 0, 1, END]],
  ['call_indirect index type', VOID, [0, I64, 0x11, 0, 0, END]],
  ['call_indirect without arguments', VOID, [0, I32, 0x11, 1, 0, DROP, END]],
  ['call_indirect of nothing', VOID, [0, 0x11, 1, 0, DROP, END]],
  ['call_indirect without a table index', VOID, [0, I32, 0x11, 0]],
  ['call_indirect cut off', VOID, [0, I32, 0x11]],
  ['unknown label', VOID, [0, 0x0c, 5, END]],
  ['br_if condition type', VOID, [0, I64, 0x0d, 0, END]],
  ['br_if without a value', TO_I32, [0, I32, 0x0d, 0, END]],
  ['br_if value type', TO_I32, [0, I64, I32, 0x0d, 0, END]],
  ['br without a value', TO_I32, [0, 0x0c, 0, END]],
  ['br value type', TO_I32, [0, I64, 0x0c, 0, END]],
  ['return without a value', TO_I32, [0, 0x0f, END]],
  ['return type', TO_I32, [0, I64, 0x0f, END]],
  ['br_table to an unknown label', VOID, [0, I32, 0x0e, 1, 9, 0, END]],
  ['br_table to an unknown default', VOID, [0, I32, 0x0e, 1, 0, 9, END]],
  ['br_table arity', VOID, [0, 2, 0x7f, I32, I32, 0x0e, 1, 0, 1, END, DROP, END]],
  ['br_table types', VOID, [0, 2, 0x7f, 2, 0x7e, I32, I32, 0x0e, 1, 0, 1, END, DROP, I32, END, DROP, END]],
  ['br_table value type', VOID, [0, 2, 0x7f, I64, I32, 0x0e, 0, 0, END, DROP, END]],
  ['br_table without a value', VOID, [0, 2, 0x7f, I32, 0x0e, 0, 0, END, DROP, END]],
  ['br_table over the limit', VOID, [0, I32, 0x0e, leb(65_521), zeros(65_522), END]],
  ['br_table of the largest size', VOID, [0, I32, 0x0e, leb(65_520), zeros(65_521), END]],
  ['br_table cut off', VOID, [0, I32, 0x0e, 5, 0]],
  ['br_table label cut off', VOID, [0, I32, 0x0e, 1, 0x80]],
  ['br_table index type', VOID, [0, I64, 0x0e, 0, 0, END]],
  ['else without if', VOID, [0, 5, END]],
  ['else in a block', VOID, [0, 2, 0x40, 5, END, END]],
  ['else twice', VOID, [0, I32, 4, 0x40, 5, 5, END, END]],
  ['if without else with a result', VOID, [0, I32, 4, 0x7f, I32, END, DROP, END]],
  ['if without else, parameter and result', VOID, [0, I32, I32, 4, 1, END, DROP, END]],
  ['if condition type', VOID, [0, I64, 4, 0x40, END, END]],
  ['if of nothing', VOID, [0, 4, 0x40, END, END]],
  ['unknown block type', VOID, [0, 2, 9, END, END]],
  ['bad block type', VOID, [0, 2, 0x60, END, END]],
  ['block type too long', VOID, [0, 2, 0x80, 0x80, 0x80, 0x80, 0x80, 1, END]],
  ['block type index in two bytes', VOID, [0, 2, 0x80, 0, END, END]],
  ['no block type', VOID, [0, 2]],
  ['block without its parameter', VOID, [0, 2, 1, END, DROP, END]],
  ['block parameter type', VOID, [0, I64, 2, 1, END, DROP, END]],
  ['block without its result', VOID, [0, 2, 0x7f, END, DROP, END]],
  ['block result type', VOID, [0, 2, 0x7f, I64, END, DROP, END]],
  ['block with an operand too many', VOID, [0, 2, 0x40, I32, END, END]],
  ['operand made by a block', VOID, [0, 2, 0x7e, I64, END, 0x45, DROP, END]],
  ['operand made in a loop', VOID, [0, 3, 0x7e, I64, END, 0x45, DROP, END]],
  ['operand made by an if', VOID, [0, I32, 4, 0x7e, I64, 5, I64, END, 0x45, DROP, END]],
  ['loop without its result', VOID, [0, 3, 0x7f, END, DROP, END]],
  ['then without its result', VOID, [0, I32, 4, 0x7f, 5, I32, END, DROP, END]],
  ['then with an operand too many', VOID, [0, I32, 4, 0x40, I32, 5, END, END]],
  ['select types', VOID, [0, I32, I64, I32, 0x1b, DROP, END]],
  ['select condition', VOID, [0, I32, I32, I64, 0x1b, DROP, END]],
  ['select of references', VOID, [0, 0xd0, 0x70, 0xd0, 0x70, I32, 0x1b, DROP, END]],
  ['select of one', VOID, [0, I32, 0x1b, DROP, END]],
  ['select of two', VOID, [0, I32, I32, 0x1b, DROP, END]],
  ['typed select of two types', VOID, [0, 0x1c, 2, 0x7f, 0x7f, END]],
  ['typed select of no type', VOID, [0, 0x1c, 0, END]],
  ['typed select', VOID, [0, I32, I32, I32, 0x1c, 1, 0x7e, DROP, END]],
  ['typed select of a bad type', VOID, [0, 0x1c, 1, 0x40, DROP, END]],
  ['ref.null of a number', VOID, [0, 0xd0, 0x7f, DROP, END]],
  ['ref.null cut off', VOID, [0, 0xd0]],
  ['ref.is_null of a number', VOID, [0, I32, 0xd1, DROP, END]],
  ['ref.is_null of nothing', VOID, [0, 0xd1, DROP, END]],
  ['ref.func of an unknown function', VOID, [0, 0xd2, 5, DROP, END]],
  ['ref.func undeclared', VOID, [0, 0xd2, 0, DROP, END]],
  ['unreachable: operands from nowhere', VOID, [0, UNREACHABLE, 0x6a, DROP, END]],
  ['unreachable: operand type', VOID, [0, UNREACHABLE, I64, 0x6a, DROP, END]],
  ['unreachable: an operand too many', VOID, [0, UNREACHABLE, I32, END]],
  ['unreachable: result type', TO_I32, [0, UNREACHABLE, I64, END]],
  ['unreachable: one of two results', TO_I32_I64, [0, UNREACHABLE, I32, END]],
  ['unreachable: else type', VOID, [0, I32, 4, 0x7f, UNREACHABLE, I64, 5, I32, END, DROP, END]],
  ['unreachable: br_if makes its values', TO_I32, [0, UNREACHABLE, 0x0d, 0, END]],
  ['unreachable: br_if value type', TO_I32, [0, UNREACHABLE, I64, I32, 0x0d, 0, END]],
  ['unreachable: br value type', TO_I32, [0, UNREACHABLE, I64, 0x0c, 0, END]],
  ['unreachable: return type', TO_I32, [0, UNREACHABLE, I64, 0x0f, END]],
  [
    'unreachable: br_table of two types',
    VOID,
    [0, 2, 0x7f, 2, 0x7e, UNREACHABLE, I32, 0x0e, 1, 0, 1, END, DROP, I32, END, DROP, END],
  ],
  [
    'unreachable: br_table value',
    VOID,
    [0, 2, 0x7f, 2, 0x7e, UNREACHABLE, I64, I32, 0x0e, 1, 0, 1, END, DROP, I32, END, DROP, END],
  ],
  [
    'unreachable: br_table arity',
    VOID,
    [0, 2, 0x7f, 2, 0x40, UNREACHABLE, I32, 0x0e, 1, 0, 1, END, I32, END, DROP, END],
  ],
  ['unreachable: select of a reference', VOID, [0, UNREACHABLE, 0xd0, 0x70, I32, 0x1b, DROP, END]],
  ['unreachable: select gives the known type', VOID, [0, UNREACHABLE, F32, I32, 0x1b, 0x50, DROP, END]],
  ['unreachable: select of nothing known', VOID, [0, UNREACHABLE, 0x1b, 0x50, DROP, END]],
  ['unreachable: ref.is_null', VOID, [0, UNREACHABLE, 0xd1, DROP, END]],
  ['unreachable: block parameters', VOID, [0, UNREACHABLE, 2, 1, 0x45, END, DROP, END]],
  ['unreachable: a block in it is reachable', VOID, [0, UNREACHABLE, 2, 0x40, 0x6a, DROP, END, END]],
  ['locals over the limit', VOID, [1, leb(50_001), 0x7f, END]],
  ['locals over the limit together', VOID, [2, leb(40_000), 0x7f, leb(40_000), 0x7f, END]],
  ['2^32 locals', VOID, [2, leb(0xffff_ffff), 0x7f, leb(0xffff_ffff), 0x7f, END]],
  ['the most locals', VOID, [1, leb(50_000), 0x7f, END]],
  ['the most locals and a parameter', I32_TO_I32, [1, leb(50_000), 0x7f, END]],
  ['local type', VOID, [1, 1, 0x40, END]],
  ['type of no locals', VOID, [1, 0, 0x40, END]],
  ['locals cut off', VOID, [1]],
  ['local type cut off', VOID, [1, 1]],
  ['more local groups than bytes', VOID, [leb(0xffff_ffff)]],
  ['local groups too long', VOID, [0x80, 0x80, 0x80, 0x80, 0x80, 0, END]],
  ['empty body', VOID, []],
  ['i32.const cut off', VOID, [0, 0x41]],
  ['i32.const too long', VOID, [0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0, END]],
  ['i32.const over 32 bits', VOID, [0, 0x41, 0xff, 0xff, 0xff, 0xff, 0x0f, DROP, END]],
  ['i64.const cut off', VOID, [0, 0x42, 0x80]],
  ['i64.const too long', VOID, [0, 0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, END]],
  ['f32.const cut off', VOID, [0, 0x43, 0, 0]],
  ['f64.const cut off', VOID, [0, 0x44, 0, 0]],
]

describe('verdict, words and offset are V8’s', () => {
  testWords('validator', new Map(cases.map(([name, type, code, options]) => [name, withBody(type, code, options)])))
})

function ours(...code: Bytes): string {
  return verdict(withBody(VOID, [0, ...code])).replace(/^Compiling function #0 failed: /, '')
}

describe('where V8 11.3 differs', () => {
  it('refuses opcodes that are not in Wasm 2.0', () => {
    expect(ours(0x12, 0, END)).toMatch(/^Invalid opcode 0x12 /)
    expect(ours(0x06, 0x40, END, END)).toMatch(/^Invalid opcode 0x6 /)
    expect(ours(0xfd, 0x0c, END)).toMatch(/^Invalid opcode 0xfd /)
    expect(ours(0xfe, 3, 0, END)).toMatch(/^Invalid opcode 0xfe /)
  })
  it('refuses long spellings of one-byte block and heap types', () => {
    expect(ours(2, 0xc0, 0x7f, END, END)).toMatch(/^invalid block type -64 /)
    expect(ours(0xd0, 0xf0, 0x7f, DROP, END)).toMatch(/^Unknown heap type 112 /)
  })
})

it('accepts a module with every section', () => {
  expect(verdict(RICH_MODULE)).toBe('valid')
})
