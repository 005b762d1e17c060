/**
 * Instances: a module with its imports, in native memory as compiled code wants it (the context, tiers/abi.ts Vmctx).
 *
 * One block holds everything of fixed size: the context, the array of function references, and the records of the
 * defined functions. A record is filled in when a reference to the function is first needed; most functions never are.
 */
import { FuncrefRecord, ImportRecord, MemoryRecord, TrapCode, Vmctx, type VmctxLayout } from '../tiers/abi.js'
import { SEGMENT_WORDS } from '../wasm/data-segments.js'
import {
  ExternKind,
  FUNCREF,
  SegmentMode,
  isRef,
  type ConstExpr,
  type ElemSegment,
  type FuncType,
  type ModuleInfo,
} from '../wasm/types.js'
import { milliseconds } from './clock.js'
import { addon, addressBits, contextAddress } from './context.js'
import { allocate, load32, loadAddress, release, store32, storeAddress } from './data.js'
import { writeFunctions } from './elements.js'
import { LinkError, trapError } from './errors.js'
import { Func } from './func.js'
import { Global } from './global.js'
import { Group, mergeGroups } from './group.js'
import { addHandleRoot, markWords } from './handles.js'
import { registerInstance, unregisterInstance } from './instance-registry.js'
import { importFault } from './link.js'
import { Memory } from './memory.js'
import type { Module } from './module.js'
import type { Store } from './store.js'
import { Table } from './table.js'

/** Anything that can be imported and exported; `kind` tells which. */
export type Extern = Func | Table | Memory | Global

interface Claim {
  readonly block: number
  readonly bytes: number
  readonly watch: number
}

const finalizer = new FinalizationRegistry<Claim>(({ block, bytes, watch }) => {
  unregisterInstance(block, watch)
  release(block, bytes)
})

export class Instance {
  readonly store: Store
  readonly module: Module
  /** In the order of the module's exports; the same Extern for the same entity, also for re-exported imports. */
  readonly exports: ReadonlyMap<string, Extern>
  /** @internal */
  readonly group = new Group()
  /** @internal Address of the context. */
  readonly vmctx: number
  /** @internal By index, imports first. */
  readonly memories: Memory[] = []
  /** @internal */
  readonly tables: Table[] = []

  private readonly info: ModuleInfo
  private readonly layout: VmctxLayout
  /** Imported globals, and those defined ones that were asked for. */
  private readonly globals: (Global | undefined)[] = []
  private readonly funcs: (Func | undefined)[] = []
  /** @internal Addresses of the slots of all functions' records, and of the records of defined ones. */
  readonly funcrefs: number
  /** @internal */
  readonly records: number
  /** 1 for segments that were dropped. */
  private readonly droppedElems: Uint8Array
  private readonly droppedDatas: Uint8Array

  /**
   * Instantiates as specification section 4.5.4 says, the start function included.
   * @param imports in the order of `module.info.imports`
   * @param prefix put before the message of a link error, for example `WebAssembly.Instance()`
   * @throws LinkError when an import does not fit; RuntimeError when a segment does not fit or the start function traps;
   *   RangeError when a memory or table cannot be had; what the start function throws
   */
  constructor(store: Store, module: Module, imports: readonly Extern[], prefix = '') {
    const begin = milliseconds()
    this.store = store
    this.module = module
    const { info, layout } = module
    this.info = info
    this.layout = layout
    const say = prefix === '' ? '' : `${prefix}: `
    this.checkImports(imports, say)

    const functions = info.funcTypes.length
    const funcrefBytes = Math.ceil((functions * 8) / 64) * 64
    const bytes = layout.size + funcrefBytes + (functions - info.importedFuncs) * FuncrefRecord.size
    this.vmctx = allocate(bytes)
    this.funcrefs = this.vmctx + layout.size
    this.records = this.funcrefs + funcrefBytes
    this.droppedElems = new Uint8Array(info.elems.length)
    this.droppedDatas = new Uint8Array(info.datas.length)
    const watch = registerInstance(this)
    finalizer.register(this, { block: this.vmctx, bytes, watch })

    for (const extern of imports) this.takeImport(extern)
    this.writeHead(this.group.addInstance(this))
    this.makeMemories(say)
    this.makeTables()
    this.makeGlobals()
    this.exports = this.makeExports()
    this.runElems(say)
    this.runDatas(say)
    if (info.start >= 0) this.func(info.start).callable()
    const { events } = store.engine
    if (events.wants('instantiate')) {
      const duration = milliseconds() - begin
      events.emit('instantiate', { instance: this, start: performance.now() - duration, duration })
    }
  }

  /** The exported function of this name, undefined when there is none. */
  getFunc(name: string): Func | undefined {
    const extern = this.exports.get(name)
    return extern?.kind === ExternKind.Func ? extern : undefined
  }

  getMemory(name: string): Memory | undefined {
    const extern = this.exports.get(name)
    return extern?.kind === ExternKind.Memory ? extern : undefined
  }

  getTable(name: string): Table | undefined {
    const extern = this.exports.get(name)
    return extern?.kind === ExternKind.Table ? extern : undefined
  }

  getGlobal(name: string): Global | undefined {
    const extern = this.exports.get(name)
    return extern?.kind === ExternKind.Global ? extern : undefined
  }

  /** @internal The function of an index; one object a function. */
  func(index: number): Func {
    let func = this.funcs[index]
    if (func === undefined) {
      const { code } = this.module
      const defined = index - this.info.importedFuncs
      func = new Func(this.store, this.funcType(index), this.group, this.funcRecord(index), index, code, defined)
      this.funcs[index] = func
    }
    return func
  }

  /** @internal Address of the record of a function, which is the value of a reference to it. */
  funcRecord(index: number): number {
    const slot = this.funcrefs + index * 8
    const known = loadAddress(slot)
    if (known !== 0) return known
    const defined = index - this.info.importedFuncs
    const record = this.records + defined * FuncrefRecord.size
    storeAddress(record + FuncrefRecord.code, this.module.code.jump(defined))
    storeAddress(record + FuncrefRecord.ctx, this.vmctx)
    store32(record + FuncrefRecord.sig, this.module.typeIds[this.info.funcTypes[index]])
    store32(record + FuncrefRecord.index, index)
    storeAddress(slot, record)
    return record
  }

  /** @internal table.init; false when it is out of bounds. */
  initTable(tableIndex: number, elem: number, to: number, from: number, count: number): boolean {
    const table = this.tables[tableIndex]
    const segment = this.info.elems[elem]
    const length = this.droppedElems[elem] === 0 ? elemLength(segment) : 0
    if (from + count > length || to + count > table.length) return false
    if (segment.funcs !== undefined && writeFunctions(this, table, to, segment.funcs, from, count)) return true
    for (let k = 0; k < count; k++) table.setBits(to + k, this.elemBits(segment, from + k))
    return true
  }

  /** @internal */
  dropElem(elem: number): void {
    this.droppedElems[elem] = 1
  }

  /** @internal memory.init; false when it is out of bounds. */
  initMemory(memoryIndex: number, data: number, to: number, from: number, count: number): boolean {
    const memory = this.memories[memoryIndex]
    const { datas } = this.info
    const length = this.droppedDatas[data] === 0 ? datas.size(data) : 0
    const bytes = memory.bytes()
    if (from + count > length || to + count > bytes.length) return false
    const start = datas.start(data) + from
    bytes.set(this.module.bytes.subarray(start, start + count), to)
    return true
  }

  /** @internal */
  dropData(data: number): void {
    this.droppedDatas[data] = 1
  }

  /** @internal A root of handles: globals of externref type. */
  markHandles(): void {
    const { globals } = this.layout
    const words = new Uint32Array(2)
    this.info.globals.forEach((global, i) => {
      if (!isRef(global.type) || this.layout.globalIndirect[i] !== 0) return
      words[0] = load32(this.vmctx + globals[i])
      words[1] = load32(this.vmctx + globals[i] + 4)
      markWords(words, 0, 2)
    })
  }

  private funcType(index: number): FuncType {
    return this.info.types[this.info.funcTypes[index]]
  }

  private checkImports(imports: readonly Extern[], say: string): void {
    const { engine } = this.module
    if (this.store.engine !== engine) throw new LinkError(`${say}module belongs to another engine`)
    this.info.imports.forEach((each, i) => {
      const extern = imports[i]
      const fault = extern === undefined ? 'import is missing' : importFault(engine, this.info, i, extern)
      if (fault !== undefined) throw new LinkError(`${say}Import #${i} "${each.module}" "${each.name}": ${fault}`)
    })
  }

  /** Fills in what an import contributes; the index is the number of externs of its kind so far. */
  private takeImport(extern: Extern): void {
    const { layout, vmctx } = this
    switch (extern.kind) {
      case ExternKind.Func: {
        const index = this.funcs.push(extern) - 1
        if (extern.index < 0) extern.index = index
        mergeGroups(this.group, extern.group)
        const at = vmctx + layout.imports + index * ImportRecord.size
        storeAddress(at + ImportRecord.code, loadAddress(extern.record + FuncrefRecord.code))
        storeAddress(at + ImportRecord.ctx, loadAddress(extern.record + FuncrefRecord.ctx))
        storeAddress(this.funcrefs + index * 8, extern.record)
        return
      }
      case ExternKind.Table:
        this.tables.push(extern)
        mergeGroups(this.group, extern.group)
        return
      case ExternKind.Memory:
        this.memories.push(extern)
        return
      case ExternKind.Global: {
        const index = this.globals.push(extern) - 1
        if (isRef(extern.type.type)) mergeGroups(this.group, extern.group)
        const cell = vmctx + layout.globals[index]
        if (layout.globalIndirect[index] !== 0) storeAddress(cell, extern.cell)
        else copyCell(cell, extern.cell)
      }
    }
  }

  private writeHead(id: number): void {
    const { vmctx } = this
    storeAddress(vmctx + Vmctx.execContext, contextAddress)
    store32(vmctx + Vmctx.id, id)
    storeAddress(vmctx + Vmctx.funcrefs, this.funcrefs)
    storeAddress(vmctx + Vmctx.entries, this.module.code.entries)
    storeAddress(vmctx + Vmctx.fuel, this.store.fuelCell)
  }

  private makeMemories(say: string): void {
    const { info, layout, memories, vmctx } = this
    for (let i = info.importedMemories; i < info.memories.length; i++) {
      const { min, max } = info.memories[i]
      try {
        memories.push(new Memory(this.store, { min, max }))
      } catch (error) {
        throw new RangeError(`${say}Out of memory: Cannot allocate Wasm memory for new instance`, { cause: error })
      }
    }
    memories.forEach((memory, i) => storeAddress(vmctx + layout.memories + i * 8, memory.record))
    if (memories.length === 0) return
    storeAddress(vmctx + Vmctx.memBase, loadAddress(memories[0].record + MemoryRecord.base))
    storeAddress(vmctx + Vmctx.memory0, memories[0].record)
  }

  private makeTables(): void {
    const { info, layout, tables, vmctx } = this
    for (let i = info.importedTables; i < info.tables.length; i++) {
      const table = new Table(this.store, info.tables[i], null)
      mergeGroups(this.group, table.group)
      tables.push(table)
    }
    tables.forEach((table, i) => storeAddress(vmctx + layout.tables + i * 8, table.address))
  }

  private makeGlobals(): void {
    const { info, layout, vmctx } = this
    let holdsExterns = false
    for (let i = 0; i < info.globals.length; i++) {
      const { init, type } = info.globals[i]
      holdsExterns ||= isRef(type) && type !== FUNCREF
      if (init !== undefined) this.evaluate(init, vmctx + layout.globals[i])
    }
    if (holdsExterns) addHandleRoot(this)
  }

  /** Evaluates a constant expression into a cell. */
  private evaluate(expr: ConstExpr, cell: number): void {
    switch (expr.kind) {
      case 'const':
        store32(cell, expr.lo)
        store32(cell + 4, expr.hi)
        return
      case 'global':
        copyCell(cell, this.globalCell(expr.index))
        return
      case 'ref.null':
        storeAddress(cell, 0)
        return
      case 'ref.func':
        storeAddress(cell, this.funcRecord(expr.index))
    }
  }

  /** @internal Address of a global's value. */
  globalCell(index: number): number {
    const cell = this.vmctx + this.layout.globals[index]
    return this.layout.globalIndirect[index] === 0 ? cell : loadAddress(cell)
  }

  /** A reference that an element segment holds. */
  private elemBits(segment: ElemSegment, k: number): number {
    if (segment.funcs !== undefined) return addressBits(this.funcRecord(segment.funcs[k]))
    const item = segment.items?.[k]
    if (item?.kind === 'ref.func') return addressBits(this.funcRecord(item.index))
    return item?.kind === 'global' ? addressBits(loadAddress(this.globalCell(item.index))) : 0
  }

  private offset(expr: ConstExpr | undefined): number {
    if (expr?.kind === 'const') return expr.lo >>> 0
    return expr?.kind === 'global' ? load32(this.globalCell(expr.index)) : 0
  }

  private runElems(say: string): void {
    this.info.elems.forEach((segment, i) => {
      if (segment.mode === SegmentMode.Passive) return
      if (segment.mode === SegmentMode.Active) {
        const to = this.offset(segment.offset)
        if (!this.initTable(segment.table, i, to, 0, elemLength(segment))) {
          throw trapError(TrapCode.TableOutOfBounds, `${say}table index is out of bounds`)
        }
      }
      this.dropElem(i)
    })
  }

  private runDatas(say: string): void {
    const { datas } = this.info
    if (datas.allPlain && datas.length > 0) {
      const memory = this.memories[0].bytes()
      if (datas.extent <= memory.length) {
        addon.copyRanges(memory, this.module.bytes, datas.rows.subarray(0, datas.length * SEGMENT_WORDS))
        this.droppedDatas.fill(1)
        return
      }
    }
    for (let i = 0; i < datas.length; i++) {
      if (!datas.isActive(i)) continue
      const expr = datas.expression(i)
      const to = expr === undefined ? datas.target(i) : this.offset(expr)
      const length = datas.size(i)
      if (!this.initMemory(datas.memory(i), i, to, 0, length)) {
        const size = this.memories[datas.memory(i)].bytes().length
        throw trapError(
          TrapCode.MemoryOutOfBounds,
          `${say}data segment ${i} is out of bounds (offset ${to}, length ${length}, memory size ${size})`,
        )
      }
      this.dropData(i)
    }
  }

  private makeExports(): ReadonlyMap<string, Extern> {
    const exports = new Map<string, Extern>()
    for (const { name, kind, index } of this.info.exports) exports.set(name, this.extern(kind, index))
    return exports
  }

  private extern(kind: ExternKind, index: number): Extern {
    if (kind === ExternKind.Func) return this.func(index)
    if (kind === ExternKind.Table) return this.tables[index]
    if (kind === ExternKind.Memory) return this.memories[index]
    return this.global(index)
  }

  private global(index: number): Global {
    let global = this.globals[index]
    if (global === undefined) {
      const owner = { group: this.group, cell: this.globalCell(index) }
      global = new Global(this.store, this.info.globals[index], undefined, owner)
      this.globals[index] = global
    }
    return global
  }
}

function elemLength(segment: ElemSegment): number {
  return segment.funcs?.length ?? segment.items?.length ?? 0
}

function copyCell(to: number, from: number): void {
  store32(to, load32(from))
  store32(to + 4, load32(from + 4))
}
