/**
 * The engine's Wasm program (program.as.ts): the validator's scan, and the baseline compiler from the same source as the JavaScript one, in one
 * memory. So a body that was validated is compiled where it stands, by what the scan found out about it, and many that stand one behind
 * the other with one call. It is fast from the first function on (wasm/programs.ts).
 *
 * Its memory is the validator's, one a thread (wasm/scan/memory.ts). What the compiler knows of a module is copied in when one of its
 * bodies comes after another module's.
 */
import {
  RELOC_WORDS,
  ROW_WORDS,
  SITE_WORDS,
  type CompiledFunction,
  type CompiledRun,
  type CompileEnv,
  type RunTargets,
} from '../../compiled.js'
import { NO_FEEDBACK } from '../../feedback.js'
import { memoryFor, type ScanMemory } from '../../../wasm/scan/memory.js'
import type { ScanProgram } from '../../../wasm/scan/program.js'
import type { ModuleInfo } from '../../../wasm/types.js'
import { FunctionValidator } from '../../../wasm/validator.js'
import { Made, MadeRecord } from '../../program/made.js'
import { ModuleRecord } from '../../program/module.js'
import { Target } from './layout.js'
import { roomFor, writeRecord } from '../../program/record.js'

/** What program.as.ts exports. */
export interface EngineProgram extends ScanProgram {
  envRecord(): number
  madeRecord(): number
  targetRecord(): number
  compile(typeIndex: number, frames: boolean): void
  beginRun(): void
  compileBodies(): number
  compileNext(): void
  endRun(address: number): void
  runSize(): number
}

/** Bytes of bodies in a run: as much as stays in the processor's cache with all that is made of them. */
const RUN = 1 << 15

/** The compiler in the memory of a program. */
class ProgramMemory {
  readonly memory: ScanMemory
  readonly program: EngineProgram
  /** Indices of records among the words. */
  private readonly made: number
  private readonly targets: number
  private env: ModuleRecord | undefined
  private envRoom = 0
  private envSize = 0
  private typeIds: Uint32Array | undefined
  private typeIdsAt = 0
  private typeIdsSize = 0

  constructor(memory: ScanMemory, program: EngineProgram) {
    this.memory = memory
    this.program = program
    this.made = program.madeRecord() >> 2
    this.targets = program.targetRecord() >> 2
  }

  /** Tells the program about a module. */
  describe(env: ModuleRecord): void {
    if (env === this.env) return
    const { memory, program } = this
    const size = roomFor(env)
    if (size > this.envSize) {
      this.envSize = 2 * size
      this.envRoom = program.allocate(this.envSize)
    }
    memory.look()
    writeRecord(env, program.envRecord(), { bytes: memory.bytes, words: memory.words, at: this.envRoom })
    this.env = env
  }

  /** Tells the program where code will lead. */
  aim({ jumps, jumpSize, poll, stubSlots, typeIds }: RunTargets): void {
    const { memory, targets } = this
    if (typeIds !== this.typeIds && typeIds.byteLength > this.typeIdsSize) {
      this.typeIdsSize = 2 * typeIds.byteLength
      this.typeIdsAt = this.program.allocate(this.typeIdsSize)
    }
    memory.look()
    const { words } = memory
    if (typeIds !== this.typeIds) words.set(typeIds, this.typeIdsAt >> 2)
    this.typeIds = typeIds
    words[targets + Target.jumps] = jumps
    words[targets + Target.jumpSize] = jumpSize
    words[targets + Target.poll] = poll
    words[targets + Target.stubSlots] = stubSlots
    words[targets + Target.typeIds] = this.typeIdsAt
  }

  result(): CompiledFunction {
    return this.record().compiled('baseline', NO_FEEDBACK)
  }

  run(first: number): CompiledRun {
    const made = this.record()
    const count = made.word(Made.count)
    const relocCount = made.word(Made.relocCount)
    return {
      first,
      count,
      code: made.bytesAt(Made.code, made.word(Made.codeSize)),
      rows: made.wordsAt(Made.rows, ROW_WORDS * count),
      relocs: made.wordsAt(Made.relocs, RELOC_WORDS * relocCount),
      relocCount,
      sites: made.wordsAt(Made.sites, SITE_WORDS * made.word(Made.siteCount)),
    }
  }

  private record(): MadeRecord {
    return new MadeRecord(this.memory.words, this.made)
  }
}

/** Compiles the functions of a module by the program: as FunctionCompiler says; and many at once. */
export class ProgramCompiler {
  private readonly info: ModuleInfo
  private readonly env: ModuleRecord
  private readonly validator: FunctionValidator
  private readonly on: ProgramMemory

  /** @param memory of a program that compiles */
  constructor(env: CompileEnv, memory: ScanMemory & { readonly program: EngineProgram }) {
    this.info = env.info
    this.env = new ModuleRecord(env)
    this.validator = new FunctionValidator(env.info, memory)
    if (current?.memory !== memory) current = new ProgramMemory(memory, memory.program)
    this.on = current
  }

  get memory(): ScanMemory {
    return this.on.memory
  }

  /** Validates a body and compiles it. @throws WasmError when it is not valid @throws ProgramFailure */
  compile(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    frames: boolean,
  ): CompiledFunction {
    const { info, on } = this
    const { memory, program } = on
    this.validator.examine(defined, bytes, start, end, moduleOffset)
    on.describe(this.env)
    program.compile(info.funcTypes[info.importedFuncs + defined], frames)
    memory.look()
    return on.result()
  }

  /**
   * Validates and compiles bodies that stand one behind the other from `start` on, each with its size in front.
   * @param end of the bytes that are there
   * @param first of the defined functions
   * @param left how many bodies there are at most
   * @param place where code of this size will run
   * @returns what was made; nothing when the first body has to be compiled by itself
   * @throws WasmError when a body is not valid @throws ProgramFailure
   */
  compileRun(
    bytes: Uint8Array,
    start: number,
    end: number,
    first: number,
    left: number,
    targets: RunTargets,
    place: (size: number) => number,
  ): CompiledRun | undefined {
    const { on } = this
    const { memory, program } = on
    on.describe(this.env)
    program.beginRun()
    if (this.validator.examineRun(bytes, start, Math.min(end, start + RUN), first, left, program) === 0)
      return undefined
    on.aim(targets)
    program.endRun(place(program.runSize()) | 0)
    memory.look()
    return on.run(first)
  }
}

/** The newest compiler of the thread: another memory replaces one that has become too large. */
let current: ProgramMemory | undefined

/**
 * The thread's memory with a program that compiles; undefined where nobody runs one.
 * @param codeSize of the module's code, as for `memoryFor`
 */
export function programMemory(codeSize = Infinity): (ScanMemory & { readonly program: EngineProgram }) | undefined {
  const memory = memoryFor(codeSize)
  return compiles(memory) ? memory : undefined
}

function compiles(memory: ScanMemory): memory is ScanMemory & { readonly program: EngineProgram } {
  return memory.program !== undefined && 'compile' in memory.program
}
