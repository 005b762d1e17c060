/** A profile's calls as a tree for a terminal, and as folded stacks for programs that draw flame graphs. */
import type { ReadProfile } from './read-firefox.js'
import {
  heading,
  kindName,
  paintedPercent,
  percent,
  printable,
  sampleCount,
  shortened,
  type ViewOptions,
} from './text-view.js'

interface Node {
  readonly name: string
  readonly kind: string
  readonly children: Map<string, Node>
  self: number
  total: number
}

function newNode(name: string, kind: string): Node {
  return { name, kind, children: new Map(), self: 0, total: 0 }
}

function callTree(profile: ReadProfile): Node {
  const root = newNode('', '')
  const { stacks, frames, functions, counts } = profile
  const nodes: Node[] = []
  stacks.forEach(({ parent, frame }, i) => {
    const above = parent < 0 ? root : nodes[parent]
    const kind = kindName(profile, frame)
    const key = `${frames[frame].func} ${kind}`
    let node = above.children.get(key)
    if (node === undefined) {
      node = newNode(functions[frames[frame].func].name, kind)
      above.children.set(key, node)
    }
    nodes.push(node)
    node.self += counts[i]
  })
  // All nodes, each behind its caller. No recursion: stacks may be deep.
  const order = [root]
  for (let i = 0; i < order.length; i++) order.push(...order[i].children.values())
  for (const node of order.toReversed()) {
    node.total = node.self
    for (const child of node.children.values()) node.total += child.total
  }
  return root
}

/** Branches with less than this share are left out. */
const LEAST_SHARE = 0.01
/** Deeper nodes are not moved further to the right. */
const MAX_INDENT = 30
const MIN_NAME = 8
const SHARES_WIDTH = 15

/** @returns lines of text: total and self share, calls below their callers; at most `rows` of them */
export function treeText(profile: ReadProfile, options: ViewOptions): string[] {
  const all = sampleCount(profile)
  if (all === 0) return [`${printable(profile.product)}: no samples`]
  const lines: string[] = []
  const pending: { readonly node: Node; readonly depth: number }[] = []
  const push = (node: Node, depth: number): void => {
    const hot = Array.from(node.children.values()).filter(({ total }) => total / all >= LEAST_SHARE)
    for (const child of hot.toSorted((a, b) => a.total - b.total)) pending.push({ node: child, depth })
  }
  push(callTree(profile), 0)
  while (pending.length > 0 && lines.length < options.rows) {
    const { node, depth } = pending.pop() ?? { node: newNode('', ''), depth: 0 }
    const indent = ' '.repeat(Math.min(depth, MAX_INDENT))
    const kind = node.kind === '' ? '' : `  ${node.kind}`
    const room = options.width === undefined ? Infinity : options.width - SHARES_WIDTH - indent.length - kind.length
    const name = shortened(printable(node.name), Math.max(MIN_NAME, room))
    lines.push(`${paintedPercent(node.total / all, options)} ${percent(node.self / all)}  ${indent}${name}${kind}`)
    push(node, depth + 1)
  }
  if (pending.length > 0) lines.push(`... (--rows=N shows more than ${options.rows} rows)`)
  return [
    heading(`${printable(profile.product)}: ${all} samples`, options),
    heading(' total   self  call', options),
    ...lines,
  ]
}

/** Lines `outermost;...;innermost count`, which flamegraph.pl, inferno and speedscope read. */
export function foldedText(profile: ReadProfile): string[] {
  const { stacks, frames, functions, counts } = profile
  const texts: string[] = []
  const found = new Map<string, number>()
  stacks.forEach(({ parent, frame }, i) => {
    const kind = kindName(profile, frame)
    const name = functions[frames[frame].func].name.replaceAll(/[;\p{Cc}]/gu, ' ')
    const shown = kind === '' ? name : `${name} [${kind}]`
    texts.push(parent < 0 ? shown : `${texts[parent]};${shown}`)
    if (counts[i] > 0) found.set(texts[i], (found.get(texts[i]) ?? 0) + counts[i])
  })
  return Array.from(found, ([stack, count]) => `${stack} ${count}`).toSorted()
}
