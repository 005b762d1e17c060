/**
 * Calls of functions that belong to another instance: VMCTX and MEMBASE are switched around them. For call_indirect
 * this is the rare case and stands out of line, behind the function.
 */
import { declareMutable } from '../../wasm/mutable-fields.js'
import { FRAME_VMCTX, MEMBASE, Reg, TableEntry, TrapCode, VMCTX, Vmctx } from '../abi.js'
import { SiteKind } from '../compiled.js'
import { Form } from '../isa/x64/forms.js'
import { grown } from '../grown.js'
import { UNPLACED } from '../metadata.js'
import { addFrame } from './frame-states.js'
import type { State } from './state.js'

/** label, return label, register of the entry, position of the opcode */
const ROW = 4

/** VMCTX and MEMBASE back after a call that may have been to another instance. */
export function restoreInstance(s: State): void {
  s.asm.mem(Form.mov64RM, VMCTX, Reg.rbp, FRAME_VMCTX)
  s.asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
}

/** The out-of-line calls of functions of other instances. */
export class FarCalls {
  private count = 0
  private rows = new Int32Array(ROW * 16)
  private frameAt = new Int32Array(16)

  constructor() {
    declareMutable(this)
  }

  reset(): void {
    this.count = 0
  }

  add(s: State, label: number, back: number, entry: number): void {
    const at = this.count * ROW
    if (at === this.rows.length) {
      this.rows = grown(this.rows)
      this.frameAt = grown(this.frameAt)
    }
    this.rows[at] = label
    this.rows[at + 1] = back
    this.rows[at + 2] = entry
    this.rows[at + 3] = s.opPos
    this.frameAt[this.count++] = s.meta.frameWords
    if (s.meta.wantFrames) addFrame(s, UNPLACED, TrapCode.None)
  }

  emit(s: State): void {
    const asm = s.asm
    for (let i = 0; i < this.count; i++) {
      const at = i * ROW
      asm.bind(this.rows[at])
      asm.mem(Form.mov64RM, VMCTX, this.rows[at + 2], TableEntry.ctx)
      asm.mem(Form.mov64RM, MEMBASE, VMCTX, Vmctx.memBase)
      asm.m(Form.callM, this.rows[at + 2], TableEntry.code)
      if (s.meta.wantFrames) s.meta.frames[this.frameAt[i]] = asm.size
      s.meta.addSite(asm.size, this.rows[at + 3] + s.moduleDelta, SiteKind.Call)
      restoreInstance(s)
      asm.jmp(this.rows[at + 1])
    }
  }
}
