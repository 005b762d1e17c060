/**
 * Types of the source (DWARF 5 chapter 5): their names, and values shown as their types say. Members, elements and
 * pointers are followed a little way, so that a value is a line and a circle of types ends.
 */
import { At, Encoding, Tag } from './dwarf-names.js'
import { load, type Location, type Machine } from './expression.js'
import { membersOf, sameBits } from './members.js'
import type { Unit } from './unit.js'

/** How deep types are followed for names and sizes, and for values: members, elements, each dimension of an array. */
const MAX_NAME_DEPTH = 12
const MAX_VALUE_DEPTH = 3
/** Members and elements that are shown of one value. */
const MAX_MEMBERS = 32
const MAX_ELEMENTS = 16
/** Characters of a string that a pointer to char leads to. */
const MAX_STRING = 64

const utf8 = new TextDecoder()
/** What text has none of: control characters but for white space and zeros, and what is no UTF-8. */
// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\x01-\x08\x0e-\x1f\x7f\ufffd]/

/** Name of a type, in C's way; -1 is void. */
export function typeName(unit: Unit, type: number, depth = 0): string {
  if (type < 0) return 'void'
  if (depth > MAX_NAME_DEPTH) return '...'
  const inner = (): string => typeName(unit, unit.referred(type, At.type), depth + 1)
  switch (unit.tag(type)) {
    case Tag.pointerType:
      return unit.text(type, At.name) ?? `${inner()} *`
    case Tag.referenceType:
      return `${inner()} &`
    case Tag.rvalueReferenceType:
      return `${inner()} &&`
    case Tag.constType:
      return `const ${inner()}`
    case Tag.volatileType:
      return `volatile ${inner()}`
    case Tag.atomicType:
      return `_Atomic ${inner()}`
    case Tag.arrayType:
      return `${inner()}${dimensions(unit, type)
        .map((count) => `[${count ?? ''}]`)
        .join('')}`
    case Tag.subroutineType:
      return `${inner()} ()`
    case Tag.structureType:
      return unit.text(type, At.name) ?? 'struct'
    case Tag.unionType:
      return unit.text(type, At.name) ?? 'union'
    default:
      return unit.text(type, At.name) ?? '?'
  }
}

/** Number of elements in each dimension of an array, undefined where its length is not fixed. */
export function dimensions(unit: Unit, type: number): (number | undefined)[] {
  const counts: (number | undefined)[] = []
  unit.eachChild(type, (child) => {
    if (unit.tag(child) !== Tag.subrangeType) return
    const upper = unit.number(child, At.upperBound)
    counts.push(unit.number(child, At.count) ?? (upper === undefined ? undefined : upper + 1))
  })
  return counts
}

/** Bytes that a value of a type takes, undefined when that is not known. */
export function typeSize(unit: Unit, type: number, depth = 0): number | undefined {
  const plain = plainType(unit, type)
  if (plain < 0 || depth > MAX_NAME_DEPTH) return undefined
  const tag = unit.tag(plain)
  if (tag === Tag.pointerType || tag === Tag.referenceType || tag === Tag.rvalueReferenceType) return unit.addressSize
  if (tag !== Tag.arrayType) return unit.number(plain, At.byteSize)
  const element = typeSize(unit, unit.referred(plain, At.type), depth + 1)
  return element === undefined
    ? undefined
    : dimensions(unit, plain).reduce<number>((product, count) => product * (count ?? 0), element)
}

/** The type without typedefs and qualifiers. */
export function plainType(unit: Unit, type: number): number {
  let at = type
  for (let depth = 0; at >= 0 && depth < MAX_NAME_DEPTH; depth++) {
    const tag = unit.tag(at)
    if (tag !== Tag.typedef && tag !== Tag.constType && tag !== Tag.volatileType && tag !== Tag.atomicType) return at
    at = unit.referred(at, At.type)
  }
  return at
}

/** Text of a value at a place, undefined when it cannot be shown. @param dimension of an array that the place is a part of */
export function showValue(
  unit: Unit,
  type: number,
  place: Location,
  machine: Machine,
  depth = 0,
  dimension = 0,
): string | undefined {
  const plain = plainType(unit, type)
  if (plain < 0) return undefined
  switch (unit.tag(plain)) {
    case Tag.baseType:
      return showNumber(unit, plain, place, machine)
    case Tag.enumerationType:
      return showEnumerator(unit, plain, place, machine)
    case Tag.pointerType:
    case Tag.referenceType:
    case Tag.rvalueReferenceType:
      return showPointer(unit, plain, place, machine)
    case Tag.structureType:
    case Tag.classType:
    case Tag.unionType:
      return showMembers(unit, plain, place, machine, depth)
    case Tag.arrayType:
      return showElements(unit, plain, place, machine, depth, dimension)
    default:
      return undefined
  }
}

const words = new Uint32Array(2)
const asF32 = new Float32Array(words.buffer)
const asF64 = new Float64Array(words.buffer)
const asI64 = new BigInt64Array(words.buffer)
const asU64 = new BigUint64Array(words.buffer)

/** Loads the bits of a value of up to 8 bytes into `words`. */
function loadWords(place: Location, size: number, machine: Machine): boolean {
  const bits = load(place, size, machine)
  words[0] = bits?.[0] ?? 0
  words[1] = bits?.[1] ?? 0
  return bits !== undefined
}

function showNumber(unit: Unit, type: number, place: Location, machine: Machine): string | undefined {
  const size = unit.number(type, At.byteSize) ?? 4
  const encoding = unit.number(type, At.encoding) ?? Encoding.unsigned
  if (size > 8 || !loadWords(place, size, machine)) return undefined
  if (encoding === Encoding.float) return showFloat(size)
  if (size > 4) return String(encoding === Encoding.signed ? asI64[0] : asU64[0])
  const shift = 32 - 8 * size
  const isSigned = encoding === Encoding.signed || encoding === Encoding.signedChar
  const value = isSigned ? (words[0] << shift) >> shift : ((words[0] << shift) >>> shift) >>> 0
  if (encoding === Encoding.boolean) return value === 0 ? 'false' : 'true'
  const isChar = encoding === Encoding.signedChar || encoding === Encoding.unsignedChar || encoding === Encoding.utf
  return isChar && value >= 0x20 && value < 0x7f ? `${value} '${String.fromCharCode(value)}'` : String(value)
}

/** Of the bits in `words`; undefined of formats that JavaScript has not. */
function showFloat(size: number): string | undefined {
  if (size === 8) return String(asF64[0])
  return size === 4 ? String(asF32[0]) : undefined
}

function showEnumerator(unit: Unit, type: number, place: Location, machine: Machine): string | undefined {
  const size = unit.number(type, At.byteSize) ?? 4
  if (size > 4 || !loadWords(place, size, machine)) return undefined
  const value = words[0] & (size === 4 ? -1 : 2 ** (8 * size) - 1)
  let name: string | undefined
  unit.eachChild(type, (child) => {
    const constant = unit.tag(child) === Tag.enumerator ? unit.number(child, At.constValue) : undefined
    if (constant !== undefined && sameBits(constant, value, size)) name = unit.text(child, At.name)
    return name === undefined
  })
  return name ?? String(value)
}

function showPointer(unit: Unit, type: number, place: Location, machine: Machine): string | undefined {
  if (!loadWords(place, 4, machine)) return undefined
  const address = words[0]
  const text = `0x${address.toString(16)}`
  const target = plainType(unit, unit.referred(type, At.type))
  if (target < 0 || address === 0 || unit.tag(target) !== Tag.baseType) return text
  const encoding = unit.number(target, At.encoding)
  if (encoding !== Encoding.signedChar && encoding !== Encoding.unsignedChar) return text
  if (unit.number(target, At.byteSize) !== 1) return text
  const bytes = machine.memory(address, MAX_STRING)
  const zero = bytes.indexOf(0)
  if (zero <= 0) return text
  return `${text} ${JSON.stringify(utf8.decode(bytes.subarray(0, zero)))}`
}

function showMembers(unit: Unit, type: number, place: Location, machine: Machine, depth: number): string | undefined {
  if (place.kind !== 'memory' || depth >= MAX_VALUE_DEPTH) return depth >= MAX_VALUE_DEPTH ? '{...}' : undefined
  const members = membersOf(unit, type, place.address, machine)
  const shown = members.slice(0, MAX_MEMBERS).map((member) => {
    const value = showValue(unit, member.type, member.place, machine, depth + 1) ?? '?'
    if (member.name === undefined) return value
    return member.isBase ? `<${member.name}> = ${value}` : `${member.name} = ${value}`
  })
  return `{${shown.join(', ')}${members.length > MAX_MEMBERS ? ', ...' : ''}}`
}

function showElements(
  unit: Unit,
  type: number,
  place: Location,
  machine: Machine,
  depth: number,
  dimension: number,
): string | undefined {
  if (place.kind !== 'memory' || depth >= MAX_VALUE_DEPTH) return depth >= MAX_VALUE_DEPTH ? '[...]' : undefined
  const element = unit.referred(type, At.type)
  const counts = dimensions(unit, type)
  const count = counts.at(dimension) ?? 0
  const isLast = dimension + 1 >= counts.length
  const inner = counts.slice(dimension + 1).reduce<number>((product, each) => product * (each ?? 0), 1)
  const size = (typeSize(unit, element) ?? 0) * inner
  if (size === 0) return undefined
  const text = isLast ? showText(unit, element, place.address, count, machine) : undefined
  if (text !== undefined) return text
  const shown: string[] = []
  for (let i = 0; i < Math.min(count, MAX_ELEMENTS); i++) {
    const at: Location = { kind: 'memory', address: place.address + i * size }
    const value = isLast
      ? showValue(unit, element, at, machine, depth + 1)
      : showElements(unit, type, at, machine, depth + 1, dimension + 1)
    shown.push(value ?? '?')
  }
  return `[${shown.join(', ')}${count > MAX_ELEMENTS ? ', ...' : ''}]`
}

/** An array of char as a string, without the zeros at its end; undefined when it does not hold text. */
function showText(unit: Unit, element: number, address: number, count: number, machine: Machine): string | undefined {
  const type = plainType(unit, element)
  const isChar = type >= 0 && unit.tag(type) === Tag.baseType && unit.number(type, At.encoding) === Encoding.signedChar
  if (!isChar || unit.number(type, At.byteSize) !== 1) return undefined
  const bytes = machine.memory(address, Math.min(count, MAX_STRING))
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  const text = utf8.decode(bytes.subarray(0, end))
  if (count === 0 || bytes.length === 0 || NO_TEXT.test(text)) return undefined
  return `${JSON.stringify(text)}${count > MAX_STRING ? '...' : ''}`
}
