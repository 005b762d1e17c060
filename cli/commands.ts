/**
 * The commands and their options: the one table from which parsing, help and suggestions are made. It imports nothing
 * that runs; a command's code is loaded when it is chosen.
 */
import type { ParsedOptions } from './options.js'

export interface OptionSpec {
  /** Letter of the short form. */
  readonly short?: string
  /** What the value looks like in the help; absent for a switch. */
  readonly value?: string
  /** May be given several times. */
  readonly multiple?: boolean
  readonly help: string
}

export interface CommandSpec {
  readonly name: string
  readonly usage: string
  readonly summary: string
  /** More than the summary, shown in the command's own help. */
  readonly description?: string
  readonly options: Readonly<Record<string, OptionSpec>>
  readonly examples: readonly string[]
  /** True when options end at the first operand and the rest belongs to the guest. */
  readonly passThrough?: boolean
  /** Whether nothing of it goes on when `run` is done, so that the process may end at once; absent: it may not. */
  readonly endsProcess?: (parsed: ParsedOptions) => boolean
  /** Runs the command and returns the exit code. */
  readonly run: (parsed: ParsedOptions) => Promise<number>
}

const help: OptionSpec = { short: 'h', help: 'show this help' }
const json: OptionSpec = { help: 'print the result as JSON' }

/** Options of the engine, which `WINDLASS_OPTIONS` sets for the API too. */
const engine: Readonly<Record<string, OptionSpec>> = {
  tier: { value: 'TIER', help: 'compiler: auto (first baseline, hot functions optimizing), baseline or optimizing' },
  'compile-threads': {
    value: 'N',
    help: 'threads that optimize in the background (default: all cores but one); 0: none',
  },
  force: {
    value: 'MODE,...',
    help: 'test modes of --tier=auto: optimize, publish (every function), osr (at every loop)',
  },
  bounds: { value: 'MODE', help: 'memory bounds: guard (pages, default) or explicit (comparisons)' },
  wasm: { short: 'W', value: 'KEY[=VAL],...', multiple: true, help: 'limits of the guest; -W help lists them' },
  codegen: { short: 'C', value: 'KEY[=VAL],...', multiple: true, help: 'code generation; -C help lists them' },
  optimize: { short: 'O', value: 'KEY[=VAL],...', multiple: true, help: 'optimization; -O help lists them' },
  debug: { short: 'D', value: 'KEY[=VAL],...', multiple: true, help: 'debugging; -D help lists them' },
  'dump-ir': {
    value: 'PASS[,FUNC]',
    help: 'print what a pass of the optimizing compiler makes: translate, optimize, lower or allocate',
  },
}

const compileMode: OptionSpec = { value: 'WHEN', help: 'when functions are compiled: lazy (first call) or eager' }

const runCommand: CommandSpec = {
  name: 'run',
  usage: 'windlass [run] [OPTIONS] FILE.wasm|FILE.wat|- [ARGS...]',
  summary: 'run a program (the default command)',
  description:
    'Runs the _start function of a WASI program, or any exported function with --invoke. Options end at the file; ' +
    'what follows belongs to the program. - reads the module from standard input.',
  options: {
    dir: {
      value: 'HOST[::GUEST][::ro]',
      multiple: true,
      help: 'let the program use a directory, as GUEST if given, read-only with ::ro',
    },
    mapdir: { value: 'GUEST::HOST', multiple: true, help: 'the same as --dir HOST::GUEST' },
    env: { value: 'KEY[=VAL]', multiple: true, help: 'set a variable of the program, or pass ours on' },
    argv0: { value: 'NAME', help: "the program's name for itself (default: the file's name)" },
    invoke: { value: 'NAME', help: 'call this export with ARGS as numbers, print the results one per line' },
    preload: { value: 'NAME=FILE', multiple: true, help: 'instantiate a module first, imported as NAME' },
    profile: {
      value: 'KIND[,PATH[,INTERVAL]]',
      multiple: true,
      help: 'profile: top (printed), guest (Firefox profiler), cpuprofile (Chrome, VS Code), perfmap or jitdump (perf)',
    },
    'profile-serve': { help: 'afterwards, serve the profile and print the link that shows it in a browser' },
    compile: compileMode,
    ...engine,
    cache: {
      value: 'DIR|off',
      help: "keep compiled code in DIR for later runs (default: the user's cache directory)",
    },
    stats: { help: 'print what was optimized, and why, at the end' },
    wasi: { short: 'S', value: 'KEY[=VAL],...', multiple: true, help: 'WASI settings; -S help lists them' },
    'coredump-on-trap': { value: 'PATH', help: 'the same as -D coredump=PATH' },
    help,
  },
  examples: [
    'windlass hello.wasm',
    'windlass --dir . --env LANG app.wasm --verbose input.txt',
    'windlass run --dir /srv/data::/data::ro -W timeout=2s,max-memory-size=64MiB app.wasm',
    'windlass run --invoke add math.wat 2 40',
  ],
  passThrough: true,
  endsProcess: (parsed) => !parsed.has('profile-serve'),
  run: async (parsed) => (await import('./run.js')).run(parsed),
}

export const COMMANDS: readonly CommandSpec[] = [
  runCommand,
  {
    name: 'wast',
    usage: 'windlass wast [OPTIONS] FILE...',
    summary: 'run specification test scripts',
    description: 'Runs .wast scripts, reports every failed assertion with file and line, ends with 1 if there is any.',
    options: { compile: compileMode, ...engine, json, help },
    examples: ['windlass wast spec/i32.wast', 'windlass wast --json --compile=eager spec/*.wast'],
    run: async (parsed) => (await import('./wast.js')).wast(parsed),
  },
  {
    name: 'validate',
    usage: 'windlass validate [OPTIONS] FILE...',
    summary: 'check modules without running them',
    options: { json, help },
    examples: ['windlass validate app.wasm', 'windlass validate --json build/*.wasm'],
    run: async (parsed) => (await import('./validate.js')).validate(parsed),
  },
  {
    name: 'compile',
    usage: 'windlass compile [OPTIONS] FILE...',
    summary: 'compile modules and show what comes out',
    description: 'Compiles every function and prints sizes and times. With -o the code is kept for `windlass run`.',
    options: {
      output: { short: 'o', value: 'FILE', help: 'write the module with its code to FILE, by custom x.cwasm' },
      stats: { help: 'print the statistics (the default)' },
      ...engine,
      json,
      help,
    },
    examples: [
      'windlass compile --stats app.wasm',
      'windlass compile --tier=optimizing --json app.wasm',
      'windlass compile --tier=optimizing --dump-ir=optimize,main app.wasm',
      'windlass compile -o app.cwasm app.wasm && windlass run app.cwasm',
    ],
    run: async (parsed) => (await import('./compile.js')).compile(parsed),
  },
  {
    name: 'profile',
    usage: 'windlass profile [--top|--tree|--folded|--annotate FUNC] FILE',
    summary: 'show a profile that run --profile=guest wrote',
    description:
      'Serves the profile, its sources and its machine code on a loopback port and prints the link that opens it in the ' +
      'Firefox profiler. With one of --top, --tree, --folded and --annotate prints it instead.',
    options: {
      top: { help: 'print the hottest functions and lines' },
      tree: { help: 'print the calls as a tree, the hottest first' },
      folded: { help: 'print stacks with their counts, for programs that draw flame graphs' },
      annotate: { value: 'FUNC', help: "print a function's source and machine code with the share of each line" },
      rows: { value: 'N', help: 'rows of each list (default 20) or of the tree (default 60)' },
      help,
    },
    examples: [
      'windlass run --profile=guest,app.json app.wasm',
      'windlass profile --top app.json',
      'windlass profile --annotate main app.json',
      'windlass profile app.json',
    ],
    run: async (parsed) => (await import('./profile.js')).profile(parsed),
  },
  {
    name: 'coredump',
    usage: 'windlass coredump [OPTIONS] FILE',
    summary: 'show a core dump',
    description:
      'Shows why a program failed: frames with source positions, locals and operands, globals, memory. Reads dumps of ' +
      'windlass run -D coredump=FILE, of error.coredump() and of other engines. Names come from the module, which is ' +
      'looked for where the dump says it was.',
    options: {
      module: {
        short: 'm',
        value: 'FILE',
        multiple: true,
        help: 'module of the program; several in the order of the dump',
      },
      command: { short: 'c', value: 'LINE', multiple: true, help: 'run a command of the interactive mode and end' },
      interactive: { short: 'i', help: 'ask for commands: bt, frame N, locals, print, x/16xw ADDR, find, help' },
      json,
      help,
    },
    examples: [
      'windlass run -D coredump=core.%p app.wasm',
      'windlass coredump core.4711 --module app.wasm',
      "windlass coredump core.4711 -c 'frame 2' -c 'x/8xw $0'",
    ],
    run: async (parsed) => (await import('./coredump.js')).coredump(parsed),
  },
  {
    name: 'help',
    usage: 'windlass help [COMMAND]',
    summary: 'show help for a command',
    options: { help },
    examples: ['windlass help run'],
    run: async (parsed) => (await import('./help.js')).help(parsed),
  },
]

export const DEFAULT_COMMAND = runCommand

export function findCommand(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name)
}
