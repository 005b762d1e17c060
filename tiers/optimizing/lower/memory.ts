/** Lowering of loads, stores, globals and the memory's length. */
import { MemoryRecord, Vmctx } from '../../abi.js'
import { Form } from '../../isa/x64/forms.js'
import { IrOp } from '../ir/ops.js'
import { ACCESS_SIGNED, ACCESS_WIDTH_MASK, Ty, isFloatTy } from '../ir/types.js'
import { wideOf } from './integer.js'
import { ADDRESS_SHIFT, Address, K } from './kinds.js'
import { loadForm, Unsupported, WIDE, type Lowering } from './lowering.js'
import { OpKind } from './vcode.js'

const narrowLoads = [Form.movzx32M8, Form.movzx32M16, Form.mov32RM, Form.mov64RM]
const signedLoads = [Form.movsx32M8, Form.movsx32M16, Form.movsxd64M32, Form.mov64RM]
const stores = [Form.mov8MR, Form.mov16MR, Form.mov32MR, Form.mov64MR]
const immediateStores = [Form.mov8MI, Form.mov16MI, Form.mov32MI, Form.mov64MI]

export function load(l: Lowering, inst: number): void {
  const { f, code } = l
  const ty = f.ty[inst]
  const width = f.aux[inst] & ACCESS_WIDTH_MASK
  const signed = (f.aux[inst] & ACCESS_SIGNED) !== 0
  l.address(inst, 1 << width)
  let form = signed ? signedLoads[width] : narrowLoads[width]
  if (isFloatTy(ty)) form = ty === Ty.F32 ? Form.movssRM : Form.movsdRM
  else if (signed && ty === Ty.I64 && width < 2) form |= WIDE
  else if (signed && ty === Ty.I32 && width === 2) form = Form.mov32RM
  code.inst(K.Load, form)
  code.operand(l.result(inst), OpKind.Def)
  l.addAddress()
}

/** True when a value is a constant that a store of a width has an immediate for. */
function isStorable(l: Lowering, value: number, width: number): boolean {
  const { f } = l
  const def = f.definition(value)
  if (def >= 0 && f.op[def] === IrOp.Fconst) {
    return f.vType[value] === Ty.F32 || f.immHi[def] === f.immLo[def] >> 31
  }
  return l.isConst(value) && (width < 3 || l.isImm(value))
}

export function store(l: Lowering, inst: number): void {
  const { f, code } = l
  const ty = f.ty[inst]
  const width = f.aux[inst] & ACCESS_WIDTH_MASK
  const value = f.arg1[inst]
  if (isStorable(l, value, width)) {
    const imm = l.constLo(value)
    l.address(inst, 1 << width)
    code.inst(K.StoreImm, immediateStores[width], 0, imm)
    l.addAddress()
    return
  }
  // The low bytes are stored: a wrap makes no difference.
  const x = width < 3 && !isFloatTy(ty) ? l.useLow(value) : l.use(value)
  l.address(inst, 1 << width)
  code.inst(K.Store, isFloatTy(ty) ? (ty === Ty.F32 ? Form.movssMR : Form.movsdMR) : stores[width])
  code.operand(x, OpKind.Use)
  l.addAddress()
}

/** Where a global is: address mode and displacement; -1 and its address in a register. */
function globalBase(l: Lowering, index: number): number {
  const { layout } = l.env
  if (layout.globalIndirect[index] === 0) return -1
  const base = l.gpr()
  l.loadFrom(base, Form.mov64RM, Address.Context, layout.globals[index], -1)
  return base
}

export function globalGet(l: Lowering, inst: number): void {
  const index = l.f.immLo[inst]
  const base = globalBase(l, index)
  const form = loadForm(l.f.ty[inst])
  if (base < 0) l.loadFrom(l.result(inst), form, Address.Context, l.env.layout.globals[index], -1)
  else l.loadFrom(l.result(inst), form, Address.Base, 0, base)
}

export function globalSet(l: Lowering, inst: number): void {
  const { f, code } = l
  const index = f.immLo[inst]
  const ty = f.vType[f.arg0[inst]]
  const value = l.use(f.arg0[inst])
  const base = globalBase(l, index)
  const wide = wideOf(ty)
  const form = ty === Ty.F32 ? Form.movssMR : ty === Ty.F64 ? Form.movsdMR : Form.mov32MR | wide
  const made = code.inst(K.Store, form, base < 0 ? l.env.layout.globals[index] : 0)
  code.flags[made] |= (base < 0 ? Address.Context : Address.Base) << ADDRESS_SHIFT
  code.operand(value, OpKind.Use)
  if (base >= 0) code.operand(base, OpKind.Use)
}

export function memoryBytes(l: Lowering, inst: number): void {
  if (l.f.immLo[inst] !== 0) throw new Unsupported('more than one memory')
  const record = l.gpr()
  l.loadFrom(record, Form.mov64RM, Address.Context, Vmctx.memory0, -1)
  l.loadFrom(l.result(inst), Form.mov64RM, Address.Base, MemoryRecord.bytes, record)
}
