/**
 * The last step of recording: source positions and the calls that the module's own compiler had inlined, from its debug
 * information. It waits for the end because reading DWARF takes time that the guest should not pay for. Damaged or missing
 * information leaves frames without lines.
 */
import type { CodePositions } from '../tiers/baseline/positions.js'
import type { SourceFrame } from '../wasm/debug/debug-info.js'
import { shownName } from '../wasm/debug/demangle.js'
import { lastAtMost } from '../wasm/debug/search.js'
import type { FrameTable, ProfiledFrame } from './frame-table.js'
import { PairTable } from './pair-table.js'
import type { ProfileFrame, ProfileFunction } from './profile.js'

export interface Symbolized {
  readonly functions: readonly ProfileFunction[]
  readonly frames: readonly ProfileFrame[]
  readonly stackPrefix: Int32Array
  readonly stackFrame: Int32Array
  /** Index of the stack that each recorded stack became. */
  readonly stackOf: Int32Array
}

/** Viewers take 32-bit integers; only damaged information says otherwise. */
function plausible(position: number | undefined): number {
  return position === undefined || position >= 2 ** 31 ? 0 : position
}

export class Symbolizer {
  private readonly table: FrameTable
  private readonly functions: ProfileFunction[]
  private readonly inlinedIndex = new Map<string, number>()
  private readonly frames: ProfileFrame[] = []
  /** Of each piece of code that was looked into; null where there are none. */
  private readonly positions = new Map<number, CodePositions | null>()

  constructor(table: FrameTable) {
    this.table = table
    this.functions = table.functions.map(({ name, module, index, place }) => {
      return { name, module, index, file: place?.file, line: place?.line ?? 0, column: place?.column ?? 0 }
    })
  }

  /** @param stacks pairs of parent and recorded frame */
  run(stacks: PairTable): Symbolized {
    const expanded = this.table.frames.map((frame) => this.expand(frame))
    const result = new PairTable()
    const stackOf = new Int32Array(stacks.count)
    for (let i = 0; i < stacks.count; i++) {
      const parent = stacks.first[i]
      let stack = parent < 0 ? -1 : stackOf[parent]
      for (const frame of expanded[stacks.second[i]]) stack = result.intern(stack, frame)
      stackOf[i] = stack
    }
    return {
      functions: this.functions,
      frames: this.frames,
      stackPrefix: result.first.subarray(0, result.count),
      stackFrame: result.second.subarray(0, result.count),
      stackOf,
    }
  }

  /** The frames that a recorded frame becomes, outermost first. */
  private expand(recorded: ProfiledFrame): number[] {
    const frame = { ...recorded, offset: this.exactOffset(recorded) }
    const located = this.locate(frame)
    const own = located.at(-1)
    const outermost = this.place(frame, frame.func, own, 0)
    if (own !== undefined) this.nameFunction(frame.func, own)
    const inlined = located.slice(0, -1).toReversed()
    return [outermost, ...inlined.map((each, i) => this.place(frame, this.inlinedFunction(frame, each), each, i + 1))]
  }

  /** What an interrupted instruction is for. Sites tell where calls are left; between them they are only near. */
  private exactOffset({ func, code, codeOffset, offset, isPc }: ProfiledFrame): number {
    if (!isPc || code < 0) return offset
    let positions = this.positions.get(code)
    if (positions === undefined) {
      const { key, bytes } = this.table.codes[code]
      const owner = this.table.modules[this.table.functions[func].module]?.owner.deref()
      positions = owner?.codePositions(key, bytes.length) ?? null
      this.positions.set(code, positions)
    }
    if (positions === null) return offset
    const { code: codeOffsets } = positions
    const index = lastAtMost(codeOffsets.length, (i) => codeOffsets[i], codeOffset)
    // Before the first opcode is what makes the frame.
    return index < 0 ? offset : positions.wasm[index]
  }

  private locate({ func, offset }: ProfiledFrame): readonly SourceFrame[] {
    const { module } = this.table.functions[func]
    const owner = this.table.modules[module]?.owner.deref()
    return owner === undefined || offset < 0 ? [] : owner.debug.locate(offset)
  }

  private place(frame: ProfiledFrame, func: number, source: SourceFrame | undefined, depth: number): number {
    const line = plausible(source?.position?.line)
    const column = plausible(source?.position?.column)
    return this.frames.push({ ...frame, func, inlineDepth: frame.inlineDepth + depth, line, column }) - 1
  }

  /** Source files come from the first frame that tells; names from there only where the module has none. */
  private nameFunction(func: number, source: SourceFrame): void {
    const known = this.functions[func]
    if (known.file !== undefined) return
    const unnamed = known.name === shownName(undefined, known.index)
    const name = unnamed && source.func !== undefined ? source.func : known.name
    this.functions[func] = { ...known, name, file: source.position?.file }
  }

  private inlinedFunction(frame: ProfiledFrame, source: SourceFrame): number {
    const { module } = this.table.functions[frame.func]
    const name = source.func ?? '(inlined)'
    const file = source.position?.file
    const key = `${module} ${name} ${file ?? ''}`
    let found = this.inlinedIndex.get(key)
    if (found === undefined) {
      found = this.functions.push({ name, module, index: -1, file, line: 0, column: 0 }) - 1
      this.inlinedIndex.set(key, found)
    }
    return found
  }
}
