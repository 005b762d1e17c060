/**
 * A reading position in a token table: the small vocabulary that the assembler and the script reader are written in.
 *
 * `at` is public on purpose: a parser that reads a form twice, or skips one, sets it.
 */
import { FUNCREF, EXTERNREF, F32, F64, I32, I64, type ValType } from '../types.js'
import { nameOf, stringBytes, textError, Token, type Tokens } from './lexer.js'
import { parseU32 } from './numbers.js'

const valTypes = new Map<string, ValType>([
  ['i32', I32],
  ['i64', I64],
  ['f32', F32],
  ['f64', F64],
  ['funcref', FUNCREF],
  ['externref', EXTERNREF],
])

export class Cursor {
  readonly tokens: Tokens
  /** Index of the next token. */
  at: number

  constructor(tokens: Tokens, at = 0) {
    this.tokens = tokens
    this.at = at
  }

  /** Kind of the next token: one of `Token`. */
  get kind(): number {
    return this.tokens.kinds[this.at]
  }

  /** Source text of a token. */
  text(index = this.at): string {
    return this.tokens.source.slice(this.tokens.starts[index], this.tokens.ends[index])
  }

  /** True when the next token is this keyword. */
  isAtom(word: string, index = this.at): boolean {
    const { kinds, starts, ends, source } = this.tokens
    const start = starts[index]
    return kinds[index] === Token.Atom && ends[index] - start === word.length && source.startsWith(word, start)
  }

  /** True when the next tokens are `(word`. */
  isOpen(word: string): boolean {
    return this.kind === Token.LeftParen && this.isAtom(word, this.at + 1)
  }

  /** Steps over `(word` when it is next, and says whether it was. */
  skipOpen(word: string): boolean {
    if (!this.isOpen(word)) return false
    this.at += 2
    return true
  }

  skipAtom(word: string): boolean {
    if (!this.isAtom(word)) return false
    this.at++
    return true
  }

  open(word: string): void {
    if (!this.skipOpen(word)) this.fail(`(${word} is expected here`)
  }

  close(): void {
    if (this.kind !== Token.RightParen) this.unexpected()
    this.at++
  }

  /** The next token's text, which must be a keyword. */
  atom(what: string): string {
    if (this.kind !== Token.Atom) this.fail(`${what} is expected here`)
    return this.text(this.at++)
  }

  /** The name behind an identifier, when one is next: without `$`, the string form decoded. */
  optionalId(): string | undefined {
    if (this.kind !== Token.Id) return undefined
    return this.idAt(this.at++)
  }

  idAt(index: number): string {
    const { source, starts, ends } = this.tokens
    const start = starts[index] + 1
    return source[start] === '"' ? nameOf(source, start, ends[index]) : source.slice(start, ends[index])
  }

  string(): Uint8Array {
    if (this.kind !== Token.String) this.fail('a string is expected here')
    const index = this.at++
    return stringBytes(this.tokens.source, this.tokens.starts[index], this.tokens.ends[index])
  }

  /** All the strings that follow, joined. */
  strings(): Uint8Array {
    const parts: Uint8Array[] = []
    let length = 0
    while (this.kind === Token.String) {
      const part = this.string()
      parts.push(part)
      length += part.length
    }
    const joined = new Uint8Array(length)
    let offset = 0
    for (const part of parts) {
      joined.set(part, offset)
      offset += part.length
    }
    return joined
  }

  /** A string whose bytes must be UTF-8. */
  name(): string {
    if (this.kind !== Token.String) this.fail('a string is expected here')
    const index = this.at++
    return nameOf(this.tokens.source, this.tokens.starts[index], this.tokens.ends[index])
  }

  /** True when the next token is a number, as far as its first character tells. */
  isNumber(): boolean {
    if (this.kind !== Token.Atom) return false
    const c = this.tokens.source.charCodeAt(this.tokens.starts[this.at])
    return c >= 0x30 && c <= 0x39
  }

  u32(): number {
    if (this.kind !== Token.Atom) this.unexpected()
    const value = parseU32(this.text())
    if (typeof value === 'string') this.fail(value)
    this.at++
    return value
  }

  isValType(): boolean {
    return this.kind === Token.Atom && valTypes.has(this.text())
  }

  valType(): ValType {
    const type = this.kind === Token.Atom ? valTypes.get(this.text()) : undefined
    if (type === undefined) this.fail('a value type is expected here')
    this.at++
    return type
  }

  refType(): ValType {
    const type = this.valType()
    if (type !== FUNCREF && type !== EXTERNREF) this.fail('a reference type is expected here', this.at - 1)
    return type
  }

  unexpected(): never {
    if (this.kind === Token.End) this.fail('unexpected end')
    this.fail(`unexpected token ${this.text()}`)
  }

  /** @throws WasmError always, at the given token. */
  fail(message: string, index = this.at): never {
    throw textError(this.tokens.source, this.tokens.starts[index], message)
  }
}
