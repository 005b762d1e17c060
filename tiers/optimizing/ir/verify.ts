/**
 * Checks that a function is well formed: blocks end in terminators, arguments are there with the right types and
 * dominate their uses, block calls fit their blocks' parameters. For tests and for a debug flag of the compiler;
 * nothing in production depends on it.
 */
import { Cfg } from './cfg.js'
import { DomTree } from './domtree.js'
import { ValueKind, type IrFunction } from './function.js'
import { Effect, Form, IrOp, opInfo, ResultRule } from './ops.js'
import { printInst } from './print.js'
import { isFloatTy, isIntTy, Ty, tyBits, tyNames } from './types.js'

class Verifier {
  readonly faults: string[] = []
  private readonly f: IrFunction
  private readonly cfg = new Cfg()
  private readonly dom = new DomTree()
  /** Position in its block by instruction. */
  private readonly position: Int32Array

  constructor(f: IrFunction) {
    this.f = f
    this.position = new Int32Array(f.instCount)
  }

  run(): void {
    const { f } = this
    for (let block = f.entry; block >= 0; block = f.blockNext[block]) this.blockShape(block)
    if (this.faults.length > 0) return
    this.cfg.compute(f)
    this.dom.compute(f, this.cfg)
    if (this.cfg.predStart[f.entry + 1] > this.cfg.predStart[f.entry]) this.fail('the entry has predecessors')
    for (let i = 0; i < this.cfg.count; i++) {
      const block = this.cfg.rpo[i]
      if (f.blockPlaced[block] === 0) this.fail(`block ${block} is reachable but not placed`)
      for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) this.inst(inst)
    }
  }

  private fail(message: string): void {
    this.faults.push(message)
  }

  private blockShape(block: number): void {
    const { f } = this
    for (let i = 0; i < f.paramCount[block]; i++) {
      const value = f.param(block, i)
      if (f.vKind[value] !== ValueKind.Param || f.vA[value] !== block || f.vB[value] !== i) {
        this.fail(`value ${value} is not parameter ${i} of block ${block}`)
      }
    }
    let count = 0
    let last = -1
    for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) {
      this.position[inst] = count++
      if (f.block[inst] !== block || f.prev[inst] !== last) this.fail(`instruction ${inst} is linked wrongly`)
      const ends = opInfo[f.op[inst]].effect === Effect.Control
      if (ends !== f.next[inst] < 0) this.fail(`block ${block}: terminator and end differ at ${printInst(f, inst)}`)
      last = inst
    }
    if (count === 0 || last !== f.lastInst[block]) this.fail(`block ${block} is empty or its end is linked wrongly`)
  }

  private inst(inst: number): void {
    const { f } = this
    const info = opInfo[f.op[inst]]
    for (let i = 0; i < 3; i++) {
      const value = f.arg(inst, i)
      if (i >= info.args) {
        if (value !== -1) this.fail(`argument ${i} is not -1: ${printInst(f, inst)}`)
      } else {
        this.use(value, inst)
      }
    }
    if (f.hasList(inst)) {
      const list = f.aux[inst]
      for (let i = 1; i <= f.pool[list]; i++) this.use(f.pool[list + i], inst)
    }
    this.results(inst)
    if (!this.typesFit(inst)) this.fail(`types do not fit: ${printInst(f, inst)}`)
    for (let i = 0; i < f.successorCount(inst); i++) this.blockCall(inst, f.successorCall(inst, i))
    if (info.form === Form.Return) this.returned(inst)
  }

  private use(value: number, inst: number): void {
    const { f } = this
    if (value < 0 || value >= f.valueCount) {
      this.fail(`no value ${value}: ${printInst(f, inst)}`)
      return
    }
    const kind = f.vKind[value]
    const from = kind === ValueKind.Result ? f.block[f.vA[value]] : f.vA[value]
    const at = f.block[inst]
    let fits = kind !== ValueKind.Union && from >= 0 && this.cfg.isReachable(from) && this.dom.dominates(from, at)
    if (kind === ValueKind.Result && from === at) fits &&= this.position[f.vA[value]] < this.position[inst]
    if (kind === ValueKind.Param) fits &&= f.vB[value] >= 0
    if (!fits) this.fail(`value ${value} does not dominate its use: ${printInst(f, inst)}`)
  }

  private results(inst: number): void {
    const { f } = this
    const rule = opInfo[f.op[inst]].result
    const count = f.resultCount[inst]
    const type = count > 0 ? f.vType[f.firstResult[inst]] : Ty.None
    const fits =
      rule === ResultRule.Many ||
      (rule === ResultRule.None ? count === 0 : count === 1 && type === (rule === ResultRule.I32 ? Ty.I32 : f.ty[inst]))
    if (!fits) this.fail(`results do not fit: ${printInst(f, inst)}`)
  }

  private typesFit(inst: number): boolean {
    const { f } = this
    const { op, ty } = f
    const type = (i: number): number => f.vType[f.arg(inst, i)]
    const own = ty[inst]
    switch (op[inst]) {
      case IrOp.Uext:
      case IrOp.Sext:
        return own === Ty.I64 && type(0) === Ty.I32
      case IrOp.Wrap:
        return own === Ty.I32 && type(0) === Ty.I64
      case IrOp.Promote:
        return own === Ty.F64 && type(0) === Ty.F32
      case IrOp.Demote:
        return own === Ty.F32 && type(0) === Ty.F64
      case IrOp.Ftoi:
      case IrOp.FtoiSat:
        return isIntTy(own) && isFloatTy(type(0))
      case IrOp.Itof:
        return isFloatTy(own) && isIntTy(type(0))
      case IrOp.Bitcast:
        return isFloatTy(own) !== isFloatTy(type(0)) && tyBits(own) === tyBits(type(0))
      case IrOp.Select:
        return type(0) === Ty.I32 && type(1) === own && type(2) === own
      case IrOp.Store:
      case IrOp.TableSet:
        return type(0) === Ty.I32 && type(1) === own
      case IrOp.Load:
      case IrOp.TableGet:
      case IrOp.TableEntry:
      case IrOp.CallIndirect:
      case IrOp.Trapz:
      case IrOp.Trapnz:
      case IrOp.Brif:
      case IrOp.BrTable:
        return type(0) === Ty.I32
      default:
        for (let i = 0; i < f.argCount(inst); i++) if (type(i) !== own) return false
        return true
    }
  }

  private blockCall(inst: number, call: number): void {
    const { f } = this
    const { [call]: block, [call + 1]: count } = f.pool
    if (count !== f.paramCount[block]) {
      this.fail(`block ${block} has ${f.paramCount[block]} parameters: ${printInst(f, inst)}`)
      return
    }
    for (let i = 0; i < count; i++) {
      const value = f.pool[call + 2 + i]
      this.use(value, inst)
      if (f.vType[value] !== f.vType[f.param(block, i)])
        this.fail(`argument ${i} has a wrong type: ${printInst(f, inst)}`)
    }
  }

  private returned(inst: number): void {
    const { f } = this
    const list = f.aux[inst]
    const types = Array.from({ length: f.pool[list] }, (_, i) => f.vType[f.pool[list + 1 + i]])
    if (types.join() !== f.results.join()) {
      this.fail(`returns (${types.map((type) => tyNames[type]).join(', ')}): ${printInst(f, inst)}`)
    }
  }
}

/** What is wrong with a function, empty when it is well formed. */
export function verifyFunction(f: IrFunction): string[] {
  const verifier = new Verifier(f)
  verifier.run()
  return verifier.faults
}
