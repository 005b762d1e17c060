/** `windlass coredump`: shows a core dump, once or interactively. */
import { Coredump } from '../wasm/coredump.js'
import { WasmError } from '../wasm/error.js'
import { CoredumpView, findModules } from './coredump-view.js'
import { isQuit, Session, SessionError } from './coredump-session.js'
import { CommandError, ExitCode, UsageError } from './errors.js'
import { displayName, readInput } from './load.js'
import type { ParsedOptions } from './options.js'
import { print, styled } from './terminal.js'

/** Frames whose locals are shown without being asked for. */
const DETAILED_FRAMES = 8

function read(file: string): Coredump {
  const bytes = readInput(file)
  try {
    return Coredump.read(bytes)
  } catch (error) {
    if (!(error instanceof WasmError)) throw error
    throw new CommandError(
      `${displayName(file)} cannot be read as a core dump: ${error.message} (at byte ${error.offset})`,
    )
  }
}

/** Program, engine, time and why. */
function heading({ dump }: CoredumpView): string[] {
  const { notes } = dump
  const lines = [`${styled('bold', dump.program)}${dump.dialect === 'wasmgdb' ? ' (in the dialect of wasmgdb)' : ''}`]
  if (notes === undefined) return lines
  lines.push(`${String(notes.engine)}, process ${String(notes.pid)}, ${String(notes.time)}`)
  lines.push(`${String(notes.reason)}: ${styled('red', String(notes.message))}`)
  const values = Object.entries(notes.trap ?? {})
    .filter(([key, value]) => key !== 'code' && key !== 'name' && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.map(String).join(' ') : String(value)}`)
  if (values.length > 0) lines.push(`  ${values.join(', ')}`)
  return lines
}

function overview(session: Session): string[] {
  const { view } = session
  const lines = heading(view)
  for (const [i, thread] of view.dump.threads.entries()) {
    lines.push('', `thread ${thread.name}, ${thread.frames.length} frames:`)
    if (i === 0) {
      lines.push(...session.run('bt'))
      for (let frame = 0; frame < Math.min(DETAILED_FRAMES, thread.frames.length); frame++) {
        lines.push('', ...session.summary(frame))
      }
    } else {
      lines.push(...thread.frames.map((_, frame) => `  ${view.frame(thread, frame).name}`))
    }
  }
  lines.push('', ...session.instances())
  return lines
}

/** Everything but the contents of memories and tables. */
function asJson(view: CoredumpView): string {
  const { dump } = view
  const { program, notes, dialect } = dump
  const document = {
    program,
    dialect,
    ...(notes === undefined ? {} : { notes }),
    modules: dump.modules,
    instances: dump.instances.map((instance, i) => ({
      ...instance,
      module: view.moduleName(i),
      values: view.globals(i),
    })),
    memories: dump.memories.map(({ pages, storedBytes }) => ({ pages, storedBytes })),
    tables: dump.tables.map(({ length, entries }) => ({ length, entries })),
    threads: dump.threads.map((thread) => ({
      name: thread.name,
      frames: thread.frames.map((_, i) => view.frame(thread, i)),
    })),
  }
  return JSON.stringify(document, null, 2)
}

/** The dump with its modules, as far as they are found. @throws CommandError */
async function open(file: string, modules: readonly string[]): Promise<CoredumpView> {
  const dump = read(file)
  return new CoredumpView(dump, await findModules(dump, file, modules))
}

/** Prints the dump, or why there is none: who asked for JSON reads nothing else. @returns the exit code */
async function printJson(file: string, modules: readonly string[]): Promise<number> {
  try {
    print(asJson(await open(file, modules)))
    return ExitCode.ok
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    print(JSON.stringify({ file: displayName(file), error: error.message }, null, 2))
    return ExitCode.failed
  }
}

export async function coredump(parsed: ParsedOptions): Promise<number> {
  const file = parsed.operands.at(0)
  if (file === undefined) throw new UsageError('no file given: windlass coredump FILE')
  if (parsed.operands.length > 1) throw new UsageError('one file at a time; --module names the program')
  if (parsed.has('json')) return printJson(file, parsed.values('module'))
  const view = await open(file, parsed.values('module'))
  const session = new Session(view, process.stdout.columns)
  const commands = parsed.values('command')
  if (parsed.has('interactive')) {
    const { interact } = await import('./coredump-interactive.js')
    for (const line of [...heading(view), ...session.run('bt')]) print(line)
    await interact(session)
  } else if (commands.length > 0) {
    return runCommands(session, commands)
  } else {
    for (const line of overview(session)) print(line)
  }
  return ExitCode.ok
}

function runCommands(session: Session, commands: readonly string[]): number {
  for (const command of commands) {
    if (isQuit(command)) break
    try {
      for (const line of session.run(command)) print(line)
    } catch (error) {
      if (error instanceof SessionError) throw new CommandError(error.message)
      throw error
    }
  }
  return ExitCode.ok
}
