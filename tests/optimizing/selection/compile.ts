/** Compiles a function of the intermediate representation by the passes behind the mid-end, and lists it. */
import { vmctxLayout } from '#dist/tiers/abi.js'
import type { CompileEnv, CpuFeatures } from '#dist/tiers/compiled.js'
import { compiledFunction } from '#dist/tiers/compiled-function.js'
import { Emitter } from '#dist/tiers/optimizing/emit/emitter.js'
import { parseFunction } from '#dist/tiers/optimizing/ir/parse.js'
import { verifyFunction } from '#dist/tiers/optimizing/ir/verify.js'
import { Lowering } from '#dist/tiers/optimizing/lower/lowering.js'
import { VCode } from '#dist/tiers/optimizing/lower/vcode.js'
import { Allocator } from '#dist/tiers/optimizing/regalloc/allocator.js'
import { checkAllocation } from '#dist/tiers/optimizing/regalloc/checker.js'
import { selectionSites } from '#dist/tiers/optimizing/rules/lower/sites.gen.js'
import { NO_FEEDBACK } from '#dist/tiers/feedback.js'
import { listing, MODERN } from '#dist/tests/support/listing.js'
import { decodeModule } from '#dist/wasm/decoder.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import type { Case } from './cases.js'

/** A CPU of x86-64 version 1 with SSE 4 and popcnt, which every CPU in use has. */
export const OLD: CpuFeatures = {
  lzcnt: false, bmi1: false, bmi2: false, avx: false, avx2: false, fma: false, jumpErratum: false,
} // oxfmt-ignore

/**
 * The module that the function of a case stands in, as function 0: a memory of a page, an imported global (0) and two of its
 * own.
 */
export function moduleOf({ params, results }: Case): string {
  return `(module (import "m" "g" (global (mut i64)))
    (memory (export "m") 1) (global (mut i32) (i32.const 7)) (global (mut f64) (f64.const 1.5))
    (func (export "f") (param ${params.join(' ')}) (result ${results.join(' ')}) unreachable))`
}

/** How often each rule was taken, and the instructions between prologue and epilogue. */
export function compileCase(each: Case): { hits: Int32Array; code: string[] } {
  const info = decodeModule(assemble(moduleOf(each)))
  const env: CompileEnv = {
    info,
    layout: vmctxLayout(info, 16),
    features: each.options.includes('old') ? OLD : MODERN,
    bounds: each.options.includes('explicit') ? 'explicit' : 'guard',
    checked: false,
  }
  const f = parseFunction(each.text)
  const faults = verifyFunction(f)
  if (faults.length > 0) throw new Error(`${each.title}: ${faults.join('\n')}`)
  const code = new VCode()
  const lowering = new Lowering(env, code)
  const hits = lowering.hits.begin(selectionSites.length)
  lowering.ownSignature = lowering.signature(info.funcTypes[0])
  lowering.run(f)
  const allocator = new Allocator()
  allocator.run(code)
  checkAllocation(code, allocator.moves, allocator.slotCount)
  const emitter = new Emitter(env)
  const frameSize = emitter.run(code, allocator, lowering, false)
  const { nodes: inlines, count: inlineCount } = f.inlines
  const made = { tier: 'optimizing', inlines, inlineCount, frameSize, feedback: NO_FEEDBACK } as const
  const compiled = compiledFunction(emitter.asm, emitter.meta.table, made)
  return { hits, code: body(listing(compiled)) }
}

const FRAME = [/^push rbp$/, /^mov rbp, rsp$/, /^sub rsp, /, /^push r14$/, /^add rsp, /, /^pop rbp$/, /^ret$/]

/** The instructions without those of the frame; jumps keep their distance. */
function body(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(6)).filter((line) => !FRAME.some((each) => each.test(line)))
}
