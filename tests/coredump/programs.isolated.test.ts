// Programs of several compilers: variables of the source, by debug information, and locals against what the programs are known
// to hold (tests/coredump/programs). In every tier and after on-stack replacement: what optimized code knows has to be right, and be most of it.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CoredumpView, type DumpModule, type FrameView } from '#dist/cli/coredump-view.js'
import { Coredump as Dump } from '#dist/runtime/coredump/coredump.js'
import { Func } from '#dist/runtime/func.js'
import { Coredump } from '#dist/wasm/coredump.js'
import { DebugInfo } from '#dist/wasm/debug/debug-info.js'
import { debugFiles } from '#dist/runtime/debug-files.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { ModuleNames } from '#dist/wasm/names.js'
import { ExternKind } from '#dist/wasm/types.js'
import { agrees, dumpOf, failure, instantiate, storeOf, TIERS, type Tier } from './support.js'

/** The frames of a program that fails. */
function framesOf(tier: Tier, program: string, ...args: unknown[]): FrameView[] {
  const file = fileURLToPath(new URL(`programs/${program}.wasm`, import.meta.url))
  const bytes = readFileSync(file)
  const info = decodeModule(bytes)
  const module: DumpModule = {
    file,
    bytes,
    info,
    names: new ModuleNames(info, bytes),
    debug: new DebugInfo(info, bytes, debugFiles(file)),
  }
  const instance = instantiate(storeOf(tier), bytes)
  const { dump } = dumpOf(failure(instance, 'run', ...args))
  const view = new CoredumpView(dump, [module])
  return dump.threads[0].frames.map((_, i) => view.frame(dump.threads[0], i))
}

/** `name = value` of the variables that have one, addresses aside. */
function variables(frame: FrameView): Record<string, string> {
  return Object.fromEntries(frame.variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])))
}

function place(frame: FrameView): string {
  const position = frame.source.at(-1)?.position
  return `${frame.name} ${position?.file.replace(/^.*\//, '')}:${position?.line}`
}

interface Expected {
  readonly place: string
  readonly variables: Readonly<Record<string, unknown>>
  /** Wasm locals, where the program's compiler tells less than that. */
  readonly locals?: Readonly<Record<number, string>>
}

const programs: readonly { program: string; args: readonly unknown[]; frames: readonly Expected[] }[] = [
  {
    program: 'divide',
    args: [41, 0],
    frames: [
      {
        place: 'divide divide.c:11',
        variables: { dividend: '102', divisor: '0', why: '0x400 "quotient of the pair"', kept: '204' },
      },
      {
        place: 'pair_quotient divide.c:17',
        variables: { scale: '2.5', copy: '{first = 41, second = 0}', scaled: '102', result: '0' },
      },
      {
        place: 'run divide.c:25',
        variables: {
          first: '41',
          second: '0',
          pair: '{first = 41, second = 0}',
          wide: String(0x1122334455667788n + 41n),
          half: '20.5',
        },
      },
    ],
  },
  {
    program: 'divide-optimized',
    args: [41, 0],
    frames: [
      { place: 'divide divide.c:11', variables: { dividend: '102', divisor: '0', kept: '204' } },
      { place: 'pair_quotient divide.c:17', variables: {} },
      { place: 'run divide.c:25', variables: { pair: '{first = 41, second = 0}' } },
    ],
  },
  {
    program: 'recurse',
    args: [2],
    frames: [
      { place: 'tree::Node::sum(int) recurse.cpp:11', variables: { so_far: '1003', mine: '1103' } },
      { place: 'tree::Node::sum(int) recurse.cpp:12', variables: { so_far: '1002', mine: '1003' } },
      { place: 'tree::Node::sum(int) recurse.cpp:12', variables: { so_far: '1000', mine: '1002' } },
      {
        place: 'run recurse.cpp:29',
        variables: { depth: '2', leaf: expect.stringMatching(/depth_ = 100, next_ = 0x0\}$/) },
      },
    ],
  },
  {
    program: 'shapes',
    args: [3],
    frames: [
      {
        place: 'area shapes.c:27',
        variables: {
          scale: '0x1',
          name: '0x400 "square"',
          copy: '"square\\u0000a"',
          big: 'false',
          wide: '-5000000000',
          result: '6',
        },
      },
      {
        place: 'run shapes.c:36',
        variables: {
          size: '3',
          second: expect.stringMatching(
            /^\{kind = CIRCLE, size = \{whole = 7, .*name = 0x407 "a circle", next = 0x0, red = 1, green = 2, code = \[1, 2, 3, 4\], grid = \[\[1, 2\], \[3, 4\]\]\}$/,
          ),
          first: expect.stringMatching(
            /^\{kind = ODD, .*red = 5, green = 17, .*grid = \[\[0\.5, 1\.5\], \[2\.5, -3\]\]\}$/,
          ),
        },
      },
    ],
  },
  {
    program: 'mean',
    args: [64, 3],
    frames: [
      { place: 'mean mean.c:8', variables: {}, locals: { 0: '64', 2: '6048000000000' } },
      { place: 'run mean.c:13', variables: {}, locals: { 1: '3' } },
    ],
  },
  {
    program: 'callback',
    args: [1, 2],
    frames: [
      { place: 'dispatch(Event&, int) callback.cpp:15', variables: {}, locals: { 2: '2', 3: '200' } },
      { place: 'dispatch(Event&, int) callback.cpp:14', variables: {}, locals: { 3: '201' } },
      { place: 'dispatch(Event&, int) callback.cpp:14', variables: {}, locals: { 3: '202' } },
      { place: 'run callback.cpp:23', variables: {} },
    ],
  },
  {
    program: 'callback',
    args: [2, 1],
    frames: [
      { place: 'dispatch(Event&, int) callback.cpp:15', variables: {}, locals: { 3: '300' } },
      { place: 'dispatch(Event&, int) callback.cpp:14', variables: {}, locals: { 3: '301' } },
      {
        place: 'run callback.cpp:23',
        variables: { events: expect.stringMatching(/^\[0x[0-9a-f]+, 0x[0-9a-f]+, 0x[0-9a-f]+\]$/) },
      },
    ],
  },
  {
    program: 'hot',
    args: [1000, 7],
    frames: [
      {
        place: 'mix(Ring<unsigned int>&, unsigned int, unsigned int) hot.cpp:14',
        variables: { state: '3252230914' },
      },
      {
        place: 'run hot.cpp:22',
        variables: {
          rounds: '1000',
          seed: '7',
          total: '0',
          ring: expect.stringMatching(/^\{items = \[33859957, 2516044589, 1910192250, /),
        },
      },
    ],
  },
  {
    program: 'account',
    args: [550, 100],
    frames: [
      { place: 'core::core_arch::wasm32::unreachable mod.rs:25', variables: {} },
      { place: 'lib::withdraw lib.rs:19', variables: { rest: '-150', amount: '100' } },
      {
        place: 'run lib.rs:29',
        variables: { after: '-50', account: '{balance = -50, limit = 100}', first: '550', second: '100' },
      },
    ],
  },
]

/** Runs the Go program up to its first number: the frames then, and what it wrote. */
function goProgram(tier: Tier): { frames: FrameView[]; dump: Coredump; written: string } {
  const file = new URL('programs/ledger.wasm.gz', import.meta.url)
  const bytes = gunzipSync(readFileSync(file))
  const info = decodeModule(bytes)
  const store = storeOf(tier)
  let dumped: Uint8Array | undefined
  let written = ''
  const view = (): DataView => new DataView(instance.memories[0].buffer)
  /** The host's side of Go's system interface, as far as a program needs it that only prints (misc/wasm of Go). */
  const host: Record<string, (sp: number) => void> = {
    'runtime.wasmWrite': (sp) => {
      const at = Number(view().getBigInt64(sp + 16, true))
      const text = new TextDecoder().decode(new Uint8Array(view().buffer, at, view().getInt32(sp + 24, true)))
      if (!/\d/.test(text) || dumped !== undefined) return
      written = text
      dumped = Dump.now('request', 'while it writes').encode()
    },
    'runtime.getRandomData': (sp) => {
      const at = Number(view().getBigInt64(sp + 8, true))
      new Uint8Array(view().buffer, at, Number(view().getBigInt64(sp + 16, true))).fill(5)
    },
    'runtime.nanotime1': (sp) => view().setBigInt64(sp + 8, 1_000_000n, true),
    'runtime.walltime': (sp) => view().setBigInt64(sp + 8, 1n, true),
  }
  const imports = info.imports.map(({ name, desc }) => {
    const { params, results } = info.types[desc.kind === ExternKind.Func ? desc.typeIndex : 0]
    return Func.host(store, { kind: 'func', params, results }, (sp: number) => host[name]?.(sp))
  })
  const instance = instantiate(store, bytes, ...imports)
  // One argument, "js", at the place where Go's own loader puts it.
  new Uint8Array(instance.memories[0].buffer).set([0x6a, 0x73, 0], 4096)
  const words = new DataView(instance.memories[0].buffer)
  words.setBigInt64(4104, 4096n, true)
  words.setBigInt64(4112, 0n, true)
  words.setBigInt64(4120, 0n, true)
  instance.getFunc('run')?.callable(1, 4104)
  if (dumped === undefined) throw new Error('the program wrote nothing')
  const dump = Coredump.read(dumped)
  const module: DumpModule = {
    file: file.pathname,
    bytes,
    info,
    names: new ModuleNames(info, bytes),
    debug: new DebugInfo(info, bytes, debugFiles(file.pathname)),
  }
  const shown = new CoredumpView(dump, [module])
  return { frames: dump.threads[0].frames.map((_, i) => shown.frame(dump.threads[0], i)), dump, written }
}

describe.each(TIERS)('%s tier', (tier) => {
  const counted = { all: 0, known: 0 }

  function expectKnown(actual: Readonly<Record<string, string>>, expected: Readonly<Record<string, unknown>>): void {
    if (tier === 'baseline') expect(actual).toMatchObject(expected)
    for (const [name, value] of Object.entries(expected)) {
      counted.all++
      if (!(name in actual)) continue
      counted.known++
      expect(actual[name], name).toEqual(value)
    }
  }

  test.each(programs)('$program $args', ({ program, args, frames: expected }) => {
    const frames = framesOf(tier, program, ...args)
    expect(frames.map(place)).toEqual(expected.map((frame) => frame.place))
    expected.forEach((frame, i) => {
      expectKnown(variables(frames[i]), frame.variables)
      const locals = frames[i].locals.flatMap(({ index, value }) => (value === undefined ? [] : [[index, value]]))
      expectKnown(Object.fromEntries(locals) as Record<string, string>, frame.locals ?? {})
    })
  })

  test('most of the values that the programs are known to hold are there', () => {
    expect(counted.all).toBeGreaterThan(50)
    // Some are dead where the program stops, and gone from optimized code.
    expect(counted.known / counted.all).toBeGreaterThan(tier === 'baseline' ? 0.999 : 0.85)
  })

  test('C: a recursion to the end of the stack', () => {
    const frames = framesOf(tier, 'deep', 5, 4)
    expect(frames.length).toBeGreaterThan(5000)
    expect(place(frames[0])).toMatch(/^descend deep\.c:/)
    expect(place(frames[frames.length - 1])).toBe('run deep.c:7')
    // The innermost frame may not be made yet; each of the others holds its own depth, which it multiplies later.
    const depths = frames.slice(1, -1).map(({ locals }) => locals[0].value)
    depths.forEach((depth, i) => {
      if (depth !== String(5 + depths.length - 1 - i))
        expect(depth, `frame ${i + 1}`).toBe(String(5 + depths.length - 1 - i))
    })
  })

  test('Go: while the host writes what the program says', () => {
    const { frames, dump, written } = goProgram(tier)
    expect(written).toBe('106007')
    expect(frames.map(({ name }) => name).filter((name) => name.startsWith('main.'))).toEqual([
      'main.settle',
      'main.total',
      'main.total',
      'main.total',
      'main.total',
      'main.main',
    ])
    // Local 1 of Go's functions is the pointer to its own stack in memory, where the arguments of a call are at the caller's end.
    const [memory] = dump.memories
    const passed = frames
      .filter(({ name }) => /^main\.(?:total|main)$/.test(name))
      .map(({ locals }) => {
        if (locals[1].value === undefined) return undefined
        // Above the address where the call goes on.
        const words = new DataView(memory.read(Number(locals[1].value) + 8, 16).slice().buffer)
        return `${words.getBigInt64(0, true)}, ${words.getBigInt64(8, true)}`
      })
    expect(agrees(tier, passed, ['106, 7', '0, 106', '1, 105', '2, 103', '3, 100']), String(passed)).toBe(true)
    // What `settle` has multiplied, and what is printed.
    expectKnown(
      { product: frames.find(({ name }) => name === 'main.settle')?.locals[2].value ?? '106000' },
      { product: '106000' },
    )
    const printed = frames.find(({ name }) => name === 'runtime.printint')?.locals[2].value
    expect(agrees(tier, [printed], ['106007'])).toBe(true)
  })

  test('AssemblyScript: locals by the name section, positions by the source map', () => {
    const frames = framesOf(tier, 'script', 3, 2)
    expect(frames.slice(1).map(place)).toEqual(['script/pick script.ts:9', 'script/run script.ts:15'])
    const locals = Object.fromEntries(frames.flatMap((frame) => frame.locals.map(({ name, value }) => [name, value])))
    if (tier === 'baseline') expect(locals).toMatchObject({ wanted: '6', count: '3', i: '3' })
    else if (locals['wanted'] !== undefined) expect(locals['wanted']).toBe('6')
  })
})
