/** What the program exports, in AssemblyScript: the compiler of body.ts, and where its results are. program.ts has the types. */
import { compileBody } from './tiers_baseline_body'
import { State } from './tiers_baseline_state'
import { BaselineEnv, FunctionFacts } from './records'
import { Uint8Array } from './prelude'

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

/** Compiles the body at an address; the records are filled in. @returns the size of its frame */
export function compile(typeIndex: i32, body: usize, moduleOffset: i32): i32 {
  return compileBody(state, facts, typeIndex, changetype<Uint8Array>(body), 0, moduleOffset, false)
}

// Addresses and sizes of what came out.
export function code(): usize {
  return changetype<usize>(state.asm.bytes)
}
export function codeSize(): i32 {
  return state.asm.size
}
export function relocs(): usize {
  return changetype<usize>(state.asm.relocs)
}
export function relocCount(): i32 {
  return state.asm.relocCount
}
export function sites(): usize {
  return changetype<usize>(state.meta.sites)
}
export function siteCount(): i32 {
  return state.meta.siteCount
}
