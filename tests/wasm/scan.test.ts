// The validator's two halves: what the scan says "surely valid" to, and the facts it collects, must be what the step alone
// finds; and bodies validated many at a time get the verdict that they get one by one.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { WasmError } from '#dist/wasm/error.js'
import { FunctionFacts } from '#dist/wasm/facts.js'
import { OP_COUNT, OP_SIZE, OPS } from '#dist/wasm/scan/layout.js'
import { ScanMemory, startScan } from '#dist/wasm/scan/memory.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { validateModule } from '#dist/wasm/validate-module.js'
import { FunctionValidator } from '#dist/wasm/validator.js'
import { generateModule } from '../fuzz/generator.js'
import { mutate } from '../fuzz/mutate.js'
import { Random } from '../fuzz/random.js'
import { moduleOf, section, vec } from '../support/binary.js'
import { RICH_MODULE } from '../support/rich-module.js'
import { scanAlways } from '../support/scan.js'

scanAlways()
const stepMemory = new ScanMemory(undefined)

function words(error: unknown): string {
  if (error instanceof WasmError) return `${error.funcIndex}: ${error.message} @+${error.offset}`
  throw error
}

/** Everything that facts say, arrays cut to what is valid of them. */
function listed(facts: FunctionFacts): object {
  const { localCount: locals, loopCount: loops } = facts
  const { loopUsedLo, loopUsedHi, loopAssignedLo, loopAssignedHi, loopHasCall } = facts
  return {
    types: [...facts.localTypes.subarray(0, locals)],
    weights: [...facts.localWeight.subarray(0, locals)],
    loops: [loopUsedLo, loopUsedHi, loopAssignedLo, loopAssignedHi, loopHasCall].map((of) => [
      ...of.subarray(0, loops),
    ]),
    rest: [facts.maxHeight, facts.hasCalls],
  }
}

/** What a validator says of every body of a module, up to the first that is not valid. */
function findings(bytes: Uint8Array, memory?: ScanMemory): object[] {
  const found: object[] = []
  try {
    const info = decodeModule(bytes)
    const validator = new FunctionValidator(info, memory)
    const facts = new FunctionFacts()
    info.bodyStart.forEach((start, defined) => {
      validator.validate(defined, bytes, start, info.bodyEnd[defined], start, facts)
      found.push(listed(facts))
    })
  } catch (error) {
    found.push({ error: words(error) })
  }
  return found
}

/** The verdict on the bodies of a module that is valid otherwise. */
function verdictAtOnce(bytes: Uint8Array): object | undefined {
  try {
    validateModule(bytes)
    return undefined
  } catch (error) {
    return { error: words(error) }
  }
}

function compare(bytes: Uint8Array, what: string): void {
  const ours = findings(bytes)
  expect(ours, what).toEqual(findings(bytes, stepMemory))
  const last = ours.at(-1)
  const error = last !== undefined && 'error' in last ? last : undefined
  // A module that is malformed behind a bad body is refused for the body when it is validated as it comes.
  if (error === undefined || !String(error.error).startsWith('-1:')) expect(verdictAtOnce(bytes), what).toEqual(error)
}

it('knows of opcodes what the step knows', () => {
  const table = ({ bytes }: ScanMemory): Uint8Array => bytes.slice(OPS, OPS + OP_COUNT * OP_SIZE)
  expect(startScan().program).toBeDefined()
  expect(table(startScan())).toEqual(table(stepMemory))
})

it('finds in programs what the step finds', () => {
  const directory = new URL('../../bench/kernels/', import.meta.url)
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.wasm'))) {
    compare(new Uint8Array(readFileSync(new URL(name, directory))), name)
  }
})

it('finds in generated modules, and in damaged ones, what the step finds', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed)
    const { bytes } = generateModule(random)
    compare(bytes, `seed ${seed}`)
    for (let i = 0; i < 8; i++) compare(mutate(bytes, random), `seed ${seed}, damage ${i}`)
  }
})

it('finds in a damaged module with every section what the step finds', () => {
  const random = new Random(7)
  for (let i = 0; i < 2_000; i++) compare(mutate(RICH_MODULE, random), `damage ${i}`)
})

it('knows numbers that are longer than they need be, and locals beyond those with slots', () => {
  compare(
    assemble(`(module (memory 1) (global $g (mut i64) (i64.const 0)) (table 1 funcref) (type $t (func (param i32)))
      (func (param i32) (local ${'i64 '.repeat(150)} f32)
        (loop (loop (local.set 140 (i64.const 0x7fffffffffffffff)) (drop (local.get 151))) (drop (local.get 129)))
        (loop (drop (i32.load offset=0xffffffff (i32.const -0x80000000))))
        (br_table 0 0 0 (i32.const 1))))`),
    'text',
  )
  for (const code of [
    // local.get, block with br, call, global, load, i32.const: all with long zeros.
    [0x20, 0x80, 0x80, 0x00, 0x1a],
    [0x02, 0x40, 0x0c, 0x80, 0x80, 0x00, 0x0b],
    [0x02, 0x40, 0x41, 0x80, 0x80, 0x80, 0x80, 0x00, 0x0d, 0x80, 0x00, 0x0b],
    [0x41, 0x80, 0x00, 0x28, 0x00, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a],
    [0x41, 0x00, 0x10, 0x80, 0x80, 0x80, 0x80, 0x00],
    // Too long, or with bits that must not be there.
    [0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a],
    [0x20, 0x80, 0x80, 0x80, 0x80, 0x10, 0x1a],
    [0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x1a],
    [0x41, 0x80, 0x80, 0x80, 0x80, 0x40, 0x1a],
    [0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e, 0x1a],
    // The last byte of the body as an operand.
    [0x41],
    [0xfc],
    [0xfc, 0x0a, 0x00],
    [0x41, 0x00, 0x11, 0x00],
    [0x41, 0x00, 0x28],
    [0x43, 0x00, 0x00, 0x00],
    [0x0e, 0x01, 0x00],
  ]) {
    const size = code.length + 2
    const bytes = moduleOf(
      section(1, vec([0x60, 1, 0x7f, 0])),
      section(3, vec(0)),
      section(4, vec([0x70, 0, 1])),
      section(5, vec([0, 1])),
      section(10, [1, size, 0, ...code, 0x0b]),
    )
    compare(bytes, Buffer.from(code).toString('hex'))
  }
})

it('does without the scan where the host has no WebAssembly', () => {
  const path = (file: string): string => JSON.stringify(new URL(`../../${file}`, import.meta.url).href)
  const program = `
    import { readFileSync } from 'node:fs'
    import { programCode } from ${path('dist/tiers/baseline/program/code.js')}
    import { startInHost } from ${path('dist/wasm/programs.js')}
    import { startScan } from ${path('dist/wasm/scan/memory.js')}
    import { provideScan } from ${path('dist/wasm/scan/program.js')}
    import { validateModule } from ${path('dist/wasm/validate-module.js')}
    provideScan(() => startInHost(programCode()))
    const bytes = new Uint8Array(readFileSync(new URL(${path('bench/kernels/raytrace.wasm')})))
    console.log(startScan().program, validateModule(bytes).bodyStart.length > 0)`
  const { stdout } = spawnSync(process.execPath, ['--jitless', '--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  expect(stdout).toMatch(/undefined true\n$/)
})
