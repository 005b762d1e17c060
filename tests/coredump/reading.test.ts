// The reader on dumps of others (Wasmtime's shape, 64-bit memories, indices that do not exist), on damaged ones, and its
// commands.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { CoredumpView, type DumpModule } from '#dist/cli/coredump-view.js'
import { complete } from '#dist/cli/coredump-interactive.js'
import { Session, SessionError } from '#dist/cli/coredump-session.js'
import { debugFiles } from '#dist/runtime/debug-files.js'
import { Coredump } from '#dist/wasm/coredump.js'
import { DebugInfo } from '#dist/wasm/debug/debug-info.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { WasmError } from '#dist/wasm/error.js'
import { ModuleNames } from '#dist/wasm/names.js'
import { leb, moduleOf, section, str, vec, type Bytes } from '../support/binary.js'
import { Random } from '../support/random.js'
import { wasmtimeDump } from '../support/wasmtime-dump.js'
import { dumpOf, failure, instantiate, storeOf } from './support.js'

function custom(name: string, ...content: Bytes): number[] {
  return section(0, str(name), ...content)
}

const text = [...new TextEncoder().encode('hello, world\0second\0')]

/** As Wasmtime writes: frames without values, unknown indices as 2^32 - 1, trimmed chunks of memory. */
const wasmtime = moduleOf(
  custom('core', 0, str('/bin/wasmtime')),
  section(5, vec([1, leb(2), leb(2)])),
  section(6, vec([0x7f, 1, 0x41, leb(16), 0x0b], [0x70, 0, 0xd0, 0x70, 0x0b])),
  section(
    11,
    vec([0, 0x41, leb(16), 0x0b, vec(...text)], [0, 0x41, leb(0x80), 0x0b, vec(1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)]),
  ),
  custom('coremodules', vec([0, str('app.wasm')], [0, str('<anonymous-module-1>')])),
  custom('coreinstances', vec([0, 0, vec(0), vec(0, leb(0xffffffff))], [0, 1, vec(leb(0xffffffff)), vec()])),
  custom('corestack', 0, str('main'), vec([0, 0, 3, leb(300), 0, 0], [0, 1, 0, 0, 0, 0])),
)

/** All kinds of values, a 64-bit memory, a second thread. */
const rich = moduleOf(
  custom('core', 0, str('rich')),
  section(5, vec([4, leb(1)])),
  section(11, vec([0, 0x42, leb(8), 0x0b, vec(...new Uint8Array(new Float64Array([1.5, -2]).buffer))])),
  custom('coremodules', vec([0, str('m')])),
  custom('coreinstances', vec([0, 0, vec(0), vec()])),
  custom(
    'corestack',
    0,
    str('main'),
    vec([
      0,
      0,
      1,
      2,
      vec([0x7f, 0x7e], [0x7e, 0x80, 0x80, 0x80, 0x80, 0x70], [0x7d, 0, 0, 0xc0, 0x3f], 0x01),
      vec([0x7f, 8]),
    ]),
  ),
  custom('corestack', 0, str('other'), vec()),
)

function session(bytes: Uint8Array): Session {
  return new Session(new CoredumpView(Coredump.read(bytes), []))
}

describe('dumps of other engines', () => {
  test('written as Wasmtime writes them: a program of clang, with its names, lines and variables in memory', () => {
    const file = fileURLToPath(new URL('programs/shapes.wasm', import.meta.url))
    const bytes = readFileSync(file)
    const info = decodeModule(bytes)
    const names = new ModuleNames(info, bytes)
    const module: DumpModule = { file, bytes, info, names, debug: new DebugInfo(info, bytes, debugFiles(file)) }
    // What Wasmtime would find when `run` calls `area`: the state is that of our own dump of it.
    const own = dumpOf(failure(instantiate(storeOf('baseline'), bytes), 'run', 3)).dump
    const memory = own.memories[0].read(0, own.memories[0].size).slice()
    const { frames } = own.threads[0]
    const dump = Coredump.read(
      wasmtimeDump({
        program: '/usr/bin/wasmtime',
        modules: ['shapes.wasm', undefined],
        instances: [
          { module: 0, memories: [0, undefined], globals: [0] },
          { module: 1, memories: [1], globals: [undefined, 1] },
        ],
        memories: [{ bytes: memory }, { bytes: new Uint8Array(65536).fill(3, 5000, 9000), is64: true }],
        globals: [
          { type: 0x7f, mutable: true, init: [0x41, 0xf8, 0x87, 0x04] },
          { type: 0x6f, mutable: true, init: [0xd0, 0x6f] },
        ],
        frames: frames.map(({ funcIndex, codeOffset }) => ({ instance: 0, func: funcIndex, offset: codeOffset })),
      }),
    )
    expect(dump.modules).toEqual(['shapes.wasm', '<anonymous-module-1>'])
    expect(Buffer.compare(dump.memories[0].read(0, memory.length), memory)).toBe(0)
    expect(dump.memories[0].storedBytes).toBeLessThan(1000)
    expect([...dump.memories[1].read(4999, 3)]).toEqual([0, 3, 3])
    expect([...dump.memories[1].read(8998, 4)]).toEqual([3, 3, 0, 0])
    const view = new CoredumpView(dump, [module, undefined])
    const shown = new Session(view)
    expect(shown.run('bt').join('\n')).toMatch(/#0 area .*\n.*shapes\.c:27:19\n.*#1 run .*\n.*shapes\.c:36:10/)
    // Its frames have no locals, and so no frame base.
    expect(shown.run('locals').join('\n')).toContain('name: const char * = <optimized out>')
    expect(shown.run('find "a circle"')).toHaveLength(1)
    expect(shown.run('x/s 0x400')).toEqual(['0x00000400:  "square"'])
    expect(shown.run('globals')).toEqual(['global 0: i32 = 66552 (0x103f8)'])
    const whole = new Session(new CoredumpView(own, [module]))
    whole.run('frame 1')
    expect(complete(whole, 'print first.next->n')[0]).toEqual(['first.next->name', 'first.next->next'])
    expect(complete(whole, 'p fir')[0]).toEqual(['first'])
  })

  test("Wasmtime's shape", () => {
    const dump = Coredump.read(wasmtime)
    expect(dump.program).toBe('/bin/wasmtime')
    expect(dump.modules).toEqual(['app.wasm', '<anonymous-module-1>'])
    expect(dump.threads).toMatchObject([{ name: 'main', frames: [{ funcIndex: 3, codeOffset: 300 }, { instance: 1 }] }])
    expect(new TextDecoder().decode(dump.memories[0].read(16, 5))).toBe('hello')
    expect(session(wasmtime).run('bt')).toEqual([
      '*  #0 wasm-function[3] (app.wasm function 3 +0x12c)',
      '   #1 wasm-function[0] (<anonymous-module-1> function 0 +0x0)',
    ])
    expect(session(wasmtime).run('globals')).toEqual(['global 0: i32 = 16 (0x10)', 'global 1 = <not available>'])
    const damaged = session(wasmtime)
    damaged.run('frame 1')
    expect(() => damaged.run('x/x 0')).toThrow(SessionError)
    expect(() => damaged.run('table 0')).toThrow('there is no table 0')
  })

  test('values of every kind, several threads, a 64-bit memory', () => {
    const it = session(rich)
    expect(it.run('locals')).toEqual([
      '  local 0: i32 = -2 (0xfffffffe)',
      '  local 1: i64 = -4294967296 (0xffffffff00000000)',
      '  local 2: f32 = 1.5',
      '  local 3 = <not available>',
      '  stack 0: i32 = 8',
    ])
    expect(it.run('x/2fg @0')).toEqual(['0x00000008:  1.5  -2'])
    expect(it.run('thread')).toEqual(['* 0 main: 1 frames', '  1 other: 0 frames'])
    expect(it.run('thread 1')).toEqual(['no frames'])
    expect(() => it.run('locals')).toThrow('the dump has no frames')
  })
})

describe('an instance without what another has', () => {
  // The second instance, at whose frame it stopped, has neither memory nor table; the first has.
  const dump = moduleOf(
    custom('core', 0, str('two')),
    section(5, vec([0, leb(1)])),
    section(6, vec([0x7f, 1, 0x41, leb(16), 0x0b])),
    custom('coremodules', vec([0, str('a')], [0, str('b')])),
    custom('coreinstances', vec([0, 0, vec(0), vec(0)], [0, 1, vec(), vec()])),
    custom('corestack', 0, str('main'), vec([0, 1, 0, 0, 0, 0])),
  )
  test.each([
    ['x/x 0', 'there is no memory of this instance'],
    ['find 0x00', 'there is no memory of this instance'],
    ['table', 'there is no table 0'],
  ])('%s', (line, message) => {
    expect(() => session(dump).run(line)).toThrow(message)
  })

  test('globals', () => {
    expect(session(dump).run('globals')).toEqual(['no globals'])
  })
})

describe('commands', () => {
  const it = session(wasmtime)
  test('memory', () => {
    expect(it.run('memory 16 20')).toEqual([
      '0x00000010  68 65 6c 6c 6f 2c 20 77 6f 72 6c 64 00 73 65 63  hello, world.sec',
      '0x00000020  6f 6e 64 00                                      ond.',
    ])
    expect(it.run('x/2s 16')).toEqual(['0x00000010:  "hello, world"', '0x0000001d:  "second"'])
    expect(it.run('x/4xw 0x80')).toEqual(['0x00000080:  0x00000001  0xffffffff  0x00000000  0x00000000'])
    expect(it.run('x/2dw 0x80')).toEqual(['0x00000080:  1  -1'])
    expect(it.run('x/2uh 0x84')).toEqual(['0x00000084:  65535  65535'])
    expect(it.run('x/1dg 0x80')).toEqual(['0x00000080:  -4294967295'])
    expect(it.run('x/3c 16')).toEqual(["0x00000010:  104 'h'  101 'e'  108 'l'"])
    expect(it.run('x/2xb 0x1fffe')).toEqual(['0x0001fffe:  0x00  0x00'])
    expect(it.run('x/4xw 0x1fff8').at(-1)).toBe('the memory ends at 0x20000')
    expect(it.run('find "world"')[0]).toContain('0x00000017')
    expect(it.run('find 0x01000000')[0]).toContain('0x00000080')
    expect(it.run('find -1')[0]).toContain('0x00000084')
    expect(it.run('find "nothing"')).toEqual(['not found'])
  })

  test('print and expressions', () => {
    expect(it.run('print 16 + 0x10 - 2')).toEqual(['30 (0x1e)'])
    expect(it.run('p -1')).toEqual(['-1 (0xffffffff)'])
    expect(it.run('p 5 - -2 + - 3 -+ 1')).toEqual(['3 (0x3)'])
  })

  test.each([
    ['bogus', /no command 'bogus'/],
    ['fram 1', /did you mean frame/],
    ['frame 9', /there is no frame 9: frames are 0 to 1/],
    ['x/3y 0', /a format is/],
    ['x/3fb 0', /of f: w or g/],
    ['x/x 0x20000', /outside of the memory/],
    ['print $0', /there is no \$0/],
    ['print what', /there is no 'what'/],
    ['print 1 2', /no expression/],
    ['print', /print what/],
    ['find', /find what/],
    ['table', /there is no table 0/],
    ['thread 4', /there is no thread 4/],
  ])('%s', (line, message) => {
    expect(() => it.run(line)).toThrow(SessionError)
    expect(() => it.run(line)).toThrow(message)
  })

  test('completion: commands first, then what the frame has', () => {
    expect(complete(it, 'fr')).toEqual([['frame'], 'fr'])
    expect(complete(session(rich), 'print $')).toEqual([['$0', '$1', '$2', '$3'], '$'])
  })
})

describe('damaged files', () => {
  test.each([
    ['nothing', new Uint8Array(0), /no WebAssembly file/],
    ['a module', moduleOf(section(1, vec())), /not a core dump/],
    ['text', new TextEncoder().encode('core dump'), /no WebAssembly file/],
  ])('%s', (_, bytes, message) => {
    expect(() => Coredump.read(bytes)).toThrow(WasmError)
    expect(() => Coredump.read(bytes)).toThrow(message)
  })

  test('mutations never do more than say that they are damaged', () => {
    const random = new Random(3)
    const lines = [
      'bt',
      'locals',
      'globals',
      'info',
      'x/8xw 16',
      'x/s 16',
      'find "hello"',
      'memory 0x7fff0 64',
      'table',
      'frame 1',
    ]
    for (let round = 0; round < 4000; round++) {
      const bytes = new Uint8Array(random.below(2) === 0 ? wasmtime : rich)
      for (let i = random.below(4); i >= 0; i--) bytes[8 + random.below(bytes.length - 8)] = random.below(256)
      const cut = random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes
      let it: Session
      try {
        it = session(cut)
      } catch (error) {
        if (error instanceof WasmError) continue
        throw error
      }
      for (const line of lines) {
        try {
          it.run(line)
        } catch (error) {
          if (!(error instanceof SessionError)) throw error
        }
      }
    }
  })
})
