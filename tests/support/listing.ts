/**
 * Compiles a module's functions with the baseline compiler, for a fixed CPU, and lists the code with iced-x86.
 */
import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from 'iced-x86'
import { vmctxLayout } from '../../tiers/abi.js'
import { BaselineCompiler } from '../../tiers/baseline/compiler.js'
import { RELOC_WORDS, RelocKind, type CompiledFunction, type CpuFeatures } from '../../tiers/compiled.js'
import { decodeModule } from '../../wasm/decoder.js'

export const MODERN: CpuFeatures = {
  lzcnt: true,
  bmi1: true,
  bmi2: true,
  avx: true,
  avx2: true,
  fma: true,
  jumpErratum: false,
}

/** Calls `visit` with every function of a module, compiled. */
export function compileAll(
  bytes: Uint8Array,
  visit: (compiled: CompiledFunction, defined: number) => void,
  frames = false,
): void {
  const info = decodeModule(bytes)
  const layout = vmctxLayout(info, info.datas.length)
  const compiler = new BaselineCompiler({ info, layout, features: MODERN, bounds: 'guard', checked: false })
  for (let i = 0; i < info.bodyStart.length; i++) {
    visit(compiler.compile(i, bytes, info.bodyStart[i], info.bodyEnd[i], info.bodyStart[i], frames, null), i)
  }
}

const KIND_NAMES = new Map(Object.entries(RelocKind).map(([name, kind]) => [kind as number, name]))

/** One line an instruction: offset and Intel syntax, with the relocations inside it named. */
export function listing(compiled: CompiledFunction): string[] {
  const decoder = new Decoder(64, compiled.code.slice(0, compiled.codeSize), DecoderOptions.None)
  const formatter = new Formatter(FormatterSyntax.Intel)
  formatter.hexPrefix = '0x'
  formatter.hexSuffix = ''
  formatter.ripRelativeAddresses = true
  formatter.spaceAfterOperandSeparator = true
  const lines: string[] = []
  while (decoder.canDecode) {
    const instruction = decoder.decode()
    const start = Number(instruction.ip)
    const end = start + instruction.length
    let line = `${start.toString(16).padStart(4)}  ${formatter.format(instruction)}`
    for (let i = 0; i < compiled.relocCount * RELOC_WORDS; i += RELOC_WORDS) {
      const field = compiled.relocs[i + 1]
      if (field < start || field >= end) continue
      line += `  ; ${KIND_NAMES.get(compiled.relocs[i]) ?? '?'} ${compiled.relocs[i + 2]}`
    }
    lines.push(line)
    instruction.free()
  }
  decoder.free()
  formatter.free()
  return lines
}
