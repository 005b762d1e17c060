/**
 * A profile in the format of V8's profiler (`.cpuprofile`), for Chrome's developer tools and VS Code: a call tree, whose
 * nodes differ by function and tier, and samples that name nodes. Lines and columns count from 0 there; without a source line a
 * frame of a guest is at line 0 and the column of its byte offset, as V8 writes its own wasm frames.
 */
import { CATEGORIES, categoryOf, subcategoryOf, Kind } from './categories.js'
import type { LazyColumn } from './firefox-schema.js'
import type { ProfileData, ProfileThread } from './profile.js'

interface CallFrame {
  readonly functionName: string
  readonly scriptId: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

interface Node {
  readonly id: number
  readonly callFrame: CallFrame
  hitCount: number
  readonly children: number[]
  /** Samples by line (from 1). */
  readonly positionTicks: { line: number; ticks: number }[]
}

export interface CpuProfile {
  readonly nodes: readonly Node[]
  /** Microseconds. */
  readonly startTime: number
  readonly endTime: number
  readonly samples: LazyColumn<number>
  readonly timeDeltas: LazyColumn<number>
}

const ROOT = 1
const IDLE = 2

function makeNode(
  id: number,
  functionName: string,
  url = '',
  scriptId = '0',
  lineNumber = -1,
  columnNumber = -1,
): Node {
  const callFrame = { functionName, scriptId, url, lineNumber, columnNumber }
  return { id, callFrame, hitCount: 0, children: [], positionTicks: [] }
}

class Tree {
  readonly nodes: Node[] = [makeNode(ROOT, '(root)'), makeNode(IDLE, '(idle)')]
  /** Node of each stack. */
  private readonly nodeOf: Int32Array
  private readonly profile: ProfileData

  constructor(profile: ProfileData) {
    this.profile = profile
    this.nodes[0].children.push(IDLE)
    const { stackPrefix, stackFrame } = profile
    this.nodeOf = new Int32Array(stackFrame.length)
    const known = new Map<string, number>()
    for (let stack = 0; stack < stackFrame.length; stack++) {
      const parent = stackPrefix[stack] < 0 ? ROOT : this.nodeOf[stackPrefix[stack]]
      const { func, kind, inlineDepth } = profile.frames[stackFrame[stack]]
      const key = `${parent}:${func}:${kind}:${Math.min(1, inlineDepth)}`
      let id = known.get(key)
      if (id === undefined) {
        id = this.add(parent, func, kind)
        known.set(key, id)
      }
      this.nodeOf[stack] = id
    }
  }

  /** Node of a sample's stack. */
  node(stack: number): number {
    return stack < 0 ? IDLE : this.nodeOf[stack]
  }

  count(stack: number): void {
    const node = this.nodes[this.node(stack) - 1]
    node.hitCount++
    if (stack < 0) return
    const { line } = this.profile.frames[this.profile.stackFrame[stack]]
    if (line <= 0) return
    const ticks = node.positionTicks.find((each) => each.line === line)
    if (ticks === undefined) node.positionTicks.push({ line, ticks: 1 })
    else ticks.ticks++
  }

  private add(parent: number, func: number, kind: Kind): number {
    const { functions, modules } = this.profile
    const { name, module, file, line, column } = functions[func]
    const tier =
      categoryOf(kind) === categoryOf(Kind.Wasm) ? CATEGORIES[categoryOf(kind)].subcategories[subcategoryOf(kind)] : ''
    const id = this.nodes.length + 1
    const url = file ?? modules[module]?.url ?? ''
    const known = module < 0 ? -1 : 0
    const place = line > 0 ? ([line - 1, column - 1] as const) : ([known, known] as const)
    this.nodes.push(makeNode(id, tier === '' ? name : `${name} [${tier}]`, url, String(module + 1), ...place))
    this.nodes[parent - 1].children.push(id)
    return id
  }
}

/** @param thread of the profile: the format has one */
export function cpuProfile(profile: ProfileData, thread: ProfileThread): CpuProfile {
  const tree = new Tree(profile)
  const { sampleCount } = thread
  for (let i = 0; i < sampleCount; i++) tree.count(thread.stack(i))
  const startTime = profile.startTime * 1000
  return {
    nodes: tree.nodes,
    startTime,
    endTime: startTime + Math.round(profile.duration * 1000),
    samples: { length: sampleCount, at: (i) => tree.node(thread.stack(i)) },
    timeDeltas: { length: sampleCount, at: (i) => Math.round(thread.time(i) * 1000) },
  }
}
