/**
 * References between JavaScript and compiled code: a funcref is the address of its record (0 is null), an externref a
 * handle. Both travel as the bits of a double (see context.ts).
 */
import { FuncrefRecord, Vmctx } from '../tiers/abi.js'
import { FUNCREF, type ValType } from '../wasm/types.js'
import { addressBits, bitsAddress } from './context.js'
import { load32, loadAddress } from './data.js'
import { Func } from './func.js'
import { mergeGroups, rootOf, type Group } from './group.js'
import { bitsToExtern, externToBits } from './handles.js'

/** V8's text for an argument or result of the wrong kind of reference. */
const BAD_REFERENCE = 'type incompatibility when transforming from/to JS'

/** The function whose record lies at an address; `group` is one that may hold the reference. */
function funcAt(group: Group, record: number): Func {
  const context = loadAddress(record + FuncrefRecord.ctx)
  const id = load32(context + Vmctx.id)
  const root = rootOf(group)
  if (loadAddress(context + Vmctx.entries) === 0) return root.hosts[id].func
  return root.instances[id].func(load32(record + FuncrefRecord.index))
}

/** ToJSValue of a reference. */
export function refToJs(group: Group, type: ValType, bits: number): unknown {
  if (type !== FUNCREF) return bitsToExtern(bits)
  return bits === 0 ? null : funcAt(group, bitsAddress(bits)).callable
}

/**
 * ToWebAssemblyValue of a reference for something that lives in `group`.
 * @throws TypeError for a funcref that is neither null nor an exported function object
 */
export function refFromJs(group: Group, type: ValType, value: unknown): number {
  if (type !== FUNCREF) return externToBits(value)
  if (value === null) return 0
  const func = Func.of(value)
  if (func === undefined) throw new TypeError(BAD_REFERENCE)
  mergeGroups(group, func.group)
  return addressBits(func.record)
}
