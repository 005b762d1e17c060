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

/** The scan of a memory as part of a program that compiles. */
interface BodyProgram extends ScanProgram {
  /** Goes on with the next bodies as `bodies` does, compiles each, and returns the same. */
  compileBodies(): number
  /** Compiles the body that `compileBodies` stopped in, now that it is valid. */
  compileNext(): void
}

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
    const byScan = this.walkBody(defined, bytes, start, end, moduleOffset, facts !== null)
    if (facts === null) return
    if (byScan) this.loadState()
    this.finishFacts(facts)
  }

  /**
   * Validates a body as `validate` does, and leaves what there is to know about it where the scan would: until the next body is validated, the
   * program that the memory is of can compile it.
   */
  examine(defined: number, bytes: Uint8Array, start: number, end: number, moduleOffset: number): void {
    const byScan = this.walkBody(defined, bytes, start, end, moduleOffset, true)
    if (!byScan) this.storeState()
  }

  /** @returns whether the scan alone did it */
  private walkBody(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    wanted: boolean,
  ): boolean {
    const { program } = this.memory
    this.fillWindow(bytes, start, end)
    this.funcIndex = defined + this.info.importedFuncs
    this.start = this.memory.window
    this.end = this.start + end - start
    this.origin = moduleOffset - this.start
    this.wanted = wanted
    const { words } = this
    words[WANTED >> 2] = wanted ? 1 : 0
    words[FUNC >> 2] = this.funcIndex
    words[BODY >> 2] = this.start
    words[ORIGIN >> 2] = this.origin
    const result = program?.body(this.start, this.end)
    if (result === STOPPED) this.finishBody(program as ScanProgram)
    else if (result !== VALID) this.walk()
    return result === VALID
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
    this.openRun(bytes, start, Math.min(end, start + BATCH), first, left, false)
    while (program.bodies() !== 0) this.finishNext(program)
    return this.closeRun(first, left)
  }

  /**
   * The same with facts, for a program that compiles what the scan has found valid. The window gets all that there is up to `end`.
   */
  examineRun(bytes: Uint8Array, start: number, end: number, first: number, left: number, program: BodyProgram): number {
    this.openRun(bytes, start, end, first, left, true)
    while (program.compileBodies() !== 0) {
      this.finishNext(program)
      this.storeState()
      program.compileNext()
    }
    return this.closeRun(first, left)
  }

  private openRun(bytes: Uint8Array, start: number, end: number, first: number, left: number, wanted: boolean): void {
    this.fillWindow(bytes, start, end)
    const { words, memory } = this
    const { window } = memory
    this.origin = start - window
    this.wanted = wanted
    words[WANTED >> 2] = wanted ? 1 : 0
    words[FUNC >> 2] = first + this.info.importedFuncs
    words[NEXT >> 2] = window
    words[LIMIT >> 2] = window + end - start
    words[LEFT >> 2] = left
    words[RANGES >> 2] = memory.ranges
    words[ORIGIN >> 2] = this.origin
  }

  /** Validates the rest of the body of a run in which the scan has stopped. */
  private finishNext(program: ScanProgram): void {
    this.lookAgain()
    this.start = this.words[BODY >> 2]
    this.end = this.words[END >> 2]
    // The scan has gone on to the next one.
    this.funcIndex = this.words[FUNC >> 2] - 1
    this.finishBody(program)
  }

  /** @returns how many bodies were validated */
  private closeRun(first: number, left: number): number {
    this.lookAgain()
    const { words, memory } = this
    const count = left - words[LEFT >> 2]
    const { bodyStart, bodyEnd } = this.info
    for (let i = 0, at = memory.ranges >> 2; i < count; i++, at += 2) {
      bodyStart[first + i] = words[at]
      bodyEnd[first + i] = words[at + 1]
    }
    return count
  }

  /** The program may have made its memory grow. */
  private lookAgain(): void {
    const { memory } = this
    memory.look()
    this.bytes = memory.bytes
    this.words = memory.words
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
