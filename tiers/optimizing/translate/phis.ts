/**
 * Parameters of blocks, called phis here for short: where paths meet, or may yet meet, with different values. Their arguments are collected
 * when every edge is known. Redundant ones (all arguments the same value, or the parameter itself) are found then, all at
 * once and optimistically, so that cycles of redundant parameters go too.
 */
import { grown } from '../../grown.js'
import { ValueKind } from '../ir/arrays.js'
import { limit, MAX_ARGUMENTS } from '../limits.js'
import { Edges, INITIAL_CAPACITY } from './edges.js'

/** `phiState` of a parameter of which no argument has been seen yet. */
const UNKNOWN = -2

export abstract class Phis extends Edges {
  // By block.
  protected firstPhi = new Int32Array(INITIAL_CAPACITY)
  protected lastPhi = new Int32Array(INITIAL_CAPACITY)

  // By phi.
  protected phiCount = 0
  protected phiValue = new Int32Array(INITIAL_CAPACITY)
  /** The local, or -1 - n for operand n of the label. */
  protected phiLocal = new Int32Array(INITIAL_CAPACITY)
  protected phiNext = new Int32Array(INITIAL_CAPACITY)
  /** Where its arguments begin in `args`, one an edge of its block. */
  protected phiArgs = new Int32Array(INITIAL_CAPACITY)
  /** UNKNOWN, or the one value that it stands for (itself when it is needed). */
  protected phiState = new Int32Array(INITIAL_CAPACITY)
  protected args = new Int32Array(INITIAL_CAPACITY)
  protected argCount = 0
  /** By phi, and where the last one's end: one word more than there are phis. */
  protected userStart = new Int32Array(INITIAL_CAPACITY + 1)
  protected users = new Int32Array(INITIAL_CAPACITY)
  protected worklist = new Int32Array(INITIAL_CAPACITY)
  protected queued = new Uint8Array(INITIAL_CAPACITY)

  /** The value that a local has at the end of a block; may make more phis. */
  protected abstract readAtEnd(block: number, local: number, ty: number): number

  protected beginPhis(): void {
    this.phiCount = 0
    this.argCount = 0
  }

  protected declarePhis(block: number): void {
    if (block >= this.firstPhi.length) {
      this.firstPhi = grown(this.firstPhi)
      this.lastPhi = grown(this.lastPhi)
    }
    this.firstPhi[block] = -1
  }

  protected addPhi(block: number, local: number, ty: number): number {
    if (this.phiCount === this.phiValue.length) this.growPhis()
    const phi = this.phiCount++
    const { f } = this
    const value = f.addParamValue(block, ty)
    // Its number among the parameters is not known yet: until then it leads from the value to this record.
    f.vB[value] = -2 - phi
    this.phiValue[phi] = value
    this.phiLocal[phi] = local
    this.phiNext[phi] = -1
    if (this.firstPhi[block] < 0) this.firstPhi[block] = phi
    else this.phiNext[this.lastPhi[block]] = phi
    this.lastPhi[block] = phi
    return value
  }

  private phiOf(value: number): number {
    const { f } = this
    return f.vKind[value] === ValueKind.Param && f.vB[value] <= -2 ? -2 - f.vB[value] : -1
  }

  // --- the end ---------------------------------------------------------------------------------------------------------

  /** Collects arguments, drops redundant parameters and writes the block calls; `renamed` says then what stands for each. */
  protected finishPhis(): void {
    this.collectArguments()
    this.findRedundant()
    this.attachParams()
    this.writeCalls()
  }

  private collectArguments(): void {
    // Reading may make more phis: the loop sees them too.
    for (let phi = 0; phi < this.phiCount; phi++) {
      const block = this.f.vA[this.phiValue[phi]]
      const local = this.phiLocal[phi]
      const ty = this.f.vType[this.phiValue[phi]]
      this.phiArgs[phi] = this.argCount
      for (let edge = this.firstEdge[block]; edge >= 0; edge = this.edgeNext[edge]) {
        const value =
          local < 0
            ? this.operands[this.edgeOperands[edge] + (-1 - local)]
            : this.readAtEnd(this.edgeFrom[edge], local, ty)
        if (this.argCount === this.args.length) {
          limit(this.argCount + 1, MAX_ARGUMENTS, 'arguments of blocks')
          this.args = grown(this.args)
        }
        this.args[this.argCount++] = value
      }
    }
  }

  private argsEnd(phi: number): number {
    return phi + 1 < this.phiCount ? this.phiArgs[phi + 1] : this.argCount
  }

  private findRedundant(): void {
    const { phiCount, phiState } = this
    this.listUsers()
    const { worklist, queued } = this
    phiState.fill(UNKNOWN, 0, phiCount)
    let sp = 0
    for (let phi = phiCount - 1; phi >= 0; phi--) {
      worklist[sp++] = phi
      queued[phi] = 1
    }
    // Each state changes at most twice: from unknown to a value to itself.
    while (sp > 0) {
      const phi = worklist[--sp]
      queued[phi] = 0
      const state = this.meet(phi)
      if (state === phiState[phi]) continue
      phiState[phi] = state
      for (let i = this.userStart[phi]; i < this.userStart[phi + 1]; i++) {
        const user = this.users[i]
        if (queued[user] !== 0) continue
        queued[user] = 1
        worklist[sp++] = user
      }
    }
  }

  /** The one value of the arguments that are known, or the phi's own when there are several. */
  private meet(phi: number): number {
    const own = this.phiValue[phi]
    if (this.phiState[phi] === own) return own
    let state = UNKNOWN
    for (let i = this.phiArgs[phi]; i < this.argsEnd(phi); i++) {
      let value = this.args[i]
      const other = this.phiOf(value)
      if (other >= 0) value = this.phiState[other]
      if (value === UNKNOWN || value === own || value === state) continue
      if (state !== UNKNOWN) return own
      state = value
    }
    return state
  }

  /** Phis by the phis among their arguments, as one array of lists. */
  private listUsers(): void {
    const { phiCount, argCount } = this
    if (this.users.length < argCount) this.users = new Int32Array(Math.max(argCount, this.users.length * 2))
    const { userStart, users, args } = this
    userStart.fill(0, 0, phiCount + 1)
    for (let i = 0; i < argCount; i++) {
      const phi = this.phiOf(args[i])
      if (phi >= 0) userStart[phi]++
    }
    let sum = 0
    for (let phi = 0; phi <= phiCount; phi++) {
      sum += userStart[phi]
      userStart[phi] = sum
    }
    for (let phi = phiCount - 1; phi >= 0; phi--) {
      for (let i = this.phiArgs[phi]; i < this.argsEnd(phi); i++) {
        const used = this.phiOf(args[i])
        if (used >= 0) users[--userStart[used]] = phi
      }
    }
  }

  /** True when a phi has become a parameter of its block. */
  private isKept(phi: number): boolean {
    return this.phiState[phi] === this.phiValue[phi]
  }

  private attachParams(): void {
    const { f } = this
    for (let block = 0; block < f.blockCount; block++) {
      for (let phi = this.firstPhi[block]; phi >= 0; phi = this.phiNext[phi]) {
        if (this.isKept(phi)) f.attachParam(this.phiValue[phi])
      }
    }
  }

  /** What a value is called now. */
  protected renamed(value: number): number {
    const phi = value < 0 ? -1 : this.phiOf(value)
    return phi < 0 ? value : this.phiState[phi]
  }

  private writeCalls(): void {
    const { f } = this
    for (let block = 0; block < f.blockCount; block++) {
      let nth = 0
      for (let edge = this.firstEdge[block]; edge >= 0; edge = this.edgeNext[edge]) {
        const call = f.startCall(block)
        for (let phi = this.firstPhi[block]; phi >= 0; phi = this.phiNext[phi]) {
          if (this.isKept(phi)) f.pushPool(this.renamed(this.args[this.phiArgs[phi] + nth]))
        }
        f.endCall(call)
        f.setSuccessorCall(this.edgeInst[edge], this.edgeSlot[edge], call)
        nth++
      }
    }
  }

  private growPhis(): void {
    const size = this.phiValue.length * 2
    this.phiValue = grown(this.phiValue)
    this.phiLocal = grown(this.phiLocal)
    this.phiNext = grown(this.phiNext)
    this.phiArgs = grown(this.phiArgs)
    this.phiState = grown(this.phiState)
    this.userStart = new Int32Array(size + 1)
    this.worklist = new Int32Array(size)
    this.queued = new Uint8Array(size)
  }
}
