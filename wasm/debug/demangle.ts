/**
 * Linkage names as their authors wrote them: C++ (Itanium ABI), Rust (legacy and v0). What is none of these, or is not
 * understood, stays as it is.
 */
import { demangleItanium } from './demangle-itanium.js'
import { demangleRust } from './demangle-rust.js'

/** Names come from the module: a longer one is not worth the work. */
const MAX_MANGLED = 8192

/** The readable form of a linkage name. Never throws. */
export function demangle(name: string): string {
  if (name.length > MAX_MANGLED) return name
  // Some tools prepend another underscore.
  const plain = name.startsWith('__Z') || name.startsWith('__R') ? name.slice(1) : name
  if (plain.startsWith('_R')) return demangleRust(plain) ?? name
  if (plain.startsWith('_ZN')) {
    const legacy = demangleLegacyRust(plain)
    if (legacy !== undefined) return legacy
  }
  return plain.startsWith('_Z') ? (demangleItanium(plain) ?? name) : name
}

const ESCAPES: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
}

/**
 * Rust before v0: an Itanium nested name whose last part is `h` and 16 hexadecimal digits, with `$..$` for characters
 * that symbols cannot have and `..` for `::`.
 */
function demangleLegacyRust(name: string): string | undefined {
  const parts: string[] = []
  let at = 3
  while (at < name.length && name[at] !== 'E') {
    const digits = /^\d{1,5}/.exec(name.slice(at, at + 5))
    if (digits === null) return undefined
    at += digits[0].length
    const length = Number(digits[0])
    if (length > name.length - at) return undefined
    parts.push(name.slice(at, at + length))
    at += length
  }
  const hash = parts.pop()
  if (hash === undefined || parts.length === 0 || !/^h[0-9a-f]{16}$/.test(hash)) return undefined
  return parts.map(unescapeLegacy).join('::')
}

function unescapeLegacy(part: string): string {
  const text = part.startsWith('_$') ? part.slice(1) : part
  return text
    .replaceAll(
      /\$(?:u([0-9a-f]{1,6})|([A-Z]{1,2}))\$/g,
      (whole, code: string | undefined, escape: string | undefined) => {
        if (escape !== undefined) return ESCAPES[escape] ?? whole
        const point = Number.parseInt(code ?? '', 16)
        return point <= 0x10ffff ? String.fromCodePoint(point) : whole
      },
    )
    .replaceAll('..', '::')
}

/** Name of a function as people know it: demangled, or as browsers name one that has none. */
export function shownName(name: string | undefined, index: number): string {
  return name === undefined || name === '' ? `wasm-function[${index}]` : demangle(name)
}
