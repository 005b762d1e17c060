import { describe, expect, it } from 'vitest'
import { WasmError } from '#dist/wasm/error.js'
import { assemble } from '#dist/wasm/text/assemble.js'

/** The module without magic and version, in hexadecimal. */
const sections = (text: string, names = true): string =>
  Buffer.from(assemble(text, { names })).toString('hex').slice(16)

/** The error's message and offset. */
function refusal(text: string): { message: string; offset: number } {
  try {
    assemble(text)
  } catch (error) {
    if (error instanceof WasmError) return { message: error.message, offset: error.offset }
    throw error
  }
  return expect.fail(`accepted: ${text}`)
}

describe('encoding', () => {
  it('writes the empty module, with and without parentheses', () => {
    expect(sections('(module)')).toBe('')
    expect(sections('')).toBe('')
    expect(sections('(func)')).toBe(sections('(module (func))'))
  })

  it('appends implied types after the explicit ones, in the order of the expanded text', () => {
    expect(sections('(module (func (param i32)) (type (func (param i64))))')).toContain('01090260017e0060017f00')
    // the block inside the folded condition comes before the `if` that stands before it in the text
    const text = '(func (if (param i64 i64) (block (result i32 i32) unreachable) (then)))'
    expect(sections(text, false)).toBe(
      sections(
        text
          .replace('(if', '(block (result i32 i32) unreachable) (if')
          .replace('(block (result i32 i32) unreachable) (then)', '(then)'),
        false,
      ),
    )
  })

  it('writes a name section for every identifier', () => {
    expect(sections('(module $m (func $f (param $p i32) (block $b)))')).toContain(
      Buffer.from(
        '\u0004name\u0000\u0002\u0001m\u0001\u0004\u0001\u0000\u0001f\u0002\u0006\u0001\u0000\u0001\u0000\u0001p\u0003\u0006\u0001\u0000\u0001\u0000\u0001b',
      ).toString('hex'),
    )
    expect(sections('(module $m (func $f))', false)).not.toContain('6e616d65')
  })

  it('takes quoted and binary modules', () => {
    expect(sections('(module quote "(fu" "nc)")')).toBe(sections('(func)'))
    expect(Buffer.from(assemble('(module binary "\\00a" "sm")')).toString('hex')).toBe('0061736d')
  })

  it('writes the data count section only where it is needed', () => {
    expect(sections('(memory 1) (data "x")')).not.toContain('0c0101')
    expect(sections('(memory 1) (data "x") (func (data.drop 0))')).toContain('0c0101')
  })

  it('keeps text nested 100,000 deep off the JavaScript stack', () => {
    const depth = 100_000
    const folded = `(func ${'(block '.repeat(depth)}${')'.repeat(depth)})`
    const flat = `(func ${'block '.repeat(depth)}${'end '.repeat(depth)})`
    expect(Buffer.compare(assemble(folded), assemble(flat))).toBe(0)
    const sum = `(func (result i32) ${'(i32.eqz '.repeat(depth)}(i32.const 0)${')'.repeat(depth)})`
    expect(assemble(sum).length).toBeGreaterThan(depth)
  })
})

describe('errors', () => {
  it.each([
    ['(func\n  (i32.cnst 1))', 'unknown operator i32.cnst (at 2:4)', 9],
    ['(func (local $x i32) (local $x i32))', 'duplicate local identifier $x (at 1:29)', 28],
    ['(func call $g)', 'unknown func $g (at 1:12)', 11],
    ['(func local.get $x)', 'unknown local $x (at 1:17)', 16],
    ['(func br $l)', 'unknown label $l (at 1:10)', 9],
    ['(func block $a end $b)', 'mismatching label (at 1:20)', 19],
    ['(func block)', 'unexpected end: a block is not closed by end (at 1:7)', 6],
    ['(func end)', 'unexpected token end (at 1:7)', 6],
    ['(func (i32.add i32.const 1))', 'an extra token', 15],
    ['(func (if (nop)))', '(then is expected here (at 1:16)', 15],
    ['(func i32.const 0x1_0000_0000)', 'constant out of range (at 1:17)', 16],
    ['(memory 1) (func i32.load align=3)', 'alignment must be a power of two (at 1:27)', 26],
    ['(func (type 3) (param i32))', 'unknown type 3 (at 1:7)', 6],
    ['(type (func)) (func (type 0) (param i32))', 'inline function type does not match type 0 (at 1:21)', 20],
    ['(func) (import "a" "b" (func))', 'import after function (at 1:9)', 8],
    ['(func) (start 0) (start 0)', 'multiple start sections (at 1:19)', 18],
    ['(module', 'unclosed ( (at 1:1)', 0],
    ['(module))', 'unexpected ) (at 1:9)', 8],
    ['(; (; ;)', 'unclosed comment (at 1:1)', 0],
    ['(data "a', 'unclosed string (at 1:7)', 6],
    ['(data "\\zz")', 'malformed escape in string (at 1:8)', 7],
    ['(data "a""b")', 'unexpected token (white space is missing beside a string) (at 1:7)', 6],
    ['(func \u00e9)', 'illegal character U+00E9 (at 1:7)', 6],
    ['(export "\\ff" (func 0))', 'malformed UTF-8 encoding (at 1:9)', 8],
    ['(export "\ud800" (func 0))', 'malformed UTF-8 encoding (at 1:10)', 9],
    ['(@ x)', 'empty annotation id (at 1:1)', 0],
    ['(fun)', 'unknown module field fun (at 1:2)', 1],
  ])('%j', (text, message, offset) => {
    const error = refusal(text)
    if (message === 'an extra token') expect(error.message).toContain('unexpected token')
    else expect(error.message).toBe(message)
    expect(error.offset).toBe(offset)
  })
})
