import { expect, it } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { ModuleNames } from '#dist/wasm/names.js'
import { body, leb, moduleOf, NULLARY_TYPE, section, str, vec, type Bytes } from '../support/binary.js'

/** Names of a module with three functions and the given contents of its name section. */
function names(...content: Bytes): ModuleNames {
  const bytes = moduleOf(
    NULLARY_TYPE,
    section(3, vec(0, 0, 0)),
    section(10, vec(body(0, 0x0b), body(0, 0x0b), body(0, 0x0b))),
    section(0, str('name'), content),
  )
  return new ModuleNames(decodeModule(bytes), bytes)
}

const moduleName = section(0, str('m'))
const funcNames = section(1, vec([0, str('a')], [2, str('ü')], [9, str('nobody')]))
const localNames = section(2, vec([0, vec([0, str('x')], [3, str('y')])], [2, vec([1, str('z')])]))

it('reads module, function and local names', () => {
  const n = names(moduleName, funcNames, localNames)
  expect(n.module).toBe('m')
  expect([0, 1, 2, 3, 9].map((i) => n.func(i))).toEqual(['a', undefined, 'ü', undefined, undefined])
  expect([...n.locals(0)]).toEqual([
    [0, 'x'],
    [3, 'y'],
  ])
  expect([...n.locals(1)]).toEqual([])
  expect([...n.locals(2)]).toEqual([[1, 'z']])
})

it('has no names without the section', () => {
  const bytes = moduleOf(NULLARY_TYPE)
  const n = new ModuleNames(decodeModule(bytes), bytes)
  expect(n.module).toBeUndefined()
  expect(n.func(0)).toBeUndefined()
  expect(n.locals(0).size).toBe(0)
})

it('skips the subsections of the extended proposal and unknown ones', () => {
  const n = names(section(4, vec([0, str('t')])), section(99, [1, 2, 3]), funcNames)
  expect(n.func(0)).toBe('a')
})

it('keeps what stands before a fault and never throws', () => {
  const faults: Bytes[] = [
    [1, 200],
    [1],
    section(1, [200, 0, str('a')]),
    section(1, [leb(0xffff_ffff)]),
    section(1, vec([0, str('a')], [1, 50, 0x61])),
    section(0, [5, 0x61]),
    section(2, vec([0, [9]])),
    [1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  ]
  for (const fault of faults) {
    const n = names(fault)
    expect(n.module).toBeUndefined()
    expect(n.func(1)).toBeUndefined()
    expect(n.locals(0).size).toBe(0)
  }
  expect(names(section(1, vec([0, str('a')], [1, 50, 0x61]))).func(0)).toBe('a')
  expect(names(section(1, vec([0, [2, 0xff, 0xfe]], [1, str('b')]))).func(1)).toBe('b')
  expect(names(section(1, vec([0, [2, 0xff, 0xfe]]))).func(0)).toBeUndefined()
})
