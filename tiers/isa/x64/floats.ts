/**
 * Operations of floats that take more than one instruction, as both tiers make them. The specification's section 4.3.3 says what
 * the numbers must be; NaN results are quiet NaNs as the hardware makes them.
 */
import { SCRATCH_XMM } from '../../abi.js'
import type { Assembler } from './assembler.js'
import { Cc, Form } from './forms.js'

/** x = the lesser (greater) of x and y. The hardware's gives y for NaN and for two zeros; these cases are apart. */
export function floatMinMax(asm: Assembler, x: number, y: number, double: boolean, max: boolean): void {
  const ordered = asm.newLabel()
  const nan = asm.newLabel()
  const done = asm.newLabel()
  asm.rr(double ? Form.ucomisdRM : Form.ucomissRM, x, y)
  asm.jccShort(Cc.ne, ordered)
  asm.jccShort(Cc.p, nan)
  asm.rr(max ? Form.andpsRM : Form.orpsRM, x, y)
  asm.jmpShort(done)
  asm.bind(nan)
  asm.rr(double ? Form.addsdRM : Form.addssRM, x, y)
  asm.jmpShort(done)
  asm.bind(ordered)
  if (max) asm.rr(double ? Form.maxsdRM : Form.maxssRM, x, y)
  else asm.rr(double ? Form.minsdRM : Form.minssRM, x, y)
  asm.bind(done)
}

/** Loads a mask of the sign bit (or of all others, if `inverted`) into the scratch register. */
export function loadSignMask(asm: Assembler, double: boolean, inverted: boolean): void {
  if (double) asm.rip(Form.movsdRM, SCRATCH_XMM, asm.f64Const(inverted ? -1 : 0, inverted ? 0x7fffffff : -0x80000000))
  else asm.rip(Form.movssRM, SCRATCH_XMM, asm.f32Const(inverted ? 0x7fffffff : -0x80000000))
}

/** Gives x the sign of y. */
export function copySignOf(asm: Assembler, x: number, y: number, double: boolean): void {
  loadSignMask(asm, double, true)
  asm.rr(Form.andpsRM, x, SCRATCH_XMM)
  // The complement of the mask selects the sign of y.
  asm.rr(Form.andnpsRM, SCRATCH_XMM, y)
  asm.rr(Form.orpsRM, x, SCRATCH_XMM)
}
