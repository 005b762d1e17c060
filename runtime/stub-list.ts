/**
 * Every stub that an engine places, by a number: what emits it, and what is written to it when it has a place. So an image of all of them
 * (stub-image.ts) is made of the same as an engine that has none.
 */
import { signatureOf, type Signature } from '../tiers/abi.js'
import { RELOC_WORDS } from '../tiers/compiled.js'
import { Assembler } from '../tiers/isa/x64/assembler.js'
import { F32, F64, I32, I64, type FuncType, type ValType } from '../wasm/types.js'
import type { CodeChunk } from './arena.js'
import { emitEnter, emitResume } from './boundary.js'
import { addon, contextAddress } from './context.js'
import { assembledStub, type Stub } from './stub-image.js'
import {
  StubReloc,
  emitCallPollStub,
  emitEntryStub,
  emitHostStub,
  emitLazyCommon,
  emitPollStub,
  emitReplaceStub,
  emitRoutineStub,
  emitRuntimeStub,
} from './stubs.js'

/** Stubs that are of no function type. */
export const FixedStub = {
  Runtime: 0,
  MemoryCopy: 1,
  MemoryFill: 2,
  LazyCommon: 3,
  Poll: 4,
  CallPoll: 5,
  Replace: 6,
  /** As the gate has it where a fast call may not throw, and where it may. */
  Enter: 7,
  EnterThrowing: 8,
  Resume: 9,
  ResumeThrowing: 10,
} as const
export const FIXED_STUBS = 11

const NO_SITES: readonly number[] = []

/** @returns its sites */
function emitFixed(asm: Assembler, key: number): readonly number[] {
  switch (key) {
    case FixedStub.Runtime:
      emitRuntimeStub(asm)
      break
    case FixedStub.MemoryCopy:
      emitRoutineStub(asm, StubReloc.Memmove)
      break
    case FixedStub.MemoryFill:
      emitRoutineStub(asm, StubReloc.Memset)
      break
    case FixedStub.LazyCommon:
      emitLazyCommon(asm)
      break
    case FixedStub.Poll:
      emitPollStub(asm)
      break
    case FixedStub.CallPoll:
      emitCallPollStub(asm)
      break
    case FixedStub.Replace:
      emitReplaceStub(asm)
      break
    case FixedStub.Enter:
    case FixedStub.EnterThrowing:
      return emitEnter(asm, key === FixedStub.EnterThrowing)
    default:
      return emitResume(asm, key === FixedStub.ResumeThrowing)
  }
  return NO_SITES
}

/** A type of more parameters has no number: hardly a host function is of one. */
const MAX_PARAMS = 10
/** Numeric types are four, and 0 ends the results. */
const DIGITS = I32 - F64 + 2

/** The stubs of a function type that images have: that of host functions, and the one through which JavaScript enters one function. */
export const TypeStub = { Host: 0, Function: 1 } as const
export type TypeStub = (typeof TypeStub)[keyof typeof TypeStub]
const TYPE_STUBS = 2

/** The number of a function type's stub; -1 for a type whose stubs are in no image. */
export function keyOfStub(stub: TypeStub, { params, results }: FuncType): number {
  if (params.length > MAX_PARAMS || results.length > 1) return -1
  let key = results.length === 0 ? DIGITS : DIGITS + 1 + I32 - results[0]
  for (const type of params) {
    if (type < F64 || type > I32) return -1
    key = key * DIGITS + 1 + I32 - type
  }
  if (results.length > 0 && (results[0] < F64 || results[0] > I32)) return -1
  return FIXED_STUBS + key * TYPE_STUBS + stub
}

/** A stub, valid until the assembler emits something else. */
export function fixedStubOf(asm: Assembler, key: number): Stub {
  asm.reset()
  const sites = emitFixed(asm, key)
  asm.finish()
  return assembledStub(asm, sites)
}

export function entryStubOf(asm: Assembler, signature: Signature): Stub {
  asm.reset()
  emitEntryStub(asm, signature)
  asm.finish()
  return assembledStub(asm, NO_SITES)
}

/** As `entryStubOf`, for one function, which it calls directly: one relocation, of RelocKind.Entry, whose operand is still 0. */
export function functionStubOf(asm: Assembler, signature: Signature): Stub {
  asm.reset()
  emitEntryStub(asm, signature, 0)
  asm.finish()
  return assembledStub(asm, NO_SITES)
}

export function hostStubOf(asm: Assembler, signature: Signature): Stub {
  asm.reset()
  const sites = emitHostStub(asm, signature)
  asm.finish()
  return assembledStub(asm, sites)
}

const NUMERIC: readonly ValType[] = [I32, I64, F32, F64]
/** Numbers of parameters up to which functions of each numeric type, and of i32 alone, are in an image. */
const FEW_NUMBERS = 2
const FEW_I32 = 8

/** Types that exported functions often have. */
function commonTypes(): FuncType[] {
  let lists: ValType[][] = [[]]
  const params: ValType[][] = [[]]
  for (let count = 1; count <= FEW_NUMBERS; count++) {
    lists = lists.flatMap((list) => NUMERIC.map((type) => [...list, type]))
    params.push(...lists)
  }
  for (let count = FEW_NUMBERS + 1; count <= FEW_I32; count++) params.push(Array<ValType>(count).fill(I32))
  const results = [[], ...NUMERIC.map((type) => [type])]
  return params.flatMap((list) => results.map((result) => ({ kind: 'func', params: list, results: result })))
}

/** What an image has: all fixed stubs, the host stubs of some types, and those of functions that have common types. */
export function allStubs(types: Iterable<FuncType>): Map<number, Stub> {
  const asm = new Assembler()
  const keep = ({ code, relocs, sites }: Stub): Stub => ({ code: code.slice(), relocs: relocs.slice(), sites })
  const stubs = new Map(Array.from({ length: FIXED_STUBS }, (_, key) => [key, keep(fixedStubOf(asm, key))]))
  for (const type of types) {
    const key = keyOfStub(TypeStub.Host, type)
    if (key >= 0) stubs.set(key, keep(hostStubOf(asm, signatureOf(type))))
  }
  for (const type of commonTypes()) {
    stubs.set(keyOfStub(TypeStub.Function, type), keep(functionStubOf(asm, signatureOf(type))))
  }
  return stubs
}

/** EntryPoint of native/src/entry.h: context, owner, address of the ThreadState {context, owner}. */
const ENTRY_POINT_BYTES = 24

function addressOf(kind: number, typeId: number): number {
  switch (kind) {
    case StubReloc.Memmove:
      return addon.routines.memmove
    case StubReloc.Memset:
      return addon.routines.memset
    case StubReloc.Context:
      return contextAddress
    case StubReloc.Owner:
    case StubReloc.Thread: {
      const words = new Uint32Array(addon.view(addon.entryPoint, ENTRY_POINT_BYTES))
      const at = kind === StubReloc.Owner ? 2 : 4
      return words[at] + words[at + 1] * 2 ** 32
    }
    case StubReloc.RefuseEnter:
      return addon.refuseEnter ?? 0
    case StubReloc.RefuseResume:
      return addon.refuseResume ?? 0
    default:
      return typeId
  }
}

/** Writes a stub to its place in a chunk, with what only the process knows. @param typeId of its function type, if it has one */
export function writeStub({ bytes }: CodeChunk, at: number, { code, relocs }: Stub, typeId: number): void {
  bytes.set(code, at)
  for (let i = 0; i < relocs.length; i += RELOC_WORDS) {
    let rest = addressOf(relocs[i], typeId)
    const field = at + relocs[i + 1]
    for (let k = 0; rest > 0; k++) {
      bytes[field + k] = rest
      rest = Math.floor(rest / 256)
    }
  }
}
