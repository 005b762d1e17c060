// Builds the programs of this folder. The built files are in the repository, so that tests need no compiler; run this
// after changing a source:
//
//   apt-get install clang lld llvm wasi-libc libclang-rt-14-dev-wasm32
//   node tests/debug/programs/build.mjs
//
// The `.lines.txt` files are the tables of llvm-dwarfdump, the `.frames.txt` files what llvm-symbolizer says about
// every address with a row: what this engine's reader is compared with.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const folder = new URL('.', import.meta.url).pathname
const freestanding = ['--target=wasm32', '-nostdlib', '-Wl,--no-entry']

function run(command, args) {
  return execFileSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  })
}

function clang(source, output, ...flags) {
  const compiler = source.endsWith('.cpp') ? 'clang++' : 'clang'
  run(compiler, [
    ...freestanding,
    '-fdebug-prefix-map=.=/src',
    '-fdebug-compilation-dir=/src',
    ...flags,
    '-o',
    output,
    source,
  ])
}

/** `address line column file` of every row, in the order of the table. */
function lines(file) {
  const rows = []
  let names = new Map()
  let directories = new Map()
  let version = 0
  let current = 0
  for (const line of run('llvm-dwarfdump', ['--debug-line', file]).split('\n')) {
    const header = /^\s+version: (\d)/.exec(line)
    if (header !== null) {
      version = Number(header[1])
      names = new Map()
      directories = new Map()
    }
    const directory = /include_directories\[\s*(\d+)\] = "(.*)"/.exec(line)
    if (directory !== null) directories.set(Number(directory[1]), directory[2])
    const entry = /file_names\[\s*(\d+)\]:/.exec(line)
    if (entry !== null) current = Number(entry[1])
    const name = /^\s+name: "(.*)"/.exec(line)
    if (name !== null) names.set(current, { name: name[1], directory: 0 })
    const index = /^\s+dir_index: (\d+)/.exec(line)
    if (index !== null) names.get(current).directory = Number(index[1])
    const row = /^0x([0-9a-f]+)\s+(\d+)\s+(\d+)\s+(\d+)\s/.exec(line)
    if (row === null) continue
    const at = names.get(Number(row[4]))
    const base = at.directory === 0 || version >= 5 ? '/src' : '/src/'
    const inside = version >= 5 ? directories.get(at.directory) : (directories.get(at.directory) ?? '')
    const parts = [inside.startsWith('/') ? '' : base.replace(/\/$/, ''), inside, at.name].filter((part) => part !== '')
    const path = at.name.startsWith('/') ? at.name : parts.join('/')
    rows.push(
      `${Number.parseInt(row[1], 16)} ${row[2]} ${row[3]} ${path}${line.includes('end_sequence') ? ' end' : ''}`,
    )
  }
  return `${rows.join('\n')}\n`
}

/** The inlined chain of every address that has a row: `address`, then one indented line a frame. */
function frames(file, table) {
  const addresses = new Set(
    table
      .split('\n')
      .filter((row) => row !== '' && !row.endsWith('end'))
      .map((row) => row.split(' ')[0]),
  )
  const out = []
  for (const address of addresses) {
    out.push(address)
    const hex = `0x${Number(address).toString(16)}`
    const text = run('llvm-symbolizer', ['--inlines', '--demangle', '--obj', file, hex])
    const parts = text.trim().split('\n')
    for (let i = 0; i + 1 < parts.length; i += 2) out.push(`  ${parts[i]} ${parts[i + 1]}`)
  }
  return `${out.join('\n')}\n`
}

clang('inline.cpp', 'inline-v5.wasm', '-g', '-O1', '-gdwarf-5')
clang('inline.cpp', 'inline-v4.wasm', '-g', '-O1', '-gdwarf-4')
clang('inline.cpp', 'inline-v3.wasm', '-g', '-O1', '-gdwarf-3')
clang('inline.cpp', 'inline-v2.wasm', '-g', '-O0', '-gdwarf-2')
for (const program of ['inline-v5', 'inline-v4', 'inline-v3', 'inline-v2']) {
  const table = lines(`${program}.wasm`)
  writeFileSync(`${folder}${program}.lines.txt`, table)
  writeFileSync(`${folder}${program}.frames.txt`, frames(`${program}.wasm`, table))
}
