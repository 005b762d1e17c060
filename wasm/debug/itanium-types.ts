/**
 * Types in C++ linkage names of the Itanium ABI (section 5.1.5), and what names and types both need: numbers, identifiers, substitutions.
 *
 * A type is two texts, what stands before a declarator and what stands behind it (`int (*` and `)(char)`), because a
 * pointer to a function or an array wraps both. Substitutions can repeat what they name, so the output is bounded.
 */
import { BUILTIN, BUILTIN_D, STANDARD } from './itanium-tables.js'
import { MangledName } from './mangled-name.js'

export interface TypeText {
  readonly left: string
  readonly right: string
  /** A function or array type: a pointer to it needs parentheses. */
  readonly wraps: boolean
}

/** What was read of a name, for the function type behind it. */
export interface NameText {
  readonly text: string
  /** Ends in template arguments: then the function type has a result type. */
  readonly isTemplate: boolean
  /** Constructors, destructors and conversions have no result type. */
  readonly isSpecial: boolean
  /** `const`, `&` and so on of a member function. */
  readonly qualifiers: string
}

export function plain(text: string): TypeText {
  return { left: text, right: '', wraps: false }
}

export function show(type: TypeText): string {
  return `${type.left}${type.right}`
}

export abstract class ItaniumTypes extends MangledName {
  private readonly substitutions: TypeText[] = []
  /** The template arguments that `T_` names. */
  protected arguments: readonly string[] = []

  /** The name of a class, or of anything else. */
  protected abstract name(): NameText
  /** @param named they belong to the name of the function, so that `T_` means them from now on */
  protected abstract templateArguments(named?: boolean): string

  protected two(): string {
    return this.text.slice(this.at, this.at + 2)
  }

  protected remember(type: TypeText): TypeText {
    this.bounded(show(type))
    this.substitutions.push(type)
    return type
  }

  /** Types up to the end of the name or list; a single `void` is no parameter. */
  protected parameters(): string {
    const list: string[] = []
    while (this.at < this.text.length && this.peek() !== 'E' && this.peek() !== '.') {
      const each = show(this.type())
      // An empty pack.
      if (each !== '') list.push(each)
    }
    return list.length === 1 && list[0] === 'void' ? '' : list.join(', ')
  }

  protected sourceName(): string {
    const length = this.number()
    if (length <= 0 || length > this.text.length - this.at) this.fail()
    const text = this.text.slice(this.at, this.at + length)
    this.at += length
    return text.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : text
  }

  protected number(): number {
    const digits = /^n?\d{1,9}/.exec(this.text.slice(this.at, this.at + 10))
    if (digits === null) this.fail()
    this.at += digits[0].length
    return Number(digits[0].replace('n', '-'))
  }

  /** `_` is 0, `0_` is 1, and so on in base 36. */
  protected seqId(): number {
    const digits = /^[0-9A-Z]{0,6}_/.exec(this.text.slice(this.at, this.at + 7))
    if (digits === null) this.fail()
    this.at += digits[0].length
    return digits[0] === '_' ? 0 : Number.parseInt(digits[0], 36) + 1
  }

  protected substitution(): TypeText {
    this.at++
    const standard = STANDARD[this.peek()]
    if (standard !== undefined) {
      this.at++
      return plain(standard)
    }
    return this.substitutions[this.seqId()] ?? this.fail()
  }

  protected templateParameter(): string {
    this.at++
    return this.arguments[this.seqId()] ?? this.fail()
  }

  protected type(): TypeText {
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
