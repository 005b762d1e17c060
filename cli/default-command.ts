/**
 * What a command is, and the one that is run most: `windlass run` loads no description of another (commands.ts).
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

export const help: OptionSpec = { short: 'h', help: 'show this help' }
export const json: OptionSpec = { help: 'print the result as JSON' }

/** Options of the engine, which `WINDLASS_OPTIONS` sets for the API too. */
export const engine: Readonly<Record<string, OptionSpec>> = {
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

export const compileMode: OptionSpec = {
  value: 'WHEN',
  help: 'when functions are compiled: lazy (first call) or eager',
}

export const runCommand: CommandSpec = {
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
