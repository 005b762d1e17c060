/** Numbers of WebAssembly as text: arguments of --invoke and its results. */
import { F32, F64, I32, I64, valTypeName, type FuncType, type ValType } from '../wasm/types.js'
import { UsageError } from './errors.js'

const INTEGER = /^[+-]?(?:0x[0-9a-f]+|\d+)$/i

function integer(text: string): bigint | undefined {
  const plain = text.replaceAll('_', '')
  if (!INTEGER.test(plain)) return undefined
  const negative = plain.startsWith('-')
  const digits = BigInt(plain.replace(/^[+-]/, ''))
  return negative ? -digits : digits
}

function float(text: string): number | undefined {
  const plain = text.replaceAll('_', '').toLowerCase()
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/.exec(plain)
  if (special !== null) {
    if (special[2] === undefined) return NaN
    return special[1] === '-' ? -Infinity : Infinity
  }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(plain)) return undefined
  return Number(plain)
}

/**
 * The JavaScript value of an argument: integers signed or unsigned, decimal or hexadecimal; floats decimal, `inf`, `nan`.
 * @throws UsageError when the text is no value of the type
 */
export function parseValue(text: string, type: ValType, what: string): number | bigint {
  const bad = (): never => {
    throw new UsageError(`${what} must be an ${valTypeName(type)}, not '${text}'`)
  }
  switch (type) {
    case I32:
    case I64: {
      const bits = type === I32 ? 32n : 64n
      const value = integer(text) ?? bad()
      if (value < -(1n << (bits - 1n)) || value >= 1n << bits) bad()
      return type === I32 ? Number(BigInt.asIntN(32, value)) : BigInt.asIntN(64, value)
    }
    case F32:
    case F64:
      return float(text) ?? bad()
    default:
      throw new UsageError(`${what} has type ${valTypeName(type)}, which cannot be written on a command line`)
  }
}

/** The shortest decimal that reads back as the same f32. */
function formatF32(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  return String(value)
}

/** A result as text; references say what they are. */
export function formatValue(value: unknown, type: ValType): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return 'nan'
    if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
    if (Object.is(value, -0)) return '-0'
    return type === F32 ? formatF32(value) : String(value)
  }
  if (value === null) return 'null'
  return `<${valTypeName(type)}>`
}

function list(types: readonly ValType[]): string {
  return types.map(valTypeName).join(', ')
}

/** `(i32, i64) -> f32` */
export function formatFuncType(type: FuncType): string {
  const results = type.results.length === 1 ? list(type.results) : `(${list(type.results)})`
  return `(${list(type.params)}) -> ${results}`
}
