/**
 * The commands and their options: the one table from which parsing, help and suggestions are made. It imports nothing
 * that runs; a command's code is loaded when it is chosen.
 */
import { compileMode, engine, help, json, runCommand, type CommandSpec } from './default-command.js'

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

export function findCommand(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name)
}
