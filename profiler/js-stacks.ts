/**
 * Stacks of JavaScript, from V8's profiles, in a form that can be put together with the guest's stacks of the same moments
 * (joiner.ts): a tree that lasts, since V8's node numbers mean nothing in its next profile.
 *
 * Frames of Windlass itself are no news to anybody. A run of them that leads into a guest (the exported function's wrapper, the
 * yield loop) becomes one ENTRY, which is where the guest's frames belong; any other run becomes one frame, with the name
 * of the function that was called (`Module`, `grow`).
 */
import { fileURLToPath } from 'node:url'
import { isWrapper } from '../runtime/call-source.js'
import { Kind } from './categories.js'
import type { FrameTable } from './frame-table.js'
import { PairTable } from './pair-table.js'
import type { V8CallFrame, V8Profile } from './v8-profiler.js'

/** In place of a frame: JavaScript entered a guest. */
export const ENTRY = -1
/** The stack of a thread that waits in its event loop. */
export const IDLE = -2

/** Where the files of Windlass are: `dist/`, of which tests and measurements are not part. */
const ownFiles = import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + '/dist/'.length)
const notOurs = [`${ownFiles}tests/`, `${ownFiles}bench/`]
/** Functions between which and the JavaScript below there is always a guest (runtime/yield-loop.ts, native). */
const ENTERING = new Set(['enter', 'resume', 'drive', 'driveSlowly'])
const NATIVE = new Set(['enter', 'resume'])
/** As V8 names them. */
const COLLECTING = '(garbage collector)'
const NATIVE_CODE = '(program)'

const Run = { None: 0, Call: 1, Entry: 2 } as const

function fileOf(url: string): string | undefined {
  if (url === '') return undefined
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url
  } catch {
    return url
  }
}

export class JsStacks {
  /** Pairs of the stack without the innermost frame (-1: none) and that frame, or ENTRY. */
  readonly stacks = new PairTable()
  /** The stacks of V8's collecting garbage, and of what runs without any JavaScript: V8 then says nothing else. */
  readonly collecting: number
  readonly native: number
  private readonly table: FrameTable

  constructor(table: FrameTable) {
    this.table = table
    this.collecting = this.stacks.intern(-1, table.other({ name: COLLECTING, kind: Kind.Gc }))
    this.native = this.stacks.intern(-1, table.other({ name: NATIVE_CODE, kind: Kind.Other }))
  }

  /** The stack of each of a profile's nodes by the node's number: -1 for none, or IDLE. */
  stacksOf({ nodes }: V8Profile): Map<number, number> {
    const parents = new Map<number, number>()
    for (const { id, children } of nodes) for (const child of children ?? []) parents.set(child, id)
    const stacks = new Map<number, number>()
    const runs = new Map<number, number>()
    // Parents come before their children.
    for (const { id, callFrame } of nodes) {
      const parent = parents.get(id)
      if (parent === undefined) {
        stacks.set(id, -1)
        continue
      }
      const below = stacks.get(parent) ?? -1
      const run = runs.get(parent) ?? Run.None
      const [stack, next] = this.step(below, run, callFrame)
      stacks.set(id, stack)
      runs.set(id, next)
    }
    return stacks
  }

  /** The stack that a call adds to one, and what run of our own frames its innermost frame is then part of. */
  private step(below: number, run: number, callFrame: V8CallFrame): readonly [stack: number, run: number] {
    const { functionName, url, lineNumber, columnNumber } = callFrame
    if (url === '' && below < 0) {
      if (functionName === '(idle)') return [IDLE, Run.None]
      if (functionName === COLLECTING) return [this.collecting, Run.None]
      if (functionName === NATIVE_CODE) return [this.native, Run.None]
    }
    const isCall = isWrapper(functionName, url, lineNumber, columnNumber)
    // Our front end scans bodies in V8's WebAssembly.
    const isScan =
      run !== Run.None && (url.startsWith('wasm:') || (url === '' && lineNumber < 0 && /wasm/i.test(functionName)))
    const isOwn = isScan || (url.startsWith(ownFiles) && !notOurs.some((each) => url.startsWith(each)))
    // Also where V8 does not know of the wrapper, inlined before it was asked to remember such things.
    const isNative = url === '' && lineNumber < 0 && NATIVE.has(functionName)
    if (!isCall && !isOwn && !isNative) return [this.stacks.intern(below, this.frameOf(callFrame)), Run.None]
    if (run === Run.Entry) return [below, run]
    if (isCall || ENTERING.has(functionName)) {
      const before = run === Run.Call ? this.stacks.first[below] : below
      return [this.stacks.intern(before, ENTRY), Run.Entry]
    }
    if (run === Run.Call) return [below, run]
    const name = functionName === '' ? 'windlass' : functionName
    return [this.stacks.intern(below, this.table.other({ name, kind: Kind.Runtime })), Run.Call]
  }

  private frameOf({ functionName, url, lineNumber, columnNumber }: V8CallFrame): number {
    const name = functionName === '' ? '(anonymous)' : functionName
    // Lines and columns count from 0, and are -1 for functions that have no text.
    const place = { file: fileOf(url), line: lineNumber + 1, column: columnNumber + 1 }
    return this.table.javascript(name, place)
  }
}
