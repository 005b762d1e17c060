/**
 * A bench for the addon's tests: a code arena, a fiber and one context with records to enter, filled with machine code
 * assembled by hand. It knows the addon and tiers/abi.ts only, so that a fault of the assembler, the compilers or the
 * runtime cannot hide one of the addon's.
 */
import { native, type CodeArena, type Fiber, type Native } from '../../runtime/native.js'
import { ExecContext, FuncrefRecord, Vmctx, YieldReason } from '../../tiers/abi.js'

/** The four bytes of a 32-bit immediate or displacement. */
export function imm32(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255]
}

/** The instructions the tests are made of, by hand (Intel SDM volume 2). */
export const code = {
  ret: [0xc3],
  nop: [0x90],
  ud2: [0x0f, 0x0b],
  pushRbp: [0x55],
  popRbp: [0x5d],
  movRbpRsp: [0x48, 0x89, 0xe5],
  /** mov r11, [r14]: the address of the execution context. */
  loadContext: [0x4d, 0x8b, 0x1e],
  /** mov eax, imm32 */
  movEax: (value: number): number[] => [0xb8, ...imm32(value)],
  /** mov qword [r11 + cells + 8 * cell], imm32 sign-extended */
  setCell: (cell: number, value: number): number[] => [
    0x49,
    0xc7,
    0x83,
    ...imm32(ExecContext.cells + 8 * cell),
    ...imm32(value),
  ],
  /** mov rax, [r11 + cells + 8 * cell] */
  loadRaxFromCell: (cell: number): number[] => [0x49, 0x8b, 0x83, ...imm32(ExecContext.cells + 8 * cell)],
  /** mov [r11 + cells + 8 * cell], rax */
  storeRaxToCell: (cell: number): number[] => [0x49, 0x89, 0x83, ...imm32(ExecContext.cells + 8 * cell)],
  /** Writes reason and operand and switches to the host: what every yielding stub does. Needs r11 = context. */
  yieldToHost: (operand: number): number[] =>
    [
      [0x41, 0xc7, 0x03, ...imm32(YieldReason.HostCall)],
      [0x41, 0xc7, 0x43, 0x04, ...imm32(operand)],
      [0x41, 0xff, 0x53, ExecContext.switchToHost],
    ].flat(),
} as const

/** Bytes of the storage for the context and the records. */
const DATA_SIZE = 64 * 1024
const RECORDS_AT = 4096

export class Machine {
  readonly native: Native = native()
  readonly arena: CodeArena
  readonly fiber: Fiber
  /** Address of the vmctx that every record of this bench has. */
  readonly vmctx: number
  readonly context: DataView
  private readonly writable: Uint8Array<ArrayBuffer>
  private readonly data: DataView<ArrayBuffer>
  private codeEnd = 0
  private recordsEnd = RECORDS_AT

  constructor(fiberBytes = 256 * 1024) {
    const native = this.native
    this.arena = native.createArena(1 << 20, 4096)
    this.writable = new Uint8Array(native.view(this.arena.write, this.arena.size))
    this.fiber = native.createFiber(fiberBytes)
    this.context = new DataView(native.context.buffer)
    this.vmctx = native.reserve(DATA_SIZE)
    native.commit(this.vmctx, DATA_SIZE)
    this.data = new DataView(native.view(this.vmctx, DATA_SIZE))
    this.data.setBigUint64(Vmctx.execContext, BigInt(native.context.address), true)
    this.useFiber(this.fiber)
  }

  /** Makes the fiber the current one, without a call on it. */
  useFiber(fiber: Fiber): void {
    this.setWord(ExecContext.fiberLow, fiber.low)
    this.setWord(ExecContext.fiberHigh, fiber.high)
    this.setWord(ExecContext.fiberSp, fiber.high)
    this.setWord(ExecContext.entryBase, 0)
    this.setWord(ExecContext.fp, 0)
  }

  /** Puts code into the arena, 16-byte aligned; returns its executable address. */
  emit(...parts: readonly (readonly number[])[]): number {
    const bytes = parts.flat()
    const at = this.codeEnd
    this.writable.set(bytes, at)
    this.codeEnd = (at + bytes.length + 15) & ~15
    return this.arena.exec + at
  }

  /** The executable address of the next `emit`, for code that names itself. */
  get here(): number {
    return this.arena.exec + this.codeEnd
  }

  /** A poll, `test [rip + poll page], eax`, as the instruction at `at`. */
  poll(at: number): number[] {
    return [0x85, 0x05, ...imm32(this.arena.poll - (at + 6))]
  }

  /** A record whose entry stub calls the code at `callee`; returns its address. */
  record(callee: number): number {
    const exit = [...new Uint8Array(this.native.exitCode)]
    const entryStub = this.emit([0xe8, ...imm32(callee - (this.here + 5))], exit)
    const at = this.recordsEnd
    this.recordsEnd += FuncrefRecord.size
    this.data.setBigUint64(at + FuncrefRecord.code, BigInt(entryStub), true)
    this.data.setBigUint64(at + FuncrefRecord.ctx, BigInt(this.vmctx), true)
    this.data.setBigUint64(at + FuncrefRecord.entryStub, BigInt(entryStub), true)
    return this.vmctx + at
  }

  /** Enters a record; returns the reason of the yield. */
  enter(record: number): number {
    this.setWord(ExecContext.callee, record)
    this.native.enter()
    return this.reason
  }

  resume(): number {
    this.native.resume()
    return this.reason
  }

  get reason(): number {
    return this.context.getUint32(ExecContext.reason, true)
  }
  get operand(): number {
    return this.context.getUint32(ExecContext.operand, true)
  }
  word(offset: number): number {
    return Number(this.context.getBigUint64(offset, true))
  }
  setWord(offset: number, value: number): void {
    this.context.setBigUint64(offset, BigInt(value), true)
  }
  cell(index: number): number {
    return this.word(ExecContext.cells + 8 * index)
  }
  setCell(index: number, value: number): void {
    this.setWord(ExecContext.cells + 8 * index, value)
  }

  /** Gives everything back; the bench is unusable afterwards. */
  close(): void {
    this.native.releaseFiber(this.fiber.low)
    this.native.detach(this.writable.buffer)
    this.native.releaseArena(this.arena.id)
    this.native.detach(this.data.buffer)
    this.native.release(this.vmctx, DATA_SIZE)
  }
}
