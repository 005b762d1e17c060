/**
 * The module and the machine as the compiler's source sees them (CompileEnv of tiers/compiled.ts, ModuleInfo of wasm/types.ts, Signature of
 * tiers/abi.ts), in AssemblyScript, made from the record that the host has filled in (record.ts).
 */
import { Int32Array, Uint8Array } from './prelude'
import { OptimizerRecord } from './records'
import { XMM } from './tiers_abi'

export type ValType = i32

export class FuncType {
  params: i32[] = []
  results: i32[] = []
}

export class Place {
  type: i32
  reg: i32
  stack: i32
  constructor(type: i32, reg: i32, stack: i32) {
    this.type = type
    this.reg = reg
    this.stack = stack
  }
}

export class Signature {
  params: Place[] = []
  results: Place[] = []
  stackParams: i32 = 0
  stackResults: i32 = 0
}

export class TableType {
  element: i32
  min: i32
  /** -1 for none. */
  max: i32
  constructor(element: i32, min: i32, max: i32) {
    this.element = element
    this.min = min
    this.max = max
  }
}

export class Global {
  type: i32 = 0
  isConstant: bool = false
  low: i32 = 0
  high: i32 = 0
}

export function constantInit(global: Global): bool {
  return global.isConstant
}
export function initLow(global: Global): i32 {
  return global.low
}
export function initHigh(global: Global): i32 {
  return global.high
}

export class ModuleInfo {
  types: FuncType[] = []
  funcTypes!: Int32Array
  importedFuncs: i32 = 0
  tables: TableType[] = []
  globals: Global[] = []
  bodyStart!: Int32Array
  bodyEnd!: Int32Array
}

export class VmctxLayout {
  imports: i32 = 0
  tables: i32 = 0
  globals!: Int32Array
  globalIndirect!: Uint8Array
}

export class CpuFeatures {
  lzcnt: bool = false
  bmi1: bool = false
  bmi2: bool = false
  avx: bool = false
  avx2: bool = false
  fma: bool = false
  jumpErratum: bool = false
}

export class CompileEnv {
  info: ModuleInfo = new ModuleInfo()
  layout: VmctxLayout = new VmctxLayout()
  features: CpuFeatures = new CpuFeatures()
  explicitBounds: bool = false
  checked: bool = false
  /** Whether anything is inlined; then `bytes` are the module's. */
  inlines: bool = false
  bytes!: Uint8Array
  signatures: Signature[] = []
}

/** lower/signatures.ts in AssemblyScript. */
export class Signatures {
  signatures: Signature[]
  constructor(env: CompileEnv) {
    this.signatures = env.signatures
  }
  get(typeIndex: i32): Signature {
    return this.signatures[typeIndex]
  }
}

export function hasBytes(env: CompileEnv): bool {
  return env.inlines
}
export function bytesOf(env: CompileEnv): Uint8Array {
  return env.bytes
}

function places(record: OptimizerRecord, first: i32, count: i32): Place[] {
  const list: Place[] = []
  for (let i = first; i < first + count; i++) {
    const reg = record.placeReg[i]
    list.push(new Place(record.placeType[i], reg >= XMM ? reg - XMM : reg, record.placeStack[i]))
  }
  return list
}

function typesOf(list: Place[]): i32[] {
  const types: i32[] = []
  for (let i = 0; i < list.length; i++) types.push(list[i].type)
  return types
}

export function envOf(record: OptimizerRecord, bytes: Uint8Array): CompileEnv {
  const env = new CompileEnv()
  const info = env.info
  for (let i = 0; i < record.paramCount.length; i++) {
    const signature = new Signature()
    signature.params = places(record, record.firstParam[i], record.paramCount[i])
    signature.results = places(record, record.firstResult[i], record.resultCount[i])
    signature.stackParams = record.stackParams[i]
    signature.stackResults = record.stackResults[i]
    env.signatures.push(signature)
    const type = new FuncType()
    type.params = typesOf(signature.params)
    type.results = typesOf(signature.results)
    info.types.push(type)
  }
  info.funcTypes = record.funcTypes
  info.importedFuncs = record.importedFuncs
  for (let i = 0; i < record.tableElement.length; i++) {
    info.tables.push(new TableType(record.tableElement[i], record.tableMin[i], record.tableMax[i]))
  }
  for (let i = 0; i < record.globalType.length; i++) {
    const global = new Global()
    global.type = record.globalType[i]
    global.isConstant = record.globalConst[i] != 0
    global.low = record.globalLo[i]
    global.high = record.globalHi[i]
    info.globals.push(global)
  }
  info.bodyStart = record.bodyStart
  info.bodyEnd = record.bodyEnd
  env.layout.imports = record.importsAt
  env.layout.tables = record.tablesAt
  env.layout.globals = record.globalAt
  env.layout.globalIndirect = record.globalIndirect
  env.features.lzcnt = record.lzcnt
  env.features.bmi1 = record.bmi1
  env.features.bmi2 = record.bmi2
  env.features.avx = record.avx
  env.features.avx2 = record.avx2
  env.features.fma = record.fma
  env.features.jumpErratum = record.jumpErratum
  env.explicitBounds = record.explicitBounds
  env.checked = record.checked
  env.inlines = record.inlines
  env.bytes = bytes
  return env
}
