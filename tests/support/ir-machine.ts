/**
 * An engine made of the front end, the translator and the interpreter of the intermediate representation, with the
 * surface that `observe` (tests/fuzz) needs: what V8 does and what the representation means can be compared text by text.
 * A pass under test is put between translator and interpreter.
 */
import { RuntimeOp, StubId, TrapCode } from '../../tiers/abi.js'
import { NO_FEEDBACK } from '../../tiers/feedback.js'
import type { IrFunction } from '../../tiers/optimizing/ir/function.js'
import { bitsOfFloat, floatOfBits } from '../../tiers/optimizing/ir/float-semantics.js'
import { interpret, IrTrap, type InterpreterHost } from '../../tiers/optimizing/ir/interpret.js'
import { Ty } from '../../tiers/optimizing/ir/types.js'
import { verifyFunction } from '../../tiers/optimizing/ir/verify.js'
import type { InlineLimits } from '../../tiers/optimizing/translate/inline.js'
import { Translator } from '../../tiers/optimizing/translate/translator.js'
import { trapError } from '../../runtime/errors.js'
import { decodeModule } from '../../wasm/decoder.js'
import {
  ExternKind, F32, F64, I32, I64, SegmentMode, type ConstExpr, type ElemSegment, type FuncType, type ModuleInfo,
  type ValType,
} from '../../wasm/types.js' // oxfmt-ignore

/** A pass to run on every function after translation. */
export type Pass = (f: IrFunction) => void

const PAGE = 65536

/** Bits of a JavaScript argument, as ToWebAssemblyValue gives them. */
export function toBits(value: unknown, type: ValType): bigint {
  switch (type) {
    case I32:
      return BigInt.asUintN(32, BigInt(Number(value) | 0))
    case I64:
      return BigInt.asUintN(64, value as bigint)
    case F32:
      return bitsOfFloat(Number(value), Ty.F32)
    case F64:
      return bitsOfFloat(Number(value), Ty.F64)
    default:
      return 0n
  }
}

export function fromBits(bits: bigint, type: ValType): unknown {
  switch (type) {
    case I32:
      return Number(BigInt.asIntN(32, bits))
    case I64:
      return BigInt.asIntN(64, bits)
    case F32:
      return floatOfBits(bits, Ty.F32)
    case F64:
      return floatOfBits(bits, Ty.F64)
    default:
      return bits === 0n ? null : bits
  }
}

export class IrModule {
  readonly info: ModuleInfo
  readonly bytes: Uint8Array
  private readonly functions = new Map<number, IrFunction>()
  private readonly pass: Pass
  private readonly inline: InlineLimits | undefined
  private readonly guess: number | undefined

  constructor(bytes: Uint8Array, pass: Pass = () => {}, inline?: InlineLimits, guess?: number) {
    this.bytes = bytes
    this.inline = inline
    this.guess = guess
    this.info = decodeModule(bytes)
    this.pass = pass
  }

  /** The verified function of a defined index, translated at its first use. */
  function(defined: number): IrFunction {
    let f = this.functions.get(defined)
    if (f === undefined) {
      f = translateFunction(this.info, this.bytes, defined, false, this.inline, NO_FEEDBACK, this.guess)
      check(f)
      this.pass(f)
      check(f)
      this.functions.set(defined, f)
    }
    return f
  }
}

function check(f: IrFunction): void {
  const faults = verifyFunction(f)
  if (faults.length > 0) throw new Error(`${f.name}: ${faults.slice(0, 5).join('\n')}`)
}

/** Translates one function, in arrays of its own. */
export function translateFunction(
  info: ModuleInfo,
  bytes: Uint8Array,
  defined: number,
  states = false,
  inline?: InlineLimits,
  feedback = NO_FEEDBACK,
  guess?: number,
): IrFunction {
  const start = info.bodyStart[defined]
  const env = inline === undefined ? { info } : { info, moduleBytes: () => bytes }
  const translator = new Translator(env, inline, guess)
  return translator.translate(defined, bytes, start, info.bodyEnd[defined], start, states, feedback)
}

type Callable = (...args: unknown[]) => unknown

/** Reference i + 1 stands for function i. */
export class IrInstance implements InterpreterHost {
  readonly exports: Record<string, unknown> = {}
  private readonly module: IrModule
  private readonly info: ModuleInfo
  private readonly hosts: Callable[] = []
  private readonly globals: bigint[] = []
  private readonly tables: bigint[][]
  private readonly droppedData = new Set<number>()
  private readonly droppedElems = new Set<number>()
  private bytes: Uint8Array

  constructor(module: IrModule, imports: Record<string, Record<string, unknown>>) {
    this.module = module
    this.info = module.info
    const { info } = this
    for (const { module: from, name } of info.imports) this.hosts.push(imports[from][name] as Callable)
    this.bytes = new Uint8Array((info.memories[0]?.min ?? 0) * PAGE)
    this.tables = info.tables.map((table) => Array.from({ length: table.min }, () => 0n))
    for (const global of info.globals) this.globals.push(this.constant(global.init))
    info.elems.forEach((segment, i) => {
      if (segment.mode === SegmentMode.Declarative) this.droppedElems.add(i)
      if (segment.mode !== SegmentMode.Active) return
      const items = this.items(segment)
      this.tableInit(this.tables[segment.table], items, this.constant(segment.offset), 0n, BigInt(items.length))
      this.droppedElems.add(i)
    })
    const { datas } = info
    for (let i = 0; i < datas.length; i++) {
      if (!datas.isActive(i)) continue
      const expr = datas.expression(i)
      const to = expr === undefined ? BigInt(datas.target(i)) : this.constant(expr)
      this.memoryInit(i, to, 0n, BigInt(datas.size(i)))
      this.droppedData.add(i)
    }
    for (const { name, kind, index } of info.exports) this.exports[name] = this.exported(kind, index)
    if (info.start >= 0) this.call(info.start, [])
  }

  private constant(init: ConstExpr | undefined): bigint {
    switch (init?.kind) {
      case 'const':
        return (BigInt(init.hi >>> 0) << 32n) | BigInt(init.lo >>> 0)
      case 'global':
        return this.globals[init.index]
      case 'ref.func':
        return BigInt(init.index + 1)
      default:
        return 0n
    }
  }

  /** Calls an exported function on bits. @throws IrTrap */
  invoke(name: string, args: readonly bigint[]): readonly bigint[] {
    const found = this.info.exports.find((entry) => entry.name === name)
    if (found?.kind !== ExternKind.Func) throw new Error(`no exported function ${name}`)
    return this.call(found.index, args)
  }

  private exported(kind: ExternKind, index: number): unknown {
    if (kind === ExternKind.Func) return (...args: unknown[]) => this.enter(index, args)
    if (kind === ExternKind.Memory) return new MemoryView(() => this.bytes)
    if (kind === ExternKind.Global) {
      return new GlobalView(this.globals, index, this.info.globals[index].type)
    }
    return undefined
  }

  private type(func: number): FuncType {
    return this.info.types[this.info.funcTypes[func]]
  }

  private enter(func: number, args: readonly unknown[]): unknown {
    const { params, results } = this.type(func)
    try {
      const bits = this.call(
        func,
        params.map((type, i) => toBits(args[i], type)),
      )
      const values = bits.map((value, i) => fromBits(value, results[i]))
      return values.length > 1 ? values : values[0]
    } catch (error) {
      throw error instanceof IrTrap ? trapError(error.code) : error
    }
  }

  // --- InterpreterHost ---------------------------------------------------------------------------------------------------

  memory(): Uint8Array {
    return this.bytes
  }
  globalGet(index: number): bigint {
    return this.globals[index]
  }
  globalSet(index: number, bits: bigint): void {
    this.globals[index] = bits
  }
  tableSize(table: number): number {
    return this.tables[table].length
  }
  tableGet(table: number, index: number): bigint {
    return this.tables[table][index]
  }
  tableSet(table: number, index: number, reference: bigint): void {
    this.tables[table][index] = reference
  }
  refFunc(func: number): bigint {
    return BigInt(func + 1)
  }

  call(func: number, args: readonly bigint[]): readonly bigint[] {
    const { importedFuncs } = this.info
    if (func >= importedFuncs) return interpret(this.module.function(func - importedFuncs), args, this)
    const { params, results } = this.type(func)
    const result = this.hosts[func](...args.map((bits, i) => fromBits(bits, params[i])))
    const list = results.length > 1 ? [...(result as Iterable<unknown>)] : [result]
    return results.map((type, i) => toBits(list[i], type))
  }

  callIndirect(type: number, table: number, index: number, args: readonly bigint[]): readonly bigint[] {
    const entries = this.tables[table]
    if (index >= entries.length) throw new IrTrap(TrapCode.TableOutOfBounds)
    const func = Number(entries[index]) - 1
    const expected = this.info.types[type]
    const actual = func < 0 ? undefined : this.type(func)
    if (
      actual === undefined ||
      String([actual.params, -1, actual.results]) !== String([expected.params, -1, expected.results])
    ) {
      throw new IrTrap(TrapCode.FuncSigMismatch)
    }
    return this.call(func, args)
  }

  stub(id: number, args: readonly bigint[]): void {
    const [destination, second, count] = args.map(Number)
    if (id === StubId.MemoryCopy) this.bytes.copyWithin(destination, second, second + count)
    else this.bytes.fill(second & 0xff, destination, destination + count)
  }

  runtime(op: number, args: readonly bigint[]): bigint {
    const [a, b, c, d, e] = args
    const table = this.tables[Number(a)]
    switch (op) {
      case RuntimeOp.MemoryGrow:
        return this.memoryGrow(b)
      case RuntimeOp.MemoryInit:
        this.memoryInit(Number(b), c, d, e)
        return 0n
      case RuntimeOp.DataDrop:
        this.droppedData.add(Number(a))
        return 0n
      case RuntimeOp.TableGrow:
        return this.tableGrow(Number(a), b, c)
      case RuntimeOp.TableSet:
        within(b, 1n, table.length, TrapCode.TableOutOfBounds)
        table[Number(b)] = c
        return 0n
      case RuntimeOp.TableFill:
        within(b, d, table.length, TrapCode.TableOutOfBounds)
        table.fill(c, Number(b), Number(b + d))
        return 0n
      case RuntimeOp.TableCopy:
        this.tableInit(table, this.tables[Number(b)], c, d, e)
        return 0n
      case RuntimeOp.TableInit: {
        const dropped = this.droppedElems.has(Number(b))
        this.tableInit(table, dropped ? [] : this.items(this.info.elems[Number(b)]), c, d, e)
        return 0n
      }
      case RuntimeOp.ElemDrop:
        this.droppedElems.add(Number(a))
        return 0n
      default:
        throw new RangeError(`no runtime operation ${op}`)
    }
  }

  private memoryGrow(delta: bigint): bigint {
    const old = this.bytes.length / PAGE
    const { max } = this.info.memories[0]
    const pages = old + Number(delta)
    if (pages > (max < 0 ? PAGE : max)) return 0xffffffffn
    const next = new Uint8Array(pages * PAGE)
    next.set(this.bytes)
    this.bytes = next
    return BigInt(old)
  }

  private memoryInit(segment: number, destination: bigint, source: bigint, count: bigint): void {
    const { datas } = this.info
    const length = this.droppedData.has(segment) ? 0 : datas.size(segment)
    within(source, count, length, TrapCode.MemoryOutOfBounds)
    within(destination, count, this.bytes.length, TrapCode.MemoryOutOfBounds)
    const from = datas.start(segment) + Number(source)
    this.bytes.set(this.module.bytes.subarray(from, from + Number(count)), Number(destination))
  }

  private items(segment: ElemSegment): bigint[] {
    if (segment.funcs !== undefined) return Array.from(segment.funcs, (func) => BigInt(func + 1))
    return (segment.items ?? []).map((item) => this.constant(item))
  }

  private tableInit(table: bigint[], items: readonly bigint[], to: bigint, from: bigint, count: bigint): void {
    within(from, count, items.length, TrapCode.TableOutOfBounds)
    within(to, count, table.length, TrapCode.TableOutOfBounds)
    const copy = items.slice(Number(from), Number(from + count))
    copy.forEach((item, i) => {
      table[Number(to) + i] = item
    })
  }

  private tableGrow(index: number, delta: bigint, reference: bigint): bigint {
    const table = this.tables[index]
    const old = table.length
    const { max } = this.info.tables[index]
    const length = old + Number(delta)
    if (length > (max < 0 ? 10_000_000 : max)) return 0xffffffffn
    for (let i = old; i < length; i++) table.push(reference)
    return BigInt(old)
  }
}

function within(start: bigint, count: bigint, length: number, code: TrapCode): void {
  if (start + count > BigInt(length)) throw new IrTrap(code)
}

class MemoryView {
  private readonly bytes: () => Uint8Array
  constructor(bytes: () => Uint8Array) {
    this.bytes = bytes
  }
  get buffer(): ArrayBufferLike {
    return this.bytes().buffer
  }
}

class GlobalView {
  private readonly globals: bigint[]
  private readonly index: number
  private readonly type: ValType
  constructor(globals: bigint[], index: number, type: ValType) {
    this.globals = globals
    this.index = index
    this.type = type
  }
  get value(): unknown {
    return fromBits(this.globals[this.index], this.type)
  }
  set value(value: unknown) {
    this.globals[this.index] = toBits(value, this.type)
  }
}

/** The engine as a `WebAssembly` namespace for `observe`. */
/**
 * @param inline inline calls within these limits
 * @param guess seed of targets for indirect calls
 */
export function irNamespace(
  pass?: Pass,
  inline?: InlineLimits,
  guess?: number,
): {
  Module: new (bytes: Uint8Array) => IrModule
  Instance: new (module: object, imports: object) => IrInstance
  validate: (bytes: Uint8Array) => boolean
} {
  return {
    Module: class extends IrModule {
      constructor(bytes: Uint8Array) {
        super(bytes, pass, inline, guess)
      }
    },
    Instance: class extends IrInstance {
      constructor(module: object, imports: object) {
        super(module as IrModule, imports as Record<string, Record<string, unknown>>)
      }
    },
    validate: () => true,
  }
}
