/**
 * Why a trap happened, with the values that matter: the index and the bound, the operands of a failed division, the
 * expected and the found type of a failed indirect call. The message of the error stays V8's; this stands in its
 * `trap` property, which is worked out when it is first read.
 */
import { FuncrefRecord, TrapCode } from '../../tiers/abi.js'
import { FC_BASE, Imm, Op, PREFIX_FC, opcodeInfo, operandsAtTrap } from '../../wasm/opcodes.js'
import { Reader } from '../../wasm/reader.js'
import { F32, F64, I32, I64, valTypeName, type FuncType } from '../../wasm/types.js'
import { bitsAddress, slab } from '../context.js'
import { load32 } from '../data.js'
import { PAGE_BYTES } from '../memory.js'
import { FrameReader, type FrameValue, type GuestFrame } from './frame-values.js'
import type { GuestSnapshot } from './snapshot.js'

/** Stable names of trap codes, for programs and dumps. */
const TRAP_NAMES: Readonly<Record<number, string>> = {
  [TrapCode.Unreachable]: 'unreachable',
  [TrapCode.MemoryOutOfBounds]: 'memory-out-of-bounds',
  [TrapCode.DivideByZero]: 'divide-by-zero',
  [TrapCode.RemainderByZero]: 'remainder-by-zero',
  [TrapCode.DivideUnrepresentable]: 'divide-unrepresentable',
  [TrapCode.FloatUnrepresentable]: 'float-unrepresentable',
  [TrapCode.TableOutOfBounds]: 'table-out-of-bounds',
  [TrapCode.FuncSigMismatch]: 'signature-mismatch',
  [TrapCode.StackOverflow]: 'stack-overflow',
  [TrapCode.OutOfFuel]: 'out-of-fuel',
}

export interface TrapInfo {
  readonly code: TrapCode
  /** See TRAP_NAMES. */
  readonly name: string
  /** Name of the instruction, undefined when the place is not known. */
  readonly instruction: string | undefined
  /** The instruction's operands as far as they are known; i64 as BigInt. */
  readonly operands: readonly (number | bigint | undefined)[]
  /** Memory or table access: the memory's or table's index in the module. */
  readonly memory?: number
  readonly table?: number
  /** First byte that a memory access would have touched, and how many it would. */
  readonly address?: number
  readonly bytes?: number
  /** Index into a table. */
  readonly index?: number
  /** Size in bytes of the memory, in elements of the table. */
  readonly bound?: number
  /** call_indirect: function types as text; what was found is `null` for an empty entry. */
  readonly expected?: string
  readonly found?: string
}

/** Operands of a runtime operation (the cells, as numbers) that trapped; the guest's own registers do not have them. */
export type OpOperands = readonly number[]

/** Enough for any RuntimeOp. */
const MAX_OP_OPERANDS = 5

/** The operands of the runtime operation that is being served. */
export function opOperands(): OpOperands {
  return Array.from({ length: MAX_OP_OPERANDS }, (_, i) => slab.u32[2 * i])
}

/** `[i32 i64] -> [f32]`, as tools write it. */
function typeText(type: FuncType): string {
  return `[${type.params.map(valTypeName).join(' ')}] -> [${type.results.map(valTypeName).join(' ')}]`
}

const bits = new Uint32Array(2)
const asF32 = new Float32Array(bits.buffer)
const asF64 = new Float64Array(bits.buffer)
const asI64 = new BigInt64Array(bits.buffer)

/** A frame's value as JavaScript sees it, undefined when it is not known. */
export function numberOf(value: FrameValue): number | bigint | undefined {
  if (!value.known) return undefined
  bits[0] = value.lo
  bits[1] = value.hi
  if (value.type === I32) return value.lo | 0
  if (value.type === I64) return asI64[0]
  if (value.type === F32) return asF32[0]
  return value.type === F64 ? asF64[0] : undefined
}

/** The instruction at an offset of the module, with what of its immediates matters here. */
interface Instruction {
  readonly id: number
  readonly name: string
  /** Static offset of an access, and its width in bytes. */
  readonly offset: number
  readonly bytes: number
  readonly type: number
  readonly table: number
}

function decode(module: Uint8Array, at: number): Instruction | undefined {
  const r = new Reader(module, at, module.length)
  const byte = r.u8()
  const id = byte === PREFIX_FC ? FC_BASE + r.u32('opcode') : byte
  const info = opcodeInfo[id]
  if (info === undefined) return undefined
  let offset = 0
  let type = 0
  let table = 0
  if (info.imm === Imm.MemArg) {
    r.u32('alignment')
    offset = r.u32('offset')
  } else if (info.imm === Imm.TypeTable) {
    type = r.u32('type')
    table = r.u32('table')
  } else if (info.imm === Imm.Table || info.imm === Imm.TableTable) {
    table = r.u32('table')
  } else if (info.imm === Imm.ElemTable) {
    r.u32('segment')
    table = r.u32('table')
  }
  return { id, name: info.name, offset, bytes: info.align < 0 ? 0 : 2 ** info.align, type, table }
}

/** @param fromRuntime operands of the runtime operation that found the trap */
export function trapInfo(code: TrapCode, snapshot: GuestSnapshot, fromRuntime: OpOperands | undefined): TrapInfo {
  const name = TRAP_NAMES[code] ?? 'unknown'
  const innermost = snapshot.frames.at(0)
  const frame = innermost === undefined ? undefined : new FrameReader(snapshot).read(innermost).at(0)
  const module = frame?.instance?.module
  const isPlace = frame !== undefined && module !== undefined && code !== TrapCode.StackOverflow
  const instruction = isPlace ? decode(module.bytes, frame.offset) : undefined
  if (frame === undefined || instruction === undefined) return { code, name, instruction: undefined, operands: [] }
  const operands = operandsOf(frame, instruction, fromRuntime)
  const base = { code, name, instruction: instruction.name, operands }
  switch (code) {
    case TrapCode.MemoryOutOfBounds:
      return { ...base, ...memoryAccess(snapshot, frame, instruction, operands) }
    case TrapCode.TableOutOfBounds:
      return { ...base, ...tableAccess(frame, instruction, operands) }
    case TrapCode.FuncSigMismatch:
      return { ...base, ...tableAccess(frame, instruction, operands), ...types(frame, instruction, operands) }
    default:
      return base
  }
}

function operandsOf(
  frame: GuestFrame,
  { id }: Instruction,
  fromRuntime: OpOperands | undefined,
): (number | bigint | undefined)[] {
  const count = operandsAtTrap[id]
  // The cells begin with the instruction's immediates and end with the operands (tiers' callRuntime).
  if (fromRuntime !== undefined)
    return fromRuntime.slice(immediates(id), immediates(id) + count).map((each) => each | 0)
  return count === 0 ? [] : frame.operands.slice(-count).map(numberOf)
}

/** How many of a runtime operation's cells are immediates. */
function immediates(id: number): number {
  switch (id) {
    case Op.TableInit:
    case Op.TableCopy:
    case Op.MemoryInit:
      return 2
    default:
      return 1
  }
}

function unsigned(value: number | bigint | undefined): number | undefined {
  return typeof value === 'number' ? value >>> 0 : undefined
}

function memoryAccess(
  snapshot: GuestSnapshot,
  frame: GuestFrame,
  instruction: Instruction,
  operands: readonly (number | bigint | undefined)[],
): Partial<TrapInfo> {
  const memory = frame.instance?.memories.at(0)
  const bound = memory === undefined ? undefined : memory.pages * PAGE_BYTES
  const known = { memory: 0, ...(bound === undefined ? {} : { bound }) }
  const index = unsigned(operands.at(0))
  if (instruction.bytes === 0) {
    // memory.fill, copy and init: the first range that does not fit.
    const bytes = unsigned(operands.at(2))
    const source = instruction.id === Op.MemoryCopy ? unsigned(operands.at(1)) : undefined
    if (index === undefined || bytes === undefined || bound === undefined) return known
    const address = index + bytes > bound || source === undefined ? index : source
    return { ...known, address, bytes }
  }
  const { bytes } = instruction
  if (index !== undefined) return { ...known, address: index + instruction.offset, bytes }
  const fault = memory === undefined || snapshot.faultAddress === 0 ? -1 : snapshot.faultAddress - memory.base
  return fault < 0 ? { ...known, bytes } : { ...known, address: fault, bytes }
}

function tableAccess(
  frame: GuestFrame,
  instruction: Instruction,
  operands: readonly (number | bigint | undefined)[],
): Partial<TrapInfo> {
  const table = frame.instance?.tables.at(instruction.table)
  const index = unsigned(operands.at(0))
  return {
    table: instruction.table,
    ...(index === undefined ? {} : { index }),
    ...(table === undefined ? {} : { bound: table.length }),
  }
}

/** What call_indirect wanted and what it found. */
function types(
  frame: GuestFrame,
  instruction: Instruction,
  operands: readonly (number | bigint | undefined)[],
): Partial<TrapInfo> {
  const { instance } = frame
  if (instance === undefined) return {}
  const expected = typeText(instance.module.info.types[instruction.type])
  const table = instance.tables.at(instruction.table)
  const index = unsigned(operands.at(0))
  if (table === undefined || index === undefined || index >= table.length) return { expected }
  const record = bitsAddress(table.getBits(index))
  if (record === 0) return { expected, found: 'null' }
  const found = instance.module.engine.typeById(load32(record + FuncrefRecord.sig))
  return found === undefined ? { expected } : { expected, found: typeText(found.type) }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}

/** A trap's values in one line for people, undefined when there are none worth saying. */
export function describeTrapValues(info: TrapInfo): string | undefined {
  const { address, bytes, bound, index, expected, found, operands, instruction } = info
  const at = instruction === undefined ? '' : `${instruction}: `
  if (info.memory !== undefined && address !== undefined && bytes !== undefined) {
    return `${at}${bytes} byte${bytes === 1 ? '' : 's'} at ${hex(address)}, the memory has ${hex(bound ?? 0)}`
  }
  if (expected !== undefined) {
    const entry = index === undefined ? 'the entry' : `entry ${index}`
    return `${at}${entry} is ${found ?? 'unknown'}, expected ${expected}`
  }
  if (index !== undefined && bound !== undefined) return `${at}index ${index}, the table has ${bound} elements`
  const values = operands.filter((each) => each !== undefined)
  return values.length === 0 ? undefined : `${at}${values.map(String).join(', ')}`
}
