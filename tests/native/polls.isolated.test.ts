// Polls: stepping over, calling the poll stub, interrupts from other threads and from timers.
import { Worker } from 'node:worker_threads'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ExecContext, POLL_LENGTH, YieldReason } from '#dist/tiers/abi.js'
import { code, imm32, Machine } from '#dist/tests/support/machine.js'

let m: Machine
let pollStub: number
beforeAll(() => {
  m = new Machine()
  // Only what these tests need of a poll stub: a frame, a yield, r14 as it was.
  pollStub = m.emit(
    code.pushRbp,
    code.movRbpRsp,
    [0x41, 0x56],
    code.loadContext,
    code.yieldToHost(33),
    [0x41, 0x5e],
    code.popRbp,
    code.ret,
  )
})
afterAll(() => {
  m.setWord(ExecContext.pollStub, 0)
  m.close()
})

/** A record that stores 1 to cell 0, polls, and stores 2. */
function polling(): { record: number; pollAt: number } {
  const before = [...code.loadContext, ...code.setCell(0, 1)]
  const pollAt = m.here + before.length
  return { record: m.record(m.emit(before, m.poll(pollAt), code.setCell(0, 2), code.ret)), pollAt }
}

/** A record that loops for ever, polling. */
function endless(): number {
  const at = m.here
  return m.record(m.emit(m.poll(at), [0xeb, 256 - POLL_LENGTH - 2]))
}

describe('poll', () => {
  it('costs nothing while disarmed: it just reads', () => {
    const { record } = polling()
    expect(m.enter(record)).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(2)
  })

  it('is stepped over when armed without a poll stub', () => {
    m.setWord(ExecContext.pollStub, 0)
    m.native.interrupt(m.native.context.address)
    expect(m.enter(polling().record)).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(2)
    m.native.disarm()
  })

  it('calls the poll stub with the address behind the poll when the thread was interrupted', () => {
    m.setWord(ExecContext.pollStub, pollStub)
    const { record, pollAt } = polling()
    m.native.interrupt(m.native.context.address)
    expect(m.context.getUint32(ExecContext.interrupt, true)).toBe(1)
    expect(m.enter(record)).toBe(YieldReason.HostCall)
    expect(m.operand).toBe(33)
    expect(m.cell(0)).toBe(1)
    const stack = new DataView(m.native.view(m.fiber.low, m.fiber.high - m.fiber.low))
    expect(Number(stack.getBigUint64(m.word(ExecContext.fp) + 8 - m.fiber.low, true))).toBe(pollAt + POLL_LENGTH)
    m.native.disarm()
    expect(m.context.getUint32(ExecContext.interrupt, true)).toBe(0)
    expect(m.resume()).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(2)
    expect(m.enter(record)).toBe(YieldReason.Done)
  })

  it('is none while only another thread was interrupted', async () => {
    m.setWord(ExecContext.pollStub, pollStub)
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
       import(${JSON.stringify(new URL('../../dist/runtime/native.js', import.meta.url).href)}).then(({ native }) => {
         native().interrupt(native().context.address)
         parentPort.postMessage('armed')
         parentPort.once('message', () => { native().disarm(); parentPort.postMessage('disarmed'); parentPort.close() })
       })`,
      { eval: true },
    )
    await new Promise((resolve) => worker.once('message', resolve))
    const { record } = polling()
    expect(m.enter(record)).toBe(YieldReason.Done)
    // Nor is our own answer one to the other's.
    m.native.disarm()
    expect(m.enter(record)).toBe(YieldReason.Done)
    const exit = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage('go on')
    await exit
  })

  it('traps as a stack overflow when the return address has no room', () => {
    m.setWord(ExecContext.pollStub, pollStub)
    // mov rax, [cell 1]; mov rsp, rax; poll
    m.setCell(1, m.fiber.low)
    const before = [...code.loadContext, ...code.loadRaxFromCell(1), 0x48, 0x89, 0xc4]
    const pollAt = m.here + before.length
    const record = m.record(m.emit(before, m.poll(pollAt), code.ud2))
    m.native.interrupt(m.native.context.address)
    expect(m.enter(record)).toBe(YieldReason.Trap)
    expect(m.word(ExecContext.trapPc)).toBe(pollAt)
    m.native.abandon()
    m.native.disarm()
  })
})

describe('a call through a jump table', () => {
  /** A record that enters a function by its jump; the function stores 7 to cell 0. Returns the jump's address, too. */
  function calling(): { record: number; jump: number } {
    const callee = m.emit(code.loadContext, code.setCell(0, 7), code.ret)
    const jump = m.arena.jumps
    const entry = new Uint8Array(m.native.view(m.arena.write + (jump - m.arena.exec), 8))
    entry.set([0xe9, ...imm32(callee - (jump + 5))])
    m.native.detach(entry.buffer)
    m.native.useJumps(m.arena.id, 8)
    m.setCell(0, 0)
    return { record: m.record(jump), jump }
  }

  it('goes on where the jump leads when armed without a stub', () => {
    m.setWord(ExecContext.callPollStub, 0)
    const { record } = calling()
    m.native.interrupt(m.native.context.address)
    expect(m.enter(record)).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(7)
    m.native.disarm()
  })

  it('goes to the stub with the address of the jump', () => {
    // push rbp; mov rbp, rsp; push r14; push r11; yield; pop r11; pop r14; pop rbp; jmp r11
    const stub = m.emit(
      code.pushRbp,
      code.movRbpRsp,
      [0x41, 0x56, 0x41, 0x53],
      code.loadContext,
      code.yieldToHost(44),
      [0x41, 0x5b, 0x41, 0x5e],
      code.popRbp,
      [0x41, 0xff, 0xe3],
    )
    m.setWord(ExecContext.callPollStub, stub)
    const { record, jump } = calling()
    m.native.interrupt(m.native.context.address)
    expect(m.enter(record)).toBe(YieldReason.HostCall)
    expect(m.operand).toBe(44)
    expect(m.cell(0)).toBe(0)
    const stack = new DataView(m.native.view(m.fiber.low, m.fiber.high - m.fiber.low))
    expect(Number(stack.getBigUint64(m.word(ExecContext.fp) - 16 - m.fiber.low, true))).toBe(jump)
    m.native.disarm()
    expect(m.resume()).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(7)
    m.setWord(ExecContext.callPollStub, 0)
  })
})

describe('a trace', () => {
  const trace = (): number[] => {
    const length = m.context.getUint32(ExecContext.traceLength, true)
    return Array.from({ length: length * 2 }, (_, i) => m.word(ExecContext.trace + 8 * i))
  }
  const left = (): number => m.context.getUint32(ExecContext.traceLeft, true)

  /** A record that polls and calls a function by its jump, for ever. */
  function busy(): { record: number; pollAt: number; callAt: number; jump: number } {
    const callee = m.emit(code.ret)
    const { jumps: jump, write, exec } = m.arena
    const entry = new Uint8Array(m.native.view(write + (jump - exec), 8))
    entry.set([0xe9, ...imm32(callee - (jump + 5))])
    m.native.detach(entry.buffer)
    m.native.useJumps(m.arena.id, 8)
    const pollAt = m.here
    const callAt = pollAt + POLL_LENGTH
    const back = pollAt - (callAt + 5 + 2)
    const record = m.record(m.emit(m.poll(pollAt), [0xe8, ...imm32(jump - (callAt + 5))], [0xeb, 256 + back]))
    return { record, pollAt, callAt, jump }
  }

  it('records calls and polls, one after the other, then interrupts', () => {
    m.setWord(ExecContext.pollStub, pollStub)
    const { record, pollAt, callAt, jump } = busy()
    m.native.beginTrace(4)
    expect(m.enter(record)).toBe(YieldReason.HostCall)
    expect(m.operand).toBe(33)
    const turn = [pollAt, 0, callAt + 5, jump]
    expect(trace()).toEqual([...turn, ...turn])
    expect(left()).toBe(0)
    m.native.disarm()
    m.native.abandon()
  })

  it('ends at an interrupt, and goes on when it is told to', () => {
    m.setWord(ExecContext.pollStub, pollStub)
    const { record, pollAt, callAt, jump } = busy()
    m.native.beginTrace(2)
    m.native.interrupt(m.native.context.address)
    expect(m.enter(record)).toBe(YieldReason.HostCall)
    expect([left(), trace()]).toEqual([2, []])
    m.native.disarm()
    m.native.continueTrace()
    expect(m.resume()).toBe(YieldReason.HostCall)
    expect([left(), trace()]).toEqual([0, [callAt + 5, jump, pollAt, 0]])
    m.native.disarm()
    m.native.abandon()
  })

  it('has no more events than there is room for', () => {
    m.native.beginTrace(1e9)
    expect(left()).toBe(64)
    m.native.beginTrace(0)
    expect(left()).toBe(0)
    m.native.disarm()
  })
})

describe('interrupt', () => {
  it('by a timer ends an endless loop', () => {
    m.setWord(ExecContext.pollStub, pollStub)
    const record = endless()
    for (let i = 0; i < 5; i++) {
      m.native.startTimer(m.native.context.address, 5)
      expect(m.enter(record)).toBe(YieldReason.HostCall)
      m.native.disarm()
      m.native.abandon()
    }
  })

  it('by a timer that was cancelled does not come', () => {
    m.setWord(ExecContext.pollStub, pollStub)
    const cancelled = m.native.startTimer(m.native.context.address, 20)
    m.native.cancelTimer(cancelled)
    m.native.cancelTimer(cancelled)
    m.native.startTimer(m.native.context.address, 60)
    m.enter(endless())
    m.native.disarm()
    m.native.abandon()
    expect(m.context.getUint32(ExecContext.interrupt, true)).toBe(0)
  })

  it('resumes the loop when the host says so', () => {
    m.setWord(ExecContext.pollStub, pollStub)
    m.native.startTimer(m.native.context.address, 5)
    expect(m.enter(endless())).toBe(YieldReason.HostCall)
    m.native.disarm()
    m.native.startTimer(m.native.context.address, 5)
    expect(m.resume()).toBe(YieldReason.HostCall)
    m.native.disarm()
    m.native.abandon()
  })

  it('from another thread reaches a guest that never yields', async () => {
    m.setWord(ExecContext.pollStub, pollStub)
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads')
       import(${JSON.stringify(new URL('../../dist/runtime/native.js', import.meta.url).href)}).then(({ native }) => {
         native().interrupt(workerData)
       })`,
      { eval: true, workerData: m.native.context.address },
    )
    const exit = new Promise((resolve) => worker.once('exit', resolve))
    await new Promise((resolve) => worker.once('online', resolve))
    expect(m.enter(endless())).toBe(YieldReason.HostCall)
    m.native.disarm()
    m.native.abandon()
    await exit
  })

  it('ignores a context that does not exist', () => {
    m.native.interrupt(0)
    m.native.interrupt(4096)
    expect(m.context.getUint32(ExecContext.interrupt, true)).toBe(0)
  })

  it('reaches arenas that are made while armed', () => {
    m.setWord(ExecContext.pollStub, pollStub)
    m.native.interrupt(m.native.context.address)
    const other = m.native.createArena(1 << 16, 0)
    const view = new Uint8Array(m.native.view(other.write, other.size))
    view.set([0x85, 0x05, ...imm32(other.poll - (other.exec + 6)), 0xc3])
    expect(m.enter(m.record(other.exec))).toBe(YieldReason.HostCall)
    m.native.disarm()
    expect(m.resume()).toBe(YieldReason.Done)
    m.native.detach(view.buffer)
    m.native.releaseArena(other.id)
  })
})
