/**
 * What the left sides of the rules of instruction selection stand on, and what their right sides compute without making
 * instructions: the tests, constants, predicates and constructors that rules/lower/prelude.rules declares, by the names of these
 * methods.
 */
import { MemoryRecord, Vmctx } from '../../abi.js'
import { Form, WIDE } from '../../isa/x64/forms.js'
import { IrOp } from '../ir/ops.js'
import { ACCESS_SIGNED, ACCESS_WIDTH_MASK, IntCc, intCcSwapped, isFloatTy, Ty, tyBits } from '../ir/types.js'
import { RuleHits } from '../rules/hits.js'
import { Addresses } from './addresses.js'
import { UnsupportedError } from './values.js'

/** Largest scale of an address, as a logarithm. */
const MAX_SCALE = 3

// By the logarithm of an access's width.
const unsignedLoads: Int32Array = Int32Array.of(Form.movzx32M8, Form.movzx32M16, Form.mov32RM, Form.mov64RM)
const signedLoads: Int32Array = Int32Array.of(Form.movsx32M8, Form.movsx32M16, Form.movsxd64M32, Form.mov64RM)
const stores: Int32Array = Int32Array.of(Form.mov8MR, Form.mov16MR, Form.mov32MR, Form.mov64MR)

/** The move that loads a value of a type whole. */
export function loadForm(ty: number): number {
  return ty === Ty.I32 ? Form.mov32RM : ty === Ty.F32 ? Form.movssRM : ty === Ty.F64 ? Form.movsdRM : Form.mov64RM
}

export function wideOf(ty: number): number {
  return ty === Ty.I32 ? 0 : WIDE
}

export abstract class Matchers extends Addresses {
  /** For tests. */
  readonly hits = new RuleHits()

  /** A rule is taken. */
  fired(rule: number): void {
    this.hits.add(rule)
  }

  // --- values --------------------------------------------------------------------------------------------------------------

  /** A constant as the count of a shift of its type. */
  countOf(value: number): number {
    return this.constLo(value) & (tyBits(this.f.vType[value]) - 1)
  }

  /** True for the integer constant that is this small signed number. */
  isInt(value: number, number: number): boolean {
    return (
      this.isConst(value) &&
      this.constLo(value) === number &&
      (this.f.vType[value] === Ty.I32 || this.constHi(value) === number >> 31)
    )
  }

  /** True for a constant that is a number of 32 bits without a sign. */
  isLowMask(value: number): boolean {
    return this.isConst(value) && this.constHi(value) === 0
  }

  /** True for a constant with one bit, of those that no immediate of 32 bits can stand for. */
  isHighBit(value: number): boolean {
    if (!this.isConst(value) || this.f.vType[value] === Ty.I32) return false
    const low = this.constLo(value)
    const high = this.constHi(value)
    return low === 0 ? (high & (high - 1)) === 0 && high !== 0 : high === 0 && low === -0x80000000
  }

  highBitOf(value: number): number {
    const high = this.constHi(value)
    return high === 0 ? 31 : 63 - Math.clz32(high)
  }

  isScale(value: number): boolean {
    if (!this.isConst(value)) return false
    const count = this.countOf(value)
    return count >= 1 && count <= MAX_SCALE
  }

  isPooled(value: number): boolean {
    const def = this.f.definition(value)
    return def >= 0 && this.f.op[def] === IrOp.Fconst
  }

  isInMemory(value: number): boolean {
    return this.isPooled(value) || this.isMerged(value)
  }

  outlives(x: number, y: number): boolean {
    return this.livesOn(x) && !this.livesOn(y)
  }

  outlivedBy(x: number, y: number): number {
    return this.livesOn(y) && !this.livesOn(x) ? 1 : 0
  }

  // --- numbers ---------------------------------------------------------------------------------------------------------------

  isNegatable(imm: number): boolean {
    return imm !== -0x80000000
  }

  negated(imm: number): number {
    return -imm
  }

  /** Only the greatest number with and without sign has no successor. */
  hasNext(imm: number): boolean {
    return imm !== -1 && imm !== 0x7fffffff
  }

  nextOf(imm: number): number {
    return imm + 1
  }

  turned(ty: number, count: number): number {
    return -count & (tyBits(ty) - 1)
  }

  /** A mask below the sign bit of a byte. */
  isByteMask(imm: number): boolean {
    return imm >= 0 && imm < 0x80
  }

  /** A number that a byte without a sign can be, but 0, which needs no comparison of its own. */
  isByte(imm: number): boolean {
    return imm > 0 && imm < 0x100
  }

  isEquality(cc: number): boolean {
    return cc === IntCc.Eq || cc === IntCc.Ne
  }

  /** A relation that does not look at signs. */
  isUnsigned(cc: number): boolean {
    return this.isEquality(cc) || cc === IntCc.ULt || cc === IntCc.UGe || cc === IntCc.UGt || cc === IntCc.ULe
  }

  plus(offset: number, imm: number): number {
    return offset + imm
  }

  // --- the processor ---------------------------------------------------------------------------------------------------------

  hasBmi1(): boolean {
    return this.env.features.bmi1
  }

  hasBmi2(): boolean {
    return this.env.features.bmi2
  }

  hasLzcnt(): boolean {
    return this.env.features.lzcnt
  }

  hasAvx(): boolean {
    return this.env.features.avx
  }

  // --- forms -----------------------------------------------------------------------------------------------------------------

  wide(form: number, ty: number): number {
    return form | wideOf(ty)
  }

  sized(single: number, double: number, ty: number): number {
    return ty === Ty.F32 ? single : double
  }

  loadForm(ty: number, access: number): number {
    const width = access & ACCESS_WIDTH_MASK
    if (isFloatTy(ty)) return loadForm(ty)
    if ((access & ACCESS_SIGNED) === 0) return unsignedLoads[width]
    if (ty === Ty.I32 && width === 2) return Form.mov32RM
    return ty === Ty.I64 && width < 2 ? signedLoads[width] | WIDE : signedLoads[width]
  }

  storeForm(ty: number, access: number): number {
    return isFloatTy(ty) ? this.wholeStore(ty) : stores[access & ACCESS_WIDTH_MASK]
  }

  updateForm(form: number, access: number): number {
    return (access & ACCESS_WIDTH_MASK) === 3 ? form | WIDE : form
  }

  wholeLoad(ty: number): number {
    return loadForm(ty)
  }

  wholeStore(ty: number): number {
    return ty === Ty.F32 ? Form.movssMR : ty === Ty.F64 ? Form.movsdMR : Form.mov32MR | wideOf(ty)
  }

  // --- comparisons, stores, globals --------------------------------------------------------------------------------

  swapped(cc: number): number {
    return intCcSwapped[cc]
  }

  negatedCondition(cc: number): number {
    return cc ^ 1
  }

  /** True when a value is a constant that a store of an access's width has an immediate for. */
  isStorable(value: number, access: number): boolean {
    const { f } = this
    if (this.isPooled(value)) {
      const def = f.definition(value)
      return f.vType[value] === Ty.F32 || f.immHi[def] === f.immLo[def] >> 31
    }
    return this.isConst(value) && ((access & ACCESS_WIDTH_MASK) < 3 || this.isImm(value))
  }

  isIndirectGlobal(index: number): boolean {
    return this.env.layout.globalIndirect[index] !== 0
  }

  globalPlace(index: number): number {
    return this.env.layout.globals[index]
  }

  memoryPlace(index: number): number {
    if (index !== 0) throw new UnsupportedError('more than one memory')
    return Vmctx.memory0
  }

  bytesField(): number {
    return MemoryRecord.bytes
  }
}
