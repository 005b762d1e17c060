/**
 * Reads the text form that print.ts writes: for tests of passes, which take their inputs as text. Values and blocks get
 * their handles in the order of the text.
 */
import { IrFunction } from './function.js'
import { Form, opInfo, ResultRule, type OpInfo } from './ops.js'
import { accessAux, floatCcNames, intCcNames, tyBits, tyNames } from './types.js'

/** Text that is no function, with the line it is on. */
export class IrParseError extends Error {
  override readonly name = 'IrParseError'
  constructor(message: string, line: number) {
    super(`line ${line + 1}: ${message}`)
  }
}

const byName: ReadonlyMap<string, OpInfo> = new Map(opInfo.map((info) => [info.name, info]))
const VALUES = /(?<!\w)v\d+/g

class Parser {
  readonly f = new IrFunction()
  private readonly lines: readonly string[]
  private at = 0
  private readonly blocks = new Map<string, number>()
  private readonly values = new Map<string, number>()

  constructor(text: string) {
    this.lines = text.split('\n')
  }

  parse(): IrFunction {
    const { f } = this
    const head = this.match(/^func "(.*)" \((.*)\) -> \((.*)\) \{$/, this.lines[0] ?? '')
    f.reset(0, this.types(head[3]))
    f.name = head[1]
    // Blocks, parameters and results first: what uses them may stand before them.
    const insts: number[] = []
    let block = -1
    for (this.at = 1; this.lines[this.at] !== '}'; this.at++) {
      const line = this.lines[this.at]
      if (line === undefined) this.fail('no closing brace')
      if (line.startsWith('  ')) insts[this.at] = this.declareInst(block, line.slice(2))
      else block = this.declareBlock(line)
    }
    for (this.at = 1; this.at < insts.length; this.at++) {
      if (insts[this.at] !== undefined) this.fill(insts[this.at], this.lines[this.at])
    }
    return f
  }

  private fail(message: string): never {
    throw new IrParseError(message, this.at)
  }

  private match(pattern: RegExp, text: string): RegExpExecArray {
    return pattern.exec(text) ?? this.fail(`expected ${pattern.source}: ${text}`)
  }

  private type(name: string): number {
    const ty = tyNames.findIndex((known) => known === name)
    return ty < 0 ? this.fail(`no type ${name}`) : ty
  }

  private types(list: string): number[] {
    return list === '' ? [] : list.split(', ').map((name) => this.type(name))
  }

  private declareBlock(line: string): number {
    const { f } = this
    const [, name, params, cold] = this.match(/^(block\d+)(?:\((.*)\))?:( cold)?$/, line)
    const block = f.addBlock()
    f.placeBlock(block)
    f.cold[block] = cold === undefined ? 0 : 1
    this.blocks.set(name, block)
    for (const param of params === undefined ? [] : params.split(', ')) {
      const [value, type] = param.split(': ')
      this.values.set(value, f.addParam(block, this.type(type)))
    }
    return block
  }

  /** The parts of a line: results, operation, type, condition, operands. */
  private split(line: string): { results: string[]; info: OpInfo; ty: number; suffix: string; rest: string } {
    const [, results, name, suffixes, rest] = this.match(/^(?:(v.*) = )?(\w+)((?:\.\w+)*) ?(.*)$/, line)
    const info = byName.get(name) ?? this.fail(`no operation ${name}`)
    const parts = suffixes.split('.').slice(1)
    const typed = parts.length > 0 && tyNames.some((known) => known === parts[0])
    const ty = typed ? this.type(parts[0]) : 0
    return { results: results?.split(', ') ?? [], info, ty, suffix: parts[typed ? 1 : 0] ?? '', rest }
  }

  private declareInst(block: number, line: string): number {
    const { f } = this
    if (block < 0) this.fail('an instruction outside of a block')
    const { results, info, ty } = this.split(line)
    const inst = f.addInst(info.id, ty)
    f.append(block, inst)
    results.forEach((result, i) => {
      const [name, type] = result.split(': ')
      const value = info.result === ResultRule.Many ? f.addResult(inst, this.type(type)) : f.firstResult[inst] + i
      this.values.set(name, value)
    })
    return inst
  }

  private value(name: string): number {
    return this.values.get(name) ?? this.fail(`no value ${name}`)
  }

  private list(text: string): number {
    const { f } = this
    const list = f.startList()
    for (const [name] of text.matchAll(VALUES)) f.pushPool(this.value(name))
    f.endList(list)
    return list
  }

  /** The block calls of an operand list, as offsets in the pool. */
  private blockCalls(text: string): number[] {
    const { f } = this
    return Array.from(text.matchAll(/(block\d+)(?:\(([^)]*)\))?/g), ([, name, args]) => {
      const call = f.startCall(this.blocks.get(name) ?? this.fail(`no ${name}`))
      for (const [value] of (args ?? '').matchAll(VALUES)) f.pushPool(this.value(value))
      f.endCall(call)
      return call
    })
  }

  private setBits(inst: number, text: string): void {
    const bits = BigInt.asUintN(tyBits(this.f.ty[inst]), BigInt(text))
    this.f.immLo[inst] = Number(BigInt.asIntN(32, bits))
    this.f.immHi[inst] = Number(BigInt.asIntN(32, bits >> 32n))
  }

  private fill(inst: number, line: string): void {
    const { f } = this
    const { info, suffix, rest } = this.split(line.slice(2))
    let args = rest
    switch (info.form) {
      case Form.Int:
      case Form.Float:
        this.setBits(inst, rest)
        break
      case Form.IntCc:
        f.aux[inst] = intCcNames.findIndex((name) => name === suffix)
        break
      case Form.FloatCc:
        f.aux[inst] = floatCcNames.findIndex((name) => name === suffix)
        break
      case Form.Sign:
        f.aux[inst] = suffix === 's' ? 1 : 0
        break
      case Form.Access: {
        const [, memory, bits, sign, offset] = this.match(/^m(\d+):(\d+)([su])\+(\d+)/, rest)
        f.aux[inst] = accessAux(Math.log2(Number(bits) / 8), sign === 's', Number(memory))
        f.immLo[inst] = Number(BigInt.asIntN(32, BigInt(offset)))
        f.immHi[inst] = Number(BigInt.asIntN(32, BigInt(offset) >> 32n))
        break
      }
      case Form.Index:
        f.immLo[inst] = Number(this.match(/^#(\d+)/, rest)[1])
        break
      case Form.Trap:
        f.aux[inst] = Number(this.match(/^(\d+)/, rest)[1])
        break
      case Form.Call: {
        const [, index, list] = this.match(/^#(\d+)\((.*)\)$/, rest)
        f.immLo[inst] = Number(index)
        f.aux[inst] = this.list(list)
        break
      }
      case Form.CallIndirect: {
        const [, type, table, index, list] = this.match(/^#(\d+) #(\d+) (v\d+)\((.*)\)$/, rest)
        f.immLo[inst] = Number(type)
        f.immHi[inst] = Number(table)
        f.aux[inst] = this.list(list)
        args = index
        break
      }
      case Form.Jump:
      case Form.Brif:
        ;[f.immLo[inst], f.immHi[inst] = 0] = this.blockCalls(rest)
        break
      case Form.BrTable: {
        const calls = this.blockCalls(rest)
        const table = f.startList()
        for (const call of calls) f.pushPool(call)
        f.endList(table)
        f.aux[inst] = table
        break
      }
      case Form.Return:
        f.aux[inst] = this.list(rest)
        break
      default:
    }
    const names = args.match(VALUES) ?? []
    for (let i = 0; i < info.args; i++) f.setArg(inst, i, this.value(names[i]))
  }
}

/**
 * The function of a text.
 * @throws IrParseError
 */
export function parseFunction(text: string): IrFunction {
  return new Parser(text).parse()
}
