/**
 * Follows what is written behind a variable's name, as in C: `shape->next->name`, `*point`, `table[3].key`, `&first`.
 */
import { WasmError } from '../error.js'
import type { DebugInfo } from './debug-info.js'
import { At, Tag } from './dwarf-names.js'
import { undamaged } from './dwarf-reader.js'
import { load, type Location, type Machine } from './expression.js'
import { membersOf, type Member } from './members.js'
import type { Unit } from './unit.js'
import { dimensions, plainType, showValue, typeName, typeSize } from './value-types.js'
import { findVariable, type Variable } from './variables.js'

/** What a path leads to: a value, or why it leads nowhere. */
export type PathResult = Variable | { readonly problem: string }

/** A variable, with what is before and behind its name. */
const PATH = /^([*&]*)([\w$:]+)((?:\.[\w$]+|->[\w$]+|\[-?\d+\])*)$/
/** Anonymous members within anonymous members. */
const MAX_DEPTH = 8

class PathError extends Error {
  override readonly name = 'PathError'
}

interface Place {
  readonly type: number
  readonly at: Location
  /** Of an array: how many of its dimensions have an index already. */
  readonly dimension?: number
}

/** Undefined when the text is no path, or begins with no variable that is in scope at the instruction. */
export function followPath(debug: DebugInfo, offset: number, machine: Machine, text: string): PathResult | undefined {
  const [, before, name, behind] = PATH.exec(text.replaceAll(/\s/g, '')) ?? []
  if (name === undefined || (before === '' && behind === '')) return undefined
  const variable = findVariable(debug, offset, machine, name)
  if (variable === undefined) return undefined
  if (variable.place === undefined) return { problem: `${name} is optimized out` }
  const { unit, type, place: at } = variable
  return told(() => {
    let place: Place = { type, at }
    for (const step of stepsOf(behind)) place = follow(unit, place, step, machine)
    for (const step of Array.from(before).toReversed()) {
      if (step === '&')
        return { name: text, parameter: false, type: `${typeName(unit, place.type)} *`, ...addressOf(place) }
      place = pointedTo(unit, place, machine)
    }
    const value = undamaged(() => showValue(unit, place.type, place.at, machine, 0, place.dimension), undefined)
    const address = place.at.kind === 'memory' ? { address: place.at.address } : {}
    const shown = { name: text, parameter: false, type: typeName(unit, place.type), ...address }
    return value === undefined ? shown : { ...shown, value }
  })
}

/** What following a path gives, or why that cannot be done. */
function told<T>(follow: () => T): T | { readonly problem: string } {
  try {
    return follow()
  } catch (error) {
    if (error instanceof PathError) return { problem: error.message }
    if (error instanceof WasmError) return { problem: 'the debug information is damaged' }
    throw error
  }
}

/** Names of the members of what a path, or a variable's name alone, leads to; none when it leads nowhere. */
export function membersBehind(debug: DebugInfo, offset: number, machine: Machine, text: string): string[] {
  const [, before, name, behind] = PATH.exec(text) ?? []
  const variable = name === undefined || before !== '' ? undefined : findVariable(debug, offset, machine, name)
  if (variable?.place === undefined) return []
  const { unit, type, place: at } = variable
  const names = told(() => {
    let place: Place = { type, at }
    for (const step of stepsOf(behind)) place = follow(unit, place, step, machine)
    if (isPointer(unit, plainType(unit, place.type))) place = pointedTo(unit, place, machine)
    return partsOf(unit, place, machine).flatMap((part) => (part.name === undefined || part.isBase ? [] : [part.name]))
  })
  return 'problem' in names ? [] : names
}

function stepsOf(behind: string): readonly string[] {
  return behind.match(/\.[\w$]+|->[\w$]+|\[-?\d+\]/g) ?? []
}

function addressOf({ at }: Place): { readonly value: string } {
  if (at.kind !== 'memory') throw new PathError('it is in no memory, so it has no address')
  return { value: `0x${at.address.toString(16)}` }
}

function isPointer(unit: Unit, type: number): boolean {
  const tag = type < 0 ? 0 : unit.tag(type)
  return tag === Tag.pointerType || tag === Tag.referenceType || tag === Tag.rvalueReferenceType
}

function pointedTo(unit: Unit, place: Place, machine: Machine, index = 0): Place {
  const type = plainType(unit, place.type)
  if (!isPointer(unit, type)) throw new PathError(`${typeName(unit, place.type)} is no pointer`)
  const address = load(place.at, 4, machine)?.[0]
  if (address === undefined) throw new PathError('the pointer is not in the dump')
  const target = unit.referred(type, At.type)
  const at = address + (index === 0 ? 0 : index * (typeSize(unit, target) ?? 1))
  if (machine.memory(at, 1).length === 0) throw new PathError(`it points to 0x${at.toString(16)}, where no memory is`)
  return { type: target, at: { kind: 'memory', address: at } }
}

function follow(unit: Unit, place: Place, step: string, machine: Machine): Place {
  const isHere = !isPointer(unit, plainType(unit, place.type))
  if (step.startsWith('[')) {
    const index = Number(step.slice(1, -1))
    return isHere ? elementOf(unit, place, index) : pointedTo(unit, place, machine, index)
  }
  const name = step.replace(/^(?:\.|->)/, '')
  const object = isHere ? place : pointedTo(unit, place, machine)
  const found = memberOf(unit, object, name, machine, 0)
  if (found !== undefined) return { type: found.type, at: found.place }
  throw new PathError(`${typeName(unit, object.type)} has no member ${name}${listOf(unit, object, machine)}`)
}

function partsOf(unit: Unit, { type, at }: Place, machine: Machine): Member[] {
  const plain = plainType(unit, type)
  return plain < 0 || at.kind !== 'memory' ? [] : membersOf(unit, plain, at.address, machine)
}

function listOf(unit: Unit, place: Place, machine: Machine): string {
  const names = partsOf(unit, place, machine).flatMap(({ name }) => (name === undefined ? [] : [name]))
  return names.length === 0 ? '' : `; it has ${names.join(', ')}`
}

/** A member, also of base classes and of anonymous structures and unions. */
function memberOf(unit: Unit, place: Place, name: string, machine: Machine, depth: number): Member | undefined {
  const parts = partsOf(unit, place, machine)
  const direct = parts.find((part) => part.name === name)
  if (direct !== undefined || depth >= MAX_DEPTH) return direct
  for (const part of parts) {
    if (part.name !== undefined && !part.isBase) continue
    const found = memberOf(unit, { type: part.type, at: part.place }, name, machine, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function elementOf(unit: Unit, place: Place, index: number): Place {
  const array = plainType(unit, place.type)
  const isArray = array >= 0 && unit.tag(array) === Tag.arrayType
  const element = isArray ? unit.referred(array, At.type) : -1
  const size = typeSize(unit, element)
  if (size === undefined || place.at.kind !== 'memory')
    throw new PathError(`${typeName(unit, place.type)} has no elements`)
  const dimension = (place.dimension ?? 0) + 1
  const inner = dimensions(unit, array).slice(dimension)
  const stride = inner.reduce<number>((product, count) => product * (count ?? 0), size)
  const at: Location = { kind: 'memory', address: place.at.address + index * stride }
  return inner.length === 0 ? { type: element, at } : { type: place.type, at, dimension }
}
