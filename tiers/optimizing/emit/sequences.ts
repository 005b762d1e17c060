/**
 * Machine instructions of more than one x86 instruction: division, float minimum, conversions, calls. They use the reserved
 * scratch registers inside. The specification's section 4.3 says what the numbers must be; NaN results are
 * quiet NaNs as the hardware makes them.
 */
import {
  ImportRecord, MEMBASE, Reg, RuntimeOp, SCRATCH, SCRATCH_XMM, StubId, TableEntry, TrapCode, VMCTX, Vmctx, ARG_GPRS,
} from '../../abi.js' // oxfmt-ignore
import { RelocKind } from '../../compiled.js'
import { floatToInt32, floatToInt64, floatToUint64, SATURATES, uint64ToFloat } from '../../isa/x64/conversions.js'
import { copySignOf, floatMinMax, loadSignMask } from '../../isa/x64/floats.js'
import { Cc, Form, SHORT_IMM, WIDE } from '../../isa/x64/forms.js'
import { CC_FLOAT_EQ, CC_FLOAT_NE, K } from '../lower/kinds.js'
import { SLOT_BASE, XMM_BASE } from '../lower/vcode.js'
import type { Emitter } from './emitter.js'
import { slotOffset } from './frame.js'

export function emitSequence(e: Emitter, kind: number): void {
  const { asm, code, inst } = e
  const imm = code.imm[inst]
  switch (kind) {
    case K.SetCc:
      setCondition(e, imm)
      break
    case K.CMov:
      if (imm === CC_FLOAT_NE) {
        e.any(code.form[inst] + Cc.ne, e.reg(0), 2)
        e.any(code.form[inst] + Cc.p, e.reg(0), 2)
      } else {
        e.any(code.form[inst] + imm, e.reg(0), 2)
      }
      break
    case K.FloatSelect:
      floatSelect(e, imm)
      break
    case K.Divide:
      divide(e, imm)
      break
    case K.MulHigh:
      asm.r(imm === 0 ? Form.mul64M : Form.imul64M, e.reg(3))
      break
    case K.MulX:
      // The low half goes to the same register first, so it is lost.
      asm.vrr(Form.mulx64RVM, e.reg(0), e.reg(0), e.reg(2))
      break
    case K.BitScan:
      bitScan(e, imm, code.imm2[inst] !== 0)
      break
    case K.FloatMinMax:
      floatMinMax(asm, e.reg(0), e.reg(2), code.imm2[inst] !== 0, imm !== 0)
      break
    case K.FloatSign:
      loadSignMask(asm, code.imm2[inst] !== 0, imm === 0)
      asm.rr(imm === 0 ? Form.andpsRM : Form.xorpsRM, e.reg(0), SCRATCH_XMM)
      break
    case K.CopySign:
      copySignOf(asm, e.reg(0), e.reg(2), code.imm2[inst] !== 0)
      break
    case K.FloatToInt:
      floatToInt(e, imm)
      break
    case K.UintToFloat:
      uint64ToFloat(asm, e.reg(0), e.reg(1), e.reg(2), imm !== 0)
      break
    case K.AdjustStack:
      if (imm > 0) asm.ri(Form.sub64MI, Reg.rsp, imm)
      else asm.ri(Form.add64MI, Reg.rsp, -imm)
      break
    case K.StackArg:
      stackArg(e, imm)
      break
    default:
      emitCall(e, kind, imm)
  }
}

// --- conditions ------------------------------------------------------------------------------------------------------------

function setCondition(e: Emitter, cc: number): void {
  const { asm } = e
  const dst = e.reg(0)
  if (e.takeZeroed()) {
    asm.setcc(cc, dst)
    return
  }
  if (cc >= CC_FLOAT_EQ) {
    const equal = cc === CC_FLOAT_EQ
    asm.setcc(equal ? Cc.np : Cc.p, SCRATCH)
    asm.setcc(equal ? Cc.e : Cc.ne, dst)
    asm.rr(equal ? Form.and8RM : Form.or8RM, dst, SCRATCH)
  } else {
    asm.setcc(cc, dst)
  }
  asm.rr(Form.movzx32M8, dst, dst)
}

function floatSelect(e: Emitter, cc: number): void {
  const { asm } = e
  const done = asm.newLabel()
  if (cc === CC_FLOAT_NE) {
    asm.jccShort(Cc.p, done)
    asm.jccShort(Cc.ne, done)
  } else if (cc === CC_FLOAT_EQ) {
    const other = asm.newLabel()
    asm.jccShort(Cc.p, other)
    asm.jccShort(Cc.e, done)
    asm.bind(other)
  } else {
    asm.jccShort(cc, done)
  }
  asm.rr(Form.movapsRM, e.reg(0), e.reg(2))
  asm.bind(done)
}

// --- integers --------------------------------------------------------------------------------------------------------------

/** The dividend is in rax. The hardware faults for a zero divisor and an unrepresentable quotient. */
function divide(e: Emitter, bits: number): void {
  const { asm } = e
  const signed = (bits & 1) !== 0
  const remainder = (bits & 2) !== 0
  const wide = (bits & 4) !== 0 ? WIDE : 0
  const divisor = e.reg(4)
  const done = asm.newLabel()
  if (signed && remainder) {
    const other = asm.newLabel()
    asm.ri(Form.cmp32MI | wide, divisor, -1)
    asm.jccShort(Cc.ne, other)
    asm.rr(Form.xor32RM, Reg.rdx, Reg.rdx)
    asm.jmpShort(done)
    asm.bind(other)
  }
  if (signed) asm.op(Form.cdq | wide)
  else asm.rr(Form.xor32RM, Reg.rdx, Reg.rdx)
  if (remainder) e.trapSite(TrapCode.RemainderByZero, 0)
  else if (signed) e.trapSite(TrapCode.DivideFault, divisor)
  else e.trapSite(TrapCode.DivideByZero, 0)
  asm.r((signed ? Form.idiv32M : Form.div32M) | wide, divisor)
  asm.bind(done)
}

/** bsf and bsr leave the destination alone for 0, so the answer for 0 is moved in by condition. */
function bitScan(e: Emitter, width: number, trailing: boolean): void {
  const { asm } = e
  const wide = width === 64 ? WIDE : 0
  const dst = e.reg(0)
  // For zero the result is the width; leading zeros are the number of the highest bit in the bits of width - 1 inverted.
  asm.movImmKeepFlags(SCRATCH, trailing ? width : width ^ (width - 1), 0)
  asm.rr((trailing ? Form.bsf32RM : Form.bsr32RM) | wide, dst, e.reg(1))
  asm.rr((Form.cmov32RM + Cc.e) | wide, dst, SCRATCH)
  if (!trailing) asm.ri(Form.xor32MI, dst, width - 1)
}

// --- conversions -----------------------------------------------------------------------------------------------------------

/** `bits` are those of K.FloatToInt. */
function floatToInt(e: Emitter, bits: number): void {
  const { asm } = e
  const dst = e.reg(0)
  const x = e.reg(1)
  const signed = (bits & 1) !== 0
  const saturates = (bits & 2) !== 0
  const double = (bits & 4) !== 0
  const trap = saturates ? SATURATES : e.trapLabel(TrapCode.FloatUnrepresentable)
  if ((bits & 8) === 0) {
    floatToInt32(asm, dst, x, double, signed, trap)
    return
  }
  const other = saturates ? SATURATES : e.trapLabel(TrapCode.FloatUnrepresentable)
  if (signed) floatToInt64(asm, dst, x, double, trap, other)
  else floatToUint64(asm, dst, x, double, trap, other)
}

// --- calls -----------------------------------------------------------------------------------------------------------------

function stackArg(e: Emitter, offset: number): void {
  const { asm, code, inst } = e
  const loc = code.loc(inst, 0)
  if (loc >= SLOT_BASE) {
    asm.mem(Form.mov64RM, SCRATCH, Reg.rbp, slotOffset(loc))
    asm.mem(Form.mov64MR, SCRATCH, Reg.rsp, offset)
  } else if (loc >= XMM_BASE) {
    asm.mem(Form.movsdMR, loc - XMM_BASE, Reg.rsp, offset)
  } else {
    asm.mem(Form.mov64MR, loc, Reg.rsp, offset)
  }
}

function emitCall(e: Emitter, kind: number, imm: number): void {
  const { asm, code, inst } = e
  switch (kind) {
    case K.CallDirect:
      asm.callDirect(RelocKind.Entry, imm)
      e.callSite()
      break
    case K.CallImport: {
      const record = e.env.layout.imports + imm * ImportRecord.size
      asm.mem(Form.mov64RM, SCRATCH, VMCTX, record + ImportRecord.code)
      asm.mem(Form.mov64RM, VMCTX, VMCTX, record + ImportRecord.ctx)
      asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
      asm.callDirect(RelocKind.Import, e.env.info.funcTypes[imm])
      e.callSite()
      e.restoreInstance()
      break
    }
    case K.CallIndirect: {
      const other = asm.newLabel()
      const done = asm.newLabel()
      asm.miReloc(Form.cmp32MI & ~SHORT_IMM, Reg.r10, TableEntry.sig, RelocKind.SigId, imm)
      e.trapWhen(Cc.ne, TrapCode.FuncSigMismatch, 1 + Reg.r10)
      asm.mem(Form.cmp64RM, VMCTX, Reg.r10, TableEntry.ctx)
      asm.jcc(Cc.ne, other)
      asm.m(Form.callM, Reg.r10, TableEntry.code)
      e.callSite()
      asm.bind(done)
      e.addFarCall(other, done)
      break
    }
    case K.EntryDiffers:
      asm.ripReloc(Form.lea64RM, e.reg(0), RelocKind.Entry, imm)
      asm.mem(Form.xor64RM, e.reg(0), e.reg(1), TableEntry.code)
      asm.mem(Form.mov64RM, SCRATCH, e.reg(1), TableEntry.ctx)
      asm.rr(Form.xor64RM, SCRATCH, VMCTX)
      asm.rr(code.form[inst], e.reg(0), SCRATCH)
      break
    case K.GuardFailed:
      asm.movReloc(SCRATCH, RelocKind.GuardFailures)
      asm.m(Form.inc32M, SCRATCH, 0)
      break
    case K.CallRuntime:
      runtime(e, imm)
      break
    case K.CallStub:
      asm.callReloc(RelocKind.Stub, imm)
      e.callSite()
      break
    case K.RefFunc: {
      const done = asm.newLabel()
      asm.mem(Form.mov64RM, Reg.rax, VMCTX, Vmctx.funcrefs)
      asm.mem(Form.mov64RM, Reg.rax, Reg.rax, 8 * imm)
      asm.rr(Form.test64MR, Reg.rax, Reg.rax)
      asm.jcc(Cc.ne, done)
      asm.movImm(ARG_GPRS[0], imm, 0)
      runtime(e, RuntimeOp.RefFunc)
      asm.bind(done)
      break
    }
    default:
      throw new Error(`no encoding for kind ${kind}`)
  }
}

function runtime(e: Emitter, op: number): void {
  e.asm.movImm(Reg.rax, op, 0)
  e.asm.callReloc(RelocKind.Stub, StubId.Runtime)
  e.callSite()
}
