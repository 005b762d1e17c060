// Programs of several compilers: variables of the source, by debug information, against what the programs are known to
// hold (tests/coredump/programs). In both tiers: what the optimizing one knows has to be right.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { CoredumpView, type DumpModule, type FrameView } from '#dist/cli/coredump-view.js'
import { DebugInfo } from '#dist/wasm/debug/debug-info.js'
import { debugFiles } from '#dist/runtime/debug-files.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { ModuleNames } from '#dist/wasm/names.js'
import { dumpOf, failure, instantiate, storeOf, TIERS, type Tier } from './support.js'

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

describe.each(TIERS)('%s tier', (tier) => {
  test.each(programs)('$program', ({ program, args, frames: expected }) => {
    const frames = framesOf(tier, program, ...args)
    expect(frames.map(place)).toEqual(expected.map((frame) => frame.place))
    expected.forEach((frame, i) => {
      const known = variables(frames[i])
      if (tier === 'baseline') expect(known).toMatchObject(frame.variables)
      else
        for (const [name, value] of Object.entries(frame.variables))
          if (name in known) expect(known[name]).toEqual(value)
    })
  })

  test('AssemblyScript: locals by the name section, positions by the source map', () => {
    const frames = framesOf(tier, 'script', 3, 2)
    expect(frames.slice(1).map(place)).toEqual(['script/pick script.ts:9', 'script/run script.ts:15'])
    const locals = Object.fromEntries(frames.flatMap((frame) => frame.locals.map(({ name, value }) => [name, value])))
    if (tier === 'baseline') expect(locals).toMatchObject({ wanted: '6', count: '3', i: '3' })
    else if (locals['wanted'] !== undefined) expect(locals['wanted']).toBe('6')
  })
})
