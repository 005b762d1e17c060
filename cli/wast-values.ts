/** Constants and expected results of test scripts against values of the runtime: exact bits, NaN classes, references. */
import type { WastConst, WastPattern } from '../wasm/text/wast.js'
import { F32, valTypeName, type ValType } from '../wasm/types.js'

/** The host's object for `(ref.extern n)` and `(ref.host n)`: one a number, so that identity can be checked. */
class HostObject {
  readonly number: number

  constructor(number: number) {
    this.number = number
  }
}

const hostObjects = new Map<number, HostObject>()

function hostObject(number: number): HostObject {
  let object = hostObjects.get(number)
  if (object === undefined) {
    object = new HostObject(number)
    hostObjects.set(number, object)
  }
  return object
}

function bitsOf(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)
}

/** An argument for Func.callRaw: the bits of a number, or a reference as a JavaScript value. */
export function argumentOf(value: WastConst): unknown {
  switch (value.kind) {
    case 'number':
      return bitsOf(value.lo, value.hi)
    case 'ref.null':
      return null
    case 'ref.extern':
    case 'ref.host':
      return hostObject(value.value ?? 0)
    default:
      throw new Error(`a reference to ${value.heap} cannot be given as an argument`)
  }
}

/** Canonical: only the quiet bit of the payload. Arithmetic: at least the quiet bit. The sign does not matter. */
function matchesNan(bits: bigint, type: ValType, form: 'canonical' | 'arithmetic'): boolean {
  const [magnitude, quiet] =
    type === F32 ? [0x7fff_ffffn, 0x7fc0_0000n] : [0x7fff_ffff_ffff_ffffn, 0x7ff8_0000_0000_0000n]
  return form === 'canonical' ? (bits & magnitude) === quiet : (bits & quiet) === quiet
}

/** Does a result of Func.callRaw fit what the script expects? */
export function matches(result: unknown, pattern: WastPattern): boolean {
  switch (pattern.kind) {
    case 'number':
      return result === bitsOf(pattern.lo, pattern.hi)
    case 'nan':
      return typeof result === 'bigint' && matchesNan(result, pattern.type, pattern.form)
    case 'either':
      return pattern.patterns.some((each) => matches(result, each))
    case 'ref.null':
      return result === null
    case 'ref.extern':
    case 'ref.host':
      return pattern.value === undefined ? result !== null : result === hostObject(pattern.value)
    default:
      return pattern.heap === 'func' ? typeof result === 'function' : result !== null
  }
}

function showBits(bits: bigint): string {
  return `0x${bits.toString(16)}`
}

export function showResult(result: unknown): string {
  if (typeof result === 'bigint') return showBits(result)
  if (result === null) return 'null'
  if (result instanceof HostObject) return `host object ${result.number}`
  return `a ${typeof result}`
}

export function showPattern(pattern: WastPattern): string {
  switch (pattern.kind) {
    case 'number':
      return `${valTypeName(pattern.type)} ${showBits(bitsOf(pattern.lo, pattern.hi))}`
    case 'nan':
      return `${valTypeName(pattern.type)} nan:${pattern.form}`
    case 'either':
      return pattern.patterns.map(showPattern).join(' or ')
    case 'ref.null':
      return 'null'
    case 'ref.extern':
    case 'ref.host':
      return `host object ${pattern.value ?? '(any)'}`
    default:
      return `a reference to ${pattern.heap}`
  }
}
