/** What the program exports, in AssemblyScript: the compiler of body.ts, and where its results are. program.ts has the types. */
import { compileBody } from './tiers_baseline_body'
import { State } from './tiers_baseline_state'
import { BaselineEnv, FunctionFacts } from './records'
import { Int32Array, Uint8Array } from './prelude'

const env = new BaselineEnv()
const facts = new FunctionFacts()
const state = new State(env, null)

/** Addresses of the records that the host fills in. */
export function envRecord(): usize {
  return changetype<usize>(env)
}
export function factsRecord(): usize {
  return changetype<usize>(facts)
}

/** Memory that stays: what the records' arrays point to, and bodies. */
export function allocate(bytes: i32): usize {
  return heap.alloc(bytes)
}

/** Words: in, the function's type index, the body's address, its offset in the module; out, what program.ts calls Made. */
const job = new Int32Array(10)
export function jobRecord(): usize {
  return changetype<usize>(job)
}

/** Compiles a body; the records are filled in. */
export function compile(): void {
  job[3] = compileBody(state, facts, job[0], changetype<Uint8Array>(job[1]), 0, job[2], false)
  job[4] = <i32>changetype<usize>(state.asm.bytes)
  job[5] = state.asm.size
  job[6] = <i32>changetype<usize>(state.asm.relocs)
  job[7] = state.asm.relocCount
  job[8] = <i32>changetype<usize>(state.meta.sites)
  job[9] = state.meta.siteCount
}
