/**
 * Types of the source (DWARF 5 chapter 5): their names, and values shown as their types say. Members, elements and
 * pointers are followed a little way, so that a value is a line and a circle of types ends.
 */
import { At, Encoding, Tag } from './dwarf-names.js'
import { Kind } from './dwarf-reader.js'
import { read, type Location, type Machine } from './expression.js'
import type { Unit } from './unit.js'

/** How deep types are followed for names, and for values. */
const MAX_NAME_DEPTH = 12
const MAX_VALUE_DEPTH = 3
/** Members and elements that are shown of one value. */
const MAX_SHOWN = 8
/** Characters of a string that a pointer to char leads to. */
const MAX_STRING = 64

const utf8 = new TextDecoder()

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
    case Tag.arrayType: {
      const count = elementCount(unit, type)
      return `${inner()}[${count ?? ''}]`
    }
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

/** Number of elements of an array, undefined when its length is not fixed. */
function elementCount(unit: Unit, type: number): number | undefined {
  let total: number | undefined
  unit.eachChild(type, (child) => {
    if (unit.tag(child) !== Tag.subrangeType) return
    const count = unit.number(child, At.count)
    const upper = unit.number(child, At.upperBound)
    const length = count ?? (upper === undefined ? undefined : upper + 1)
    if (length !== undefined) total = (total ?? 1) * length
  })
  return total
}

/** The type without typedefs and qualifiers. */
function plainType(unit: Unit, type: number): number {
  let at = type
  for (let depth = 0; at >= 0 && depth < MAX_NAME_DEPTH; depth++) {
    const tag = unit.tag(at)
    if (tag !== Tag.typedef && tag !== Tag.constType && tag !== Tag.volatileType && tag !== Tag.atomicType) return at
    at = unit.referred(at, At.type)
  }
  return at
}

/** Text of a value at a place, undefined when it cannot be shown. */
export function showValue(unit: Unit, type: number, place: Location, machine: Machine, depth = 0): string | undefined {
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
      return showElements(unit, plain, place, machine, depth)
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
function load(place: Location, size: number, machine: Machine): boolean {
  if (place.kind === 'value') {
    words[0] = place.lo
    words[1] = place.hi
    return true
  }
  const low = read(machine, place.address, Math.min(4, size))
  const high = size > 4 ? read(machine, place.address + 4, size - 4) : 0
  words[0] = low ?? 0
  words[1] = high ?? 0
  return low !== undefined && high !== undefined
}

function showNumber(unit: Unit, type: number, place: Location, machine: Machine): string | undefined {
  const size = unit.number(type, At.byteSize) ?? 4
  const encoding = unit.number(type, At.encoding) ?? Encoding.unsigned
  if (size > 8 || !load(place, size, machine)) return undefined
  if (encoding === Encoding.float) return String(size === 4 ? asF32[0] : asF64[0])
  if (size > 4) return String(encoding === Encoding.signed ? asI64[0] : asU64[0])
  const shift = 32 - 8 * size
  const isSigned = encoding === Encoding.signed || encoding === Encoding.signedChar
  const value = isSigned ? (words[0] << shift) >> shift : ((words[0] << shift) >>> shift) >>> 0
  if (encoding === Encoding.boolean) return value === 0 ? 'false' : 'true'
  const isChar = encoding === Encoding.signedChar || encoding === Encoding.unsignedChar || encoding === Encoding.utf
  return isChar && value >= 0x20 && value < 0x7f ? `${value} '${String.fromCharCode(value)}'` : String(value)
}

function showEnumerator(unit: Unit, type: number, place: Location, machine: Machine): string | undefined {
  const size = unit.number(type, At.byteSize) ?? 4
  if (size > 4 || !load(place, size, machine)) return undefined
  const value = words[0] & (size === 4 ? -1 : 2 ** (8 * size) - 1)
  let name: string | undefined
  unit.eachChild(type, (child) => {
    if (unit.tag(child) === Tag.enumerator && (unit.number(child, At.constValue) ?? NaN) === value) {
      name = unit.text(child, At.name)
    }
    return name === undefined
  })
  return name ?? String(value)
}

function showPointer(unit: Unit, type: number, place: Location, machine: Machine): string | undefined {
  if (!load(place, 4, machine)) return undefined
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
  const members: string[] = []
  unit.eachChild(type, (child) => {
    if (unit.tag(child) !== Tag.member) return true
    const offset = unit.attribute(child, At.dataMemberLocation)
    if (offset !== undefined && offset.kind !== Kind.Number) return true
    const at: Location = { kind: 'memory', address: place.address + (offset?.number ?? 0) }
    const value = showValue(unit, unit.referred(child, At.type), at, machine, depth + 1)
    members.push(`${unit.text(child, At.name) ?? '?'} = ${value ?? '?'}`)
    return members.length < MAX_SHOWN
  })
  return `{${members.join(', ')}${members.length === MAX_SHOWN ? ', ...' : ''}}`
}

function showElements(unit: Unit, type: number, place: Location, machine: Machine, depth: number): string | undefined {
  if (place.kind !== 'memory' || depth >= MAX_VALUE_DEPTH) return depth >= MAX_VALUE_DEPTH ? '[...]' : undefined
  const element = unit.referred(type, At.type)
  const plain = plainType(unit, element)
  const size = plain < 0 ? undefined : unit.tag(plain) === Tag.pointerType ? 4 : unit.number(plain, At.byteSize)
  const count = elementCount(unit, type) ?? 0
  if (size === undefined) return undefined
  const shown: string[] = []
  for (let i = 0; i < Math.min(count, MAX_SHOWN); i++) {
    const at: Location = { kind: 'memory', address: place.address + i * size }
    shown.push(showValue(unit, element, at, machine, depth + 1) ?? '?')
  }
  return `[${shown.join(', ')}${count > MAX_SHOWN ? ', ...' : ''}]`
}
