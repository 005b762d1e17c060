/**
 * Backtraces: walks the rbp chain of the fiber and puts the wasm frames into an error's stack text where they belong.
 *
 * The chain leads through stubs (whose return addresses are in no function and are passed over) and through entry
 * frames: there a call from JavaScript began, and the JavaScript frames between two entries stand in V8's part of the
 * stack. Generated call wrappers mark those places there (CALL_SOURCE of calls.ts), so both lists can be woven.
 */
import { fileURLToPath } from 'node:url'
import { ExecContext, POLL_LENGTH } from '../tiers/abi.js'
import { positionText } from '../wasm/debug/debug-info.js'
import { CALL_SOURCE } from './call-source.js'
import { findVersion, type CodeVersion } from './code.js'
import { MAX_CALL_BYTES } from './versions.js'
import { controlAddress } from './context.js'
import type { RuntimeError, WasmFrame } from './errors.js'
import { peek } from './fiber-words.js'
import type { Module } from './module.js'

/** A runaway recursion has hundreds of thousands of frames; nobody reads more than this. */
const MAX_FRAMES = 64

/** The innermost version on the guest's stack. @param pc where it is, 0 when only the chain counts */
export function innermostVersion(pc: number, fp: number): CodeVersion | undefined {
  let found = pc === 0 ? undefined : findVersion(pc)
  for (let at = fp; found === undefined && at !== 0; at = peek(at)) {
    const back = peek(at + 8)
    if (back !== 0) found = findVersion(back - 1)
  }
  return found
}

/** A frame of the guest: the module, a defined function of it, and the offset in the module where it is. */
export interface CodeFrame {
  readonly owner: Module
  readonly defined: number
  readonly offset: number
}

/**
 * The guest's frames that a code address stands for, the innermost first: one, and more in inlined code. Empty in stubs
 * and outside of the guest's code. Any pc may be asked about; one without a site gets the place of the site before it.
 * @param isReturn the address is where a call returns to
 */
export function codeFramesAt(pc: number, isReturn: boolean): readonly CodeFrame[] {
  // A return address may be one past the end of a function whose last instruction is a call.
  const found = findVersion(isReturn ? pc - 1 : pc)
  if (found === undefined) return []
  const { version } = found
  const { owner, versions } = found.code
  if (owner === undefined) return []
  const offset = pc - found.start
  let site = versions.findSite(version, offset, isReturn)
  if (site < 0 && isReturn) site = versions.findSite(version, offset - POLL_LENGTH, false)
  // At a call that has no room for its return address the place is the call's; else it is that of the site before.
  if (site < 0 && !isReturn) site = versions.callAfter(version, offset, MAX_CALL_BYTES)
  if (site < 0 && !isReturn) site = versions.siteBefore(version, offset)
  // An overflow in the prologue has no site: the function as a whole is the place.
  if (site < 0) return [{ owner, defined: found.defined, offset: owner.info.bodyStart[found.defined] }]
  return versions.framesAt(version, site).map(([defined, offset]) => ({ owner, defined, offset }))
}

function wasmFrame({ owner, defined, offset }: CodeFrame): WasmFrame {
  const funcIndex = owner.info.importedFuncs + defined
  const name = owner.funcName(funcIndex)
  return {
    name: name !== undefined && owner.name !== undefined ? `${owner.name}.${name}` : name,
    url: owner.url,
    funcIndex,
    offset,
    source: owner.debug.locate(offset),
  }
}

/**
 * The frames of the guest, innermost first, one list for each entry from JavaScript.
 * @param pc where it is, 0 when only the chain counts
 */
function walk(pc: number, fp: number): WasmFrame[][] {
  const segments: WasmFrame[][] = [[]]
  let count = 0
  let entryBase = controlAddress(ExecContext.entryBase)
  const add = (at: number, isReturn: boolean): void => {
    for (const frame of codeFramesAt(at, isReturn)) {
      segments[segments.length - 1].push(wasmFrame(frame))
      count++
    }
  }
  if (pc !== 0) add(pc, false)
  let at = fp
  while (at !== 0 && count < MAX_FRAMES) {
    if (at === entryBase) {
      entryBase = peek(at + 16)
      segments.push([])
    } else {
      const back = peek(at + 8)
      if (back === 0) break
      add(back, true)
    }
    at = peek(at)
  }
  return segments
}

/** A frame in V8's form, with the source position behind it; above it, one line each, the calls inlined by its compiler. */
function frameText(frame: WasmFrame): string {
  const place = `${frame.url}:wasm-function[${frame.funcIndex}]:0x${frame.offset.toString(16)}`
  const lines = frame.source
    .filter(({ inlined }) => inlined)
    .map(({ func, position }) => `    at ${func ?? '<unknown>'} (${positionText(position)})`)
  const position = frame.source.at(-1)?.position
  const behind = position === undefined ? '' : ` [${positionText(position)}]`
  lines.push(frame.name === undefined ? `    at ${place}${behind}` : `    at ${frame.name} (${place})${behind}`)
  return lines.join('\n')
}

/** Directory of the runtime's files, as URL and as path: their frames in a stack are of no use to anybody. */
function ourDirectory(): readonly string[] {
  const { href } = new URL('.', import.meta.url)
  return [href, fileURLToPath(href)]
}

/** V8's lines with the wasm frames at the call wrappers' places, and without our own: at most as many as V8 would show. */
function weave(stack: string, segments: readonly WasmFrame[][]): string {
  const lines = stack.split('\n')
  const firstFrame = lines.findIndex((line) => /^\s+at /.test(line))
  if (firstFrame < 0) return [...lines, ...segments.flat().map(frameText)].join('\n')
  const out = lines.slice(0, firstFrame)
  const ours = ourDirectory()
  const limit = Error.stackTraceLimit
  let shown = 0
  let next = 0
  for (const line of lines.slice(firstFrame)) {
    if (line.includes(CALL_SOURCE)) {
      // Function objects have a number for a name; the wrappers of host functions have none.
      if (/at \d+ /.test(line) && next < segments.length) out.push(...segments[next++].map(frameText))
    } else if (!ours.some((directory) => line.includes(directory)) && shown++ < limit) {
      out.push(line)
    }
  }
  // Without generated wrappers, or with V8's list cut short, what is left goes on top.
  if (next === 0) out.splice(firstFrame, 0, ...segments.flat().map(frameText))
  return out.join('\n')
}

/** Gives an error made just now the guest's frames; returns it. @param pc 0 when only the chain counts */
export function attachBacktrace<T extends Error & RuntimeError>(error: T, pc: number, fp: number): T {
  const segments = walk(pc, fp)
  const hidden = { writable: true, enumerable: false, configurable: true }
  const frames = segments.flat()
  Object.defineProperty(error, 'frames', { ...hidden, value: frames })
  Object.defineProperty(error, 'wasmOffset', { ...hidden, value: frames[0]?.offset ?? -1 })
  const { stack } = error
  if (typeof stack === 'string') Object.defineProperty(error, 'stack', { ...hidden, value: weave(stack, segments) })
  return error
}
