/** Joins what a compiler gives back (compiled.ts) from the buffers that it has filled. */
import type { CompiledFunction } from './compiled.js'
import type { Assembler } from './isa/x64/assembler.js'
import type { FunctionMetadata } from './metadata.js'

/** @param rest what only the tier knows */
export function compiledFunction(
  asm: Assembler,
  meta: FunctionMetadata,
  rest: Pick<CompiledFunction, 'tier' | 'inlines' | 'inlineCount' | 'frameSize' | 'feedback'>,
): CompiledFunction {
  return {
    ...rest,
    code: asm.bytes,
    codeSize: asm.size,
    relocs: asm.relocs,
    relocCount: asm.relocCount,
    sites: meta.sites,
    siteCount: meta.siteCount,
    frames: meta.frames,
    frameWords: meta.frameWords,
  }
}
