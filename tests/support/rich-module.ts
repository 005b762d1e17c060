/** A valid module that has every section and every kind of entity of Wasm 2.0 (vectors excepted). */
import { body, moduleOf, section, str, vec } from './binary.js'

const types = section(1, vec([0x60, 0, 0], [0x60, 2, 0x7f, 0x7e, 1, 0x7f], [0x60, 1, 0x70, 2, 0x6f, 0x7d]))
const imports = section(
  2,
  vec(
    [str('env'), str('f'), 0, 0],
    [str('env'), str('t'), 1, 0x6f, 1, 1, 0x90, 0x4e],
    [str('env'), str('g'), 3, 0x7f, 0],
    [str('env'), str('h'), 3, 0x7e, 1],
    [str('é'), str('\u{1f600}'), 0, 1],
  ),
)
const functions = section(3, vec(0, 1, 0))
const tables = section(4, vec([0x70, 0, 10], [0x6f, 1, 0, 20]))
const memory = section(5, vec([1, 1, 0x80, 0x80, 0x04]))
const globals = section(
  6,
  vec(
    [0x7f, 1, 0x41, 0x7f, 0x0b],
    [0x7f, 0, 0x23, 0, 0x0b],
    [0x70, 0, 0xd2, 3, 0x0b],
    [0x6f, 1, 0xd0, 0x6f, 0x0b],
    [0x7c, 0, 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0x0b],
  ),
)
const exports = section(
  7,
  vec([str('run'), 0, 2], [str('memory'), 2, 0], [str('table'), 1, 1], [str('global'), 3, 2], [str(''), 0, 0]),
)
const start = section(8, [2])
const elements = section(
  9,
  vec(
    [2, 1, 0x41, 0, 0x0b, 0, vec(2, 3)],
    [1, 0, vec(4)],
    [5, 0x70, vec([0xd2, 2, 0x0b], [0xd0, 0x70, 0x0b])],
    [3, 0, vec(0)],
    [6, 1, 0x23, 0, 0x0b, 0x70, vec([0xd2, 1, 0x0b])],
  ),
)
const dataCount = section(12, [2])
const code = section(
  10,
  vec(
    body(1, 2, 0x7f, [3, 0x40, 0x20, 0, 0x41, 1, 0x6a, 0x22, 1, 0x0d, 0, 0x0b, 0x0b]),
    body(0, [0x20, 1, 0xa7, 0x20, 0, 0x6a, 0x0b]),
    body(2, 1, 0x7c, 3, 0x7f, [0x41, 0, 0x41, 0, 0x41, 1, 0xfc, 8, 0, 0, 0x0b]),
  ),
)
const data = section(11, vec([0, 0x41, 8, 0x0b, str('hello')], [1, str('passive')]))
const custom = section(0, str('producers'), [1, 2, 3])
const names = section(0, str('name'), [0, 2, 1, 0x6d], [1, 7, 2, 2, 1, 0x61, 3, 1, 0x62])

export const RICH_MODULE: Uint8Array<ArrayBuffer> = moduleOf(
  custom,
  types,
  imports,
  functions,
  tables,
  memory,
  globals,
  exports,
  start,
  elements,
  dataCount,
  code,
  data,
  names,
)
