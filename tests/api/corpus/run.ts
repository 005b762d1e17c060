/**
 * Runs one snippet of the corpus and writes its outcome as one line of text: the value, or the class and message of
 * what was thrown. Outcomes hold nothing that differs between runs (no addresses, stacks or paths).
 */
import { compileFunction } from 'node:vm'
import type { FixtureName } from './fixtures.js'

/** A body that leaves an operand: `(func i32.const 0)` with no result. */
const BAD_BODY = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x41, 0, 0x0b]
/** The same with the name "bad" for function 0, in a name section before nothing else. */
const BAD_NAMED_BODY = [...BAD_BODY, 0, 13, 4, 0x6e, 0x61, 0x6d, 0x65, 1, 6, 1, 0, 3, 0x62, 0x61, 0x64]
/** Custom sections: "a" twice, "b" empty, one with the empty name. */
const CUSTOMS = [0, 97, 115, 109, 1, 0, 0, 0, 0, 4, 1, 0x61, 1, 2, 0, 2, 1, 0x62, 0, 3, 1, 0x61, 3, 0, 2, 0, 9]

const CONSTANTS = {
  BAD_BODY: new Uint8Array(BAD_BODY),
  BAD_NAMED_BODY: new Uint8Array(BAD_NAMED_BODY),
  CUSTOMS: new Uint8Array(CUSTOMS),
  detached(): ArrayBuffer {
    const buffer = new ArrayBuffer(8)
    structuredClone(buffer, { transfer: [buffer] })
    return buffer
  },
}

function kind(value: unknown): string {
  return typeof value === 'function'
    ? `${'prototype' in value ? 'constructor' : 'function'} ${value.name}/${value.length}`
    : text(value)
}

/** Own properties in the order of their keys: `name wec value`, accessors as `name ec get,set`. */
function props(object: object): string[] {
  return Reflect.ownKeys(object).map((key) => {
    const d = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor
    const flags = `${d.writable ? 'w' : '-'}${d.enumerable ? 'e' : '-'}${d.configurable ? 'c' : '-'}`
    const accessors = ['get', 'set'].map((name): unknown => Reflect.get(d, name))
    const value = 'value' in d ? kind(d.value) : accessors.map((each) => (each ? kind(each) : '')).join(',')
    return `${String(key)} ${flags} ${value}`
  })
}

/** A value as stable text. Deep for arrays and plain objects, `[object X]` for everything else. */
export function text(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`
  const proto: unknown = Object.getPrototypeOf(value)
  if (proto === Object.prototype && !(Symbol.toStringTag in value)) {
    return `{ ${Object.entries(value)
      .map(([k, v]) => `${k}: ${text(v)}`)
      .join(', ')} }`
  }
  return proto === null ? '[null-prototype object]' : Object.prototype.toString.call(value)
}

function errorText(error: unknown, namespace: object): string {
  if (!(error instanceof Error)) return `throws ${text(error)}`
  const classes: unknown[] = [Reflect.get(namespace, error.name), Reflect.get(globalThis, error.name)]
  const honest = classes.some((each) => typeof each === 'function' && error instanceof each)
  return `throws ${honest ? '' : 'odd '}${error.name}: ${error.message}`
}

/** The outcome of `code` with `namespace` as W. Never throws. */
export async function outcome(
  code: string,
  namespace: object,
  modules: Readonly<Record<FixtureName, Uint8Array>>,
): Promise<string> {
  const body = /\breturn\b|^"use strict"|^const |^let /.test(code) ? code : `return (${code})`
  const names = ['W', 'm', 'props', ...Object.keys(CONSTANTS)]
  const values: unknown[] = [namespace, modules, props, ...Object.values(CONSTANTS)]
  try {
    const run = compileFunction(`return (async () => { ${body} })()`, names)
    return text(await Reflect.apply(run, undefined, values))
  } catch (error) {
    return errorText(error, namespace)
  }
}
