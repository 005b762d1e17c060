/**
 * Runs a function of the intermediate representation: the oracle that every pass is compared with. Values are their
 * bits as unsigned BigInts; pure operations are those of semantics.ts. Memory, globals, tables and other functions are
 * the host's. Written to be obviously right, not fast.
 */
import { TrapCode } from '../../abi.js'
import type { IrFunction } from './function.js'
import { IrOp, opArgs } from './ops.js'
import { evaluateOp } from './semantics.js'
import { accessBytes, accessSigned, tyBits } from './types.js'

/** What the interpreted function sees of its instance. References are whatever bits the host gives; 0 is null. */
export interface InterpreterHost {
  /** The bytes of memory 0 as they are now. */
  memory(): Uint8Array
  globalGet(index: number): bigint
  globalSet(index: number, bits: bigint): void
  tableSize(table: number): number
  /** `index` is within the table. */
  tableGet(table: number, index: number): bigint
  tableSet(table: number, index: number, reference: bigint): void
  refFunc(func: number): bigint
  call(func: number, args: readonly bigint[]): readonly bigint[]
  callIndirect(type: number, table: number, index: number, args: readonly bigint[]): readonly bigint[]
  /** RuntimeOp of tiers/abi.ts; the result is ignored when the operation has none. */
  runtime(op: number, args: readonly bigint[]): bigint
  /** StubId of tiers/abi.ts, with offsets in memory 0. */
  stub(id: number, args: readonly bigint[]): void
}

/** The interpreted function has trapped. */
export class IrTrap extends Error {
  override readonly name = 'IrTrap'
  readonly code: TrapCode
  constructor(code: TrapCode) {
    super(`trap ${code}`)
    this.code = code
  }
}

class Interpreter {
  private readonly f: IrFunction
  private readonly host: InterpreterHost
  private readonly values: bigint[] = []

  constructor(f: IrFunction, host: InterpreterHost) {
    this.f = f
    this.host = host
  }

  run(args: readonly bigint[]): bigint[] {
    const { f } = this
    this.enter(f.entry, args)
    let block = f.entry
    for (;;) {
      const last = f.lastInst[block]
      for (let inst = f.firstInst[block]; inst !== last; inst = f.next[inst]) this.step(inst)
      const slot = this.chooseSuccessor(last)
      if (slot < 0) return this.list(f.aux[last])
      const call = f.successorCall(last, slot)
      block = f.pool[call]
      this.enter(block, this.list(call + 1))
    }
  }

  private enter(block: number, args: readonly bigint[]): void {
    args.forEach((bits, i) => {
      this.values[this.f.param(block, i)] = bits
    })
  }

  private list(at: number): bigint[] {
    return Array.from({ length: this.f.pool[at] }, (_, i) => this.values[this.f.pool[at + 1 + i]])
  }

  private arg(inst: number, index: number): bigint {
    return this.values[this.f.arg(inst, index)]
  }

  /** The block call that a terminator takes, -1 to return. */
  private chooseSuccessor(inst: number): number {
    const { f } = this
    switch (f.op[inst]) {
      case IrOp.Jump:
        return 0
      case IrOp.Brif:
        return this.arg(inst, 0) !== 0n ? 0 : 1
      case IrOp.BrTable:
        return Math.min(Number(this.arg(inst, 0)), f.successorCount(inst) - 1)
      case IrOp.Trap:
        throw new IrTrap(f.aux[inst] as TrapCode)
      default:
        return -1
    }
  }

  private step(inst: number): void {
    const results = this.compute(inst)
    const first = this.f.firstResult[inst]
    for (let i = 0; i < this.f.resultCount[inst]; i++) this.values[first + i] = results[i]
  }

  /** Start of an access in the memory, in bounds. */
  private address(inst: number): number {
    const { f } = this
    const offset = (BigInt(f.immHi[inst] >>> 0) << 32n) | BigInt(f.immLo[inst] >>> 0)
    const start = this.arg(inst, 0) + offset
    const end = start + BigInt(accessBytes(f.aux[inst]))
    if (end > BigInt(this.host.memory().length)) throw new IrTrap(TrapCode.MemoryOutOfBounds)
    return Number(start)
  }

  private load(inst: number): bigint {
    const { f } = this
    const at = this.address(inst)
    const memory = this.host.memory()
    const bytes = accessBytes(f.aux[inst])
    let bits = 0n
    for (let i = bytes - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(memory[at + i])
    return accessSigned(f.aux[inst]) ? BigInt.asUintN(tyBits(f.ty[inst]), BigInt.asIntN(8 * bytes, bits)) : bits
  }

  private store(inst: number): void {
    const at = this.address(inst)
    const memory = this.host.memory()
    let bits = this.arg(inst, 1)
    for (let i = 0; i < accessBytes(this.f.aux[inst]); i++) {
      memory[at + i] = Number(bits & 0xffn)
      bits >>= 8n
    }
  }

  private tableIndex(inst: number): number {
    const index = Number(this.arg(inst, 0))
    if (index >= this.host.tableSize(this.f.immLo[inst])) throw new IrTrap(TrapCode.TableOutOfBounds)
    return index
  }

  private compute(inst: number): readonly bigint[] {
    const { f, host } = this
    const lo = f.immLo[inst]
    switch (f.op[inst]) {
      case IrOp.Iconst:
      case IrOp.Fconst: {
        const bits = (BigInt(f.immHi[inst] >>> 0) << 32n) | BigInt(lo >>> 0)
        return [BigInt.asUintN(tyBits(f.ty[inst]), bits)]
      }
      case IrOp.Load:
        return [this.load(inst)]
      case IrOp.Store:
        this.store(inst)
        return []
      case IrOp.MemBytes:
        return [BigInt(host.memory().length)]
      case IrOp.GlobalGet:
        return [host.globalGet(lo)]
      case IrOp.GlobalSet:
        host.globalSet(lo, this.arg(inst, 0))
        return []
      case IrOp.TableGet:
        return [host.tableGet(lo, this.tableIndex(inst))]
      case IrOp.TableSet:
        host.tableSet(lo, this.tableIndex(inst), this.arg(inst, 1))
        return []
      case IrOp.TableSize:
        return [BigInt(host.tableSize(lo))]
      case IrOp.TableEntry:
        // The entry's number and the table's stand for the address.
        return [BigInt(this.tableIndex(inst)) | (BigInt(lo) << 32n)]
      case IrOp.EntryDiffers: {
        const entry = this.arg(inst, 0)
        const found = host.tableGet(Number(entry >> 32n), Number(entry & 0xffff_ffffn))
        return [found === host.refFunc(lo) ? 0n : 1n]
      }
      case IrOp.GuardFailed:
        return []
      case IrOp.RefFunc:
        return [host.refFunc(lo)]
      case IrOp.Call:
        return host.call(lo, this.list(f.aux[inst]))
      case IrOp.CallIndirect:
        return host.callIndirect(lo, f.immHi[inst], Number(this.arg(inst, 0)), this.list(f.aux[inst]))
      case IrOp.CallRuntime:
        return [host.runtime(lo, this.list(f.aux[inst]))]
      case IrOp.CallStub:
        host.stub(lo, this.list(f.aux[inst]))
        return []
      case IrOp.Trapz:
      case IrOp.Trapnz:
        if ((this.arg(inst, 0) !== 0n) === (f.op[inst] === IrOp.Trapnz)) throw new IrTrap(f.aux[inst] as TrapCode)
        return []
      case IrOp.Poll:
      case IrOp.Fuel:
        return []
      default:
        return [this.scalar(inst)]
    }
  }

  private scalar(inst: number): bigint {
    const { f } = this
    const count = opArgs[f.op[inst]]
    const types = Array.from({ length: count }, (_, i) => f.vType[f.arg(inst, i)])
    const args = Array.from({ length: count }, (_, i) => this.arg(inst, i))
    const outcome = evaluateOp(f.op[inst], f.ty[inst], f.aux[inst], types, args)
    if (outcome === undefined) throw new RangeError(`no semantics for operation ${f.op[inst]}`)
    if ('trap' in outcome) throw new IrTrap(outcome.trap)
    return outcome.bits
  }
}

/**
 * Runs a function on the bits of its arguments and returns the bits of its results.
 * @throws IrTrap
 */
export function interpret(f: IrFunction, args: readonly bigint[], host: InterpreterHost): bigint[] {
  return new Interpreter(f, host).run(args)
}
