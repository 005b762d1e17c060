/**
 * The text form of a function, for golden tests and for reading. Values and blocks are numbered anew in the order in which
 * they are printed, so that equal functions have equal texts; parse.ts reads it back. What is not printed: positions,
 * frame states, instructions that float.
 */
import { ValueKind, type IrFunction } from './function.js'
import { Form, opInfo } from './ops.js'
import { accessBytes, accessMemory, accessSigned, floatCcNames, intCcNames, Ty, tyBits, tyNames } from './types.js'

class Printer {
  private readonly f: IrFunction
  private readonly blockNames = new Map<number, number>()
  private readonly valueNames = new Map<number, number>()

  constructor(f: IrFunction) {
    this.f = f
    for (let block = f.entry; block >= 0; block = f.blockNext[block]) {
      this.blockNames.set(block, this.blockNames.size)
      for (let i = 0; i < f.paramCount[block]; i++) this.define(f.param(block, i))
      for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) {
        for (let i = 0; i < f.resultCount[inst]; i++) this.define(f.firstResult[inst] + i)
      }
    }
  }

  private define(value: number): void {
    this.valueNames.set(value, this.valueNames.size)
  }

  private value(value: number): string {
    const name = this.valueNames.get(value)
    if (name !== undefined) return `v${name}`
    const { f } = this
    if (value >= 0 && f.vKind[value] === ValueKind.Union) {
      return `union(${this.value(f.vA[value])}, ${this.value(f.vB[value])})`
    }
    return `?${value}`
  }

  private typed(value: number): string {
    return `${this.value(value)}: ${tyNames[this.f.vType[value]]}`
  }

  /** The values of a counted list in the pool. */
  private list(at: number): string {
    const values: string[] = []
    for (let i = 1; i <= this.f.pool[at]; i++) values.push(this.value(this.f.pool[at + i]))
    return values.join(', ')
  }

  private blockCall(at: number): string {
    const args = this.list(at + 1)
    const name = `block${this.blockNames.get(this.f.pool[at]) ?? `?${this.f.pool[at]}`}`
    return args === '' ? name : `${name}(${args})`
  }

  private bits(inst: number): bigint {
    return (BigInt(this.f.immHi[inst] >>> 0) << 32n) | BigInt(this.f.immLo[inst] >>> 0)
  }

  private access(inst: number): string {
    const aux = this.f.aux[inst]
    const sign = accessSigned(aux) ? 's' : 'u'
    return `m${accessMemory(aux)}:${8 * accessBytes(aux)}${sign}+${this.bits(inst)}`
  }

  private args(inst: number): string {
    const { f } = this
    const names: string[] = []
    for (let i = 0; i < f.argCount(inst); i++) names.push(this.value(f.arg(inst, i)))
    return names.join(', ')
  }

  private suffix(inst: number): string {
    const aux = this.f.aux[inst]
    switch (opInfo[this.f.op[inst]].form) {
      case Form.IntCc:
        return `.${intCcNames[aux]}`
      case Form.FloatCc:
        return `.${floatCcNames[aux]}`
      case Form.Sign:
        return aux !== 0 ? '.s' : '.u'
      default:
        return ''
    }
  }

  private operands(inst: number): string {
    const { f } = this
    const args = this.args(inst)
    const separated = args === '' ? '' : `, ${args}`
    const aux = f.aux[inst]
    switch (opInfo[f.op[inst]].form) {
      case Form.Int:
        return String(BigInt.asIntN(tyBits(f.ty[inst]), this.bits(inst)))
      case Form.Float:
        return `0x${this.bits(inst).toString(16)}`
      case Form.Access:
        return this.access(inst) + separated
      case Form.Index:
        return `#${f.immLo[inst]}${separated}`
      case Form.Trap:
        return String(aux) + separated
      case Form.Call:
        return `#${f.immLo[inst]}(${this.list(aux)})`
      case Form.CallIndirect:
        return `#${f.immLo[inst]} #${f.immHi[inst]} ${args}(${this.list(aux)})`
      case Form.Jump:
        return this.blockCall(f.immLo[inst])
      case Form.Brif:
        return `${args}, ${this.blockCall(f.immLo[inst])}, ${this.blockCall(f.immHi[inst])}`
      case Form.BrTable: {
        const calls = Array.from({ length: f.pool[aux] }, (_, i) => this.blockCall(f.pool[aux + 1 + i]))
        return `${args}, ${calls.join(', ')}`
      }
      case Form.Return:
        return this.list(aux)
      default:
        return args
    }
  }

  private results(inst: number): string {
    const { f } = this
    const first = f.firstResult[inst]
    const { form } = opInfo[f.op[inst]]
    const typed = form === Form.Call || form === Form.CallIndirect
    const names = Array.from({ length: f.resultCount[inst] }, (_, i) =>
      typed ? this.typed(first + i) : this.value(first + i),
    )
    return names.length === 0 ? '' : `${names.join(', ')} = `
  }

  inst(inst: number): string {
    const { f } = this
    const ty = f.ty[inst] === Ty.None ? '' : `.${tyNames[f.ty[inst]]}`
    const text = `${this.results(inst)}${opInfo[f.op[inst]].name}${ty}${this.suffix(inst)} ${this.operands(inst)}`
    return text.trimEnd()
  }

  function(): string {
    const { f } = this
    const params = Array.from({ length: f.paramCount[f.entry] }, (_, i) => tyNames[f.vType[f.param(f.entry, i)]])
    const results = f.results.map((type) => tyNames[type])
    const lines = [
      `func ${JSON.stringify(f.name === '' ? `f${f.func}` : f.name)} (${params.join(', ')}) -> (${results.join(', ')}) {`,
    ]
    for (let block = f.entry; block >= 0; block = f.blockNext[block]) {
      const list = Array.from({ length: f.paramCount[block] }, (_, i) => this.typed(f.param(block, i)))
      const head = `block${this.blockNames.get(block)}${list.length === 0 ? '' : `(${list.join(', ')})`}`
      lines.push(`${head}:${f.cold[block] !== 0 ? ' cold' : ''}`)
      for (let inst = f.firstInst[block]; inst >= 0; inst = f.next[inst]) lines.push(`  ${this.inst(inst)}`)
    }
    lines.push('}', '')
    return lines.join('\n')
  }
}

/** The text of a function, ending in a newline. */
export function printFunction(f: IrFunction): string {
  return new Printer(f).function()
}

/** The text of one instruction, for messages. */
export function printInst(f: IrFunction, inst: number): string {
  return inst < 0 || inst >= f.instCount ? `no instruction ${inst}` : new Printer(f).inst(inst)
}
