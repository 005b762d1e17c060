/**
 * Collects the facts about a body (facts.ts) while it is validated. A use of a local is two stores (validator-slots.ts); what
 * a loop contains is found out at its end, from the positions of the newest use and assignment of each local. So a loop
 * costs a step for each of the locals that have slots, and a use costs the same however deep it is nested.
 */
import { MAX_WEIGHTED_DEPTH } from './facts.js'
import { ASSIGNMENT, MAX_SLOT_WEIGHT, SLOTS, slotPositions, slotTypes, slotWeights, USE } from './validator-slots.js'
import { Frame, STACK_BOTTOM, ValidatorStacks } from './validator-stacks.js'

// V8 embeds a module's own constants in optimized code; imported ones are loaded through a cell at every use.
const TYPES = slotTypes
const WEIGHTS = slotWeights
const POSITIONS = slotPositions
const USES = USE
const ASSIGNMENTS = ASSIGNMENT

/** Locals are told apart by their index modulo this in the sets of a loop (facts.ts). */
const SET_BITS = 64

export abstract class ValidatorFacts extends ValidatorStacks {
  /** Somebody asked for the facts. */
  protected wanted = false
  private loopDepth = 0
  /** Weight of a use: 8 ** loopDepth, up to its limit. */
  protected weight = 1
  /** Position of the newest call, -1 for none. */
  protected lastCall = -1
  /** Position of the newest use and assignment of locals without slots, by the low bits of the index as in the facts. */
  private readonly lateUses = new Int32Array(SET_BITS)
  private readonly lateAssignments = new Int32Array(SET_BITS)

  /** Starts the facts of the current function, whose locals are in `facts`. */
  protected beginFacts(): void {
    this.loopDepth = 0
    this.weight = 1
    this.lastCall = -1
    const { localTypes, localCount } = this.facts
    const count = localCount < SLOTS ? localCount : SLOTS
    for (let i = 0; i < count; i++) {
      TYPES[USES + i] = localTypes[i]
      TYPES[ASSIGNMENTS + i] = localTypes[i]
      WEIGHTS[USES + i] = 0
      WEIGHTS[ASSIGNMENTS + i] = 0
      POSITIONS[USES + i] = -1
      POSITIONS[ASSIGNMENTS + i] = -1
    }
    if (localCount <= SLOTS) return
    this.lateUses.fill(-1)
    this.lateAssignments.fill(-1)
  }

  /** The loop that the opcode at work starts has its frame. */
  protected enterLoop(): void {
    if (this.wanted) this.frames[this.frame + Frame.loop] = this.facts.addLoop()
    this.setDepth(this.loopDepth + 1)
  }

  protected leaveLoop(): void {
    if (this.wanted) this.noteLoop()
    this.setDepth(this.loopDepth - 1)
  }

  /** Notes what the loop that ends contains: the slots that were last used behind its opcode. */
  private noteLoop(): void {
    const { facts, lateUses, lateAssignments } = this
    const from = this.frames[this.frame + Frame.at]
    const { localCount } = facts
    const count = localCount < SLOTS ? localCount : SLOTS
    let usedLo = 0
    let usedHi = 0
    let assignedLo = 0
    let assignedHi = 0
    // The sign of a difference is set when the position is behind the loop's opcode.
    for (let i = 0; i < count; i++) {
      const used = ((from - POSITIONS[USES + i]) >>> 31) << i
      const assigned = ((from - POSITIONS[ASSIGNMENTS + i]) >>> 31) << i
      if ((i & 32) === 0) {
        usedLo |= used
        assignedLo |= assigned
      } else {
        usedHi |= used
        assignedHi |= assigned
      }
    }
    if (localCount > SLOTS) {
      for (let i = 0; i < 32; i++) {
        usedLo |= ((from - lateUses[i]) >>> 31) << i
        usedHi |= ((from - lateUses[i + 32]) >>> 31) << i
        assignedLo |= ((from - lateAssignments[i]) >>> 31) << i
        assignedHi |= ((from - lateAssignments[i + 32]) >>> 31) << i
      }
    }
    const loop = this.frames[this.frame + Frame.loop]
    facts.setLoop(loop, usedLo, usedHi, assignedLo, assignedHi, this.lastCall > from ? 1 : 0)
  }

  private setDepth(depth: number): void {
    this.loopDepth = depth
    this.weight = 1 << (3 * Math.min(depth, MAX_WEIGHTED_DEPTH))
  }

  /** The function ends. */
  protected completeFacts(): void {
    if (!this.wanted) return
    const { facts } = this
    const { localWeight, localCount } = facts
    facts.maxHeight = this.height - STACK_BOTTOM
    facts.hasCalls = this.lastCall >= 0
    const count = localCount < SLOTS ? localCount : SLOTS
    for (let i = 0; i < count; i++) localWeight[i] = WEIGHTS[USES + i] + WEIGHTS[ASSIGNMENTS + i]
  }

  protected noteUse(local: number): void {
    if (local < SLOTS) this.note(USES + local)
    else this.noteLate(this.lateUses, local)
  }

  protected noteAssignment(local: number): void {
    if (local < SLOTS) this.note(ASSIGNMENTS + local)
    else this.noteLate(this.lateAssignments, local)
  }

  private note(slot: number): void {
    WEIGHTS[slot] = Math.min(WEIGHTS[slot] + this.weight, MAX_SLOT_WEIGHT)
    POSITIONS[slot] = this.at
  }

  private noteLate(positions: Int32Array, local: number): void {
    this.facts.localWeight[local] += this.weight
    positions[local & (SET_BITS - 1)] = this.at
  }
}
