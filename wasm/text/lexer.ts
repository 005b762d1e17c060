/**
 * The lexer of the text format (specification section 6.3): source text to a flat table of tokens.
 *
 * Tokens live in typed arrays, and each left parenthesis knows its partner. That makes lookahead, skipping a whole form
 * and reading a form twice (the assembler's two passes, scripts that assemble a module only when it is asked for)
 * plain index arithmetic, and it finds unbalanced parentheses before any parser runs. Annotations `(@id ...)` are
 * white space here. Anything that no grammar rule can use (the specification's "reserved" tokens) is refused here.
 */
import { WasmError } from '../error.js'

export const Token = {
  LeftParen: 0,
  RightParen: 1,
  /** A run of identifier characters: keyword, number, index. */
  Atom: 2,
  /** `$name` or `$"name"` */
  Id: 3,
  String: 4,
  /** Stands after the last token. */
  End: 5,
} as const
export type Token = (typeof Token)[keyof typeof Token]

export interface Tokens {
  readonly source: string
  /** Without the closing `End` token. */
  readonly count: number
  readonly kinds: Uint8Array
  /** Character offsets in `source`. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** For a left parenthesis the token index of the right one that closes it. */
  readonly close: Int32Array
}

const IDCHAR = 1
const RESERVED = 2
const charClass = new Uint8Array(128)
for (let c = 0x21; c < 0x7f; c++) charClass[c] = IDCHAR
for (const c of '"(),;[]{}') charClass[c.charCodeAt(0)] = 0
for (const c of ',;[]{}') charClass[c.charCodeAt(0)] = RESERVED

const NEWLINE = 0x0a
const RETURN = 0x0d
const QUOTE = 0x22
const DOLLAR = 0x24
const LEFT = 0x28
const RIGHT = 0x29
const SEMICOLON = 0x3b
const AT = 0x40
const BACKSLASH = 0x5c

/** An error at a place in text: the message ends in line and column (both from 1, in UTF-16 units), the offset is kept. */
export function textError(source: string, offset: number, message: string): WasmError {
  let line = 1
  let lineStart = 0
  for (let i = source.indexOf('\n'); i >= 0 && i < offset; i = source.indexOf('\n', i + 1)) {
    line++
    lineStart = i + 1
  }
  return new WasmError(`${message} (at ${line}:${offset - lineStart + 1})`, offset)
}

/**
 * Splits `source` into tokens.
 * @throws WasmError for characters, strings and comments outside the lexical grammar and for unbalanced parentheses.
 */
export function tokenize(source: string): Tokens {
  const surrogate = source.search(/\p{Surrogate}/u)
  if (surrogate >= 0) throw textError(source, surrogate, 'malformed UTF-8 encoding')
  return new Lexer(source).run()
}

class Lexer {
  private readonly source: string
  private kinds: Uint8Array
  private starts: Int32Array
  private ends: Int32Array
  private close: Int32Array
  private count = 0
  private at = 0

  constructor(source: string) {
    this.source = source
    const guess = (source.length >>> 2) + 16
    this.kinds = new Uint8Array(guess)
    this.starts = new Int32Array(guess)
    this.ends = new Int32Array(guess)
    this.close = new Int32Array(guess)
  }

  run(): Tokens {
    const { source } = this
    const length = source.length
    let open = -1
    for (;;) {
      this.skipSpace()
      const start = this.at
      if (start >= length) break
      const c = source.charCodeAt(start)
      if (c === LEFT) {
        this.at++
        if (source.charCodeAt(this.at) === AT) {
          this.annotation(start)
          continue
        }
        // Until it is closed, a left parenthesis holds the one around it: the stack needs no storage of its own.
        this.push(Token.LeftParen, start)
        this.close[this.count - 1] = open
        open = this.count - 1
      } else if (c === RIGHT) {
        if (open < 0) this.fail('unexpected )', start)
        this.at++
        const outer = this.close[open]
        this.close[open] = this.count
        this.push(Token.RightParen, start)
        open = outer
      } else {
        const kind = this.word(false)
        this.push(kind, start)
      }
    }
    if (open >= 0) this.fail('unclosed (', this.starts[open])
    this.push(Token.End, length)
    return {
      source,
      count: this.count - 1,
      kinds: this.kinds,
      starts: this.starts,
      ends: this.ends,
      close: this.close,
    }
  }

  private push(kind: Token, start: number): void {
    const index = this.count++
    if (index === this.kinds.length) this.grow()
    this.kinds[index] = kind
    this.starts[index] = start
    this.ends[index] = this.at
  }

  private grow(): void {
    const size = this.kinds.length * 2
    const kinds = new Uint8Array(size)
    kinds.set(this.kinds)
    this.kinds = kinds
    const grown = (old: Int32Array): Int32Array => {
      const next = new Int32Array(size)
      next.set(old)
      return next
    }
    this.starts = grown(this.starts)
    this.ends = grown(this.ends)
    this.close = grown(this.close)
  }

  /** White space and comments. */
  private skipSpace(): void {
    const { source } = this
    for (;;) {
      const c = source.charCodeAt(this.at)
      if (c === 0x20 || c === NEWLINE || c === 0x09 || c === RETURN) {
        this.at++
      } else if (c === SEMICOLON && source.charCodeAt(this.at + 1) === SEMICOLON) {
        this.lineComment()
      } else if (c === LEFT && source.charCodeAt(this.at + 1) === SEMICOLON) {
        this.blockComment()
      } else {
        return
      }
    }
  }

  private lineComment(): void {
    const { source } = this
    for (this.at += 2; this.at < source.length; this.at++) {
      const c = source.charCodeAt(this.at)
      if (c === NEWLINE || c === RETURN) return
    }
  }

  private blockComment(): void {
    const { source } = this
    const start = this.at
    let depth = 0
    while (this.at < source.length) {
      const c = source.charCodeAt(this.at)
      const next = source.charCodeAt(this.at + 1)
      if (c === LEFT && next === SEMICOLON) {
        depth++
        this.at += 2
      } else if (c === SEMICOLON && next === RIGHT) {
        depth--
        this.at += 2
        if (depth === 0) return
      } else {
        this.at++
      }
    }
    this.fail('unclosed comment', start)
  }

  /** Skips an annotation (section 6.3.6): any tokens, in balanced parentheses. `at` stands at its `@`. */
  private annotation(start: number): void {
    const { source } = this
    this.at++
    const idStart = this.at
    const c = source.charCodeAt(idStart)
    if (this.at >= source.length || !(c === QUOTE || this.classOf(c) === IDCHAR)) {
      this.fail('empty annotation id', start)
    }
    const kind = this.word(true)
    if (kind === Token.String) {
      if (this.at === idStart + 2) this.fail('empty annotation id', start)
      nameOf(source, idStart, this.at)
    }
    for (let depth = 1; depth > 0;) {
      this.skipSpace()
      if (this.at >= source.length) this.fail('unclosed annotation', start)
      const token = source.charCodeAt(this.at)
      if (token === LEFT) {
        this.at++
        depth++
      } else if (token === RIGHT) {
        this.at++
        depth--
      } else {
        this.word(true)
      }
    }
  }

  private classOf(c: number): number {
    return c < 128 ? charClass[c] : 0
  }

  /** One atom, identifier or string; with `reservedToo` (inside annotations) also what the grammar has no use for. */
  private word(reservedToo: boolean): Token {
    const { source } = this
    const start = this.at
    let strings = 0
    let firstString = -1
    let reserved = false
    while (this.at < source.length) {
      const c = source.charCodeAt(this.at)
      if (c === QUOTE) {
        if (strings++ === 0) firstString = this.at
        this.string()
        continue
      }
      if (c === SEMICOLON && source.charCodeAt(this.at + 1) === SEMICOLON) break
      const cls = this.classOf(c)
      if (cls === 0) break
      if (cls === RESERVED) reserved = true
      this.at++
    }
    if (this.at === start) {
      const c = source.codePointAt(start)!
      this.fail(`illegal character U+${c.toString(16).toUpperCase().padStart(4, '0')}`, start)
    }
    if (reservedToo && (reserved || strings > 1)) return Token.Atom
    if (reserved) this.fail('unexpected token', start)
    const dollar = source.charCodeAt(start) === DOLLAR
    if (strings === 0) {
      if (!dollar) return Token.Atom
      if (this.at === start + 1 && !reservedToo) this.fail('empty identifier', start)
      return Token.Id
    }
    // A string is at the end when its quote is the last character and no other string stands before it.
    const whole = strings === 1 && this.stringEnd === this.at
    if (whole && firstString === start) return Token.String
    if (whole && dollar && firstString === start + 1) {
      if (this.at === start + 3) this.fail('empty identifier', start)
      return Token.Id
    }
    if (reservedToo) return Token.Atom
    return this.fail('unexpected token (white space is missing beside a string)', start)
  }

  private stringEnd = 0

  private string(): void {
    const { source } = this
    const start = this.at++
    for (;;) {
      if (this.at >= source.length) this.fail('unclosed string', start)
      const c = source.charCodeAt(this.at)
      if (c === QUOTE) break
      if (c < 0x20 || c === 0x7f) this.fail(c === NEWLINE ? 'unclosed string' : 'illegal character in string', this.at)
      if (c !== BACKSLASH) {
        this.at++
        continue
      }
      const length = escapeLength(source, this.at)
      if (length === 0) this.fail('malformed escape in string', this.at)
      this.at += length
    }
    this.at++
    this.stringEnd = this.at
  }

  private fail(message: string, offset: number): never {
    throw textError(this.source, offset, message)
  }
}

/** The byte that the letter stands for behind a backslash, -1 when it is none. */
function simpleEscape(letter: number): number {
  switch (letter) {
    case 0x74:
      return 0x09
    case 0x6e:
      return NEWLINE
    case 0x72:
      return RETURN
    case QUOTE:
    case 0x27:
    case BACKSLASH:
      return letter
    default:
      return -1
  }
}

const hexValue = (c: number): number => (c < 0x40 ? c - 0x30 : (c | 0x20) - 0x57)
const isHex = (c: number): boolean => (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66)

/** Length of the escape sequence at `at` (its backslash), 0 when there is none. */
function escapeLength(source: string, at: number): number {
  const c = source.charCodeAt(at + 1)
  if (c === 0x75) {
    const match = /^\\u\{([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)\}/.exec(source.slice(at, at + 64))
    if (match === null) return 0
    const point = Number.parseInt(match[1].replaceAll('_', ''), 16)
    return point >= 0x110000 || (point >= 0xd800 && point < 0xe000) ? 0 : match[0].length
  }
  if (isHex(c)) return isHex(source.charCodeAt(at + 2)) ? 3 : 0
  return simpleEscape(c) >= 0 ? 2 : 0
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The bytes that a string token stands for (section 6.3.3); `start` is at its opening quote, `end` after its closing.
 * The lexer has checked the escapes.
 */
export function stringBytes(source: string, start: number, end: number): Uint8Array {
  const body = source.slice(start + 1, end - 1)
  if (!body.includes('\\')) return encoder.encode(body)
  const bytes: Uint8Array[] = []
  // Hexadecimal escapes name bytes, everything else characters: collect both and join.
  const single = new Uint8Array(body.length)
  let used = 0
  let total = 0
  const flush = (): void => {
    if (used === 0) return
    bytes.push(single.slice(0, used))
    total += used
    used = 0
  }
  for (let at = 0; at < body.length;) {
    const c = body.charCodeAt(at)
    if (c !== BACKSLASH) {
      if (c < 0x80) {
        single[used++] = c
        at++
        continue
      }
      let stop = at
      while (stop < body.length && body.charCodeAt(stop) >= 0x80) stop++
      flush()
      const encoded = encoder.encode(body.slice(at, stop))
      bytes.push(encoded)
      total += encoded.length
      at = stop
      continue
    }
    const length = escapeLength(body, at)
    const letter = body.charCodeAt(at + 1)
    if (letter === 0x75) {
      flush()
      const point = Number.parseInt(body.slice(at + 3, at + length - 1).replaceAll('_', ''), 16)
      const encoded = encoder.encode(String.fromCodePoint(point))
      bytes.push(encoded)
      total += encoded.length
    } else {
      single[used++] = length === 2 ? simpleEscape(letter) : (hexValue(letter) << 4) | hexValue(body.charCodeAt(at + 2))
    }
    at += length
  }
  flush()
  const joined = new Uint8Array(total)
  let offset = 0
  for (const part of bytes) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** A string token that must be a name: its bytes must be UTF-8. */
export function nameOf(source: string, start: number, end: number): string {
  try {
    return decoder.decode(stringBytes(source, start, end))
  } catch {
    throw textError(source, start, 'malformed UTF-8 encoding')
  }
}
