/**
 * Encodes a dump (tool-conventions, Coredump.md) as a stream of pieces: a module with custom sections for the stacks, and
 * memory, global and data sections for the state. Pieces of memories are views, never copies; everything else is small.
 *
 * Sizes have to be known before contents, so the runs of the memories are found first and written after.
 */
import { FuncrefRecord } from '../../tiers/abi.js'
import {
  CORE_SECTION, INSTANCES_SECTION, MISSING_VALUE, MODULES_SECTION, NOTES_SECTION, STACK_SECTION, TABLES_SECTION,
  type CoredumpDialect, type CoredumpNotes,
} from '../../wasm/coredump-format.js' // oxfmt-ignore
import { ByteWriter } from '../../wasm/text/bytes.js'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64 } from '../../wasm/types.js'
import { addon, bitsAddress } from '../context.js'
import { load32, loadAddress } from '../data.js'
import { PAGE_BYTES } from '../memory.js'
import type { Table } from '../table.js'
import type { FrameValue, GuestFrame } from './frame-values.js'
import { memoryRuns, type MemoryRun } from './memory-runs.js'
import { globalBits, type DumpGlobal, type DumpWorld } from './world.js'

const utf8 = new TextEncoder()

const Section = { Custom: 0, Memory: 5, Global: 6, Data: 11 } as const
const Code = { I32Const: 0x41, I64Const: 0x42, F32Const: 0x43, F64Const: 0x44, RefNull: 0xd0, End: 0x0b } as const
/** Pieces of memories are at most so long, so that a writer can take its time between them. */
const PIECE = 4 << 20

export interface DumpContents {
  readonly world: DumpWorld
  readonly notes: CoredumpNotes
  /** The program's name, and the thread's. */
  readonly program: string
  readonly thread: string
  readonly dialect: CoredumpDialect
}

/** The dump, piece by piece. A piece is valid until the next one is asked for. */
export function* encodeCoredump(contents: DumpContents): Generator<Uint8Array> {
  const { world, dialect } = contents
  const out = new ByteWriter(1 << 12)
  out.bytes(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  custom(out, CORE_SECTION, (w) => {
    w.byte(0)
    name(w, contents.program)
  })
  if (world.memories.length > 0) section(out, Section.Memory, (w) => memories(w, world))
  if (world.globals.length > 0) section(out, Section.Global, (w) => globals(w, world.globals))
  yield out.take()
  yield* data(world, dialect)
  out.clear()
  custom(out, MODULES_SECTION, (w) => {
    w.u32(world.modules.length)
    for (const { url, name: given } of world.modules) {
      w.byte(0)
      name(w, given ?? url)
    }
  })
  custom(out, INSTANCES_SECTION, (w) => {
    w.u32(world.instances.length)
    for (const { module, memories: own, globals: values } of world.instances) {
      w.byte(0)
      w.u32(module)
      indices(w, own)
      indices(w, values)
    }
  })
  custom(out, STACK_SECTION, (w) => stack(w, contents))
  custom(out, NOTES_SECTION, (w) => w.bytes(utf8.encode(JSON.stringify(contents.notes))))
  if (world.tables.length > 0) custom(out, TABLES_SECTION, (w) => tables(w, world))
  yield out.view()
}

function section(out: ByteWriter, id: number, write: (w: ByteWriter) => void): void {
  const w = new ByteWriter()
  write(w)
  out.byte(id)
  out.vector(w.view())
}

function custom(out: ByteWriter, title: string, write: (w: ByteWriter) => void): void {
  section(out, Section.Custom, (w) => {
    name(w, title)
    write(w)
  })
}

function name(w: ByteWriter, text: string): void {
  w.vector(utf8.encode(text))
}

function indices(w: ByteWriter, list: readonly number[]): void {
  w.u32(list.length)
  for (const index of list) w.u32(index)
}

function memories(w: ByteWriter, world: DumpWorld): void {
  w.u32(world.memories.length)
  for (const memory of world.memories) {
    const { max } = memory.type
    w.byte(max < 0 ? 0 : 1)
    w.u32(memory.pages)
    if (max >= 0) w.u32(Math.max(max, memory.pages))
  }
}

function globals(w: ByteWriter, list: readonly DumpGlobal[]): void {
  w.u32(list.length)
  for (const global of list) {
    const { type, mutable } = global.type
    const { lo, hi } = globalBits(global)
    w.byte(type)
    w.byte(mutable ? 1 : 0)
    constant(w, type, lo, hi)
    w.byte(Code.End)
  }
}

/** References cannot be said in a constant expression of a module without functions: they are null. */
function constant(w: ByteWriter, type: number, lo: number, hi: number): void {
  if (type === I32) {
    w.byte(Code.I32Const)
    w.s32(lo)
  } else if (type === I64) {
    w.byte(Code.I64Const)
    w.s64(bits64(lo, hi))
  } else if (type === F32 || type === F64) {
    w.byte(type === F32 ? Code.F32Const : Code.F64Const)
    w.word(lo)
    if (type === F64) w.word(hi)
  } else {
    w.byte(Code.RefNull)
    w.byte(type === FUNCREF ? FUNCREF : EXTERNREF)
  }
}

function bits64(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)
}

/** The data section: one active segment for each run. */
function* data(world: DumpWorld, dialect: CoredumpDialect): Generator<Uint8Array> {
  const segments: { readonly head: Uint8Array; readonly base: number; readonly run: MemoryRun }[] = []
  const w = new ByteWriter()
  let size = 0
  world.memories.forEach((memory, index) => {
    const { base } = memory
    let runs = memoryRuns(base, memory.pages * PAGE_BYTES)
    // wasmgdb takes the contents of the first segment for the memory.
    if (dialect === 'wasmgdb' && runs.length > 0) runs = [{ start: 0, end: runs[runs.length - 1].end }]
    for (const run of runs) {
      w.clear()
      w.byte(index === 0 ? 0 : 2)
      if (index > 0) w.u32(index)
      w.byte(Code.I32Const)
      w.s32(run.start)
      w.byte(Code.End)
      w.u32(run.end - run.start)
      const head = w.take()
      segments.push({ head, base, run })
      size += head.length + run.end - run.start
    }
  })
  if (segments.length === 0) return
  w.clear()
  w.u32(segments.length)
  size += w.length
  const count = w.take()
  w.clear()
  w.byte(Section.Data)
  leb(w, size)
  w.bytes(count)
  yield w.take()
  for (const { head, base, run } of segments) {
    yield head
    for (let at = run.start; at < run.end; at += PIECE) {
      const bytes = Math.min(PIECE, run.end - at)
      yield new Uint8Array(addon.view(base + at, bytes))
    }
  }
}

/** The size of a section may be more than 32 bits hold: then the dump is for us alone (no format has such modules). */
function leb(w: ByteWriter, value: number): void {
  let rest = value
  while (rest >= 0x80) {
    w.byte((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  w.byte(rest)
}

function stack(w: ByteWriter, { world, thread, dialect }: DumpContents): void {
  w.byte(0)
  name(w, thread)
  w.u32(world.frames.length)
  for (const { frame, instance } of world.frames) {
    w.byte(0)
    w.u32(instance)
    w.u32(frame.funcIndex)
    w.u32(codeOffset(frame, dialect))
    if (dialect === 'wasmgdb') {
      // Both counts come first, and values have fixed widths.
      w.u32(frame.locals.length)
      w.u32(frame.operands.length)
      for (const each of frame.locals) fixedValue(w, each)
      for (const each of frame.operands) fixedValue(w, each)
    } else {
      w.u32(frame.locals.length)
      for (const each of frame.locals) value(w, each)
      w.u32(frame.operands.length)
      for (const each of frame.operands) value(w, each)
    }
  }
}

/** From the function's body (the declaration of its locals); wasmgdb looks offsets up that count from the code section. */
function codeOffset({ code, defined, offset }: GuestFrame, dialect: CoredumpDialect): number {
  const info = code.owner?.info
  if (info === undefined) return 0
  return offset - (dialect === 'wasmgdb' ? info.codeStart : info.bodyStart[defined])
}

function value(w: ByteWriter, { type, known, lo, hi }: FrameValue): void {
  if (!known) {
    w.byte(MISSING_VALUE)
    return
  }
  w.byte(type)
  if (type === I32) w.s32(lo)
  else if (type === I64) w.s64(bits64(lo, hi))
  else {
    w.word(lo)
    if (type === F64) w.word(hi)
  }
}

/** wasmgdb knows no missing values: they are zero. */
function fixedValue(w: ByteWriter, { type, known, lo, hi }: FrameValue): void {
  const wide = type === I64 || type === F64
  w.byte(known || wide || type === F32 ? type : I32)
  w.word(known ? lo : 0)
  if (wide) w.word(known ? hi : 0)
}

function tables(w: ByteWriter, world: DumpWorld): void {
  w.u32(world.tables.length)
  for (const table of world.tables) oneTable(w, world, table)
  w.u32(world.instances.length)
  for (const { tables: own } of world.instances) indices(w, own)
}

function oneTable(w: ByteWriter, world: DumpWorld, table: Table): void {
  const isFunc = table.type.element === FUNCREF
  const entries = new ByteWriter()
  let count = 0
  for (let i = 0; i < table.length; i++) {
    const reference = bitsAddress(table.getBits(i))
    if (reference === 0) continue
    count++
    entries.u32(i)
    if (!isFunc) {
      entries.u32(reference)
      continue
    }
    entries.u32(world.instanceOfContext(loadAddress(reference + FuncrefRecord.ctx)) + 1)
    entries.u32(load32(reference + FuncrefRecord.index))
  }
  w.byte(table.type.element)
  w.u32(table.length)
  w.u32(count)
  w.bytes(entries.view())
}
