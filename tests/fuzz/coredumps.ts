/**
 * Damaged core dumps against their reader: real dumps of the programs of tests/coredump, in both dialects, some with the module (and so
 * its names and debug information) and some without. Whatever the bytes say, the reader either refuses them with an offset
 * or shows something; every command of the interactive mode does as much.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CoredumpView, type DumpModule } from '../../cli/coredump-view.js'
import { Session, SessionError } from '../../cli/coredump-session.js'
import { Engine } from '../../runtime/engine.js'
import { Coredump as Dump } from '../../runtime/coredump/coredump.js'
import { debugFiles } from '../../runtime/debug-files.js'
import { Instance } from '../../runtime/instance.js'
import { Module } from '../../runtime/module.js'
import { Store } from '../../runtime/store.js'
import { Coredump } from '../../wasm/coredump.js'
import { DebugInfo } from '../../wasm/debug/debug-info.js'
import { decodeModule } from '../../wasm/decoder.js'
import { WasmError } from '../../wasm/error.js'
import { ModuleNames } from '../../wasm/names.js'
import { mutate } from './mutate.js'
import { Random } from './random.js'

const PROGRAMS: readonly (readonly [name: string, ...args: number[]])[] = [
  ['divide', 41, 0],
  ['shapes', 3],
  ['callback', 1, 2],
  ['recurse', 2],
  ['account', 550, 100],
]
/** Every command, with what a user may ask for in these programs. */
const COMMANDS = [
  'bt', 'info', 'locals', 'globals', 'table', 'thread', 'thread 0', 'frame 1', 'up', 'down', 'print $0', 'print @0', 'print why',
  'print first.next->name', 'print *shape', 'print &pair', 'x/4xw 16', 'x/s 0x400', 'x/2fg $0', 'memory 0x7ff0 64', 'find "square"', 'bt 3',
] // oxfmt-ignore

interface Original {
  readonly bytes: Uint8Array
  readonly module: DumpModule
}

let originals: readonly Original[] | undefined

function makeOriginals(): Original[] {
  const engine = new Engine({ tier: 'baseline' })
  return PROGRAMS.flatMap(([name, ...args]) => {
    const file = fileURLToPath(new URL(`../../../tests/coredump/programs/${name}.wasm`, import.meta.url))
    const code = new Uint8Array(readFileSync(file))
    const instance = new Instance(new Store(engine), new Module(engine, code), [])
    let dump: Dump | undefined
    try {
      instance.getFunc('run')?.callable(...args)
    } catch (error) {
      dump = Dump.of(error)
    }
    if (dump === undefined) throw new Error(`${name} left no dump`)
    const info = decodeModule(code)
    const debug = new DebugInfo(info, code, debugFiles(file))
    const module: DumpModule = { file, bytes: code, info, names: new ModuleNames(info, code), debug }
    return (['spec', 'wasmgdb'] as const).map((format) => ({ bytes: dump.encode({ format }), module }))
  })
}

/** Shows a damaged dump in every way. @returns what went wrong, undefined when nothing did */
export function damagedDump(seed: number): string | undefined {
  originals ??= makeOriginals()
  const random = new Random(seed)
  const { bytes, module } = random.pick(originals)
  const damaged = mutate(bytes, random)
  let dump: Coredump
  try {
    dump = Coredump.read(damaged)
  } catch (error) {
    if (error instanceof WasmError) return undefined
    throw error
  }
  const session = new Session(new CoredumpView(dump, random.oneIn(3) ? [] : dump.modules.map(() => module)))
  for (const command of COMMANDS) {
    try {
      session.run(command)
    } catch (error) {
      if (!(error instanceof SessionError)) throw new Error(`${command}: ${String(error)}`, { cause: error })
    }
  }
  return undefined
}
