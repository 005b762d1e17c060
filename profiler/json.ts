/**
 * JSON text in pieces, for documents that hold lazy columns (firefox-schema.ts): neither the columns nor the text are ever
 * in memory as a whole.
 */
import type { LazyColumn } from './firefox-schema.js'

/** Elements of an array that make one piece of text. */
const STEP = 8192

function isLazy(value: object): value is LazyColumn<unknown> {
  return 'at' in value && typeof value.at === 'function' && !Array.isArray(value)
}

function* columnText(column: LazyColumn<unknown>): Generator<string> {
  yield '['
  for (let i = 0; i < column.length; i += STEP) {
    const end = Math.min(column.length, i + STEP)
    let text = i === 0 ? '' : ','
    for (let k = i; k < end; k++) text += `${k === i ? '' : ','}${JSON.stringify(column.at(k))}`
    yield text
  }
  yield ']'
}

/** The pieces of a value's JSON text. Columns and arrays of primitives are written in steps, objects key by key. */
export function* jsonText(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) {
    yield JSON.stringify(value)
  } else if (isLazy(value)) {
    yield* columnText(value)
  } else if (Array.isArray(value)) {
    const list: readonly unknown[] = value
    const plain = list.every((each) => typeof each !== 'object' || each === null)
    if (plain) {
      yield* columnText({ length: list.length, at: (i) => list[i] })
      return
    }
    yield '['
    for (let i = 0; i < list.length; i++) {
      if (i > 0) yield ','
      yield* jsonText(list[i])
    }
    yield ']'
  } else {
    let before = '{'
    for (const [key, each] of Object.entries(value)) {
      if (each === undefined) continue
      yield `${before}${JSON.stringify(key)}:`
      yield* jsonText(each)
      before = ','
    }
    yield before === '{' ? '{}' : '}'
  }
}
