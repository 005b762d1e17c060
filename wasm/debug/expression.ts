/**
 * Evaluates location expressions (DWARF 5 section 2.5, with DW_OP_WASM_location of tool-conventions): a stack machine over
 * numbers. Values of locals and operands come from a core dump. Straight-line operations only: no compiler for
 * WebAssembly writes branches or calls, and without them every evaluation ends.
 */
import type { CoreValue } from '../coredump.js'
import type { Unit } from './unit.js'

/** What an expression can look at. */
export interface Machine {
  local(index: number): CoreValue | undefined
  operand(index: number): CoreValue | undefined
  global(index: number): CoreValue | undefined
  /** Bytes of memory 0, as many of them as there are. */
  memory(address: number, length: number): Uint8Array
}

/** Where a value is, or what it is. */
export type Location =
  | { readonly kind: 'memory'; readonly address: number }
  | { readonly kind: 'value'; readonly lo: number; readonly hi: number }

const Op = {
  addr: 0x03,
  deref: 0x06,
  const1u: 0x08,
  const1s: 0x09,
  const2u: 0x0a,
  const2s: 0x0b,
  const4u: 0x0c,
  const4s: 0x0d,
  const8u: 0x0e,
  const8s: 0x0f,
  constu: 0x10,
  consts: 0x11,
  dup: 0x12,
  drop: 0x13,
  and: 0x1a,
  minus: 0x1c,
  mul: 0x1e,
  neg: 0x1f,
  or: 0x21,
  plus: 0x22,
  plusUconst: 0x23,
  shl: 0x24,
  shr: 0x25,
  lit0: 0x30,
  lit31: 0x4f,
  fbreg: 0x91,
  piece: 0x93,
  derefSize: 0x94,
  nop: 0x96,
  stackValue: 0x9f,
  addrx: 0xa1,
  constx: 0xa2,
  wasmLocation: 0xed,
} as const
const WasmKind = { Local: 0, Global: 1, Operand: 2, GlobalU32: 3 } as const

/**
 * @param base the function's frame base, undefined when it has none
 * @returns undefined when the expression says that there is no value, or needs one that is missing
 * @throws WasmError when it is damaged or uses what is not known here
 */
export function evaluate(
  unit: Unit,
  start: number,
  end: number,
  section: string,
  machine: Machine,
  base: number | undefined,
): Location | undefined {
  const r = unit.sections.reader(section, start)
  r.end = end
  r.addressSize = unit.addressSize
  const stack: number[] = []
  // A wasm location names the value itself; as an operand of something else it is its number.
  let direct: CoreValue | undefined
  let isValue = false
  const pop = (): number => stack.pop() ?? r.fail('expression takes more than there is')
  while (r.pos < r.end) {
    const op = r.u8()
    if (op >= Op.lit0 && op <= Op.lit31) {
      stack.push(op - Op.lit0)
      continue
    }
    switch (op) {
      case Op.addr:
        stack.push(r.unsigned(r.addressSize))
        break
      case Op.addrx:
      case Op.constx:
        stack.push(unit.addressAt(r.uleb()))
        break
      case Op.const1u:
      case Op.const2u:
      case Op.const4u:
      case Op.const8u:
        stack.push(r.unsigned(2 ** ((op - Op.const1u) / 2)))
        break
      case Op.const1s:
      case Op.const2s:
      case Op.const4s:
      case Op.const8s: {
        const bytes = 2 ** ((op - Op.const1s) / 2)
        const value = r.unsigned(bytes)
        stack.push(value >= 256 ** bytes / 2 ? value - 256 ** bytes : value)
        break
      }
      case Op.constu:
        stack.push(r.uleb())
        break
      case Op.consts:
        stack.push(r.sleb())
        break
      case Op.dup: {
        const top = pop()
        stack.push(top, top)
        break
      }
      case Op.drop:
        pop()
        break
      case Op.deref:
        stack.push(read(machine, pop(), unit.addressSize) ?? r.fail('memory is not there'))
        break
      case Op.derefSize:
        stack.push(read(machine, pop(), Math.min(8, r.u8())) ?? r.fail('memory is not there'))
        break
      case Op.plusUconst:
        stack.push(pop() + r.uleb())
        break
      case Op.neg:
        stack.push(-pop())
        break
      case Op.plus:
      case Op.minus:
      case Op.mul:
      case Op.and:
      case Op.or:
      case Op.shl:
      case Op.shr: {
        const right = pop()
        stack.push(binary(op, pop(), right))
        break
      }
      case Op.fbreg: {
        const offset = r.sleb()
        if (base === undefined) return undefined
        stack.push(base + offset)
        break
      }
      case Op.wasmLocation: {
        const value = wasmValue(r, machine)
        if (value === undefined) return undefined
        direct = value
        stack.push(value.lo)
        break
      }
      case Op.stackValue:
        isValue = true
        break
      case Op.nop:
        break
      case Op.piece:
        // A variable in several places is shown by its first piece, when that is all of it.
        r.uleb()
        if (r.pos < r.end) return undefined
        break
      default:
        r.fail(`operation 0x${op.toString(16)} of an expression is not known`)
    }
    // What was computed from a value is no longer the value.
    if (op !== Op.wasmLocation && op !== Op.stackValue && op !== Op.piece && op !== Op.nop) direct = undefined
  }
  if (direct !== undefined) return { kind: 'value', lo: direct.lo, hi: direct.hi }
  const top = stack.pop()
  if (top === undefined) return undefined
  return isValue
    ? { kind: 'value', lo: top >>> 0, hi: Math.floor(top / 2 ** 32) >>> 0 }
    : { kind: 'memory', address: top >>> 0 }
}

function wasmValue(r: ReturnType<Unit['reader']>, machine: Machine): CoreValue | undefined {
  const kind = r.u8()
  let value: CoreValue | undefined
  if (kind === WasmKind.Local) value = machine.local(r.uleb())
  else if (kind === WasmKind.Global) value = machine.global(r.uleb())
  else if (kind === WasmKind.Operand) value = machine.operand(r.uleb())
  else if (kind === WasmKind.GlobalU32) value = machine.global(r.unsigned(4))
  else r.fail('unknown kind of wasm location')
  return value === undefined || value.type === 0 ? undefined : value
}

function binary(op: number, left: number, right: number): number {
  switch (op) {
    case Op.plus:
      return left + right
    case Op.minus:
      return left - right
    case Op.mul:
      return left * right
    case Op.and:
      return (left & right) >>> 0
    case Op.or:
      return (left | right) >>> 0
    case Op.shl:
      return (left << right) >>> 0
    default:
      return left >>> right
  }
}

/** Little-endian unsigned number in memory. */
export function read(machine: Machine, address: number, length: number): number | undefined {
  const bytes = machine.memory(address, length)
  if (address < 0 || bytes.length < length) return undefined
  let value = 0
  for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes[i]
  return value
}

/** The bits of a value of up to 8 bytes at a place, low half first; undefined when the memory is not there. */
export function load(place: Location, size: number, machine: Machine): readonly [lo: number, hi: number] | undefined {
  if (place.kind === 'value') return [place.lo, place.hi]
  const low = read(machine, place.address, Math.min(4, size))
  const high = size > 4 ? read(machine, place.address + 4, size - 4) : 0
  return low === undefined || high === undefined ? undefined : [low, high]
}
