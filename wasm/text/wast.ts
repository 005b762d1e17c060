/**
 * Reader of `.wast` scripts: the language of the official test suite (the specification's interpreter, section
 * "Scripts" of its README).
 *
 * Commands come one after another with their line; modules are encoded only when asked for, so that a script that
 * asserts that a module is malformed can be read whole, and nothing is encoded that nobody runs. Constants keep their
 * exact bits in two 32-bit words: a NaN's payload does not survive a JavaScript number.
 */
import { F32, F64, I32, I64, type ValType } from '../types.js'
import { encodeModule, readModuleHead } from './assemble.js'
import { Cursor } from './cursor.js'
import { Token, tokenize } from './lexer.js'
import { assembleFields } from './module.js'
import { parseF32, parseF64, parseI32, parseI64 } from './numbers.js'

/** A number's bits; `hi` is 0 for 32-bit types. Both words are int32. */
export interface WastNumber {
  readonly kind: 'number'
  readonly type: ValType
  readonly lo: number
  readonly hi: number
}

/**
 * A reference. `null` has the heap type that the script names, if any. `extern` and `host` carry the number that
 * stands for the host's object; without one (in results only) every reference of that kind matches. The other forms stand in results
 * and match any non-null reference of their heap type.
 */
export type WastReference =
  | { readonly kind: 'ref.null'; readonly heap: string | undefined }
  | { readonly kind: 'ref.extern' | 'ref.host'; readonly value: number | undefined }
  | { readonly kind: 'ref'; readonly heap: string }

export type WastConst = WastNumber | WastReference

/** What a result may be. `canonical`: the canonical NaN of either sign; `arithmetic`: any NaN with the quiet bit set. */
export type WastPattern =
  | WastConst
  | { readonly kind: 'nan'; readonly type: ValType; readonly form: 'canonical' | 'arithmetic' }
  | { readonly kind: 'either'; readonly patterns: readonly WastPattern[] }

export type WastAction =
  | {
      readonly kind: 'invoke'
      /** Identifier of the instance, absent for the latest one. */
      readonly module: string | undefined
      readonly name: string
      readonly args: readonly WastConst[]
    }
  | { readonly kind: 'get'; readonly module: string | undefined; readonly name: string }

export interface WastModule {
  readonly id: string | undefined
  readonly form: 'text' | 'binary' | 'quote'
  /** Line of the module form in the script. */
  readonly line: number
  /** The binary module. @throws WasmError when the text is malformed */
  encode(): Uint8Array<ArrayBuffer>
}

interface Line {
  /** Line of the command in the script, from 1. */
  readonly line: number
}

/** Assertions about a module that must be refused: by the decoder, the validator, or the linker. */
export type WastModuleAssertion = 'assert_malformed' | 'assert_invalid' | 'assert_unlinkable'
/** Refused only by engines that look into custom sections. */
export type WastCustomAssertion = 'assert_malformed_custom' | 'assert_invalid_custom'
/** Assertions about an action that must not return. */
export type WastFailure = 'assert_trap' | 'assert_exhaustion'
/** The same, without a message. */
export type WastEscape = 'assert_exception' | 'assert_suspension'

export type WastCommand = Line &
  (
    | { readonly type: 'module'; readonly module: WastModule }
    /** A module that is compiled and not instantiated. */
    | { readonly type: 'definition'; readonly module: WastModule }
    /** An instance of an earlier definition, of the latest one when `definition` is absent. */
    | { readonly type: 'instance'; readonly id: string | undefined; readonly definition: string | undefined }
    | { readonly type: 'register'; readonly name: string; readonly module: string | undefined }
    | { readonly type: 'action'; readonly action: WastAction }
    | { readonly type: 'assert_return'; readonly action: WastAction; readonly expected: readonly WastPattern[] }
    | { readonly type: WastFailure; readonly action: WastAction; readonly message: string }
    /** Instantiation must trap. */
    | { readonly type: 'assert_module_trap'; readonly module: WastModule; readonly message: string }
    | { readonly type: WastEscape; readonly action: WastAction; readonly message: string | undefined }
    | {
        readonly type: WastModuleAssertion | WastCustomAssertion
        readonly module: WastModule
        readonly message: string
      }
  )

/** First words of the commands; a file that starts with anything else holds the fields of one module. */
const commandWords: ReadonlySet<string> = new Set([
  'module',
  'register',
  'invoke',
  'get',
  'assert_return',
  'assert_trap',
  'assert_exhaustion',
  'assert_exception',
  'assert_suspension',
  'assert_malformed',
  'assert_invalid',
  'assert_unlinkable',
  'assert_malformed_custom',
  'assert_invalid_custom',
])

/**
 * The commands of a script, in order.
 * @throws WasmError (offset in UTF-16 units, message ends in line and column) when the script itself is malformed:
 * for lexical faults before the first command, for others when the command is reached
 */
export function* readScript(source: string): Generator<WastCommand, void, undefined> {
  const cursor = new Cursor(tokenize(source))
  const { count } = cursor.tokens
  if (count > 0 && (cursor.kind !== Token.LeftParen || !commandWords.has(cursor.text(1)))) {
    const encode = (): Uint8Array<ArrayBuffer> => assembleFields(new Cursor(cursor.tokens), count, undefined, {})
    yield { type: 'module', line: 1, module: { id: undefined, form: 'text', line: 1, encode } }
    return
  }
  const reader = new ScriptReader(cursor)
  while (cursor.at < count) yield reader.command()
}

class ScriptReader {
  private readonly cursor: Cursor
  /** Line of the source offset that was asked for last: lines are asked for in ascending order. */
  private line = 1
  private lineEnd: number

  constructor(cursor: Cursor) {
    this.cursor = cursor
    this.lineEnd = cursor.tokens.source.indexOf('\n')
  }

  private lineOf(token: number): number {
    const { source, starts } = this.cursor.tokens
    while (this.lineEnd >= 0 && this.lineEnd < starts[token]) {
      this.line++
      this.lineEnd = source.indexOf('\n', this.lineEnd + 1)
    }
    return this.line
  }

  command(): WastCommand {
    const { cursor } = this
    const line = this.lineOf(cursor.at)
    if (cursor.kind !== Token.LeftParen) cursor.unexpected()
    const word = cursor.text(cursor.at + 1)
    switch (word) {
      case 'module':
        return this.moduleCommand(line)
      case 'invoke':
      case 'get':
        return { type: 'action', line, action: this.action() }
    }
    cursor.at += 2
    const command = this.assertion(word, line)
    cursor.close()
    return command
  }

  private moduleCommand(line: number): WastCommand {
    const { cursor } = this
    const start = cursor.at
    cursor.at += 2
    if (cursor.skipAtom('definition')) return { type: 'definition', line, module: this.moduleAfterHead(start) }
    if (cursor.skipAtom('instance')) {
      const id = cursor.optionalId()
      const definition = cursor.optionalId()
      cursor.close()
      return { type: 'instance', line, id, definition }
    }
    return { type: 'module', line, module: this.moduleAfterHead(start) }
  }

  /** A module form whose parenthesis is token `start`, with the cursor at its identifier. */
  private moduleAfterHead(start: number): WastModule {
    const { cursor } = this
    const { tokens } = cursor
    const line = this.lineOf(start)
    const head = readModuleHead(cursor, start)
    return { id: head.id, form: head.form, line, encode: () => encodeModule(new Cursor(tokens), head) }
  }

  private module(): WastModule {
    const { cursor } = this
    const start = cursor.at
    cursor.open('module')
    cursor.skipAtom('definition')
    return this.moduleAfterHead(start)
  }

  private assertion(word: string, line: number): WastCommand {
    const { cursor } = this
    switch (word) {
      case 'register':
        return { type: word, line, name: cursor.name(), module: cursor.optionalId() }
      case 'assert_return': {
        const action = this.action()
        const expected: WastPattern[] = []
        while (cursor.kind === Token.LeftParen) expected.push(this.pattern())
        return { type: word, line, action, expected }
      }
      case 'assert_trap':
        if (cursor.isOpen('module')) {
          return { type: 'assert_module_trap', line, module: this.module(), message: cursor.name() }
        }
        return { type: word, line, action: this.action(), message: cursor.name() }
      case 'assert_exhaustion':
        return { type: word, line, action: this.action(), message: cursor.name() }
      case 'assert_exception':
      case 'assert_suspension': {
        const action = this.action()
        return { type: word, line, action, message: cursor.kind === Token.String ? cursor.name() : undefined }
      }
      case 'assert_malformed':
      case 'assert_invalid':
      case 'assert_unlinkable':
      case 'assert_malformed_custom':
      case 'assert_invalid_custom':
        return { type: word, line, module: this.module(), message: cursor.name() }
      default:
        return cursor.fail(`unknown script command ${word}`, cursor.at - 1)
    }
  }

  private action(): WastAction {
    const { cursor } = this
    const get = cursor.isOpen('get')
    if (!get && !cursor.isOpen('invoke')) cursor.fail('(invoke or (get is expected here')
    cursor.at += 2
    const module = cursor.optionalId()
    const name = cursor.name()
    const args: WastConst[] = []
    if (get) {
      cursor.close()
      return { kind: 'get', module, name }
    }
    while (cursor.kind === Token.LeftParen) {
      const place = cursor.at
      const value = this.pattern()
      if (value.kind === 'nan' || value.kind === 'either') return cursor.fail('a constant is expected here', place)
      args.push(value)
    }
    cursor.close()
    return { kind: 'invoke', module, name, args }
  }

  /** A constant or a result pattern. */
  private pattern(): WastPattern {
    const { cursor } = this
    cursor.at++
    const word = cursor.atom('a constant')
    const pattern = this.patternBody(word)
    cursor.close()
    return pattern
  }

  private patternBody(word: string): WastPattern {
    const { cursor } = this
    switch (word) {
      case 'i32.const':
        return { kind: 'number', type: I32, lo: this.number(parseI32), hi: 0 }
      case 'i64.const':
        return wide(I64, this.number(parseI64))
      case 'f32.const':
        return this.nan(F32) ?? { kind: 'number', type: F32, lo: this.number(parseF32) | 0, hi: 0 }
      case 'f64.const':
        return this.nan(F64) ?? wide(F64, this.number(parseF64))
      case 'either':
        return { kind: 'either', patterns: this.alternatives() }
      case 'ref.null':
        return { kind: word, heap: cursor.kind === Token.RightParen ? undefined : cursor.text(cursor.at++) }
      case 'ref.extern':
      case 'ref.host':
        return { kind: word, value: cursor.kind === Token.RightParen ? undefined : cursor.u32() }
    }
    if (word.startsWith('ref.') && cursor.kind === Token.RightParen) return { kind: 'ref', heap: word.slice(4) }
    return cursor.fail(`unknown or unsupported constant ${word}`, cursor.at - 1)
  }

  /** The patterns of an `either` up to its end. Those of one within it are its own as well, so that nesting needs no recursion. */
  private alternatives(): WastPattern[] {
    const { cursor } = this
    const patterns: WastPattern[] = []
    for (let within = 0; ;) {
      if (cursor.isOpen('either')) {
        cursor.at += 2
        within++
      } else if (cursor.kind === Token.LeftParen) {
        patterns.push(this.pattern())
      } else {
        if (within-- === 0) return patterns
        cursor.close()
      }
    }
  }

  private nan(type: ValType): WastPattern | undefined {
    const { cursor } = this
    if (cursor.skipAtom('nan:canonical')) return { kind: 'nan', type, form: 'canonical' }
    if (cursor.skipAtom('nan:arithmetic')) return { kind: 'nan', type, form: 'arithmetic' }
    return undefined
  }

  private number<T extends number | bigint>(parse: (text: string) => T | string): T {
    const { cursor } = this
    if (cursor.kind !== Token.Atom) cursor.unexpected()
    const value = parse(cursor.text())
    if (typeof value === 'string') return cursor.fail(value)
    cursor.at++
    return value
  }
}

function wide(type: ValType, bits: bigint): WastNumber {
  return { kind: 'number', type, lo: Number(BigInt.asIntN(32, bits)), hi: Number(BigInt.asIntN(32, bits >> 32n)) }
}
