/**
 * Decodes bytes with iced-x86 and spells every instruction in a form that is easy to write down as an expectation:
 * `add dword [rbx+rcx*4-128], 5`. Built from iced's structured operands, not from its text, so that nothing a formatter
 * leaves out (operand sizes, prefixes) goes unchecked.
 */
import { Decoder, DecoderOptions, Instruction, MemorySizeExt, Mnemonic, OpKind, Register } from 'iced-x86'

export interface Decoded {
  readonly text: string
  readonly offset: number
  readonly length: number
  /** Bytes of the displacement and of the immediate, 0 when there is none. */
  readonly dispSize: number
  readonly immSize: number
}

/** Iced spells the low byte of r8 to r15 with an l. */
function register(reg: Register): string {
  return Register[reg].toLowerCase().replace(/^(r\d+)l$/, '$1b')
}

function memory(instruction: Instruction): string {
  const size = MemorySizeExt.size(instruction.memorySize)
  if (instruction.isIpRelMemoryOperand) return `m${size * 8}[@${instruction.ipRelMemoryAddress}]`
  const parts: string[] = []
  if (instruction.memoryBase !== Register.None) parts.push(register(instruction.memoryBase))
  if (instruction.memoryIndex !== Register.None) {
    parts.push(`${register(instruction.memoryIndex)}*${instruction.memoryIndexScale}`)
  }
  const disp = BigInt.asIntN(64, instruction.memoryDisplacement)
  return `m${size * 8}[${parts.join('+')}${disp === 0n ? '' : disp > 0n ? `+${disp}` : disp}]`
}

function operand(instruction: Instruction, index: number): string {
  const kind = instruction.opKind(index)
  switch (kind) {
    case OpKind.Register:
      return register(instruction.opRegister(index))
    case OpKind.Memory:
      return memory(instruction)
    case OpKind.NearBranch64:
      return `@${instruction.nearBranchTarget}`
    case OpKind.Immediate8:
      return String(BigInt.asIntN(8, instruction.immediate(index)))
    case OpKind.Immediate16:
    case OpKind.Immediate8to16:
      return String(BigInt.asIntN(16, instruction.immediate(index)))
    case OpKind.Immediate32:
    case OpKind.Immediate8to32:
      return String(BigInt.asIntN(32, instruction.immediate(index)))
    case OpKind.Immediate64:
    case OpKind.Immediate8to64:
    case OpKind.Immediate32to64:
      return String(BigInt.asIntN(64, instruction.immediate(index)))
    default:
      return OpKind[kind]
  }
}

/** Decodes `bytes[from, to)`; offsets and branch targets count from the start of `bytes`. */
export function disassemble(bytes: Uint8Array, from: number, to: number): Decoded[] {
  const decoder = new Decoder(64, bytes.slice(from, to), DecoderOptions.None)
  decoder.ip = BigInt(from)
  const instruction = new Instruction()
  const list: Decoded[] = []
  while (decoder.canDecode) {
    decoder.decodeOut(instruction)
    const constants = decoder.getConstantOffsets(instruction)
    const operands = Array.from({ length: instruction.opCount }, (_, i) => operand(instruction, i))
    const lock = instruction.hasLockPrefix ? 'lock ' : ''
    list.push({
      text: `${lock}${Mnemonic[instruction.mnemonic].toLowerCase()} ${operands.join(', ')}`.trim(),
      offset: Number(instruction.ip),
      length: instruction.length,
      dispSize: constants.displacementSize,
      immSize: constants.immediateSize,
    })
    constants.free()
  }
  instruction.free()
  decoder.free()
  return list
}
