/**
 * The validator of function bodies (specification sections 3.3 and 5.4): exact on Wasm 2.0 without vectors. One pass, no
 * allocation for an opcode; time and memory are linear in the body's size.
 *
 * It has two halves that work in one memory (scan/memory.ts). The scan (scan/scan.as.ts), a Wasm program, runs over the
 * valid forms of the frequent opcodes and stops in front of anything else, having changed nothing. The step
 * (validator-step.ts) knows every opcode, every rule and every message; after one step the scan goes on. So the fast
 * checks only ever say "surely valid", and without them, where the host has no WebAssembly, the step alone does the same.
 * Facts cover unreachable code too: loops are counted as they stand.
 */
import type { FunctionFacts } from './facts.js'
import { Op } from './opcodes.js'
import {
  BODY,
  DEPTH,
  END,
  FRAME,
  FUNC,
  HEIGHT,
  LAST_CALL,
  LEFT,
  LIMIT,
  LOCAL_COUNT,
  LOOP_COUNT,
  NEXT,
  ORIGIN,
  POS,
  RANGES,
  SP,
  WANTED,
  WEIGHT,
} from './scan/layout.js'
import type { ScanProgram } from './scan/program.js'
import { BATCH, memoryFor } from './scan/memory.js'
import type { ModuleInfo } from './types.js'
import { StepValidator } from './validator-step.js'

/** What `body` of the scan returns when the body is valid, and when it has stopped inside. */
const VALID = 1
const STOPPED = 0

export class FunctionValidator extends StepValidator {
  /** @param memory by default the thread's */
  constructor(info: ModuleInfo, memory = memoryFor(info.codeEnd - info.codeStart)) {
    super(info, memory)
  }

  /**
   * Validates the body `bytes[start, end)` (locals declaration to final `end`) of a defined function.
   * @param defined function index minus the number of imported functions
   * @param moduleOffset offset in the module of `bytes[start]`, for errors
   * @param facts receives what there is to know about the body, valid when this returns
   * @throws WasmError with the function's index and the offset in the module
   */
  validate(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts | null,
  ): void {
    const { program } = this.memory
    this.fillWindow(bytes, start, end)
    this.funcIndex = defined + this.info.importedFuncs
    this.start = this.memory.window
    this.end = this.start + end - start
    this.origin = moduleOffset - this.start
    this.wanted = facts !== null
    this.words[WANTED >> 2] = this.wanted ? 1 : 0
    this.words[FUNC >> 2] = this.funcIndex
    const result = program?.body(this.start, this.end)
    if (result === STOPPED) this.finishBody(program as ScanProgram)
    else if (result !== VALID) this.walk()
    if (facts === null) return
    if (result === VALID) this.loadState()
    this.finishFacts(facts)
  }

  /**
   * Validates bodies that stand one behind the other from `start` on, each with its size in front, without facts.
   * @param end of the bytes that are there
   * @param first of the defined functions
   * @param left how many bodies there are at most
   * @returns how many were validated, their ranges written to the module's description: fewer when the next one is not
   *   complete or there is something about it; `validate` is for that
   */
  validateRun(bytes: Uint8Array, start: number, end: number, first: number, left: number): number {
    const { program } = this.memory
    if (program === undefined) return 0
    const size = Math.min(BATCH, end - start)
    this.fillWindow(bytes, start, start + size)
    const { words, memory } = this
    const { window } = memory
    this.origin = start - window
    this.wanted = false
    words[WANTED >> 2] = 0
    words[FUNC >> 2] = first + this.info.importedFuncs
    words[NEXT >> 2] = window
    words[LIMIT >> 2] = window + size
    words[LEFT >> 2] = left
    words[RANGES >> 2] = memory.ranges
    words[ORIGIN >> 2] = this.origin
    while (program.bodies() !== 0) {
      this.start = this.words[BODY >> 2]
      this.end = this.words[END >> 2]
      // The scan has gone on to the next one.
      this.funcIndex = this.words[FUNC >> 2] - 1
      this.finishBody(program)
    }
    const count = left - this.words[LEFT >> 2]
    const { bodyStart, bodyEnd } = this.info
    for (let i = 0, at = memory.ranges >> 2; i < count; i++, at += 2) {
      bodyStart[first + i] = this.words[at]
      bodyEnd[first + i] = this.words[at + 1]
    }
    return count
  }

  /** Copies `bytes[start, end)` to where bodies are validated. */
  private fillWindow(bytes: Uint8Array, start: number, end: number): void {
    const { memory } = this
    memory.open(this.tables, end - start)
    this.bytes = memory.bytes
    this.words = memory.words
    this.bytes.set(bytes.subarray(start, end), memory.window)
  }

  /** Validates the current body from its start. */
  private walk(): void {
    const { program } = this.memory
    this.begin()
    // The scan relies on a last byte that is `end`. Without one the body is not valid, and the step says why.
    if (program === undefined || this.bytes[this.end - 1] !== Op.End) while (!this.step());
    else this.alternate(program)
  }

  protected override stepAll(): void {
    this.begin()
    while (!this.step());
  }

  /** Validates the rest of the current body, in which the scan has stopped. */
  private finishBody(program: ScanProgram): void {
    this.loadState()
    this.alternate(program)
  }

  /** Steps, scans, steps, until the function ends. */
  private alternate(program: ScanProgram): void {
    while (!this.step()) {
      this.storeState()
      const done = program.scan()
      this.loadState()
      if (done !== 0) return
    }
  }

  private loadState(): void {
    const { words } = this
    this.pos = words[POS >> 2]
    this.sp = words[SP >> 2] >> 2
    this.height = words[HEIGHT >> 2] >> 2
    this.frame = words[FRAME >> 2] >> 2
    this.lastCall = words[LAST_CALL >> 2]
    this.loopDepth = words[DEPTH >> 2]
    this.weight = words[WEIGHT >> 2]
    this.localCount = words[LOCAL_COUNT >> 2]
    this.loopCount = words[LOOP_COUNT >> 2]
  }

  private storeState(): void {
    const { words } = this
    words[END >> 2] = this.end
    words[POS >> 2] = this.pos
    words[SP >> 2] = this.sp << 2
    words[HEIGHT >> 2] = this.height << 2
    words[FRAME >> 2] = this.frame << 2
    words[LAST_CALL >> 2] = this.lastCall
    words[DEPTH >> 2] = this.loopDepth
    words[WEIGHT >> 2] = this.weight
    words[LOCAL_COUNT >> 2] = this.localCount
    words[LOOP_COUNT >> 2] = this.loopCount
  }
}

let validator: { readonly info: ModuleInfo; readonly run: FunctionValidator } | undefined

/**
 * Validates one function body; see `FunctionValidator.validate`. The newest module's validator is kept, so calling it for
 * body after body of one module costs no more than keeping a `FunctionValidator`.
 */
export function validateBody(
  info: ModuleInfo,
  defined: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  moduleOffset: number,
  facts: FunctionFacts | null,
): void {
  if (validator === undefined || validator.info !== info) validator = { info, run: new FunctionValidator(info) }
  validator.run.validate(defined, bytes, start, end, moduleOffset, facts)
}
