/**
 * The labels of the open blocks and which of them a name finds (specification section 6.1.4): the innermost. Looking
 * one up takes the same time at any depth; nesting is as deep as hostile text wants it.
 */
export class LabelStack {
  /** '' for a block without a label. */
  private readonly labels: string[] = []
  /** Levels of the open blocks that have the name, innermost last. */
  private readonly levels = new Map<string, number[]>()

  /** Number of open blocks. */
  get depth(): number {
    return this.labels.length
  }

  clear(): void {
    this.labels.length = 0
    this.levels.clear()
  }

  push(label: string): void {
    const level = this.labels.push(label) - 1
    if (label === '') return
    const found = this.levels.get(label)
    if (found === undefined) this.levels.set(label, [level])
    else found.push(level)
  }

  pop(): void {
    const label = this.labels.pop()
    if (label !== undefined && label !== '') this.levels.get(label)?.pop()
  }

  /** The label of the block at `level`, 0 for the outermost; '' without one or without such a block. */
  at(level: number): string {
    return this.labels[level] ?? ''
  }

  /** Level of the block that a label finds, -1 when none has it. */
  levelOf(label: string): number {
    return this.levels.get(label)?.at(-1) ?? -1
  }
}
