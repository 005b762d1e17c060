/**
 * Random machine code with virtual registers, for testing the allocator alone: structured control flow with loops, block
 * parameters that swap and rotate, every kind of operand in combinations that no lowering makes yet. And a machine that
 * runs allocated code along a random path: what the symbolic checker accepts, no run may refute.
 */
import { Reg } from '#dist/tiers/abi.js'
import { InstFlag, isDefKind, OP_KIND_MASK, OpKind, SLOT_BASE, VCode, XMM_BASE } from '#dist/tiers/optimizing/lower/vcode.js' // oxfmt-ignore
import { ALLOCATABLE } from '#dist/tiers/optimizing/regalloc/registers.js'
import type { Moves } from '#dist/tiers/optimizing/regalloc/moves.js'
import type { Random } from './random.js'

const OTHER = 2
const JUMP = 30
const BRANCH = 31
const GENERAL = [Reg.rax, Reg.rcx, Reg.rdx, Reg.rsi, Reg.rdi, Reg.rbx, Reg.r8, Reg.r12, Reg.r13]
const FLOATS = [0, 1, 2, 3, 4].map((n) => XMM_BASE + n)

interface Edge {
  readonly to: number
  readonly args: readonly number[]
}
interface Block {
  readonly depth: number
  /** It is numbered after all blocks that are not, as lowering does with those that call. */
  readonly last: boolean
  readonly params: number[]
  readonly insts: number[]
  edges: Edge[]
}

/**
 * mixed: of everything some. loops: loops in loops, with many values that live through them, and every register wanted by some
 * instruction. ladder: many branches one after the other, each with an arm that is numbered last; what only that arm
 * reads is in a hole of its life in all that is numbered before.
 */
export type Shape = 'mixed' | 'loops' | 'ladder'
/** Loops in loops, at most. */
const MAX_DEPTH = 5

/** Makes code of about `size` instructions. Every value is used where its definition dominates. */
export function randomCode(random: Random, size: number, shape: Shape = 'mixed'): VCode {
  return new CodeMaker(random, size, shape).make()
}

class CodeMaker {
  private readonly code = new VCode()
  private readonly random: Random
  private readonly blocks: Block[] = []
  private left: number
  /** Virtual registers that may be used here; what ends with a scope is cut off. */
  private readonly scope: number[] = []
  private depth = 0
  private last = false
  private readonly loops: boolean
  private readonly shape: Shape

  constructor(random: Random, size: number, shape: Shape) {
    this.random = random
    this.left = size
    this.shape = shape
    this.loops = shape === 'loops'
  }

  make(): VCode {
    const { code } = this
    let block = this.open()
    this.entry(block)
    if (this.shape === 'ladder') while (this.left > 0) block = this.rung(block)
    for (let i = 0; i < 4 || this.left > 0; i++) block = this.statement(block)
    this.inst(block, OTHER)
    for (const vreg of this.scope) if (this.random.below(3) === 0) code.operand(vreg, OpKind.UseAny)
    this.finish()
    return code
  }

  // --- blocks ----------------------------------------------------------------------------------------------------------

  private open(): number {
    const { code } = this
    this.blocks.push({ depth: this.depth, last: this.last, params: [], insts: [code.inst(0)], edges: [] })
    return this.blocks.length - 1
  }

  private jump(from: number, to: number, args: readonly number[] = []): void {
    this.inst(from, JUMP)
    this.blocks[from].edges = [{ to, args }]
  }

  private params(block: number, like: readonly number[]): void {
    for (const vreg of like) this.blocks[block].params.push(this.code.newVreg(this.code.vregClass[vreg]))
    this.scope.push(...this.blocks[block].params)
  }

  /** As many values of the classes wanted as there are. */
  private arguments(like: readonly number[]): number[] {
    return like.map((vreg) => this.value(this.code.vregClass[vreg]))
  }

  private statement(block: number): number {
    this.left--
    if (this.loops && this.left >= 4 && this.depth < MAX_DEPTH && this.random.below(12) === 0) return this.loop(block)
    switch (this.left < 4 ? 9 : this.random.below(14)) {
      case 0:
        return this.loop(block)
      case 1:
      case 2:
        return this.conditional(block)
      case 3:
        return this.table(block)
      default:
        this.instruction(block)
        return block
    }
  }

  private body(block: number): number {
    let at = block
    for (let count = this.random.below(this.loops ? 16 : 6); count > 0; count--) at = this.statement(at)
    return at
  }

  private some(most: number): number[] {
    return Array.from({ length: this.random.below(most + 1) }, () => this.random.below(2)).map((cls) => this.value(cls))
  }

  private conditional(block: number): number {
    const results = this.some(4)
    const { last } = this
    const outer = this.scope.length
    this.inst(block, BRANCH)
    // An arm may be nothing but its edge.
    const ends = [0, 1].map(() => {
      this.last = last || this.random.below(4) === 0
      const arm = this.open()
      this.blocks[block].edges.push({ to: arm, args: [] })
      const end = this.random.below(3) === 0 ? arm : this.body(arm)
      const args = this.arguments(results)
      this.scope.length = outer
      return { end, args }
    })
    this.last = last
    const after = this.open()
    for (const { end, args } of ends) this.jump(end, after, args)
    this.params(after, results)
    return after
  }

  private rung(block: number): number {
    const { code, random } = this
    const outer = this.scope.length
    const aside = [0, 1].map((cls) => this.makeAside(block, cls))
    this.inst(block, BRANCH)
    const arm = this.open()
    this.last = true
    const late = this.open()
    this.blocks[block].edges = [arm, late].map((to) => ({ to, args: [] }))
    for (let count = 2 + random.below(8); count > 0; count--, this.left--) this.instruction(late)
    this.inst(late, OTHER)
    for (const vreg of aside) code.operand(vreg, OpKind.UseAny)
    this.scope.length = outer
    this.last = false
    const after = this.open()
    this.jump(arm, after)
    this.jump(late, after)
    return after
  }

  private table(block: number): number {
    const { code } = this
    const results = this.some(3)
    const outer = this.scope.length
    this.inst(block, BRANCH)
    code.operand(this.value(0), OpKind.UseLate)
    code.operand(code.newVreg(0), OpKind.Temp)
    const arms = Array.from({ length: 2 + this.random.below(4) }, () => this.open())
    this.blocks[block].edges = arms.map((to) => ({ to, args: [] }))
    const ends = arms.map((arm) => {
      const end = this.random.below(2) === 0 ? arm : this.body(arm)
      const args = this.arguments(results)
      this.scope.length = outer
      return { end, args }
    })
    const after = this.open()
    for (const { end, args } of ends) this.jump(end, after, args)
    this.params(after, results)
    return after
  }

  /** A loop that is left at its end: edges out of it and back have blocks of their own. */
  private loop(block: number): number {
    const start = this.some(6)
    this.depth++
    const header = this.open()
    this.jump(block, header, start)
    const outer = this.scope.length
    this.params(header, start)
    const own = this.scope.slice(outer)
    const end = this.body(header)
    this.inst(end, BRANCH)
    const back = this.open()
    this.depth--
    const out = this.open()
    this.blocks[end].edges = this.random.below(2) === 0 ? [back, out].map((to) => ({ to, args: [] })) : [out, back].map((to) => ({ to, args: [] })) // oxfmt-ignore
    // The parameters come round in another order, changed, or as they are.
    const rotated = own.map((vreg, i) => {
      if (this.random.below(3) === 0) return this.value(this.code.vregClass[vreg])
      const other = own[(i + 1) % own.length]
      return this.code.vregClass[other] === this.code.vregClass[vreg] ? other : vreg
    })
    this.jump(back, header, rotated)
    this.scope.length = Math.max(outer, this.scope.length - this.random.below(this.loops ? 12 : 4))
    return out
  }

  // --- instructions ----------------------------------------------------------------------------------------------------

  private inst(block: number, kind: number): number {
    const inst = this.code.inst(kind)
    this.blocks[block].insts.push(inst)
    return inst
  }

  private entry(block: number): void {
    const { code } = this
    this.inst(block, OTHER)
    for (const reg of [...GENERAL.slice(0, 3), ...FLOATS.slice(0, 3)]) {
      const vreg = code.newVreg(reg >= XMM_BASE ? 1 : 0)
      code.operand(vreg, OpKind.DefFixed, reg)
      this.scope.push(vreg)
    }
  }

  /** A value in scope, the newer the likelier. */
  private value(cls: number): number {
    const { scope, random, code } = this
    for (let tries = 0; tries < 40; tries++) {
      const back = random.below(2) === 0 ? random.below(Math.min(6, scope.length)) : random.below(scope.length)
      const vreg = scope[scope.length - 1 - back]
      if (code.vregClass[vreg] === cls) return vreg
    }
    return scope.find((vreg) => code.vregClass[vreg] === cls) ?? 0
  }

  /** An instruction that makes a value, which is not in scope. */
  private makeAside(block: number, cls: number): number {
    const vreg = this.code.newVreg(cls)
    this.inst(block, OTHER)
    this.code.operand(vreg, OpKind.Def)
    return vreg
  }

  private define(cls: number, kind: number, fixed = 0): void {
    const vreg = this.code.newVreg(cls)
    this.code.operand(vreg, kind, fixed)
    // Now and then nobody reads a result.
    if (this.random.below(12) !== 0) this.fresh.push(vreg)
  }
  private readonly fresh: number[] = []

  private instruction(block: number): void {
    const { random, code } = this
    const cls = random.below(2)
    // Chosen before the instruction's own results exist.
    const [a, b] = [this.value(cls), this.value(cls)]
    switch (random.below(11)) {
      case 0:
      case 1:
        this.inst(block, OTHER)
        this.define(cls, OpKind.Def)
        code.operand(a, OpKind.Use)
        code.operand(b, OpKind.UseAny)
        break
      case 2:
      case 3: {
        const inst = this.inst(block, OTHER)
        if (random.below(3) === 0) code.flags[inst] |= InstFlag.PreferInput
        this.define(cls, OpKind.DefReuse)
        code.operand(a, OpKind.UseReuse)
        code.operand(b, random.below(2) === 0 ? OpKind.UseAny : OpKind.Use)
        break
      }
      case 4:
        this.inst(block, OTHER)
        this.define(0, OpKind.DefReuse)
        code.operand(this.value(0), OpKind.UseReuse)
        code.operand(this.value(0), OpKind.UseFixed, Reg.rcx)
        break
      case 5:
        this.divide(block)
        break
      case 6:
        if (this.loops) this.anyFixed(block)
        this.inst(block, OTHER)
        this.define(cls, random.below(2) === 0 ? OpKind.DefEarly : OpKind.Def)
        code.operand(a, OpKind.Use)
        code.operand(code.newVreg(1 - cls), OpKind.Temp)
        code.operand(b, OpKind.UseLate)
        break
      case 7:
        this.inst(block, OTHER)
        this.define(cls, OpKind.Def)
        this.define(1 - cls, OpKind.Def)
        break
      case 8:
        // Calls cut lives short.
        if (this.loops && random.below(3) !== 0) this.anyFixed(block)
        else this.call(block)
        break
      default:
        this.inst(block, OTHER)
        this.define(cls, OpKind.Def)
        code.operand(a, OpKind.UseAny)
    }
    this.scope.push(...this.fresh.splice(0))
  }

  /** Wants values in registers, spoils another and makes a value in one more, whichever these are. */
  private anyFixed(block: number): void {
    const { random, code } = this
    const cls = random.below(2)
    const list = ALLOCATABLE[cls]
    const first = random.below(list.length)
    const reg = (n: number): number => list[(first + n) % list.length]
    const values = Array.from({ length: 1 + random.below(4) }, () => this.value(cls))
    this.inst(block, OTHER)
    this.define(cls, OpKind.DefFixed, reg(random.below(2)))
    values.forEach((value, i) => code.operand(value, OpKind.UseFixed, reg(2 + i)))
    code.operand(-1, OpKind.TempFixed, reg(7))
  }

  private divide(block: number): void {
    const { random, code } = this
    const [a, b] = [this.value(0), this.value(0)]
    const remainder = random.below(2) === 0
    this.inst(block, OTHER)
    this.define(0, OpKind.DefFixed, remainder ? Reg.rdx : Reg.rax)
    code.operand(a, OpKind.UseFixed, Reg.rax)
    code.operand(-1, OpKind.TempFixed, remainder ? Reg.rax : Reg.rdx)
    code.operand(b, OpKind.Use)
  }

  private call(block: number): void {
    const { random, code } = this
    const args = [...GENERAL.slice(0, random.below(10)), ...FLOATS.slice(0, random.below(4))]
    const values = args.map((reg) => this.value(reg >= XMM_BASE ? 1 : 0))
    const inst = this.inst(block, OTHER)
    code.flags[inst] |= InstFlag.ClobberAll
    args.forEach((reg, i) => code.operand(values[i], OpKind.UseFixed, reg))
    for (const reg of GENERAL.slice(0, random.below(3))) this.define(0, OpKind.DefFixed, reg)
    for (const reg of FLOATS.slice(0, random.below(2))) this.define(1, OpKind.DefFixed, reg)
  }

  // --- the tables ------------------------------------------------------------------------------------------------------

  private finish(): void {
    const { code } = this
    const made = this.blocks.map((_, i) => i)
    const order = [...made.filter((i) => !this.blocks[i].last), ...made.filter((i) => this.blocks[i].last)]
    const numberOf = new Map(order.map((i, number) => [i, number]))
    const blocks = order.map((i) => this.blocks[i])
    code.reserveBlocks(blocks.length)
    code.reserveOrder(code.instCount)
    code.blockCount = blocks.length
    code.blockPredCount.fill(0)
    let index = 0
    blocks.forEach(({ depth, params, insts, edges }, i) => {
      code.blockStart[i] = index
      for (const inst of insts) code.order[index++] = inst
      code.blockEnd[i] = index
      code.blockLayout[i] = i
      code.blockLoopDepth[i] = depth
      code.blockIsCold[i] = 0
      code.blockParams[i] = code.poolSize
      code.blockParamCount[i] = params.length
      for (const vreg of params) code.push(vreg)
      code.blockSuccs[i] = code.poolSize
      code.blockSuccCount[i] = edges.length
      for (const { to, args } of edges) {
        const number = numberOf.get(to) ?? 0
        code.push(number)
        code.push(args.length)
        for (const vreg of args) code.push(vreg)
        code.blockPredCount[number]++
      }
    })
    code.indexCount = index
  }
}

/**
 * Runs allocated code for so many steps along a random path: every definition makes a new number. Returns what an operand
 * read instead of its register's number, or nothing.
 */
export function runAllocated(code: VCode, moves: Moves, random: Random, steps: number): string | undefined {
  const places = new Map<number, number>()
  const values = new Map<number, number>()
  let next = 1
  const movesOf = new Map<number, number[]>()
  for (let i = 0; i < moves.count; i++) movesOf.set(moves.key[i], [...(movesOf.get(moves.key[i]) ?? []), i])
  const runMoves = (key: number): void => {
    for (const i of movesOf.get(key) ?? []) places.set(moves.dst[i], places.get(moves.src[i]) ?? 0)
  }
  let block = 0
  for (let step = 0; step < steps; step++) {
    for (let key = 0; key < 3; key++) runMoves(code.blockStart[block] * 4 + key)
    for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) {
      runMoves(index * 4)
      runMoves(index * 4 + 1)
      const inst = code.order[index]
      const at = (n: number): number => code.operandStart[inst] + n
      const each = Array.from({ length: code.operandCount[inst] }, (_, n) => at(n))
      for (const n of each) {
        const kind = code.opKind[n] & OP_KIND_MASK
        if (isDefKind(kind) || kind >= OpKind.Temp) continue
        const [is, should] = [places.get(code.opLoc[n]), values.get(code.opVreg[n])]
        if (is !== should) return `index ${index}: v${code.opVreg[n]} in ${code.opLoc[n]} is ${is}, not ${should}`
      }
      if ((code.flags[inst] & InstFlag.ClobberAll) !== 0)
        for (const list of ALLOCATABLE) for (const reg of list) places.set(reg, -1)
      for (const n of each) if ((code.opKind[n] & OP_KIND_MASK) >= OpKind.Temp) places.set(code.opLoc[n], -1)
      for (const n of each) {
        if (!isDefKind(code.opKind[n] & OP_KIND_MASK)) continue
        places.set(code.opLoc[n], next)
        values.set(code.opVreg[n], next++)
      }
      runMoves(index * 4 + 3)
    }
    if (code.blockSuccCount[block] === 0) return undefined
    let edge = code.blockSuccs[block]
    for (let skip = random.below(code.blockSuccCount[block]); skip > 0; skip--) edge += 2 + code.pool[edge + 1]
    block = code.pool[edge]
    const args = Array.from({ length: code.pool[edge + 1] }, (_, k) => values.get(code.pool[edge + 2 + k]) ?? 0)
    args.forEach((value, k) => values.set(code.pool[code.blockParams[block] + k], value))
  }
  return undefined
}

/** Spoils an allocation in one place: an operand, a move's end, a move's order. */
export function damage(code: VCode, moves: Moves, random: Random): void {
  const choice = random.below(4)
  if (moves.count > 0 && choice === 0) {
    moves.dst[random.below(moves.count)] = random.below(2) === 0 ? random.below(4) : SLOT_BASE
  } else if (moves.count > 0 && choice === 1) {
    const at = random.below(moves.count)
    moves.src[at] = moves.dst[at]
  } else if (moves.count > 1 && choice === 2) {
    const at = random.below(moves.count - 1)
    for (const list of [moves.src, moves.dst]) [list[at], list[at + 1]] = [list[at + 1], list[at]]
  } else {
    code.opLoc[random.below(code.operandTotal)] = random.below(2) === 0 ? random.below(3) : XMM_BASE + random.below(3)
  }
}
