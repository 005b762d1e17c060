/**
 * Rust's v0 symbol names (RFC 2603): a grammar of prefix letters with back references into the text. Output is bounded,
 * since back references can repeat what they name any number of times.
 */
import { MAX_DEPTH, MAX_OUTPUT, MangledName, understood } from './mangled-name.js'

/** Crates are told apart by hashes of 64 bits. */
const MAX_NUMBER = 2 ** 64

const BASIC: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
}

/** The readable form of a name that begins with `_R`, undefined when it is not understood. */
export function demangleRust(name: string): string | undefined {
  return understood(() => new Parser(name).symbol())
}

class Parser extends MangledName {
  private written = 0
  /** Lifetimes bound by the `for<...>` around. */
  private boundLifetimes = 0

  symbol(): string {
    // A digit would be a version of the encoding; there is none yet.
    if (/\d/.test(this.peek())) this.fail()
    return this.path(true)
  }

  /** Runs a rule one level deeper and counts its output. */
  private rule(read: () => string): string {
    const text = this.bounded(this.deeper(read))
    this.written += text.length
    return this.written > MAX_OUTPUT * MAX_DEPTH ? this.fail() : text
  }

  /** @param inValue generic arguments need `::<` where a value is named */
  private path(inValue: boolean): string {
    return this.rule(() => {
      const kind = this.peek()
      this.at++
      switch (kind) {
        case 'C': {
          this.disambiguator()
          return this.identifier()
        }
        case 'N': {
          const space = this.peek()
          this.at++
          if (!/[a-zA-Z]/.test(space)) this.fail()
          const parent = this.path(inValue)
          const index = this.disambiguator()
          const name = this.identifier()
          if (space >= 'a') return name === '' ? parent : `${parent}::${name}`
          const what = space === 'C' ? 'closure' : space === 'S' ? 'shim' : space
          return `${parent}::{${what}${name === '' ? '' : `:${name}`}#${index}}`
        }
        case 'M': {
          this.implPath()
          return `<${this.type()}>`
        }
        case 'X': {
          this.implPath()
          const type = this.type()
          return `<${type} as ${this.path(false)}>`
        }
        case 'Y': {
          const type = this.type()
          return `<${type} as ${this.path(false)}>`
        }
        case 'I': {
          const path = this.path(inValue)
          return `${path}${inValue ? '::' : ''}<${this.untilEnd(() => this.genericArgument()).join(', ')}>`
        }
        case 'B':
          return this.backReference(() => this.path(inValue))
        default:
          return this.fail()
      }
    })
  }

  private implPath(): void {
    this.disambiguator()
    this.path(false)
  }

  private untilEnd(read: () => string): string[] {
    const items: string[] = []
    while (!this.take('E')) items.push(read())
    return items
  }

  private genericArgument(): string {
    if (this.take('L')) return this.lifetime()
    return this.take('K') ? this.constant() : this.type()
  }

  private lifetime(): string {
    const index = this.base62()
    if (index === 0) return "'_"
    const bound = this.boundLifetimes - index
    if (bound < 0) this.fail()
    return bound < 26 ? `'${String.fromCharCode(97 + bound)}` : `'_${bound}`
  }

  private type(): string {
    return this.rule(() => {
      const kind = this.peek()
      const basic = BASIC[kind]
      if (basic !== undefined) {
        this.at++
        return basic
      }
      if ('CNMXYI'.includes(kind) && kind !== '') return this.path(false)
      this.at++
      switch (kind) {
        case 'A': {
          const element = this.type()
          return `[${element}; ${this.constant()}]`
        }
        case 'S':
          return `[${this.type()}]`
        case 'T': {
          const items = this.untilEnd(() => this.type())
          return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
        }
        case 'R':
        case 'Q': {
          const lifetime = this.take('L') ? this.lifetime() : "'_"
          const shown = lifetime === "'_" ? '' : `${lifetime} `
          return `&${shown}${kind === 'Q' ? 'mut ' : ''}${this.type()}`
        }
        case 'P':
          return `*const ${this.type()}`
        case 'O':
          return `*mut ${this.type()}`
        case 'F':
          return this.withBinder(() => this.functionType())
        case 'D': {
          const bounds = this.withBinder(() => this.untilEnd(() => this.dynTrait()).join(' + '))
          if (!this.take('L')) this.fail()
          const lifetime = this.lifetime()
          return `dyn ${bounds}${lifetime === "'_" ? '' : ` + ${lifetime}`}`
        }
        case 'B':
          return this.backReference(() => this.type())
        default:
          return this.fail()
      }
    })
  }

  private withBinder(read: () => string): string {
    const count = this.take('G') ? this.base62() + 1 : 0
    if (count > MAX_DEPTH) this.fail()
    const before = this.boundLifetimes
    this.boundLifetimes += count
    const names = Array.from({ length: count }, (_, i) => `'${String.fromCharCode(97 + ((before + i) % 26))}`)
    const text = read()
    this.boundLifetimes = before
    return count === 0 ? text : `for<${names.join(', ')}> ${text}`
  }

  private functionType(): string {
    const isUnsafe = this.take('U')
    let abi = ''
    if (this.take('K')) abi = this.take('C') ? 'C' : this.identifier().replaceAll('_', '-')
    const params = this.untilEnd(() => this.type())
    const result = this.take('u') ? '' : ` -> ${this.type()}`
    return `${isUnsafe ? 'unsafe ' : ''}${abi === '' ? '' : `extern "${abi}" `}fn(${params.join(', ')})${result}`
  }

  private dynTrait(): string {
    const path = this.path(false)
    const bindings: string[] = []
    while (this.take('p')) {
      const name = this.identifier()
      bindings.push(`${name} = ${this.type()}`)
    }
    if (bindings.length === 0) return path
    return path.endsWith('>') ? `${path.slice(0, -1)}, ${bindings.join(', ')}>` : `${path}<${bindings.join(', ')}>`
  }

  private constant(): string {
    return this.rule(() => {
      if (this.take('p')) return '_'
      if (this.take('B')) return this.backReference(() => this.constant())
      const type = this.peek()
      this.at++
      const negative = this.take('n')
      const end = this.text.indexOf('_', this.at)
      const digits = end < 0 ? '' : this.text.slice(this.at, end)
      if (end < 0 || !/^[0-9a-f]*$/.test(digits) || BASIC[type] === undefined) this.fail()
      this.at = end + 1
      const value = BigInt(`0x0${digits}`)
      if (type === 'b') return value === 0n ? 'false' : 'true'
      if (type === 'c') return value <= 0x10ffffn ? `'${String.fromCodePoint(Number(value))}'` : this.fail()
      return `${negative ? '-' : ''}${value}`
    })
  }

  /** `B` and the offset of what to read again, counted behind `_R`. */
  private backReference(read: () => string): string {
    const start = this.at - 1
    const target = this.base62() + 2
    if (target >= start) this.fail()
    const after = this.at
    this.at = target
    const text = read()
    this.at = after
    return text
  }

  private disambiguator(): number {
    return this.take('s') ? this.base62() + 1 : 0
  }

  private base62(): number {
    let value = 0
    if (this.take('_')) return 0
    for (;;) {
      const char = this.peek()
      this.at++
      if (char === '_') return value + 1
      const digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(char)
      if (digit < 0 || char === '' || value > MAX_NUMBER) this.fail()
      value = value * 62 + digit
    }
  }

  private identifier(): string {
    const isPunycode = this.take('u')
    const digits = /^(?:0|[1-9]\d{0,4})/.exec(this.text.slice(this.at, this.at + 5))
    if (digits === null) this.fail()
    this.at += digits[0].length
    this.take('_')
    const length = Number(digits[0])
    if (length > this.text.length - this.at) this.fail()
    const text = this.text.slice(this.at, this.at + length)
    this.at += length
    return isPunycode ? `punycode{${text.replace(/_(?=[^_]*$)/, '-')}}` : text
  }
}
