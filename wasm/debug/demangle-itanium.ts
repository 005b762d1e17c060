/**
 * C++ linkage names of the Itanium ABI (section 5.1), without the rarer expressions: names, templates, substitutions,
 * types (itanium-types.ts), operators, special names, local names, lambdas and literals.
 */
import { OPERATORS, SPECIAL } from './itanium-tables.js'
import { ItaniumTypes, plain, show, type NameText } from './itanium-types.js'
import { understood } from './mangled-name.js'

/** The readable form of a name that begins with `_Z`, undefined when it is not understood. */
export function demangleItanium(name: string): string | undefined {
  return understood(() => new Parser(name).symbol())
}

class Parser extends ItaniumTypes {
  symbol(): string {
    const text = this.encoding()
    if (this.at === this.text.length) return text
    // `.isra.0`, `.llvm.123`: what a compiler appended to a clone.
    return this.peek() === '.' ? `${text} (${this.text.slice(this.at)})` : this.fail()
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

  protected name(): NameText {
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
    // Internal linkage.
    while (this.take('L'));
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

  protected templateArguments(named = false): string {
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
}
