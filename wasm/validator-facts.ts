/**
 * Collects the facts about a body (facts.ts) while it is validated. A use of a local is two stores; what
 * a loop contains is found out at its end, from the positions of the newest use and assignment of each local. So a loop
 * costs a step for each of the locals that have slots, and a use costs the same however deep it is nested. The scan
 * does the same in the same memory; `finishFacts` copies what came out.
 */
import type { FunctionFacts } from './facts.js'
import {
  LATE_ASSIGNMENTS,
  LATE_USES,
  LOCALS,
  LOCAL_ASSIGNED,
  LOCAL_SIZE,
  LOCAL_USED,
  LOCAL_WEIGHT,
  LOOPS,
  LOOP_ASSIGNED,
  LOOP_CALLS,
  LOOP_SIZE,
  MAX_WEIGHT,
  MAX_WEIGHTED_DEPTH,
  SET_BITS,
  SLOTS,
} from './scan/layout.js'
import { Frame, ValidatorStacks } from './validator-stacks.js'

const FIRST_LOCAL = LOCALS >> 2
const LOCAL = LOCAL_SIZE >> 2
const WEIGHT = LOCAL_WEIGHT >> 2
const USED = LOCAL_USED >> 2
const ASSIGNED = LOCAL_ASSIGNED >> 2
const LATE_USED = LATE_USES >> 2
const LATE_ASSIGNED = LATE_ASSIGNMENTS >> 2

export abstract class ValidatorFacts extends ValidatorStacks {
  /** Somebody asked for the facts. */
  protected wanted = false
  protected localCount = 0
  protected loopCount = 0
  protected loopDepth = 0
  /** Weight of a use: 8 ** loopDepth, up to its limit. */
  protected weight = 1
  /** Position of the newest call, 0 for none. */
  protected lastCall = 0

  /** Starts the facts of the current function, whose locals are known. */
  protected beginFacts(): void {
    this.loopCount = 0
    this.lastCall = 0
    this.setDepth(0)
    this.words.fill(0, LATE_USED, LATE_USED + SET_BITS)
    this.words.fill(0, LATE_ASSIGNED, LATE_ASSIGNED + SET_BITS)
  }

  /** Writes the records of `count` locals of a type that nothing has used, from `local` on. */
  protected addLocals(local: number, count: number, type: number): void {
    const { words } = this
    const end = FIRST_LOCAL + LOCAL * (local + count)
    for (let at = FIRST_LOCAL + LOCAL * local; at < end; at += LOCAL) {
      words[at] = type
      words[at + WEIGHT] = 0
      words[at + USED] = 0
      words[at + ASSIGNED] = 0
    }
  }

  protected localType(local: number): number {
    return this.words[FIRST_LOCAL + LOCAL * local]
  }

  /** The loop that the opcode at work starts has its frame. */
  protected enterLoop(): void {
    const { words } = this
    words[this.frame + Frame.loop] = words[LOOPS >> 2] + LOOP_SIZE * this.loopCount
    if (this.wanted) this.loopCount++
    this.setDepth(this.loopDepth + 1)
  }

  protected leaveLoop(): void {
    if (this.wanted) this.noteLoop()
    this.setDepth(this.loopDepth - 1)
  }

  /** Notes what the loop that ends contains: the locals that were last used behind its opcode. */
  private noteLoop(): void {
    const { words, localCount } = this
    const from = words[this.frame + Frame.at]
    const record = words[this.frame + Frame.loop] >> 2
    words.fill(0, record, record + (LOOP_CALLS >> 2))
    const note = (local: number, used: number, assigned: number): void => {
      const at = record + ((local & 32) >> 5)
      if (used > from) words[at] |= 1 << local
      if (assigned > from) words[at + (LOOP_ASSIGNED >> 2)] |= 1 << local
    }
    for (let local = 0; local < Math.min(localCount, SLOTS); local++) {
      const at = FIRST_LOCAL + LOCAL * local
      note(local, words[at + USED], words[at + ASSIGNED])
    }
    for (let local = 0; localCount > SLOTS && local < SET_BITS; local++) {
      note(local, words[LATE_USED + local], words[LATE_ASSIGNED + local])
    }
    words[record + (LOOP_CALLS >> 2)] = this.lastCall > from ? 1 : 0
  }

  private setDepth(depth: number): void {
    this.loopDepth = depth
    this.weight = 1 << (3 * Math.min(depth, MAX_WEIGHTED_DEPTH))
  }

  protected noteUse(local: number): void {
    this.note(local, USED, LATE_USED)
  }

  protected noteAssignment(local: number): void {
    this.note(local, ASSIGNED, LATE_ASSIGNED)
  }

  private note(local: number, field: number, late: number): void {
    const { words } = this
    const at = FIRST_LOCAL + LOCAL * local
    words[at + WEIGHT] = Math.min(words[at + WEIGHT] + this.weight, MAX_WEIGHT)
    words[local < SLOTS ? at + field : late + (local & (SET_BITS - 1))] = this.at
  }

  /** The function is valid: hands out what was found. */
  protected finishFacts(facts: FunctionFacts): void {
    const { words, localCount, loopCount } = this
    facts.reset(localCount)
    const { localTypes, localWeight } = facts
    for (let i = 0, at = FIRST_LOCAL; i < localCount; i++, at += LOCAL) {
      localTypes[i] = words[at]
      localWeight[i] = words[at + WEIGHT]
    }
    for (let i = 0, at = words[LOOPS >> 2] >> 2; i < loopCount; i++, at += LOOP_SIZE >> 2) {
      const assigned = at + (LOOP_ASSIGNED >> 2)
      facts.addLoop(words[at], words[at + 1], words[assigned], words[assigned + 1], words[at + (LOOP_CALLS >> 2)])
    }
    facts.maxHeight = this.height - this.memory.bottom
    facts.hasCalls = this.lastCall > 0
  }
}
