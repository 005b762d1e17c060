/**
 * A module's declarations as flat integer arrays: what a loop over opcodes can read without following objects. The same
 * as one array, `image`, is what the scan reads (scan/layout.ts).
 *
 * Signatures are named by a *signature id*: the index of the type for the module's own types, and ids behind them for
 * the two kinds of block type that name no type: no result, and one result. All parameter and result types lie in one
 * array, `sigTypes`.
 */
import { BLOCK_SIG_SHIFT, MUTABLE, SIG_PARAM_COUNT, SIG_RESULT, SIG_SIZE } from './scan/layout.js'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, type ModuleInfo, type ValType } from './types.js'

/** The value types that a one-byte block type may give as its result. */
const BLOCK_RESULTS: readonly ValType[] = [I32, I64, F32, F64, FUNCREF, EXTERNREF]
/** The block type without parameters and results. */
const EMPTY_BLOCK = 0x40
/** A one-byte block type below this is a type index: its sign bit is clear. */
const ONE_BYTE_INDICES = 0x40

export class ModuleTables {
  /** Parameters, then results, of signature after signature. */
  readonly sigTypes: Int32Array
  readonly sigParams: Int32Array
  readonly sigParamCount: Int32Array
  readonly sigResults: Int32Array
  readonly sigResultCount: Int32Array
  /** The one parameter and the one result of each signature: its type, 0 for none, -1 for several. */
  readonly sigParam: Int32Array
  readonly sigResult: Int32Array
  /** Signature id by the byte of a one-byte block type, -1 where there is none. */
  readonly blockSig = new Int32Array(0x80).fill(-1)
  readonly funcSig: Uint32Array
  readonly globalTypes: Int32Array
  readonly globalMutable: Uint8Array
  readonly tableTypes: Int32Array
  readonly elemTypes: Int32Array
  readonly memories: number
  /** The module's own signatures, which come first. */
  readonly typeCount: number
  private scanImage: ScanImage | undefined

  /** `info` must be complete up to its code section. */
  constructor(info: ModuleInfo) {
    const { types, globals, tables, elems } = info
    const sigs = types.length + 1 + BLOCK_RESULTS.length
    let size = BLOCK_RESULTS.length
    for (const type of types) size += type.params.length + type.results.length
    this.sigTypes = new Int32Array(size)
    this.sigParams = new Int32Array(sigs)
    this.sigParamCount = new Int32Array(sigs)
    this.sigResults = new Int32Array(sigs)
    this.sigResultCount = new Int32Array(sigs)
    this.sigParam = new Int32Array(sigs)
    this.sigResult = new Int32Array(sigs)
    let at = 0
    const addSig = (sig: number, params: readonly ValType[], results: readonly ValType[]): void => {
      this.sigParam[sig] = soleType(params)
      this.sigResult[sig] = soleType(results)
      this.sigParams[sig] = at
      this.sigParamCount[sig] = params.length
      for (const type of params) this.sigTypes[at++] = type
      this.sigResults[sig] = at
      this.sigResultCount[sig] = results.length
      for (const type of results) this.sigTypes[at++] = type
    }
    types.forEach((type, sig) => {
      addSig(sig, type.params, type.results)
      if (sig < ONE_BYTE_INDICES) this.blockSig[sig] = sig
    })
    addSig(types.length, [], [])
    this.blockSig[EMPTY_BLOCK] = types.length
    BLOCK_RESULTS.forEach((type, i) => {
      addSig(types.length + 1 + i, [], [type])
      this.blockSig[type] = types.length + 1 + i
    })
    this.funcSig = info.funcTypes
    this.globalTypes = Int32Array.from(globals, (global) => global.type)
    this.globalMutable = Uint8Array.from(globals, (global) => (global.mutable ? 1 : 0))
    this.tableTypes = Int32Array.from(tables, (table) => table.element)
    this.elemTypes = Int32Array.from(elems, (elem) => elem.type)
    this.memories = info.memories.length
    this.typeCount = types.length
  }

  /** What the scan reads of the module; made when its first body comes. */
  get image(): ScanImage {
    this.scanImage ??= new ScanImage(this)
    return this.scanImage
  }
}

/** A module's tables as the scan reads them, one behind the other: words for its memory, and how many bytes into them each table starts. */
export class ScanImage {
  readonly words: Int32Array
  readonly funcSigs: number
  readonly globals: number
  /** What a one-byte block type means, by byte. */
  readonly blocks = new Int32Array(0x100).fill(-1)
  private readonly sigCount: number

  constructor(tables: ModuleTables) {
    const { sigTypes, sigParams, sigParamCount, sigResult, funcSig, globalTypes, globalMutable } = tables
    this.sigCount = sigParams.length
    const types = SIG_SIZE * sigParams.length
    this.funcSigs = types + 4 * sigTypes.length
    this.globals = this.funcSigs + 4 * funcSig.length
    const words = new Int32Array(this.globals / 4 + globalTypes.length)
    for (let sig = 0; sig < sigParams.length; sig++) {
      const at = (SIG_SIZE * sig) >> 2
      words[at] = types + 4 * sigParams[sig]
      words[at + (SIG_PARAM_COUNT >> 2)] = sigParamCount[sig]
      words[at + (SIG_RESULT >> 2)] = sigResult[sig]
    }
    words.set(sigTypes, types >> 2)
    words.set(funcSig, this.funcSigs >> 2)
    const globals = this.globals >> 2
    for (let i = 0; i < globalTypes.length; i++) words[globals + i] = globalTypes[i] | (globalMutable[i] * MUTABLE)
    this.words = words
    tables.blockSig.forEach((sig, byte) => {
      if (sig < 0 || sigParamCount[sig] !== 0 || sigResult[sig] < 0) return
      this.blocks[byte] = (sig << BLOCK_SIG_SHIFT) | sigResult[sig]
    })
  }

  /** Writes the tables to an address; signatures, which come first, have addresses in them. */
  writeTo(memory: Int32Array, address: number): void {
    memory.set(this.words, address >> 2)
    const end = (address + SIG_SIZE * this.sigCount) >> 2
    for (let at = address >> 2; at < end; at += SIG_SIZE >> 2) memory[at] += address
  }
}

/** The one type of a list: 0 for none, -1 for several. */
function soleType(types: readonly ValType[]): number {
  if (types.length > 1) return -1
  return types.length === 0 ? 0 : types[0]
}
