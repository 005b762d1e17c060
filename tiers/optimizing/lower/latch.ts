/**
 * The end of a loop's turn. Compilers to Wasm like to test the present value of a loop's variable after they have computed
 * the next: `next = i + 1; if (i != n) { i = next; continue }`. Then both values live at once, and the way back is a move and
 * a jump around it. Where nothing but the branch's edges wants the next value, it is computed between comparison and branch,
 * by a `lea`, which leaves the flags alone: the variable dies in the comparison and both can share a register.
 */
import { Form } from '../../isa/x64/forms.js'
import { IrOp } from '../ir/ops.js'
import { ADDRESS_SHIFT, Address, K } from './kinds.js'
import type { Lowering } from './lowering.js'
import { wideOf } from './matchers.js'
import { InstFlag, OpKind } from './vcode.js'

/** Emits what the branch `inst` can compute for its edges; to be called when its comparison has been emitted. */
export function computeNext(l: Lowering, inst: number): void {
  const { f } = l
  const test = f.definition(f.arg0[inst])
  if (test < 0 || f.op[test] !== IrOp.Icmp) return
  for (let k = 0; k < 2; k++) {
    const call = f.successorCall(inst, k)
    for (let i = 0; i < f.pool[call + 1]; i++) advance(l, inst, test, f.pool[call], f.pool[call + 2 + i], i)
  }
}

/** @param index place of `next` among the arguments for `to` */
function advance(l: Lowering, inst: number, test: number, to: number, next: number, index: number): void {
  const { f, code } = l
  const def = f.definition(next)
  if (def < 0 || f.op[def] !== IrOp.Iadd || f.block[def] !== f.block[inst]) return
  const now = f.arg0[def]
  if (now !== f.param(to, index) || (now !== f.arg0[test] && now !== f.arg1[test]) || !l.isImm(f.arg1[def])) return
  if (l.isSunk(def) || l.useCount(next) !== edgeUses(l, inst, next)) return
  l.sink(def)
  const made = code.inst(K.Lea, Form.lea32RM | wideOf(f.ty[def]), l.constLo(f.arg1[def]))
  code.flags[made] |= (Address.Base << ADDRESS_SHIFT) | InstFlag.PreferInput
  code.operand(l.use(next), OpKind.Def)
  code.operand(l.use(now), OpKind.Use)
}

/** How often the edges of a branch take a value along. */
function edgeUses(l: Lowering, inst: number, value: number): number {
  const { f } = l
  let count = 0
  for (let k = 0; k < 2; k++) {
    const call = f.successorCall(inst, k)
    for (let i = 0; i < f.pool[call + 1]; i++) if (f.pool[call + 2 + i] === value) count++
  }
  return count
}
