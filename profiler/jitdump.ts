/**
 * A jitdump file for Linux perf (tools/perf/Documentation/jitdump-specification.txt): machine code with its names and, where
 * the module has debug information, source lines. `perf record -k mono`, then `perf inject --jit`, which finds the file
 * because a page of it is mapped executable: the addon does that.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { CodeVersion } from '../runtime/code.js'
import type { Engine } from '../runtime/engine.js'
import { addon } from '../runtime/context.js'
import { codeLines } from './code-lines.js'
import { codeName, onCode } from './perf-map.js'

const MAGIC = 0x4a695444
const VERSION = 1
const HEADER_BYTES = 40
const RECORD_HEAD_BYTES = 16
const MACHINE_X86_64 = 62
const CODE_LOAD = 0
const CODE_DEBUG_INFO = 2
const CODE_CLOSE = 3

function now(): bigint {
  return process.hrtime.bigint()
}

function header(): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt32LE(VERSION, 4)
  bytes.writeUInt32LE(HEADER_BYTES, 8)
  bytes.writeUInt32LE(MACHINE_X86_64, 12)
  bytes.writeUInt32LE(process.pid, 20)
  bytes.writeBigUInt64LE(now(), 24)
  return bytes
}

function record(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(RECORD_HEAD_BYTES)
  head.writeUInt32LE(id, 0)
  head.writeUInt32LE(RECORD_HEAD_BYTES + body.length, 4)
  head.writeBigUInt64LE(now(), 8)
  return Buffer.concat([head, body])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8)
  values.forEach((value, i) => bytes.writeBigUInt64LE(BigInt(value), i * 8))
  return bytes
}

/** The lines of a piece of code; perf has no use for columns. */
function debugEntries(version: CodeVersion): Buffer[] {
  return codeLines(version).map(({ offset, file, line }) => {
    const place = Buffer.alloc(8)
    place.writeUInt32LE(line, 0)
    return Buffer.concat([words(version.start + offset), place, Buffer.from(`${file}\0`)])
  })
}

/** Opens the file, so that perf knows of it. */
function open(path: string): number {
  const file = openSync(path, 'w+')
  try {
    writeSync(file, header())
    addon.markFile(file)
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

/** Writes the file while the engine compiles. @returns a function that ends it; both throw what writing files throws */
export function writeJitDump(engine: Engine, path: string): () => void {
  const file = open(path)
  let index = 0
  const write = (version: CodeVersion): void => {
    const { start, size } = version
    const entries = debugEntries(version)
    if (entries.length > 0) {
      writeSync(file, record(CODE_DEBUG_INFO, Buffer.concat([words(start, entries.length), ...entries])))
    }
    const ids = Buffer.alloc(8)
    ids.writeUInt32LE(process.pid, 0)
    // Compiled for the whole process: perf knows code by its process.
    ids.writeUInt32LE(process.pid, 4)
    const name = Buffer.from(`${codeName(version)}\0`)
    const code = version.code.read(version.version)
    writeSync(file, record(CODE_LOAD, Buffer.concat([ids, words(start, start, size, index++), name, code])))
  }
  const stop = onCode(engine, (versions) => versions.forEach(write))
  return () => {
    try {
      stop()
      writeSync(file, record(CODE_CLOSE, Buffer.alloc(0)))
    } finally {
      closeSync(file)
    }
  }
}
