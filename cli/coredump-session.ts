/**
 * Commands on a core dump, as a debugger has them: the interactive mode and `--command` run them. A session has a current
 * thread and frame. Commands give lines; what cannot be done is a `SessionError` whose message is shown.
 */
import type { CoreMemory } from '../wasm/coredump-memory.js'
import type { CoreThread, CoreValue } from '../wasm/coredump.js'
import type { Variable } from '../wasm/debug/variables.js'
import { F32, F64, I64, valTypeName } from '../wasm/types.js'
import { examine, frameDetails, frameLines, hexDump, parseFormat, valueLine } from './coredump-text.js'
import { entryAt, functionName, valueText, type CoredumpView, type FrameView } from './coredump-view.js'
import { suggest } from './suggest.js'

/** What a user asked for cannot be done; the message says why. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
}

interface SessionCommand {
  readonly names: readonly string[]
  readonly usage: string
  readonly help: string
  readonly run: (session: Session, argument: string) => readonly string[]
}

/** Frames that `bt` shows without a number. */
const DEFAULT_FRAMES = 50
const DEFAULT_BYTES = 64
/** Matches that `find` shows. */
const SHOWN_MATCHES = 20

export class Session {
  readonly view: CoredumpView
  private threadIndex = 0
  private frameIndex = 0
  private readonly columns: number
  /** Where `x` without an address goes on. */
  private next = 0

  /** @param columns of the terminal, if it is one */
  constructor(view: CoredumpView, columns = Infinity) {
    this.view = view
    this.columns = columns
  }

  /** Runs one command line. @throws SessionError */
  run(line: string): readonly string[] {
    const text = line.trim()
    if (text === '') return []
    const examined = /^x\/(\S*)\s*(.*)$/s.exec(text)
    if (examined !== null) return this.examine(examined[1], examined[2])
    const [name, rest] = /^(\S+)\s*(.*)$/s.exec(text)?.slice(1) ?? ['', '']
    const command = COMMANDS.find(({ names }) => names.includes(name))
    if (command === undefined) {
      const meant = suggest(name, commandNames())
      throw new SessionError(
        `no command '${name}'${meant === undefined ? '' : `; did you mean ${meant}?`} (help lists them)`,
      )
    }
    return command.run(this, rest.trim())
  }

  get thread(): CoreThread {
    return this.view.dump.threads.at(this.threadIndex) ?? { name: 'none', frames: [] }
  }

  /** The current frame. @throws SessionError when there is none */
  get frame(): FrameView {
    return this.frameAt(this.frameIndex)
  }

  frameAt(index: number): FrameView {
    if (index < 0 || index >= this.thread.frames.length) {
      throw new SessionError(
        this.thread.frames.length === 0
          ? 'the dump has no frames'
          : `there is no frame ${index}: frames are 0 to ${this.thread.frames.length - 1}`,
      )
    }
    return this.view.frame(this.thread, index)
  }

  backtrace(argument: string): string[] {
    const count = argument === '' ? DEFAULT_FRAMES : wholeNumber(argument)
    const { frames } = this.thread
    const shown = Math.min(count, frames.length)
    const lines: string[] = []
    for (let i = 0; i < shown; i++) lines.push(...frameLines(this.frameAt(i), i === this.frameIndex))
    if (shown < frames.length) lines.push(`      ... ${frames.length - shown} more (bt ${frames.length} shows all)`)
    return lines.length === 0 ? ['no frames'] : lines
  }

  selectFrame(index: number): string[] {
    const frame = this.frameAt(index)
    this.frameIndex = index
    return [...frameLines(frame, true), ...shortDetails(frame)]
  }

  /** A frame for the overview: its variables where debug information knows any, else its wasm locals. */
  summary(index: number): string[] {
    const frame = this.frameAt(index)
    return [...frameLines(frame), ...shortDetails(frame)]
  }

  locals(argument: string): string[] {
    if (argument !== '' && argument !== 'all')
      throw new SessionError(`locals takes 'all' or nothing, not '${argument}'`)
    const { frame } = this
    if (argument === 'all') return frameDetails(frame)
    const lines = shortDetails(frame)
    const hidden = hasKnownVariables(frame) ? frame.locals.length : 0
    return hidden === 0 ? lines : [...lines, `  (and ${hidden} wasm locals: locals all)`]
  }

  /** @param step towards the caller when positive */
  move(step: number): string[] {
    return this.selectFrame(this.frameIndex + step)
  }

  selectThread(argument: string): string[] {
    const { threads } = this.view.dump
    if (argument === '') {
      return threads.map(
        ({ name, frames }, i) => `${i === this.threadIndex ? '*' : ' '} ${i} ${name}: ${frames.length} frames`,
      )
    }
    const index = wholeNumber(argument)
    if (index >= threads.length) throw new SessionError(`there is no thread ${index}`)
    this.threadIndex = index
    this.frameIndex = 0
    return this.backtrace('')
  }

  globals(): string[] {
    const globals = this.view.globals(this.instanceIndex)
    return globals.length === 0 ? ['no globals'] : globals.map((each) => valueLine(each, 'global '))
  }

  print(argument: string): string[] {
    if (argument === '') throw new SessionError('print what? A name, $N for a local, or an expression such as $0 + 16')
    const variable = this.frame.variables.find(({ name }) => name === argument)
    if (variable !== undefined) return [`${argument}: ${variable.type} = ${variable.value ?? '<optimized out>'}`]
    const path = this.follow(argument)
    if (path !== undefined) return [`${argument}: ${path.type} = ${path.value ?? '<not available>'}`]
    const value = this.valueNamed(argument)
    if (value !== undefined)
      return [value.type === 0 ? '<not available>' : `${valTypeName(value.type)} ${valueText(value)}`]
    const number = this.evaluate(argument)
    return [`${number} (0x${(number < 0 ? number + 2 ** 32 : number).toString(16)})`]
  }

  /** What a path of the frame leads to, undefined when it is none. @throws SessionError when it leads nowhere */
  private follow(path: string): Variable | undefined {
    if (this.thread.frames.length === 0) return undefined
    const found = this.view.follow(this.thread, this.frameIndex, path)
    if (found !== undefined && 'problem' in found) throw new SessionError(`${path}: ${found.problem}`)
    return found
  }

  dumpMemory(argument: string): string[] {
    const [address = '', length = String(DEFAULT_BYTES)] = argument.split(/\s+/)
    const at = address === '' ? this.next : this.evaluate(address)
    const lines = hexDump(this.memoryAt(at), at, wholeNumber(length), this.columns)
    this.next = at + wholeNumber(length)
    return lines
  }

  examine(formatText: string, addressText: string): string[] {
    const format = parseFormat(formatText)
    if (format === undefined)
      throw new SessionError(`x/${formatText}: a format is a count, one of xdufcs and one of bhwg (of f: w or g)`)
    const address = addressText.trim() === '' ? this.next : this.evaluate(addressText)
    const lines = examine(this.memoryAt(address), address, format)
    this.next = address + format.count * format.size
    return lines
  }

  find(argument: string): string[] {
    const pattern = patternOf(argument)
    if (pattern === undefined)
      throw new SessionError('find what? "text", 0xNN bytes as hexadecimal, or a number (32 bits)')
    const matches = this.memory().find(pattern)
    const lines = matches
      .slice(0, SHOWN_MATCHES)
      .flatMap((address) => hexDump(this.memory(), address, 16, this.columns))
    if (matches.length > SHOWN_MATCHES) lines.push(`... ${matches.length - SHOWN_MATCHES} more`)
    return matches.length === 0 ? ['not found'] : lines
  }

  info(): string[] {
    const { dump } = this.view
    const lines = [`program ${dump.program}`]
    if (dump.notes !== undefined) lines.push(`${String(dump.notes.reason)}: ${String(dump.notes.message)}`)
    return [...lines, ...this.instances()]
  }

  /** A line for each instance. */
  instances(): string[] {
    const { dump } = this.view
    return dump.instances.map((instance, i) => {
      const memories = instance.memories.map((each) => `${dump.memories.at(each)?.pages ?? '?'} pages`)
      const shown = `${memories.length === 0 ? 'no memory' : `memory ${memories.join(', ')}`}, ${instance.globals.length} globals`
      return `instance ${i} of ${this.view.moduleName(i)}: ${shown}, ${instance.tables.length} tables`
    })
  }

  table(argument: string): string[] {
    const instance = this.view.dump.instances.at(this.instanceIndex)
    const index = argument === '' ? 0 : wholeNumber(argument)
    const table = entryAt(this.view.dump.tables, instance?.tables.at(index))
    if (table === undefined) throw new SessionError(`there is no table ${index} in this dump`)
    const lines = [
      `table ${index}: ${valTypeName(table.element)}, ${table.length} elements, ${table.entries.length} not null`,
    ]
    for (const entry of table.entries) {
      const target =
        entry.instance < 0 ? `reference ${entry.value}` : functionName(this.view.moduleOf(entry.instance), entry.value)
      lines.push(`  [${entry.index}] ${target}`)
    }
    return lines
  }

  /** Names that completion offers behind `print` and the like. */
  valueNames(): string[] {
    if (this.thread.frames.length === 0) return []
    const { locals, variables } = this.frame
    const named = locals.map(({ name, index }) => name ?? `$${index}`)
    return [...variables.map(({ name }) => name), ...named]
  }

  /** Names that completion offers behind `PATH.` and `PATH->`. */
  memberNames(path: string): string[] {
    return this.thread.frames.length === 0 ? [] : this.view.members(this.thread, this.frameIndex, path)
  }

  private get instanceIndex(): number {
    return this.thread.frames.at(this.frameIndex)?.instance ?? 0
  }

  private memory(): CoreMemory {
    const { dump } = this.view
    const instance = dump.instances.at(this.instanceIndex)
    const memory = entryAt(dump.memories, instance === undefined ? 0 : instance.memories.at(0))
    if (memory === undefined) throw new SessionError('there is no memory of this instance in the dump')
    return memory
  }

  private memoryAt(address: number): CoreMemory {
    const memory = this.memory()
    if (address >= 0 && address < memory.size) return memory
    const shown = address < 0 ? String(address) : `0x${address.toString(16)}`
    throw new SessionError(`${shown} is outside of the memory, which has 0x${memory.size.toString(16)} bytes`)
  }

  /** A local by `$N` or its name, an operand by `@N`, undefined when it is none. */
  private valueNamed(text: string): CoreValue | undefined {
    const frame = this.thread.frames.at(this.frameIndex)
    const numbered = /^([$@])(\d{1,9})$/.exec(text)
    if (numbered !== null) {
      const list = numbered[1] === '$' ? frame?.locals : frame?.stack
      const value = list?.[Number(numbered[2])]
      if (value === undefined) throw new SessionError(`there is no ${text} in this frame`)
      return value
    }
    if (frame === undefined) return undefined
    const index = this.frame.locals.find(({ name }) => name === text)?.index
    return index === undefined ? undefined : frame.locals[index]
  }

  /** A sum of numbers, locals and operands. @throws SessionError */
  private evaluate(text: string): number {
    let sum = 0
    let sign = 1
    let expectsTerm = true
    for (const token of text.match(/[+-](?!>)|(?:->|[^\s+-])+/g) ?? []) {
      if (token === '+' || token === '-') {
        // Several in a row are one operator and signs.
        const factor = token === '-' ? -1 : 1
        sign = expectsTerm ? sign * factor : factor
        expectsTerm = true
        continue
      }
      if (!expectsTerm) throw new SessionError(`'${text}' is no expression: + or - is missing before ${token}`)
      sum += sign * this.term(token)
      sign = 1
      expectsTerm = false
    }
    if (expectsTerm) throw new SessionError(`'${text}' is no expression`)
    return sum
  }

  private term(token: string): number {
    if (/^(?:0x[0-9a-f]+|\d+)$/i.test(token)) return Number(token)
    const variable =
      this.thread.frames.length === 0
        ? undefined
        : (this.frame.variables.find(({ name }) => name === token) ?? this.follow(token))
    // Of a pointer to a string, say, the number in front.
    const number = /^(?:0x[0-9a-f]+|-?\d+)/i.exec(variable?.value ?? '')
    if (number !== null) return Number(number[0])
    const value = this.valueNamed(token)
    if (value === undefined) throw new SessionError(`there is no '${token}' in this frame (locals lists what there is)`)
    if (value.type === 0) throw new SessionError(`${token} is not available`)
    if (value.type === F32 || value.type === F64) return Number(valueText(value))
    return value.type === I64 ? value.hi * 2 ** 32 + value.lo : value.lo
  }
}

function hasKnownVariables(frame: FrameView): boolean {
  return frame.variables.some(({ value }) => value !== undefined)
}

/** A frame's variables where debug information knows any, else its wasm locals; and its operands. */
function shortDetails(frame: FrameView): string[] {
  return frameDetails(hasKnownVariables(frame) ? { ...frame, locals: [] } : frame)
}

function wholeNumber(text: string): number {
  if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) throw new SessionError(`'${text}' is no number`)
  return Number(text)
}

/** Bytes to search for. */
function patternOf(text: string): Uint8Array | undefined {
  const quoted = /^"(.*)"$|^'(.*)'$/s.exec(text)
  if (quoted !== null) return new TextEncoder().encode(quoted[1] ?? quoted[2])
  const hex = /^0x((?:[0-9a-f]{2})+)$/i.exec(text)
  if (hex !== null) return Uint8Array.from(Buffer.from(hex[1], 'hex'))
  if (/^-?\d+$/.test(text)) {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setInt32(0, Number(text) | 0, true)
    return bytes
  }
  return text === '' ? undefined : new TextEncoder().encode(text)
}

const COMMANDS: readonly SessionCommand[] = [
  {
    names: ['bt', 'backtrace', 'where'],
    usage: 'bt [N]',
    help: 'frames, the innermost first',
    run: (s, a) => s.backtrace(a),
  },
  {
    names: ['frame', 'f'],
    usage: 'frame [N]',
    help: 'choose a frame and show it',
    run: (s, a) => (a === '' ? s.move(0) : s.selectFrame(wholeNumber(a))),
  },
  { names: ['up'], usage: 'up', help: "the current frame's caller", run: (s) => s.move(1) },
  { names: ['down'], usage: 'down', help: 'what the current frame called', run: (s) => s.move(-1) },
  {
    names: ['locals', 'l'],
    usage: 'locals [all]',
    help: 'variables and operands (all: wasm locals, too)',
    run: (s, a) => s.locals(a),
  },
  { names: ['globals'], usage: 'globals', help: "globals of the frame's instance", run: (s) => s.globals() },
  { names: ['table'], usage: 'table [N]', help: 'entries of a table that are not null', run: (s, a) => s.table(a) },
  {
    names: ['print', 'p'],
    usage: 'print EXPR',
    help: 'a variable (a->b[1].c, *a, &a), local $N, operand @N, sum',
    run: (s, a) => s.print(a),
  },
  { names: ['x'], usage: 'x/16xw ADDR', help: 'memory: count, x d u f c s, b h w g', run: (s, a) => s.examine('', a) },
  { names: ['memory', 'm'], usage: 'memory ADDR [BYTES]', help: 'memory as hex dump', run: (s, a) => s.dumpMemory(a) },
  {
    names: ['find'],
    usage: 'find WHAT',
    help: 'memory: "text", 0x bytes or a 32-bit number',
    run: (s, a) => s.find(a),
  },
  { names: ['thread'], usage: 'thread [N]', help: 'list threads, or choose one', run: (s, a) => s.selectThread(a) },
  { names: ['info'], usage: 'info', help: 'program, reason, instances', run: (s) => s.info() },
  {
    names: ['help', 'h', '?'],
    usage: 'help',
    help: 'this list; quit ends',
    run: () => COMMANDS.map(({ usage, help }) => `  ${usage.padEnd(22)}${help}`),
  },
]

/** The words that end a session: its owner looks for them before it runs a line. */
const QUIT_WORDS: readonly string[] = ['quit', 'q', 'exit']

export function isQuit(line: string): boolean {
  return QUIT_WORDS.includes(line.trim())
}

export function commandNames(): string[] {
  return [...COMMANDS.flatMap(({ names }) => names), QUIT_WORDS[0]]
}
