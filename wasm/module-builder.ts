/**
 * The module description while it is being decoded. It is a `ModuleInfo` from the start, so that a body can be compiled
 * as soon as its bytes are there: everything that a body may refer to comes before the code section.
 */
import { DataSegments } from './data-segments.js'
import type {
  CustomSection,
  ElemSegment,
  Export,
  Global,
  Import,
  MemoryType,
  ModuleInfo,
  TableType,
  TypeDef,
} from './types.js'

export class ModuleBuilder implements ModuleInfo {
  readonly types: TypeDef[] = []
  readonly imports: Import[] = []
  readonly exports: Export[] = []
  funcTypes = new Uint32Array(0)
  importedFuncs = 0
  readonly tables: TableType[] = []
  importedTables = 0
  readonly memories: MemoryType[] = []
  importedMemories = 0
  readonly globals: Global[] = []
  importedGlobals = 0
  start = -1
  readonly elems: ElemSegment[] = []
  datas = new DataSegments(0)
  dataCount = -1
  readonly customs: CustomSection[] = []
  bodyStart = new Uint32Array(0)
  bodyEnd = new Uint32Array(0)
  declaredRefs = new Uint8Array(0)
  codeStart = 0
  codeEnd = 0

  /** Sets the function index space: type indices of the imports, then of the defined functions. */
  setFunctions(typeIndices: Uint32Array<ArrayBuffer>, imported: number): void {
    const defined = typeIndices.length - imported
    this.funcTypes = typeIndices
    this.importedFuncs = imported
    this.declaredRefs = new Uint8Array(typeIndices.length)
    this.bodyStart = new Uint32Array(defined)
    this.bodyEnd = new Uint32Array(defined)
  }
}
