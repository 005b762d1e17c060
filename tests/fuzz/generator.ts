/**
 * Random valid modules for differential runs. Typed generation: `expr(type, depth)` emits code that leaves one value of
 * the type, choosing among the opcodes of the table with that result, so every plain opcode is reached without a list
 * of its own here. What makes two engines comparable is built in:
 *   - every function and loop burns fuel from a global and traps when it is used up, so every run ends;
 *   - results of float arithmetic are made canonical (the payload of a NaN is not specified);
 *   - nothing depends on time, addresses or the height of the stack.
 */
import { opcodes, Imm, Op, FC_BASE, FD_BASE } from '../../wasm/opcodes.js'
import { F32, F64, I32, I64, type ValType } from '../../wasm/types.js'
import { interestingF64, interestingI32, interestingI64, type Random } from './random.js'

const NUMBERS: readonly ValType[] = [I32, I64, F32, F64]
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

/** Growing byte buffer with the encodings of the binary format. */
class Bytes {
  private data = new Uint8Array(256)
  length = 0

  byte(value: number): void {
    if (this.length === this.data.length) {
      const next = new Uint8Array(this.data.length * 2)
      next.set(this.data)
      this.data = next
    }
    this.data[this.length++] = value
  }
  u32(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }
  s64(value: bigint): void {
    let rest = BigInt.asIntN(64, value)
    for (;;) {
      const low = Number(rest & 0x7fn)
      rest >>= 7n
      const done = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)
      this.byte(done ? low : low | 0x80)
      if (done) return
    }
  }
  opcode(id: number): void {
    if (id >= FC_BASE && id < FD_BASE) {
      this.byte(0xfc)
      this.u32(id - FC_BASE)
    } else {
      this.byte(id)
    }
  }
  bytes(from: Uint8Array): void {
    for (const value of from) this.byte(value)
  }
  name(text: string): void {
    const encoded = new TextEncoder().encode(text)
    this.u32(encoded.length)
    this.bytes(encoded)
  }
  take(): Uint8Array {
    return this.data.slice(0, this.length)
  }
}

interface Signature {
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
}

export interface GeneratorOptions {
  /** Expressions nest this deep. */
  readonly depth: number
  readonly functions: number
  readonly statements: number
}

export interface GeneratedModule {
  readonly bytes: Uint8Array
  /** Signatures of the exported functions f0, f1, ... */
  readonly signatures: readonly Signature[]
}

/** Host functions that every generated module imports from "host", in index order. */
export const HOST_FUNCTIONS: readonly Signature[] = [
  { params: [I32], results: [I32] },
  { params: [I64, I32], results: [I64] },
  { params: [F64, F32], results: [F64] },
  { params: [], results: [I32, I64] },
]

/** Fuel of one module run: calls and loop iterations. */
const FUEL = 300
const FUEL_GLOBAL = 0

class FunctionGenerator {
  readonly code = new Bytes()
  readonly locals: ValType[]
  private readonly declared: ValType[] = []
  /** Result types of the labels around the current point, innermost last; loops have none. */
  private readonly labels: (readonly ValType[])[]
  private readonly module: ModuleGenerator
  private readonly random: Random
  private budget: number

  constructor(module: ModuleGenerator, signature: Signature) {
    this.module = module
    this.random = module.random
    this.locals = [...signature.params]
    const extra = this.random.below(this.random.oneIn(6) ? 40 : 8)
    for (let i = 0; i < extra; i++) this.addLocal(this.random.pick(NUMBERS))
    this.labels = [signature.results]
    this.budget = module.options.statements * 12
  }

  body(signature: Signature): Uint8Array {
    this.burnFuel()
    this.block(signature.results)
    this.code.opcode(Op.End)
    const whole = new Bytes()
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
    this.code.opcode(id)
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
    this.code.s64(BigInt(value | 0))
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
    const count = this.random.below(this.module.options.statements) + 1
    for (let i = 0; i < count && this.budget > 0; i++) this.statement()
    for (const type of results) this.expr(type, this.module.options.depth)
  }

  private blockType(results: readonly ValType[]): void {
    if (results.length === 0) this.code.byte(0x40)
    else if (results.length === 1) this.code.byte(results[0])
    else this.code.u32(this.module.typeIndex({ params: [], results }))
  }

  private statement(): void {
    this.budget--
    const { random } = this
    const depth = random.below(this.module.options.depth + 1)
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
    if (target >= HOST_FUNCTIONS.length && this.random.oneIn(3)) {
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
          f.results.length === 1 && f.results[0] === type && i < HOST_FUNCTIONS.length ? [i] : [],
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

function same(a: readonly ValType[], b: readonly ValType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}

class ModuleGenerator {
  readonly random: Random
  readonly options: GeneratorOptions
  readonly functions: Signature[]
  private readonly types: Signature[] = []

  constructor(random: Random, options: GeneratorOptions) {
    this.random = random
    this.options = options
    this.functions = [...HOST_FUNCTIONS]
    for (let i = 0; i < options.functions; i++) {
      const many = random.oneIn(10) ? 14 : 4
      this.functions.push({
        params: Array.from({ length: random.below(many) }, () => random.pick(NUMBERS)),
        results: Array.from({ length: random.oneIn(5) ? random.below(7) : 1 }, () => random.pick(NUMBERS)),
      })
    }
    for (const signature of this.functions) this.typeIndex(signature)
  }

  typeIndex(signature: Signature): number {
    const found = this.types.findIndex(
      (type) => same(type.params, signature.params) && same(type.results, signature.results),
    )
    return found >= 0 ? found : this.types.push(signature) - 1
  }

  generate(): GeneratedModule {
    const defined = this.functions.slice(HOST_FUNCTIONS.length)
    const bodies = defined.map((signature) => new FunctionGenerator(this, signature).body(signature))
    const out = new Bytes()
    out.bytes(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
    const section = (id: number, fill: (bytes: Bytes) => void): void => {
      const bytes = new Bytes()
      fill(bytes)
      out.byte(id)
      out.u32(bytes.length)
      out.bytes(bytes.take())
    }
    section(1, (s) => {
      s.u32(this.types.length)
      for (const type of this.types) {
        s.byte(0x60)
        for (const list of [type.params, type.results]) {
          s.u32(list.length)
          for (const t of list) s.byte(t)
        }
      }
    })
    section(2, (s) => {
      s.u32(HOST_FUNCTIONS.length)
      HOST_FUNCTIONS.forEach((signature, i) => {
        s.name('host')
        s.name(`h${i}`)
        s.byte(0)
        s.u32(this.typeIndex(signature))
      })
    })
    section(3, (s) => {
      s.u32(defined.length)
      for (const signature of defined) s.u32(this.typeIndex(signature))
    })
    section(4, (s) => {
      s.bytes(new Uint8Array([1, 0x70, 0]))
      s.u32(this.functions.length + 2)
    })
    section(5, (s) => s.bytes(new Uint8Array([1, 1, 1, 4])))
    section(6, (s) => {
      s.u32(1 + NUMBERS.length)
      s.bytes(new Uint8Array([I32, 1, Op.I32Const]))
      s.s64(BigInt(FUEL))
      s.byte(Op.End)
      s.bytes(new Uint8Array([I32, 1, Op.I32Const, 7, Op.End]))
      s.bytes(new Uint8Array([I64, 1, Op.I64Const, 9, Op.End]))
      s.bytes(new Uint8Array([F32, 1, Op.F32Const, 0, 0, 0x80, 0x3f, Op.End]))
      s.bytes(new Uint8Array([F64, 1, Op.F64Const, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, Op.End]))
    })
    section(7, (s) => {
      s.u32(defined.length + 2 + NUMBERS.length)
      defined.forEach((_, i) => {
        s.name(`f${i}`)
        s.byte(0)
        s.u32(HOST_FUNCTIONS.length + i)
      })
      s.name('memory')
      s.byte(2)
      s.u32(0)
      s.name('fuel')
      s.byte(3)
      s.u32(FUEL_GLOBAL)
      NUMBERS.forEach((_, i) => {
        s.name(`g${i}`)
        s.byte(3)
        s.u32(i + 1)
      })
    })
    section(9, (s) => {
      // Every function at its own index in the table.
      s.bytes(new Uint8Array([1, 0, Op.I32Const, 0, Op.End]))
      s.u32(this.functions.length)
      this.functions.forEach((_, i) => s.u32(i))
    })
    section(12, (s) => s.u32(1))
    section(10, (s) => {
      s.u32(bodies.length)
      for (const body of bodies) {
        s.u32(body.length)
        s.bytes(body)
      }
    })
    section(11, (s) => {
      s.bytes(new Uint8Array([1, 1]))
      s.u32(200)
      for (let i = 0; i < 200; i++) s.byte(this.random.bits() & 0xff)
    })
    return { bytes: out.take(), signatures: defined }
  }
}

/** A random valid module; the same random stream gives the same module. */
export function generateModule(random: Random, options?: Partial<GeneratorOptions>): GeneratedModule {
  return new ModuleGenerator(random, {
    depth: options?.depth ?? 2 + random.below(3),
    functions: options?.functions ?? 1 + random.below(5),
    statements: options?.statements ?? 2 + random.below(6),
  }).generate()
}
