// Entering, yielding, resuming, abandoning: the stack switch, with code assembled by hand.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ExecContext, YieldReason } from '#dist/tiers/abi.js'
import { code, imm32, Machine } from '#dist/tests/support/machine.js'

/** mov [r10 + cell], r8 to r15 */
function storeToCell(register: number, cell: number): number[] {
  return [0x4d, 0x89, 0x82 | ((register & 7) << 3), ...imm32(ExecContext.cells + 8 * cell)]
}

let m: Machine
beforeAll(() => {
  m = new Machine()
})
afterAll(() => {
  m.close()
})

describe('layout', () => {
  it('of the execution context is the one of tiers/abi.ts', () => {
    expect(m.native.contextLayout).toEqual(ExecContext)
    expect(m.native.context.buffer.byteLength).toBe(ExecContext.size)
  })
})

describe('enter', () => {
  it('runs the entry stub and returns with reason Done and the stack as before', () => {
    const record = m.record(m.emit(code.loadContext, code.setCell(0, 42), code.ret))
    m.context.setUint32(ExecContext.reason, 99, true)
    expect(m.enter(record)).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(42)
    expect(m.word(ExecContext.fiberSp)).toBe(m.fiber.high)
    expect(m.word(ExecContext.entryBase)).toBe(0)
  })

  it('gives the stub r11 = record, r14 = its context, r15 = its memory base', () => {
    // mov r10, [r14]; mov [r10 + cell n], r11/r14/r15
    const record = m.record(
      m.emit([0x4d, 0x8b, 0x16], storeToCell(11, 0), storeToCell(14, 1), storeToCell(15, 2), code.ret),
    )
    m.enter(record)
    expect([m.cell(0), m.cell(1), m.cell(2)]).toEqual([record, m.vmctx, 0])
  })

  it('keeps the host registers whatever the guest does to its own', () => {
    // xor rbx, rbx; xor r12, r12; xor r13, r13: argument registers of the guest, callee-saved ones of the host
    const record = m.record(m.emit([0x48, 0x31, 0xdb, 0x4d, 0x31, 0xe4, 0x4d, 0x31, 0xed], code.ret))
    let sum = 0
    for (let i = 0; i < 20_000; i++) {
      m.native.enter()
      sum += i
      if (i === 0) m.setWord(ExecContext.callee, record)
    }
    expect(sum).toBe((20_000 * 19_999) / 2)
  })

  it('refuses a fiber without room, and none at all, as a stack overflow', () => {
    const record = m.record(m.emit(code.ret))
    m.setWord(ExecContext.fiberSp, m.fiber.low + 64)
    expect(() => m.enter(record)).toThrow(new RangeError('Maximum call stack size exceeded'))
    m.setWord(ExecContext.fiberLow, 0)
    expect(() => m.enter(record)).toThrow(RangeError)
    m.useFiber(m.fiber)
    expect(m.enter(record)).toBe(YieldReason.Done)
  })
})

describe('yield', () => {
  it('switches to the host and resumes behind the call with r11 = context', () => {
    const record = m.record(
      m.emit(
        code.pushRbp,
        code.movRbpRsp,
        code.loadContext,
        code.yieldToHost(7),
        code.loadRaxFromCell(0),
        [0x48, 0xff, 0xc0],
        code.storeRaxToCell(0),
        code.popRbp,
        code.ret,
      ),
    )
    expect(m.enter(record)).toBe(YieldReason.HostCall)
    expect(m.operand).toBe(7)
    expect(m.word(ExecContext.vmctx)).toBe(m.vmctx)
    expect(m.word(ExecContext.fiberSp)).toBeLessThan(m.fiber.high)
    m.setCell(0, 41)
    expect(m.resume()).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(42)
    expect(m.word(ExecContext.fiberSp)).toBe(m.fiber.high)
  })

  it('nests: a call entered during a yield runs below the suspended one', () => {
    const outer = m.record(
      m.emit(
        code.pushRbp,
        code.movRbpRsp,
        code.loadContext,
        code.yieldToHost(1),
        code.setCell(1, 11),
        code.popRbp,
        code.ret,
      ),
    )
    m.enter(outer)
    const sp = m.word(ExecContext.fiberSp)
    const base = m.word(ExecContext.entryBase)
    const fp = m.word(ExecContext.fp)

    const inner = m.record(
      m.emit(
        code.pushRbp,
        code.movRbpRsp,
        code.loadContext,
        code.yieldToHost(2),
        code.setCell(2, 22),
        code.popRbp,
        code.ret,
      ),
    )
    expect(m.enter(inner)).toBe(YieldReason.HostCall)
    expect(m.operand).toBe(2)
    expect(m.word(ExecContext.entryBase)).toBeLessThan(sp)
    expect(m.resume()).toBe(YieldReason.Done)
    expect(m.cell(2)).toBe(22)
    expect([m.word(ExecContext.fiberSp), m.word(ExecContext.entryBase), m.word(ExecContext.fp)]).toEqual([sp, base, fp])

    expect(m.resume()).toBe(YieldReason.Done)
    expect(m.cell(1)).toBe(11)
  })

  it('leaves rbp chains that lead through the entry frames to the outermost one', () => {
    const body = [...code.pushRbp, ...code.movRbpRsp, ...code.loadContext]
    const outer = m.record(m.emit(body, code.yieldToHost(1), code.popRbp, code.ret))
    m.enter(outer)
    m.enter(outer)

    const stack = new DataView(m.native.view(m.fiber.low, m.fiber.high - m.fiber.low))
    const read = (at: number): number => Number(stack.getBigUint64(at - m.fiber.low, true))
    let fp = m.word(ExecContext.fp)
    let entry = m.word(ExecContext.entryBase)
    let frames = 0
    let entries = 0
    while (fp !== 0) {
      if (fp === entry) {
        expect(read(fp + 8)).toBe(0)
        entries++
        entry = read(fp + 16)
      } else {
        frames++
      }
      fp = read(fp)
    }
    expect([frames, entries, entry]).toEqual([2, 2, 0])
    m.native.detach(stack.buffer)
    m.resume()
    m.resume()
  })

  it('abandons the newest entry only, and refuses when there is none', () => {
    const outer = m.record(m.emit(code.loadContext, code.yieldToHost(1), code.setCell(0, 5), code.ret))
    const inner = m.record(m.emit(code.loadContext, code.yieldToHost(2), code.setCell(0, 6), code.ret))
    m.enter(outer)
    const sp = m.word(ExecContext.fiberSp)
    m.enter(inner)
    m.native.abandon()
    expect(m.word(ExecContext.fiberSp)).toBe(sp)
    expect(m.resume()).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(5)
    expect(() => m.native.abandon()).toThrow('no call is suspended')
    expect(() => m.native.resume()).toThrow('no call is suspended')
  })

  it('works on several fibers in turn', () => {
    const other = m.native.createFiber(64 * 1024)
    const record = m.record(m.emit(code.loadContext, code.yieldToHost(1), code.setCell(0, 9), code.ret))
    m.enter(record)
    const words = [
      ExecContext.fiberSp,
      ExecContext.entryBase,
      ExecContext.fp,
      ExecContext.fiberLow,
      ExecContext.fiberHigh,
    ]
    const saved = words.map((offset) => m.word(offset))
    m.useFiber(other)
    expect(m.enter(record)).toBe(YieldReason.HostCall)
    expect(m.resume()).toBe(YieldReason.Done)
    words.forEach((offset, i) => m.setWord(offset, saved[i]))
    m.setCell(0, 0)
    expect(m.resume()).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(9)
    m.native.releaseFiber(other.low)
  })
})
