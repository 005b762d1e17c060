/**
 * Which opcode each instruction of baseline code is for: what a profile wants to know of a function that was sampled, and nobody
 * else. Sites (metadata.ts) are only where somebody may stop. As with frame states, nothing is kept for it: compiling is
 * deterministic, so the function is compiled once more, with a meter of fuel that charges nothing and writes down where it was asked.
 */
import type { CompileEnv } from '../compiled.js'
import type { RunMeter } from '../fuel.js'
import { grown } from '../grown.js'
import { BaselineCompiler } from './compiler.js'

/** In the order of the code: where it begins, and the offset in the module of the opcode that it is for. */
export interface CodePositions {
  readonly codeSize: number
  readonly code: Int32Array
  readonly wasm: Int32Array
}

class PositionMeter implements RunMeter {
  /** Every opcode begins a run. */
  readonly end = -1
  count = 0
  code = new Int32Array(256)
  wasm = new Int32Array(256)

  enter(): void {
    this.count = 0
  }

  run(_bytes: Uint8Array, at: number, code: number): number {
    // Of opcodes without code of their own the last one counts: its code is what follows.
    if (this.count === 0 || this.code[this.count - 1] !== code) this.count++
    if (this.count > this.code.length) {
      this.code = grown(this.code)
      this.wasm = grown(this.wasm)
    }
    this.code[this.count - 1] = code
    this.wasm[this.count - 1] = at
    return 0
  }
}

/** @param bytes of the module; the body is at `start` to `end` @returns undefined where code counts fuel: it is then another */
export function codePositions(
  env: CompileEnv,
  defined: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): CodePositions | undefined {
  if (env.fuel === true) return undefined
  const meter = new PositionMeter()
  const { codeSize } = new BaselineCompiler(env, meter).compile(defined, bytes, start, end, start, false)
  return { codeSize, code: meter.code.slice(0, meter.count), wasm: meter.wasm.slice(0, meter.count) }
}
