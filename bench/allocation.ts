/**
 * `node dist/bench/allocation.js [--check] [--pressure N] [--chaos SEED] [FILE...]`: what register allocation costs in the code of real modules, in
 * instructions and by the depth of loops; without files those of bench/packages. Nothing runs and nothing is timed, so the
 * figures are the same each time and on every machine.
 *
 * What a function pays is what the allocator added to it, in each block as often as the block is expected to run (regalloc/loops.ts),
 * per hundred instructions of the code before allocation, counted alike. A copy between registers costs 1, a load from a slot 2, a
 * store 2, an instruction's own operand in a slot 1. A module's figure is the mean of its functions', by their sizes. The second
 * table has plain numbers by depth of loops. `--check` sends every allocation through the symbolic checker, with frame states (slow);
 * `--pressure` leaves few registers and `--chaos` makes the mid-end's choices arbitrary, as in tests.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { FunctionCompiler } from '../tiers/compiled.js'
import { OptimizingCompiler } from '../tiers/optimizing/compiler.js'
import { SLOT_BASE, type VCode } from '../tiers/optimizing/lower/vcode.js'
import { BlockLoops } from '../tiers/optimizing/regalloc/loops.js'
import type { Moves } from '../tiers/optimizing/regalloc/moves.js'
import { commandLine, numberOption } from './arguments.js'
import { compileEnv } from './compile-env.js'
import { installPrograms, root } from './modules.js'
import { geomean } from './report.js'

const MODULES = [
  'sql.js/dist/sql-wasm.wasm',
  '@jsquash/webp/codec/enc/webp_enc.wasm',
  'wasmoon/dist/glue.wasm',
  'source-map/lib/mappings.wasm',
  '@chainsafe/as-sha256/build/optimized.wasm',
  '@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm',
  '@resvg/resvg-wasm/index_bg.wasm',
  'brotli-wasm/pkg.node/brotli_wasm_bg.wasm',
  'tiktoken/lite/tiktoken_bg.wasm',
  'tree-sitter-javascript/tree-sitter-javascript.wasm',
  'web-tree-sitter/web-tree-sitter.wasm',
] as const

/** The second table's last row has all deeper loops. */
const MAX_DEPTH = 4
const COPY_COST = 1
const LOAD_COST = 2
const STORE_COST = 2
const OPERAND_COST = 1

const Column = { Instructions: 0, Copies: 1, Loads: 2, Stores: 3, Operands: 4 } as const
const COLUMNS = 5

interface Tally {
  /** By depth and column: how many. */
  readonly counts: Float64Array
  /** By column: per instruction that runs, times the function's size, over all functions. */
  readonly shares: Float64Array
}

function emptyTally(): Tally {
  return { counts: new Float64Array((MAX_DEPTH + 1) * COLUMNS), shares: new Float64Array(COLUMNS) }
}

const loops = new BlockLoops()

/** Adds the allocation of a function to a tally. */
function countAllocation(code: VCode, moves: Moves, tally: Tally): void {
  loops.compute(code)
  const expected = new Float64Array(COLUMNS)
  let move = 0
  let size = 0
  for (let block = 0; block < code.blockCount; block++) {
    const depth = Math.min(MAX_DEPTH, code.blockLoopDepth[block])
    const add = (column: number, count: number): void => {
      tally.counts[depth * COLUMNS + column] += count
      expected[column] += count * loops.frequency[block]
    }
    const instructions = code.blockEnd[block] - code.blockStart[block] - 1
    size += instructions
    add(Column.Instructions, instructions)
    for (let index = code.blockStart[block]; index < code.blockEnd[block]; index++) {
      const start = code.operandStart[code.order[index]]
      for (let at = start; at < start + code.operandCount[code.order[index]]; at++) {
        if (code.opLoc[at] >= SLOT_BASE) add(Column.Operands, 1)
      }
    }
    for (; move < moves.count && moves.key[move] < code.blockEnd[block] * 4; move++) {
      const toSlot = moves.dst[move] >= SLOT_BASE
      add(toSlot ? Column.Stores : moves.src[move] >= SLOT_BASE ? Column.Loads : Column.Copies, 1)
    }
  }
  for (let column = 0; column < COLUMNS; column++) {
    tally.shares[column] += (expected[column] / expected[Column.Instructions]) * size
  }
}

/** Cost of a tally's allocations per hundred instructions. */
function allocationCost(tally: Tally): number {
  return (
    per100(tally, Column.Copies) * COPY_COST +
    per100(tally, Column.Loads) * LOAD_COST +
    per100(tally, Column.Stores) * STORE_COST +
    per100(tally, Column.Operands) * OPERAND_COST
  )
}

function per100({ shares }: Tally, column: number): number {
  return (100 * shares[column]) / Math.max(1, shares[Column.Instructions])
}

interface AllocationOptions {
  /** Have every allocation checked; a fault ends the command. */
  readonly check?: boolean
  readonly pressure?: number
  readonly chaos?: number
}

/** Compiles all functions of a module and tallies their allocations; returns the number of functions that were refused. */
function countModule(bytes: Uint8Array, options: AllocationOptions, tally: Tally): number {
  const env = compileEnv(bytes)
  const { info } = env
  const fallback: FunctionCompiler = {
    compile: () => {
      throw new Error('not asked')
    },
  }
  const compiler = new OptimizingCompiler(env, fallback, {
    ...options,
    strict: true,
    allocated: (code, moves) => countAllocation(code, moves, tally),
  })
  const frames = options.check === true
  let refused = 0
  for (let defined = 0; defined < info.bodyStart.length; defined++) {
    const [start, end] = [info.bodyStart[defined], info.bodyEnd[defined]]
    if ('refused' in compiler.tryCompile(defined, bytes, start, end, start, frames, null)) refused++
  }
  return refused
}

function row(name: string, tally: Tally): string {
  const columns = [Column.Copies, Column.Loads, Column.Stores, Column.Operands].map((column) =>
    per100(tally, column).toFixed(2).padStart(8),
  )
  return `${name.padEnd(26)}${allocationCost(tally).toFixed(2).padStart(8)}${columns.join('')}`
}

function depths(tally: Tally): string[] {
  return Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => {
    const counts = Array.from(tally.counts.subarray(depth * COLUMNS, (depth + 1) * COLUMNS))
    return `${`depth ${depth}${depth === MAX_DEPTH ? '+' : ''}`.padEnd(26)}${counts.map((n) => String(n).padStart(10)).join('')}`
  })
}

const USAGE = 'node dist/bench/allocation.js [--check] [--pressure REGISTERS] [--chaos SEED] [FILE.wasm...]'

function main(): void {
  const { values, positionals } = commandLine(USAGE, {
    options: { check: { type: 'boolean' }, pressure: { type: 'string' }, chaos: { type: 'string' } },
    allowPositionals: true,
  })
  const options: AllocationOptions = {
    ...(values.check === true ? { check: true } : {}),
    ...(values.pressure === undefined ? {} : { pressure: numberOption(values.pressure, '--pressure', 1, USAGE) }),
    ...(values.chaos === undefined ? {} : { chaos: numberOption(values.chaos, '--chaos', 0, USAGE) }),
  }
  let files = positionals
  if (files.length === 0) {
    installPrograms()
    files = MODULES.map((file) => `${root}bench/packages/node_modules/${file}`)
  }
  const all = emptyTally()
  const costs: number[] = []
  console.log(`${'a hundred instructions'.padEnd(26)}    cost  copies   loads  stores operands`)
  for (const file of files) {
    const tally = emptyTally()
    const refused = countModule(new Uint8Array(readFileSync(file)), options, tally)
    console.log(row(path.basename(file), tally) + (refused > 0 ? `  (${refused} refused)` : ''))
    tally.counts.forEach((count, i) => (all.counts[i] += count))
    costs.push(allocationCost(tally))
  }
  console.log(`geomean of costs ${geomean(costs.map((cost) => Math.max(cost, 0.01))).toFixed(3)}`)
  console.log(
    `\n${'all, unweighted'.padEnd(26)}${['instrs', 'copies', 'loads', 'stores', 'operands'].map((s) => s.padStart(10)).join('')}`,
  )
  for (const line of depths(all)) console.log(line)
}

main()
