/**
 * A module's declarations as flat integer arrays: what a loop over opcodes can read without following objects.
 *
 * Signatures are named by a *signature id*: the index of the type for the module's own types, and ids behind them for
 * the two kinds of block type that name no type: no result, and one result. All parameter and result types lie in one
 * array, `sigTypes`.
 */
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, type ModuleInfo, type ValType } from './types.js'

/** The value types that a one-byte block type may give as its result. */
const BLOCK_RESULTS: readonly ValType[] = [I32, I64, F32, F64, FUNCREF, EXTERNREF]
/** The block type without parameters and results. */
export const EMPTY_BLOCK = 0x40
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
  /** The same, -1 also for those with parameters or several results, for any byte. */
  readonly plainBlockSig = new Int32Array(0x100).fill(-1)
  readonly funcSig: Uint32Array
  readonly globalTypes: Int32Array
  readonly globalMutable: Uint8Array
  readonly tableTypes: Int32Array
  readonly elemTypes: Int32Array

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
    this.blockSig.forEach((sig, byte) => {
      if (sig >= 0 && this.sigParamCount[sig] === 0 && this.sigResult[sig] >= 0) this.plainBlockSig[byte] = sig
    })
    this.funcSig = info.funcTypes
    this.globalTypes = Int32Array.from(globals, (global) => global.type)
    this.globalMutable = Uint8Array.from(globals, (global) => (global.mutable ? 1 : 0))
    this.tableTypes = Int32Array.from(tables, (table) => table.element)
    this.elemTypes = Int32Array.from(elems, (elem) => elem.type)
  }
}

/** The one type of a list: 0 for none, -1 for several. */
function soleType(types: readonly ValType[]): number {
  if (types.length > 1) return -1
  return types.length === 0 ? 0 : types[0]
}
