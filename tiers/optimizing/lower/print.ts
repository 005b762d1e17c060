/**
 * The text of machine code with virtual registers, for reading: one line an instruction, before and after allocation. After it,
 * operands have their places, and the allocator's moves stand where they are emitted.
 */
import { Form } from '../../isa/x64/forms.js'
import { gprName, xmmName } from '../../isa/x64/registers.js'
import type { Moves } from '../regalloc/moves.js'
import { Address, addressMode, K } from './kinds.js'
import { isDefKind, OP_FIXED_SHIFT, OP_KIND_MASK, OpKind, SLOT_BASE, XMM_BASE, type VCode } from './vcode.js'

const kindNames = new Map<number, string>(Object.entries(K).map(([name, value]) => [value, name]))
const formNames = new Map<number, string>(Object.entries(Form).map(([name, value]) => [value, name]))
const addressNames = new Map<number, string>(Object.entries(Address).map(([name, value]) => [value, name]))

function place(loc: number): string {
  if (loc < 0) return '?'
  if (loc >= SLOT_BASE) return `slot${loc - SLOT_BASE}`
  return loc < XMM_BASE ? gprName(loc) : xmmName(loc - XMM_BASE)
}

function operand(code: VCode, at: number): string {
  const kind = code.opKind[at] & OP_KIND_MASK
  const fixed = kind === OpKind.UseFixed || kind === OpKind.DefFixed || kind === OpKind.TempFixed
  const name =
    kind === OpKind.TempFixed ? 'temp' : kind === OpKind.Temp ? `temp v${code.opVreg[at]}` : `v${code.opVreg[at]}`
  if (code.opLoc[at] >= 0) return `${name}:${place(code.opLoc[at])}`
  return fixed ? `${name}:${place(code.opKind[at] >> OP_FIXED_SHIFT)}` : name
}

function instruction(code: VCode, index: number): string {
  const inst = code.order[index]
  const defs: string[] = []
  const uses: string[] = []
  for (let at = code.operandStart[inst]; at < code.operandStart[inst] + code.operandCount[inst]; at++) {
    ;(isDefKind(code.opKind[at] & OP_KIND_MASK) ? defs : uses).push(operand(code, at))
  }
  const form = formNames.get(code.form[inst])
  const mode = addressMode(code.flags[inst])
  const parts = [
    ...uses,
    ...(mode === Address.Memory ? [] : [`[${addressNames.get(mode)}]`]),
    ...(code.imm[inst] === 0 ? [] : [`imm ${code.imm[inst]}`]),
    ...(code.imm2[inst] === 0 ? [] : [`imm2 ${code.imm2[inst]}`]),
  ]
  const name = `${kindNames.get(code.kind[inst])}${code.form[inst] !== 0 && form !== undefined ? `.${form}` : ''}`
  return `${defs.length > 0 ? `${defs.join(', ')} = ` : ''}${name}${parts.length > 0 ? ` ${parts.join(', ')}` : ''}`
}

function successors(code: VCode, block: number): string {
  const texts: string[] = []
  let edge = code.blockSuccs[block]
  for (let i = 0; i < code.blockSuccCount[block]; i++) {
    const args = Array.from(code.pool.subarray(edge + 2, edge + 2 + code.pool[edge + 1]), (vreg) => `v${vreg}`)
    texts.push(`block${code.pool[edge]}${args.length > 0 ? `(${args.join(', ')})` : ''}`)
    edge += 2 + args.length
  }
  return texts.length === 0 ? '' : ` -> ${texts.join(', ')}`
}

/** @param moves what the allocation needs between the instructions; absent before allocation */
export function printVCode(code: VCode, moves?: Moves): string {
  const lines: string[] = []
  let move = 0
  const printMoves = (last: number): void => {
    for (; moves !== undefined && move < moves.count && moves.key[move] <= last; move++) {
      lines.push(`    ${place(moves.dst[move])} <- ${place(moves.src[move])}`)
    }
  }
  for (let block = 0; block < code.blockCount; block++) {
    const start = code.blockParams[block]
    const params = Array.from(code.pool.subarray(start, start + code.blockParamCount[block]), (vreg) => `v${vreg}`)
    const depth = code.blockLoopDepth[block]
    lines.push(
      `block${block}${params.length > 0 ? `(${params.join(', ')})` : ''}:${depth > 0 ? ` ; loop depth ${depth}` : ''}`,
    )
    for (let index = code.blockStart[block] + 1; index < code.blockEnd[block]; index++) {
      printMoves(4 * index + 2)
      const last = index === code.blockEnd[block] - 1
      lines.push(`  ${instruction(code, index)}${last ? successors(code, block) : ''}`)
      printMoves(4 * index + 3)
    }
  }
  return `${lines.join('\n')}\n`
}
