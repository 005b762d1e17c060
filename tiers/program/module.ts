/**
 * What a compiler knows of its module and its machine: numbers and flat arrays only. The baseline compiler reads it as it is, so that no
 * opcode follows objects; both compilers' Wasm programs have the same as words of their memory (record.ts writes them, field by field).
 */
import { isXmmType, signatureOf, XMM, type Place } from '../abi.js'
import type { CompileEnv } from '../compiled.js'

export class ModuleRecord {
  // The machine, and what code is wanted.
  readonly lzcnt: boolean
  readonly bmi1: boolean
  readonly bmi2: boolean
  readonly avx: boolean
  /** Assertions of the 32-bit zero-extension rule. */
  readonly checked: boolean
  /** Every access to memory compares with its length. */
  readonly explicitBounds: boolean
  /** Either of the two. */
  readonly carefulAddresses: boolean

  // Functions and their types.
  readonly importedFuncs: number
  /** Type index of each function. */
  readonly funcTypes: Uint32Array
  /** By type index: the first of its parameters and of its results among the places, and how many there are. */
  readonly firstParam: Int32Array
  readonly paramCount: Int32Array
  readonly firstResult: Int32Array
  readonly resultCount: Int32Array
  /** 8-byte slots of arguments and of results that travel on the stack. */
  readonly stackParams: Int32Array
  readonly stackResults: Int32Array
  /** Where a parameter or result travels (Place of abi.ts): its type, its register (xmm registers from XMM on) or -1, its slot. */
  readonly placeType: Int32Array
  readonly placeReg: Int32Array
  readonly placeStack: Int32Array

  // Tables.
  readonly tableElement: Int32Array
  readonly tableMin: Int32Array
  /** -1 for none. */
  readonly tableMax: Int32Array

  // Globals.
  readonly globalType: Int32Array
  /** 1 for what is always the number `globalLo`, `globalHi`. */
  readonly globalConst: Uint8Array
  readonly globalLo: Int32Array
  readonly globalHi: Int32Array
  /** Offset of its cell in VMCTX; 1 in `globalIndirect` when the cell holds the value's address. */
  readonly globalAt: Int32Array
  readonly globalIndirect: Uint8Array

  // Offsets in VMCTX.
  readonly importsAt: number
  readonly tablesAt: number

  constructor({ info, layout, features, checked, bounds }: CompileEnv) {
    this.lzcnt = features.lzcnt
    this.bmi1 = features.bmi1
    this.bmi2 = features.bmi2
    this.avx = features.avx
    this.checked = checked
    this.explicitBounds = bounds === 'explicit'
    this.carefulAddresses = this.checked || this.explicitBounds

    this.importedFuncs = info.importedFuncs
    this.funcTypes = info.funcTypes
    const signatures = info.types.map(signatureOf)
    const places: Place[] = []
    const firsts = (of: 'params' | 'results'): Int32Array =>
      Int32Array.from(signatures, (signature) => {
        const first = places.length
        for (const place of signature[of]) places.push(place)
        return first
      })
    this.firstParam = firsts('params')
    this.paramCount = Int32Array.from(signatures, ({ params }) => params.length)
    this.firstResult = firsts('results')
    this.resultCount = Int32Array.from(signatures, ({ results }) => results.length)
    this.stackParams = Int32Array.from(signatures, ({ stackParams }) => stackParams)
    this.stackResults = Int32Array.from(signatures, ({ stackResults }) => stackResults)
    this.placeType = Int32Array.from(places, ({ type }) => type)
    this.placeReg = Int32Array.from(places, ({ type, reg }) => (reg >= 0 && isXmmType(type) ? XMM + reg : reg))
    this.placeStack = Int32Array.from(places, ({ stack }) => stack)

    this.tableElement = Int32Array.from(info.tables, ({ element }) => element)
    this.tableMin = Int32Array.from(info.tables, ({ min }) => min)
    this.tableMax = Int32Array.from(info.tables, ({ max }) => max)

    const numbers = info.globals.map(({ mutable, init }) => (!mutable && init?.kind === 'const' ? init : undefined))
    this.globalType = Int32Array.from(info.globals, ({ type }) => type)
    this.globalConst = Uint8Array.from(numbers, (number) => (number === undefined ? 0 : 1))
    this.globalLo = Int32Array.from(numbers, (number) => number?.lo ?? 0)
    this.globalHi = Int32Array.from(numbers, (number) => number?.hi ?? 0)
    this.globalAt = layout.globals
    this.globalIndirect = layout.globalIndirect

    this.importsAt = layout.imports
    this.tablesAt = layout.tables
  }
}
