/** What frame states say of values, for tests and checks. */
import { STATE_HEAD_WORDS, STATE_VALUE_WORDS } from './arrays.js'
import type { IrFunction } from './function.js'

/** The values in a frame state and those of the callers that it is inlined into. */
export function stateValues({ states }: IrFunction, state: number): number[] {
  const values: number[] = []
  for (let at = state; at >= 0; at = states[at + 1]) {
    const count = states[at + 2] + states[at + 3]
    for (let i = 0; i < count; i++) values.push(states[at + STATE_HEAD_WORDS + i * STATE_VALUE_WORDS + 1])
  }
  return values.filter((value) => value >= 0)
}

/** A value and its copies. */
export function copiesOf({ nextCopy }: IrFunction, value: number): number[] {
  const copies: number[] = []
  do copies.push(copies.length === 0 ? value : nextCopy[copies[copies.length - 1]])
  while (nextCopy[copies[copies.length - 1]] !== value)
  return copies
}
