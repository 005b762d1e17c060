// Names from the table that Go's runtime keeps in memory, in the layouts of Go 1.20 and 1.26; damaged tables.
import { describe, expect, it } from 'vitest'
import { goSymbols } from '#dist/wasm/debug/go-symbols.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { Random } from '../support/random.js'

const utf8 = new TextEncoder()

/** Functions of a program: name, file, first line. */
const PROGRAM = [
  ['main.main', '/src/main.go', 12],
  ['main.(*Stack[...]).Push', '/src/stack.go', 40],
  ['runtime.goexit', '/go/runtime/asm.s', 7],
] as const

/** A table as Go's linker lays it out. @param shift of program counters in it @param textStart what they are relative to */
function table(shift: number, textStart: number): Uint8Array {
  const bytes = new Uint8Array(2048)
  const view = new DataView(bytes.buffer)
  const [names, units, files, places, pcln] = [72, 512, 640, 900, 1024]
  view.setUint32(0, 0xfffffff1, true)
  view.setUint32(4, 0x08010000, true)
  for (const [i, word] of [PROGRAM.length, 3, textStart, names, units, files, places, pcln].entries()) {
    view.setUint32(8 + i * 8, word, true)
  }
  let nameAt = 1
  let fileAt = 3
  PROGRAM.forEach(([name, file, line], i) => {
    // A function's data ends where the next one's begins: 40 bytes are what is read here.
    const info = 256 + i * 40
    const pc = 0x1000 * 2 ** shift + i * 2 ** shift - textStart
    view.setUint32(pcln + i * 8, pc, true)
    view.setUint32(pcln + i * 8 + 4, info, true)
    view.setUint32(pcln + info, pc, true)
    view.setUint32(pcln + info + 4, nameAt, true)
    bytes.set(utf8.encode(name), names + nameAt)
    nameAt += name.length + 1
    // Each is its unit's file 0 (after one step of +1, which is written as 2); units have one file each.
    bytes[places + 1 + i * 3] = 2
    view.setUint32(pcln + info + 20, 1 + i * 3, true)
    view.setUint32(pcln + info + 32, i, true)
    view.setUint32(units + i * 4, fileAt, true)
    bytes.set(utf8.encode(file), files + fileAt)
    fileAt += file.length + 1
    view.setUint32(pcln + info + 36, line, true)
  })
  return bytes
}

/** A module with the table in its data, cut into segments at zeros as Go's linker does. */
function program(contents: Uint8Array, producer = 'Go cmd/compile'): Uint8Array {
  const segments: string[] = []
  for (let at = 0; at < contents.length; at++) {
    if (contents[at] === 0) continue
    let end = at
    while (end < contents.length && contents[end] !== 0) end++
    const text = Array.from(contents.subarray(at, end), (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
    segments.push(`(data (i32.const ${4096 + at}) "${text}")`)
    at = end
  }
  const module = assemble(
    `(module (import "gojs" "f" (func)) (memory 1) (func) (func) (func) (func) ${segments.join(' ')})`,
  )
  const name = utf8.encode('producers')
  const body = [name.length, ...name, ...utf8.encode(`\x01\x0cprocessed-by\x01${producer}`)]
  return new Uint8Array([...module, 0, body.length, ...body])
}

describe('names of Go programs', () => {
  it.each([
    ['1.20', 16, 0x1000 << 16],
    ['1.26', 0, 0],
  ])('are read from the table of Go %s', (_, shift, textStart) => {
    const bytes = program(table(shift, textStart))
    const symbols = goSymbols(decodeModule(bytes), bytes)
    expect(symbols?.count).toBe(3)
    PROGRAM.forEach(([name, file, line], i) => expect(symbols?.function(i)).toEqual({ name, file, line }))
    expect(symbols?.function(3)).toBeUndefined()
    expect(symbols?.function(400)).toBeUndefined()
  })

  it('are not looked for in other programs', () => {
    const bytes = program(table(16, 0x1000 << 16), 'clang')
    expect(goSymbols(decodeModule(bytes), bytes)).toBeUndefined()
    const none = program(Uint8Array.of(1, 2, 3))
    expect(goSymbols(decodeModule(none), none)).toBeUndefined()
    const far = assemble('(module (memory 65536) (data (i32.const 0xfffffff0) "x"))')
    const name = utf8.encode('producers')
    const custom = [name.length, ...name, ...utf8.encode('Go cmd/compile')]
    const large = new Uint8Array([...far, 0, custom.length, ...custom])
    expect(goSymbols(decodeModule(large), large)).toBeUndefined()
  })

  it('never fail on damaged tables', () => {
    const random = new Random(11)
    const info = decodeModule(program(table(16, 0x1000 << 16)))
    for (let round = 0; round < 300; round++) {
      const bytes = program(table(16, 0x1000 << 16))
      const { datas } = info
      for (let i = random.below(12); i >= 0; i--) {
        const segment = random.below(datas.length)
        bytes[datas.start(segment) + random.below(datas.size(segment))] = random.below(256)
      }
      const symbols = goSymbols(info, bytes)
      for (let i = 0; i < 5; i++) symbols?.function(i)
    }
  })
})
