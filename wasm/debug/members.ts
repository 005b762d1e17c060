/**
 * What a structure, a class or a union consists of, and where in it (DWARF 5 section 5.7): members, base classes, bit fields, and of a
 * type with variants (an enum of Rust) the members of the variant that the discriminant says.
 */
import { At, Encoding, Tag } from './dwarf-names.js'
import { Kind } from './dwarf-reader.js'
import { read, type Location, type Machine } from './expression.js'
import type { Unit } from './unit.js'

/** A part of an aggregate in memory. */
export interface Member {
  /** Undefined of anonymous structures and unions. */
  readonly name: string | undefined
  /** Entry of its type. */
  readonly type: number
  readonly place: Location
  /** A base class. */
  readonly isBase: boolean
}

/** Members of one aggregate that are looked at: damaged information may have any number. */
const MAX_MEMBERS = 4096
/** Variants within variants: an enum of Rust has them in one level. */
const MAX_VARIANT_DEPTH = 8

/** The parts of the aggregate at an address, in the order of the source. */
export function membersOf(unit: Unit, aggregate: number, address: number, machine: Machine): Member[] {
  const members: Member[] = []
  const add = (child: number): void => {
    const type = unit.referred(child, At.type)
    const offset = unit.attribute(child, At.dataMemberLocation)
    // A static member is nowhere here, and what a virtual base's expression says is not worked out.
    if (unit.number(child, At.external) === 1 || (offset !== undefined && offset.kind !== Kind.Number)) return
    const isBase = unit.tag(child) === Tag.inheritance
    const at = address + (offset?.number ?? 0)
    const place = bitField(unit, child, type, at, machine) ?? { kind: 'memory', address: at }
    members.push({ name: unit.text(isBase ? type : child, At.name), type, place, isBase })
  }
  const visitChildren = (of: number, depth: number): void => {
    unit.eachChild(of, (child) => {
      const tag = unit.tag(child)
      const isVariants = tag === Tag.variantPart && depth < MAX_VARIANT_DEPTH
      if (tag === Tag.member || tag === Tag.inheritance) add(child)
      else if (isVariants) visitChildren(chosenVariant(unit, child, address, machine), depth + 1)
      return members.length < MAX_MEMBERS
    })
  }
  visitChildren(aggregate, 0)
  return members
}

/** The variant whose discriminant is in memory, else the one without; the part itself, whose children are no members, when none is. */
function chosenVariant(unit: Unit, part: number, address: number, machine: Machine): number {
  const discriminant = unit.referred(part, At.discr)
  const size = discriminant < 0 ? 0 : (unit.number(unit.referred(discriminant, At.type), At.byteSize) ?? 0)
  const offset = discriminant < 0 ? 0 : (unit.number(discriminant, At.dataMemberLocation) ?? 0)
  const value = size === 0 || size > 4 ? undefined : read(machine, address + offset, size)
  let chosen = -1
  unit.eachChild(part, (child) => {
    if (unit.tag(child) !== Tag.variant) return
    const wanted = unit.number(child, At.discrValue)
    if (wanted === undefined ? chosen < 0 : value !== undefined && sameBits(wanted, value, size)) chosen = child
  })
  return chosen < 0 ? part : chosen
}

/** Whether two integers of so many bytes are the same: in debug information they stand with or without their sign. */
export function sameBits(a: number, b: number, size: number): boolean {
  return BigInt.asUintN(8 * size, BigInt(a)) === BigInt.asUintN(8 * size, BigInt(b))
}

/** The value of a bit field, undefined of other members. Two ways to say where it is: DWARF 4 and 5 (5.7.6), and DWARF 2. */
function bitField(unit: Unit, member: number, type: number, address: number, machine: Machine): Location | undefined {
  const bits = unit.number(member, At.bitSize)
  if (bits === undefined || bits > 64) return undefined
  const size = unit.number(member, At.byteSize) ?? unit.number(type, At.byteSize) ?? 4
  const fromHighest = unit.number(member, At.bitOffset)
  const first = unit.number(member, At.dataBitOffset) ?? (fromHighest === undefined ? 0 : 8 * size - fromHighest - bits)
  const start = address + Math.floor(first / 8)
  const bytes = machine.memory(start, Math.ceil(((first % 8) + bits) / 8))
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i])
  value >>= BigInt(first % 8)
  const encoding = unit.number(type, At.encoding)
  const isSigned = encoding === Encoding.signed || encoding === Encoding.signedChar
  const extended = BigInt.asUintN(64, isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value))
  return { kind: 'value', lo: Number(extended & 0xffff_ffffn), hi: Number(extended >> 32n) }
}
