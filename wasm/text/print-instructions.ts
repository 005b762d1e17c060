/**
 * Instructions to text, one a line, flat: a linear walk over a body's bytes that knows nothing but the opcode table's
 * kinds of immediates. It needs no types and no validation, so it prints what a validator would refuse.
 */
import { WasmError } from '../error.js'
import { FB_BASE, FC_BASE, FD_BASE, FE_BASE, Imm, Op, opcodeInfo, type OpcodeInfo } from '../opcodes.js'
import { PREFIX_FB, PREFIX_FC, PREFIX_FD, PREFIX_FE } from '../opcodes.js'
import type { Reader } from '../reader.js'
import { EXTERNREF, FUNCREF, valTypeName } from '../types.js'
import type { ModuleIdentifiers, NamedSpace } from './identifiers.js'
import { LabelStack } from './labels.js'
import { f32Text, f64Text, i64Text } from './literals.js'

/** Receives the lines. */
export interface LineSink {
  /** `offset` is that of the line's first byte in the module, `depth` the nesting within the sequence. */
  line(offset: number, depth: number, text: string): void
}

const BLOCK_EMPTY = 0x40
const MEMARG_HAS_MEMORY = 0x40
/** Set in the exponent that a memory argument may have at most; more says the same as this much. */
const MAX_ALIGN = 31

/**
 * The name of the value type at the reader.
 * @throws WasmError when there is none
 */
export function readValTypeName(r: Reader): string {
  const code = r.u8()
  const name = valTypeName(code)
  if (name.startsWith('<')) throw new WasmError(`invalid value type 0x${code.toString(16)}`, r.pos - 1)
  return name
}

export class InstructionPrinter {
  private readonly r: Reader
  private readonly ids: ModuleIdentifiers
  private readonly signatureOf: (typeIndex: number) => string
  private func = -1
  private readonly labels = new LabelStack()
  private blockCount = 0

  /**
   * @param r positioned by the caller before each sequence
   * @param signatureOf ` (param ...) (result ...)` of a function type, for the reader's eye
   */
  constructor(r: Reader, ids: ModuleIdentifiers, signatureOf: (typeIndex: number) => string) {
    this.r = r
    this.ids = ids
    this.signatureOf = signatureOf
  }

  /**
   * Prints instructions up to the `end` that closes the sequence, which is read and not printed.
   * @param func index of the function whose body this is, -1 for a constant expression
   * @throws WasmError for bytes that are no instruction
   */
  sequence(func: number, sink: LineSink): void {
    const { r, labels } = this
    this.func = func
    this.blockCount = 0
    labels.clear()
    for (;;) {
      const start = r.pos
      const info = this.opcode()
      switch (info.id) {
        case Op.End:
          if (labels.depth === 0) return
          labels.pop()
          sink.line(start, labels.depth, 'end')
          break
        case Op.Else:
          sink.line(start, Math.max(labels.depth - 1, 0), 'else')
          break
        case Op.Block:
        case Op.Loop:
        case Op.If: {
          const label = this.ids.label(func, this.blockCount++) ?? ''
          const type = this.blockType()
          const depth = labels.depth
          labels.push(label)
          sink.line(start, depth, `${info.name}${label === '' ? '' : ` ${label}`}${type} ;; label = @${depth + 1}`)
          break
        }
        default:
          sink.line(start, labels.depth, info.name + this.immediates(info))
      }
    }
  }

  private opcode(): OpcodeInfo {
    const { r } = this
    const start = r.pos
    const byte = r.u8()
    let id = byte
    if (byte === PREFIX_FC) id = FC_BASE + this.subOpcode(FD_BASE - FC_BASE)
    else if (byte === PREFIX_FD) id = FD_BASE + this.subOpcode(FE_BASE - FD_BASE)
    else if (byte === PREFIX_FE) id = FE_BASE + this.subOpcode(FB_BASE - FE_BASE)
    else if (byte === PREFIX_FB) id = FB_BASE + this.subOpcode(FB_BASE - FE_BASE)
    const info = opcodeInfo[id]
    if (info === undefined) throw new WasmError(`invalid opcode 0x${byte.toString(16)}`, start, this.func)
    return info
  }

  /** Past the end of its space a sub-opcode must not run into the next one. */
  private subOpcode(limit: number): number {
    const sub = this.r.u32('prefixed opcode index')
    return sub < limit ? sub : limit - 1
  }

  private index(space: NamedSpace): string {
    const index = this.r.u32(`${space} index`)
    return ` ${this.ids.id(space, index) ?? index}`
  }

  /** An index that the text leaves out when it is 0. */
  private defaultIndex(space: NamedSpace): string {
    const index = this.r.u32(`${space} index`)
    return index === 0 ? '' : ` ${this.ids.id(space, index) ?? index}`
  }

  private immediates(info: OpcodeInfo): string {
    const { r } = this
    switch (info.imm) {
      case Imm.None:
        return ''
      case Imm.Label:
        return this.label()
      case Imm.Labels: {
        const targets: string[] = []
        for (let left = r.u32('br_table size') + 1; left > 0; left--) targets.push(this.label())
        return targets.join('')
      }
      case Imm.Func:
        return this.index('func')
      case Imm.TypeTable: {
        const type = this.typeUse(r.u32('type index'))
        return this.defaultIndex('table') + type
      }
      case Imm.Local: {
        const index = r.u32('local index')
        return ` ${this.ids.local(this.func, index) ?? index}`
      }
      case Imm.Global:
        return this.index('global')
      case Imm.Table:
        return this.defaultIndex('table')
      case Imm.Memory:
        return this.defaultIndex('memory')
      case Imm.MemArg:
        return this.memArg(info.align)
      case Imm.I32:
        return ` ${r.s32('immi32')}`
      case Imm.I64: {
        const lo = r.s64('immi64')
        return ` ${i64Text(lo, r.hi)}`
      }
      case Imm.F32:
        return ` ${f32Text(r.fixed32('immf32'))}`
      case Imm.F64: {
        const lo = r.fixed32('immf64')
        return ` ${f64Text(lo, r.fixed32('immf64'))}`
      }
      case Imm.SelectTypes: {
        const types: string[] = []
        for (let left = r.u32('number of select types'); left > 0; left--) types.push(` ${this.valType()}`)
        return ` (result${types.join('')})`
      }
      case Imm.HeapType:
        return ` ${this.heapType()}`
      case Imm.DataMemory: {
        const segment = this.index('data')
        return this.defaultIndex('memory') + segment
      }
      case Imm.Data:
        return this.index('data')
      case Imm.Elem:
        return this.index('elem')
      case Imm.ElemTable: {
        const segment = this.index('elem')
        return this.defaultIndex('table') + segment
      }
      case Imm.MemoryMemory:
        return this.pair('memory')
      case Imm.TableTable:
        return this.pair('table')
      default:
        // Imm.Block: structured instructions are printed by `sequence`.
        return this.blockType()
    }
  }

  private pair(space: NamedSpace): string {
    const start = this.r.pos
    const both = this.defaultIndex(space) + this.defaultIndex(space)
    if (both === '') return ''
    this.r.pos = start
    return this.index(space) + this.index(space)
  }

  private typeUse(index: number): string {
    return ` (type ${this.ids.id('type', index) ?? index})${this.signatureOf(index)}`
  }

  private blockType(): string {
    const { r } = this
    const byte = r.bytes[r.pos]
    if (byte === BLOCK_EMPTY) {
      r.pos++
      return ''
    }
    // A negative number of one byte is a value type.
    if (byte >= 0x40 && byte < 0x80) return ` (result ${this.valType()})`
    return this.typeUse(r.s32('block type index'))
  }

  private valType(): string {
    return readValTypeName(this.r)
  }

  private heapType(): string {
    const { r } = this
    const code = r.u8()
    if (code === FUNCREF) return 'func'
    if (code === EXTERNREF) return 'extern'
    throw new WasmError(`unknown heap type 0x${code.toString(16)}`, r.pos - 1, this.func)
  }

  /** A label by its identifier when that finds it, else by depth with the block's number behind it. */
  private label(): string {
    const { labels } = this
    const depth = this.r.u32('branch depth')
    const level = labels.depth - 1 - depth
    const id = labels.at(level)
    if (id !== '' && labels.levelOf(id) === level) return ` ${id}`
    return ` ${depth} (;@${level + 1};)`
  }

  private memArg(naturalAlign: number): string {
    const { r } = this
    const place = r.pos
    const flags = r.u32('alignment')
    const align = flags & ~MEMARG_HAS_MEMORY
    if (align > MAX_ALIGN) throw new WasmError('invalid alignment', place, this.func)
    const memory = (flags & MEMARG_HAS_MEMORY) === 0 ? '' : this.index('memory')
    const offset = r.u32('offset')
    return memory + (offset === 0 ? '' : ` offset=${offset}`) + (align === naturalAlign ? '' : ` align=${2 ** align}`)
  }
}
