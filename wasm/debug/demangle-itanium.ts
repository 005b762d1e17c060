/**
 * C++ linkage names of the Itanium ABI (section 5.1), without the rarer expressions: names, templates, substitutions,
 * types, operators, special names, local names, lambdas and literals.
 *
 * A type is two texts, what stands before a declarator and what stands behind it (`int (*` and `)(char)`), because a
 * pointer to a function or an array wraps both. Substitutions can repeat what they name, so the output is bounded.
 */

const MAX_DEPTH = 128
const MAX_OUTPUT = 1 << 14

interface TypeText {
  readonly left: string
  readonly right: string
  /** A function or array type: a pointer to it needs parentheses. */
  readonly wraps: boolean
}

const BUILTIN: Readonly<Record<string, string>> = {
  v: 'void',
  w: 'wchar_t',
  b: 'bool',
  c: 'char',
  a: 'signed char',
  h: 'unsigned char',
  s: 'short',
  t: 'unsigned short',
  i: 'int',
  j: 'unsigned int',
  l: 'long',
  m: 'unsigned long',
  x: 'long long',
  y: 'unsigned long long',
  n: '__int128',
  o: 'unsigned __int128',
  f: 'float',
  d: 'double',
  e: 'long double',
  g: '__float128',
  z: '...',
}
const BUILTIN_D: Readonly<Record<string, string>> = {
  d: 'decimal64',
  e: 'decimal128',
  f: 'decimal32',
  h: 'half',
  i: 'char32_t',
  s: 'char16_t',
  u: 'char8_t',
  a: 'auto',
  c: 'decltype(auto)',
  n: 'std::nullptr_t',
}
const OPERATORS: Readonly<Record<string, string>> = {
  nw: ' new', na: ' new[]', dl: ' delete', da: ' delete[]', aw: ' co_await', ps: '+', ng: '-', ad: '&', de: '*',
  co: '~', pl: '+', mi: '-', ml: '*', dv: '/', rm: '%', an: '&', or: '|', eo: '^', aS: '=', pL: '+=', mI: '-=',
  mL: '*=', dV: '/=', rM: '%=', aN: '&=', oR: '|=', eO: '^=', ls: '<<', rs: '>>', lS: '<<=', rS: '>>=', eq: '==',
  ne: '!=', lt: '<', gt: '>', le: '<=', ge: '>=', ss: '<=>', nt: '!', aa: '&&', oo: '||', pp: '++', mm: '--', cm: ',',
  pm: '->*', pt: '->', cl: '()', ix: '[]', qu: '?',
} // oxfmt-ignore
const SPECIAL: Readonly<Record<string, string>> = {
  TV: 'vtable for ',
  TT: 'VTT for ',
  TI: 'typeinfo for ',
  TS: 'typeinfo name for ',
  GV: 'guard variable for ',
  GR: 'reference temporary for ',
  TW: 'thread-local wrapper routine for ',
  TH: 'thread-local initialization routine for ',
}
const STANDARD: Readonly<Record<string, string>> = {
  t: 'std',
  a: 'std::allocator',
  b: 'std::basic_string',
  s: 'std::string',
  i: 'std::istream',
  o: 'std::ostream',
  d: 'std::iostream',
}

/** The name cannot be read; it is shown as it is. */
class NotUnderstood extends Error {}

/** The readable form of a name that begins with `_Z`, undefined when it is not understood. */
export function demangleItanium(name: string): string | undefined {
  try {
    return new Parser(name).symbol()
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined
    throw error
  }
}

/** What was read of a name, for the function type behind it. */
interface NameText {
  readonly text: string
  /** Ends in template arguments: then the function type has a result type. */
  readonly isTemplate: boolean
  /** Constructors, destructors and conversions have no result type. */
  readonly isSpecial: boolean
  /** `const`, `&` and so on of a member function. */
  readonly qualifiers: string
}

function plain(text: string): TypeText {
  return { left: text, right: '', wraps: false }
}

function show(type: TypeText): string {
  return `${type.left}${type.right}`
}

class Parser {
  private readonly text: string
  private at = 2
  private depth = 0
  private readonly substitutions: TypeText[] = []
  /** The template arguments that `T_` names. */
  private arguments: readonly string[] = []

  constructor(text: string) {
    this.text = text
  }

  symbol(): string {
    const text = this.encoding()
    if (this.at === this.text.length) return text
    // `.isra.0`, `.llvm.123`: what a compiler appended to a clone.
    return this.peek() === '.' ? `${text} (${this.text.slice(this.at)})` : this.fail()
  }

  private fail(): never {
    throw new NotUnderstood()
  }

  private peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? ''
  }

  private take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false
    this.at += expected.length
    return true
  }

  private two(): string {
    return this.text.slice(this.at, this.at + 2)
  }

  private deeper<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail()
    const result = read()
    this.depth--
    return result
  }

  private bounded(text: string): string {
    return text.length > MAX_OUTPUT ? this.fail() : text
  }

  private remember(type: TypeText): TypeText {
    this.bounded(show(type))
    this.substitutions.push(type)
    return type
  }

  private encoding(): string {
    return this.deeper(() => {
      const special = SPECIAL[this.two()]
      if (special !== undefined) {
        this.at += 2
        const isType = /^(?:vtable|VTT|typeinfo)/.test(special)
        const name = isType ? show(this.type()) : this.name().text
        if (special.startsWith('reference')) this.seqId()
        return special + name
      }
      if (this.two() === 'Th' || this.two() === 'Tv') return this.thunk()
      const name = this.name()
      if (this.at >= this.text.length || this.peek() === 'E' || this.peek() === '.') return name.text
      let left = ''
      let right = ''
      if (name.isTemplate && !name.isSpecial) {
        const result = this.type()
        left = result.left.endsWith(' ') || result.left.endsWith('(') ? result.left : `${result.left} `
        right = result.right
      }
      return this.bounded(`${left}${name.text}(${this.parameters()})${right}${name.qualifiers}`)
    })
  }

  private thunk(): string {
    const isVirtual = this.two() === 'Tv'
    this.at += 2
    this.number()
    if (!this.take('_')) this.fail()
    if (isVirtual) {
      this.number()
      if (!this.take('_')) this.fail()
    }
    return `${isVirtual ? 'virtual' : 'non-virtual'} thunk to ${this.encoding()}`
  }

  /** Types up to the end of the name or list; a single `void` is no parameter. */
  private parameters(): string {
    const list: string[] = []
    while (this.at < this.text.length && this.peek() !== 'E' && this.peek() !== '.') {
      const each = show(this.type())
      // An empty pack.
      if (each !== '') list.push(each)
    }
    return list.length === 1 && list[0] === 'void' ? '' : list.join(', ')
  }

  private name(): NameText {
    return this.deeper(() => {
      if (this.peek() === 'N') return this.nestedName()
      if (this.peek() === 'Z') return this.localName()
      let text: string
      if (this.peek() === 'S' && this.peek(1) !== 't') {
        text = show(this.substitution())
        if (this.peek() !== 'I') this.fail()
      } else {
        const inStd = this.take('St')
        text = (inStd ? 'std::' : '') + this.unqualified('')
        if (this.peek() === 'I') this.remember(plain(text))
      }
      if (this.peek() !== 'I') return { text, isTemplate: false, isSpecial: false, qualifiers: '' }
      return { text: text + this.templateArguments(true), isTemplate: true, isSpecial: false, qualifiers: '' }
    })
  }

  private nestedName(): NameText {
    this.at++
    let qualifiers = ''
    if (this.take('r')) qualifiers += ' restrict'
    if (this.take('V')) qualifiers += ' volatile'
    if (this.take('K')) qualifiers += ' const'
    if (this.take('R')) qualifiers += ' &'
    if (this.take('O')) qualifiers += ' &&'
    let text = ''
    let last = ''
    let isTemplate = false
    let isSpecial = false
    while (!this.take('E')) {
      const char = this.peek()
      if (char === 'S' && this.peek(1) !== 't') {
        text = show(this.substitution())
        last = text.replace(/<.*$/s, '').replace(/^.*::/s, '')
        isTemplate = false
        continue
      }
      if (char === 'T' && text === '') {
        text = this.templateParameter()
        last = text
      } else if (char === 'I') {
        if (text === '') this.fail()
        text += this.templateArguments(true)
        isTemplate = true
        if (this.peek() !== 'E') this.remember(plain(text))
        continue
      } else if (char === 'M') {
        // The closure that initializes a member; the name before is enough.
        this.at++
        continue
      } else {
        if (char === 'S') {
          this.at += 2
          text = 'std'
          continue
        }
        isSpecial = char === 'C' || (char === 'D' && /\d/.test(this.peek(1))) || this.two() === 'cv'
        const part = this.unqualified(last)
        text = text === '' ? part : `${text}::${part}`
        if (!isSpecial) last = part.replace(/\[abi:[^\]]*\]/g, '')
        isTemplate = false
      }
      if (this.peek() !== 'E') this.remember(plain(text))
    }
    return { text: this.bounded(text), isTemplate, isSpecial, qualifiers }
  }

  private localName(): NameText {
    this.at++
    const outer = this.encoding()
    if (!this.take('E')) this.fail()
    if (this.take('s')) {
      this.discriminator()
      return { text: `${outer}::string literal`, isTemplate: false, isSpecial: false, qualifiers: '' }
    }
    if (this.take('d')) {
      if (this.peek() !== '_') this.number()
      if (!this.take('_')) this.fail()
    }
    const inner = this.name()
    this.discriminator()
    return { ...inner, text: this.bounded(`${outer}::${inner.text}`) }
  }

  private discriminator(): void {
    if (this.take('__')) {
      this.number()
      this.take('_')
    } else if (this.peek() === '_' && /\d/.test(this.peek(1))) {
      this.at += 2
    }
  }

  /** @param enclosing last part of the name around, which constructors repeat */
  private unqualified(enclosing: string): string {
    let text: string
    const char = this.peek()
    if (/\d/.test(char)) {
      text = this.sourceName()
    } else if (char === 'C' && /[1-5]/.test(this.peek(1))) {
      this.at += 2
      text = enclosing
    } else if (char === 'D' && /[0-5]/.test(this.peek(1))) {
      this.at += 2
      text = `~${enclosing}`
    } else if (this.take('Ut')) {
      text = `'unnamed${this.peek() === '_' ? '' : String(this.number())}'`
      if (!this.take('_')) this.fail()
    } else if (this.take('Ul')) {
      const params = this.parameters()
      if (!this.take('E')) this.fail()
      text = `'lambda${this.peek() === '_' ? '' : String(this.number())}'(${params})`
      if (!this.take('_')) this.fail()
    } else if (char === 'L') {
      // Internal linkage.
      this.at++
      return this.unqualified(enclosing)
    } else {
      text = this.operatorName()
    }
    while (this.take('B')) text += `[abi:${this.sourceName()}]`
    return text
  }

  private operatorName(): string {
    if (this.take('cv')) return `operator ${show(this.type())}`
    if (this.take('li')) return `operator"" ${this.sourceName()}`
    const operator = OPERATORS[this.two()]
    if (operator === undefined) this.fail()
    this.at += 2
    return `operator${operator}`
  }

  private sourceName(): string {
    const length = this.number()
    if (length <= 0 || length > this.text.length - this.at) this.fail()
    const text = this.text.slice(this.at, this.at + length)
    this.at += length
    return text.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : text
  }

  private number(): number {
    const digits = /^n?\d{1,9}/.exec(this.text.slice(this.at, this.at + 10))
    if (digits === null) this.fail()
    this.at += digits[0].length
    return Number(digits[0].replace('n', '-'))
  }

  /** `_` is 0, `0_` is 1, and so on in base 36. */
  private seqId(): number {
    const digits = /^[0-9A-Z]{0,6}_/.exec(this.text.slice(this.at, this.at + 7))
    if (digits === null) this.fail()
    this.at += digits[0].length
    return digits[0] === '_' ? 0 : Number.parseInt(digits[0], 36) + 1
  }

  private substitution(): TypeText {
    this.at++
    const standard = STANDARD[this.peek()]
    if (standard !== undefined) {
      this.at++
      return plain(standard)
    }
    return this.substitutions[this.seqId()] ?? this.fail()
  }

  private templateParameter(): string {
    this.at++
    return this.arguments[this.seqId()] ?? this.fail()
  }

  /** @param named they belong to the name of the function, so that `T_` means them from now on */
  private templateArguments(named = false): string {
    return this.deeper(() => {
      this.at++
      const list: string[] = []
      while (!this.take('E')) list.push(this.templateArgument())
      if (named) this.arguments = list
      const text = list.filter((each) => each !== '').join(', ')
      return this.bounded(`<${text}>`)
    })
  }

  private templateArgument(): string {
    return this.deeper(() => {
      if (this.peek() === 'L') return this.literal()
      if (this.take('J')) {
        const list: string[] = []
        while (!this.take('E')) list.push(this.templateArgument())
        return this.bounded(list.join(', '))
      }
      // Expressions are not read.
      return this.peek() === 'X' ? this.fail() : show(this.type())
    })
  }

  private literal(): string {
    this.at++
    if (this.take('_Z')) {
      const name = this.encoding()
      return this.take('E') ? `&${name}` : this.fail()
    }
    const type = show(this.type())
    const end = this.text.indexOf('E', this.at)
    if (end < 0) this.fail()
    const digits = this.text.slice(this.at, end).replace(/^n/, '-')
    this.at = end + 1
    if (type === 'bool') return digits === '0' ? 'false' : 'true'
    if (type === 'int') return digits
    const suffix = {
      'unsigned int': 'u',
      long: 'l',
      'unsigned long': 'ul',
      'long long': 'll',
      'unsigned long long': 'ull',
    }
    const known = (suffix as Readonly<Record<string, string>>)[type]
    return known === undefined ? `(${type})${digits}` : `${digits}${known}`
  }

  private type(): TypeText {
    return this.deeper(() => {
      const char = this.peek()
      const builtin = BUILTIN[char]
      if (builtin !== undefined) {
        this.at++
        return plain(builtin)
      }
      switch (char) {
        case 'P':
          return this.pointer('*')
        case 'R':
          return this.pointer('&')
        case 'O':
          return this.pointer('&&')
        case 'r':
        case 'V':
        case 'K':
          return this.qualified()
        case 'F':
          return this.remember(this.functionType())
        case 'A':
          return this.remember(this.arrayType())
        case 'M':
          return this.remember(this.memberPointer())
        case 'D':
          return this.typeD()
        case 'T': {
          const found = this.remember(plain(this.templateParameter()))
          return this.peek() === 'I' ? this.remember(plain(show(found) + this.templateArguments())) : found
        }
        case 'S': {
          if (this.peek(1) === 't') break
          const found = this.substitution()
          return this.peek() === 'I' ? this.remember(plain(show(found) + this.templateArguments())) : found
        }
        case 'u':
          this.at++
          return this.remember(plain(this.sourceName()))
        default:
      }
      return this.remember(plain(this.className()))
    })
  }

  /** The arguments of a class template are not what `T_` of the function means. */
  private className(): string {
    const outer = this.arguments
    const { text } = this.name()
    this.arguments = outer
    return text
  }

  private pointer(sign: string): TypeText {
    this.at++
    const target = this.type()
    return this.remember(
      target.wraps
        ? { left: `${target.left.trimEnd()} (${sign}`, right: `)${target.right}`, wraps: false }
        : { left: `${target.left}${sign}`, right: target.right, wraps: false },
    )
  }

  private qualified(): TypeText {
    let words = ''
    if (this.take('r')) words = ' restrict'
    if (this.take('V')) words = ` volatile${words}`
    if (this.take('K')) words = ` const${words}`
    const target = this.type()
    return this.remember(
      target.wraps ? { ...target, right: target.right + words } : { ...target, left: target.left + words },
    )
  }

  private functionType(): TypeText {
    this.at++
    this.take('Y')
    const result = this.type()
    const params = this.parameters()
    const suffix = this.take('R') ? ' &' : this.take('O') ? ' &&' : ''
    if (!this.take('E')) this.fail()
    return { left: `${result.left} `, right: `(${params})${suffix}${result.right}`, wraps: true }
  }

  private arrayType(): TypeText {
    this.at++
    const length = /\d/.test(this.peek()) ? String(this.number()) : ''
    if (!this.take('_')) this.fail()
    const element = this.type()
    return { left: element.left, right: ` [${length}]${element.right.trimStart()}`, wraps: true }
  }

  private memberPointer(): TypeText {
    this.at++
    const owner = show(this.type())
    const member = this.type()
    return member.wraps
      ? { left: `${member.left.trimEnd()} (${owner}::*`, right: `)${member.right}`, wraps: false }
      : { left: `${member.left} ${owner}::*`, right: member.right, wraps: false }
  }

  private typeD(): TypeText {
    const second = this.peek(1)
    const builtin = BUILTIN_D[second]
    if (builtin !== undefined) {
      this.at += 2
      return plain(builtin)
    }
    if (second === 'p') {
      this.at += 2
      return this.remember(this.type())
    }
    if (this.take('Do')) {
      if (this.peek() !== 'F') this.fail()
      const type = this.functionType()
      return this.remember({ ...type, right: `${type.right} noexcept` })
    }
    // decltype and vector types.
    return this.fail()
  }
}
