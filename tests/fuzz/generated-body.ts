/**
 * Bodies of generated functions. Typed generation: `expr(type, depth)` emits code that leaves one value of the type, choosing among
 * the opcodes of the table with that result, so every plain opcode is reached without a list of its own here.
 */
import { FC_BASE, FD_BASE, Imm, Op, opcodes } from '../../wasm/opcodes.js'
import { F32, F64, I32, I64, type ValType } from '../../wasm/types.js'
import { ByteWriter } from '../../wasm/text/bytes.js'
import { interestingF64, interestingI32, interestingI64, type Random } from './random.js'

/** Types of locals, globals and results. */
export const NUMBERS: readonly ValType[] = [I32, I64, F32, F64]
const LETTERS: Readonly<Record<string, ValType>> = { i: I32, I: I64, f: F32, F: F64 }

interface PlainOp {
  readonly id: number
  readonly params: readonly ValType[]
  /** Its NaN result may have any payload. */
  readonly arithmetic: boolean
}

/** Opcodes without immediates by result type, from the opcode table. */
const plainOps: ReadonlyMap<ValType, readonly PlainOp[]> = (() => {
  const map = new Map<ValType, PlainOp[]>(NUMBERS.map((type) => [type, []]))
  for (const info of opcodes) {
    if (info.imm !== Imm.None || !/^[iIfF]+:[iIfF]$/.test(info.sig)) continue
    const [params, result] = info.sig.split(':')
    const isFloat = result === 'f' || result === 'F'
    const bitwise = /reinterpret|copysign|\.neg|\.abs/.test(info.name)
    map.get(LETTERS[result])?.push({
      id: info.id,
      params: Array.from(params, (letter) => LETTERS[letter]),
      arithmetic: isFloat && !bitwise,
    })
  }
  return map
})()

const loads = opcodes.filter((info) => info.imm === Imm.MemArg && info.sig.startsWith('a:'))
const stores = opcodes.filter((info) => info.imm === Imm.MemArg && info.sig.endsWith(':'))

export interface Signature {
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
}

/** What a body needs to know of its module. */
export interface GeneratedContext {
  readonly random: Random
  /** Expressions nest this deep. */
  readonly depth: number
  readonly statements: number
  /** In index order, those of the host first. */
  readonly functions: readonly Signature[]
  readonly hostFunctions: number
  typeIndex(signature: Signature): number
}

export const FUEL_GLOBAL = 0

export class FunctionGenerator {
  readonly code = new ByteWriter()
  readonly locals: ValType[]
  private readonly declared: ValType[] = []
  /** Result types of the labels around the current point, innermost last; loops have none. */
  private readonly labels: (readonly ValType[])[]
  private readonly module: GeneratedContext
  private readonly random: Random
  private budget: number

  constructor(module: GeneratedContext, signature: Signature) {
    this.module = module
    this.random = module.random
    this.locals = [...signature.params]
    const extra = this.random.below(this.random.oneIn(6) ? 40 : 8)
    for (let i = 0; i < extra; i++) this.addLocal(this.random.pick(NUMBERS))
    this.labels = [signature.results]
    this.budget = module.statements * 12
  }

  body(signature: Signature): Uint8Array {
    this.burnFuel()
    this.block(signature.results)
    this.op(Op.End)
    const whole = new ByteWriter()
    whole.u32(this.declared.length)
    for (const type of this.declared) {
      whole.u32(1)
      whole.byte(type)
    }
    whole.bytes(this.code.take())
    return whole.take()
  }

  private addLocal(type: ValType): number {
    this.declared.push(type)
    this.locals.push(type)
    return this.locals.length - 1
  }

  private op(id: number, immediate?: number): void {
    if (id >= FC_BASE && id < FD_BASE) {
      this.code.byte(0xfc)
      this.code.u32(id - FC_BASE)
    } else {
      this.code.byte(id)
    }
    if (immediate !== undefined) this.code.u32(immediate)
  }

  private burnFuel(): void {
    this.op(Op.GlobalGet, FUEL_GLOBAL)
    this.constI32(1)
    this.op(Op.I32Sub)
    this.op(Op.GlobalSet, FUEL_GLOBAL)
    this.op(Op.GlobalGet, FUEL_GLOBAL)
    this.constI32(0)
    this.op(Op.I32LtS)
    this.op(Op.If)
    this.code.byte(0x40)
    this.op(Op.Unreachable)
    this.op(Op.End)
  }

  private constI32(value: number): void {
    this.op(Op.I32Const)
    this.code.s32(value)
  }

  private constant(type: ValType): void {
    const scratch = new DataView(new ArrayBuffer(8))
    switch (type) {
      case I32:
        this.constI32(interestingI32(this.random))
        return
      case I64: {
        const [lo, hi] = interestingI64(this.random)
        this.op(Op.I64Const)
        this.code.s64((BigInt(hi) << 32n) | BigInt(lo >>> 0))
        return
      }
      case F32:
        scratch.setFloat32(0, interestingF64(this.random), true)
        this.op(Op.F32Const)
        this.code.bytes(new Uint8Array(scratch.buffer, 0, 4))
        return
      default:
        scratch.setFloat64(0, interestingF64(this.random), true)
        this.op(Op.F64Const)
        this.code.bytes(new Uint8Array(scratch.buffer, 0, 8))
    }
  }

  private localsOf(type: ValType): number[] {
    return this.locals.flatMap((local, index) => (local === type ? [index] : []))
  }

  /** Statements, then one value of each result type. */
  private block(results: readonly ValType[]): void {
    const count = this.random.below(this.module.statements) + 1
    for (let i = 0; i < count && this.budget > 0; i++) this.statement()
    for (const type of results) this.expr(type, this.module.depth)
  }

  private blockType(results: readonly ValType[]): void {
    if (results.length === 0) this.code.byte(0x40)
    else if (results.length === 1) this.code.byte(results[0])
    else this.code.u32(this.module.typeIndex({ params: [], results }))
  }

  private statement(): void {
    this.budget--
    const { random } = this
    const depth = random.below(this.module.depth + 1)
    switch (random.below(14)) {
      case 0:
      case 1:
      case 2: {
        if (this.locals.length === 0) return
        const local = random.below(this.locals.length)
        this.expr(this.locals[local], depth + 1)
        this.op(Op.LocalSet, local)
        return
      }
      case 3: {
        const global = 1 + random.below(NUMBERS.length)
        this.expr(NUMBERS[global - 1], depth)
        this.op(Op.GlobalSet, global)
        return
      }
      case 4:
      case 5:
        this.store(depth)
        return
      case 6:
        this.structured(Op.Block)
        return
      case 7:
        this.structured(Op.Loop)
        return
      case 8:
        this.ifStatement(depth, [])
        return
      case 9: {
        const target = this.random.below(this.labels.length)
        const results = this.labels[this.labels.length - 1 - target]
        for (const type of results) this.expr(type, depth)
        this.expr(I32, depth)
        this.op(Op.BrIf, target)
        for (let i = 0; i < results.length; i++) this.op(Op.Drop)
        return
      }
      case 10:
        this.brTable(depth)
        return
      case 11: {
        const results = this.call(depth)
        for (let i = 0; i < results; i++) this.op(Op.Drop)
        return
      }
      case 12:
        this.bulk(depth)
        return
      default:
        this.expr(random.pick(NUMBERS), depth)
        this.op(Op.Drop)
    }
  }

  private structured(op: number): void {
    const results = op === Op.Block && this.random.oneIn(3) ? [this.random.pick(NUMBERS)] : []
    this.op(op)
    this.blockType(results)
    this.labels.push(op === Op.Loop ? [] : results)
    if (op === Op.Loop) this.burnFuel()
    this.block(results)
    if (op === Op.Loop && this.random.oneIn(2)) {
      this.expr(I32, 2)
      this.op(Op.BrIf, 0)
    }
    this.labels.pop()
    this.op(Op.End)
    for (let i = 0; i < results.length; i++) this.op(Op.Drop)
  }

  private ifStatement(depth: number, results: readonly ValType[]): void {
    this.expr(I32, depth)
    this.op(Op.If)
    this.blockType(results)
    this.labels.push(results)
    this.block(results)
    if (results.length > 0 || this.random.oneIn(2)) {
      this.op(Op.Else)
      this.block(results)
    }
    this.labels.pop()
    this.op(Op.End)
  }

  private brTable(depth: number): void {
    // Inside a block of its own, since what follows a br_table is unreachable.
    this.op(Op.Block)
    this.code.byte(0x40)
    this.labels.push([])
    const targets = Array.from({ length: this.labels.length }, (_, i) => i).filter(
      (i) => this.labels[this.labels.length - 1 - i].length === 0,
    )
    this.expr(I32, depth)
    this.op(Op.BrTable)
    const count = this.random.below(6)
    this.code.u32(count)
    for (let i = 0; i <= count; i++) this.code.u32(this.random.pick(targets))
    this.labels.pop()
    this.op(Op.End)
  }

  private address(depth: number): void {
    this.expr(I32, depth)
    // Mostly inside the memory, sometimes anywhere.
    if (!this.random.oneIn(12)) {
      this.constI32(0xfff8)
      this.op(Op.I32And)
    }
  }

  private memArg(align: number): void {
    this.code.u32(this.random.below(align + 1))
    this.code.u32(this.random.oneIn(20) ? this.random.bits() >>> 0 : this.random.below(64))
  }

  private store(depth: number): void {
    const info = this.random.pick(stores)
    this.address(depth)
    const type = LETTERS[info.sig[1]]
    this.expr(type, depth)
    this.op(info.id)
    this.memArg(info.align)
  }

  private bulk(depth: number): void {
    const small = (): void => {
      this.expr(I32, depth)
      this.constI32(0xff)
      this.op(Op.I32And)
    }
    switch (this.random.below(4)) {
      case 0:
        this.address(depth)
        this.address(depth)
        small()
        this.op(Op.MemoryCopy, 0)
        this.code.byte(0)
        return
      case 1:
        this.address(depth)
        this.expr(I32, depth)
        small()
        this.op(Op.MemoryFill, 0)
        return
      case 2:
        this.address(depth)
        small()
        small()
        this.op(Op.MemoryInit, 0)
        this.code.byte(0)
        return
      default:
        this.constI32(this.random.below(3))
        this.op(Op.MemoryGrow, 0)
        this.op(Op.Drop)
    }
  }

  /** Emits a call of some function; returns how many results it leaves. */
  private call(depth: number): number {
    const target = this.random.below(this.module.functions.length)
    const signature = this.module.functions[target]
    for (const type of signature.params) {
      this.expr(type, Math.min(depth, 2))
    }
    if (target >= this.module.hostFunctions && this.random.oneIn(3)) {
      this.constI32(this.random.oneIn(8) ? this.random.below(this.module.functions.length + 3) : target)
      this.op(Op.CallIndirect, this.module.typeIndex(signature))
      this.code.u32(0)
    } else {
      this.op(Op.Call, target)
    }
    return signature.results.length
  }

  /** Emits code that leaves one value of `type`. */
  expr(type: ValType, depth: number): void {
    this.budget--
    const { random } = this
    if (depth <= 0 || this.budget <= 0) {
      const locals = this.localsOf(type)
      if (locals.length > 0 && !random.oneIn(3)) this.op(Op.LocalGet, random.pick(locals))
      else this.constant(type)
      return
    }
    switch (random.below(12)) {
      case 0: {
        const candidates = loads.filter((info) => LETTERS[info.sig[2]] === type)
        const info = random.pick(candidates)
        this.address(depth - 1)
        this.op(info.id)
        this.memArg(info.align)
        if (type === F32 || type === F64) this.canonical(type)
        return
      }
      case 1: {
        this.expr(type, depth - 1)
        this.expr(type, depth - 1)
        this.expr(I32, depth - 1)
        this.op(Op.Select)
        return
      }
      case 2: {
        const locals = this.localsOf(type)
        if (locals.length === 0) return this.constant(type)
        this.expr(type, depth - 1)
        this.op(Op.LocalTee, random.pick(locals))
        return
      }
      case 3:
        this.op(Op.GlobalGet, 1 + NUMBERS.indexOf(type))
        return
      case 4:
        this.ifStatement(depth - 1, [type])
        return
      case 5: {
        this.op(Op.Block)
        this.code.byte(type)
        this.labels.push([type])
        this.block([type])
        this.labels.pop()
        this.op(Op.End)
        return
      }
      case 6: {
        const single = this.module.functions.flatMap((f, i) =>
          f.results.length === 1 && f.results[0] === type && i < this.module.hostFunctions ? [i] : [],
        )
        if (single.length === 0 || !random.oneIn(2)) return this.plain(type, depth)
        const target = random.pick(single)
        for (const param of this.module.functions[target].params) this.expr(param, depth - 2)
        this.op(Op.Call, target)
        return
      }
      default:
        this.plain(type, depth)
    }
  }

  private plain(type: ValType, depth: number): void {
    const op = this.random.pick(plainOps.get(type) ?? [])
    for (const param of op.params) this.expr(param, depth - 1)
    this.op(op.id)
    if (op.arithmetic) this.canonical(type)
  }

  /** Replaces a NaN on the stack by the canonical one. */
  private canonical(type: ValType): void {
    const is32 = type === F32
    const local = this.localsOf(type)[0] ?? this.addLocal(type)
    // The chosen local may be a live one: overwriting it is just another assignment of the random program.
    this.op(Op.LocalTee, local)
    this.op(is32 ? Op.F32Const : Op.F64Const)
    this.code.bytes(is32 ? new Uint8Array([0, 0, 0xc0, 0x7f]) : new Uint8Array([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]))
    this.op(Op.LocalGet, local)
    this.op(Op.LocalGet, local)
    this.op(is32 ? Op.F32Eq : Op.F64Eq)
    this.op(Op.Select)
    // The local would keep the other NaN, and may be read later.
    this.op(Op.LocalTee, local)
  }
}
