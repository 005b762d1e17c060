// Faults of guest code: what the signal handler records, where it goes on, and that nothing of it stays behind.
import { constants } from 'node:os'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { ExecContext, Reg, YieldReason } from '#dist/tiers/abi.js'
import { hostWebAssembly } from '#dist/tests/support/host-wasm.js'
import { code, imm32, Machine } from '#dist/tests/support/machine.js'

let m: Machine
beforeAll(() => {
  m = new Machine()
})
afterAll(() => {
  m.close()
})

const { SIGILL, SIGSEGV, SIGFPE } = constants.signals

function gpr(index: number): number {
  return m.word(ExecContext.trapGprs + 8 * index)
}

describe('traps', () => {
  afterEach(() => {
    expect(m.word(ExecContext.entryBase)).toBe(0)
    expect(m.enter(m.record(m.emit(code.ret)))).toBe(YieldReason.Done)
  })

  it('ud2: records signal, pc, frame and registers', () => {
    // mov eax, 1; mov ecx, 2; ...: recognizable values in registers that the ABI does not reserve
    const values = [
      [0xb8, ...imm32(1)],
      [0xb9, ...imm32(2)],
      [0xba, ...imm32(3)],
      [0xbb, ...imm32(4)],
      [0xbe, ...imm32(5)],
      [0xbf, ...imm32(6)],
      [0x41, 0xb8, ...imm32(7)],
      [0x41, 0xbd, ...imm32(8)],
      // mov r10d, 9; movq xmm15, r10
      [0x41, 0xba, ...imm32(9)],
      [0x66, 0x4d, 0x0f, 0x6e, 0xfa],
    ].flat()
    const start = m.emit(code.pushRbp, code.movRbpRsp, values, code.ud2)
    expect(m.enter(m.record(start))).toBe(YieldReason.Trap)
    expect(m.context.getUint32(ExecContext.trapSignal, true)).toBe(SIGILL)
    expect(m.word(ExecContext.trapPc)).toBe(start + 4 + values.length)
    expect(m.word(ExecContext.trapFp)).toBe(m.word(ExecContext.trapSp))
    const read = [Reg.rax, Reg.rcx, Reg.rdx, Reg.rbx, Reg.rsi, Reg.rdi, Reg.r8, Reg.r13, Reg.r10].map(gpr)
    expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(gpr(Reg.r14)).toBe(m.vmctx)
    expect(gpr(Reg.rsp)).toBe(m.word(ExecContext.trapSp))
    expect(m.context.getUint32(ExecContext.trapXmms + 16 * 15, true)).toBe(9)
    m.native.abandon()
  })

  it('an access to reserved memory: records the address', () => {
    const guard = m.native.reserve(1 << 20)
    m.setCell(0, guard + 4096)
    // mov eax, [rax]
    const start = m.emit(code.loadContext, code.loadRaxFromCell(0), [0x8b, 0x00], code.ret)
    expect(m.enter(m.record(start))).toBe(YieldReason.Trap)
    expect(m.context.getUint32(ExecContext.trapSignal, true)).toBe(SIGSEGV)
    expect(m.word(ExecContext.trapAddress)).toBe(guard + 4096)
    m.native.abandon()
    m.native.release(guard, 1 << 20)
  })

  it('a write to the executable mapping traps: code is never writable where it runs', () => {
    m.setCell(0, m.arena.exec)
    // mov [rax], eax
    expect(m.enter(m.record(m.emit(code.loadContext, code.loadRaxFromCell(0), [0x89, 0x00], code.ret)))).toBe(
      YieldReason.Trap,
    )
    expect(m.word(ExecContext.trapAddress)).toBe(m.arena.exec)
    m.native.abandon()
  })

  it('a division by zero', () => {
    // xor ecx, ecx; mov eax, 5; cdq; idiv ecx
    const start = m.emit([0x31, 0xc9], code.movEax(5), [0x99, 0xf7, 0xf9], code.ret)
    expect(m.enter(m.record(start))).toBe(YieldReason.Trap)
    expect(m.context.getUint32(ExecContext.trapSignal, true)).toBe(SIGFPE)
    expect(m.word(ExecContext.trapPc)).toBe(start + 8)
    m.native.abandon()
  })

  it('recursion into the guard, again and again', () => {
    // push rbp; mov rbp, rsp; call self
    const start = m.emit(code.pushRbp, code.movRbpRsp, [0xe8, ...imm32(-9)], code.popRbp, code.ret)
    const record = m.record(start)
    for (let i = 0; i < 100; i++) {
      expect(m.enter(record)).toBe(YieldReason.Trap)
      const address = m.word(ExecContext.trapAddress)
      expect(address).toBeLessThan(m.fiber.low)
      expect(address).toBeGreaterThanOrEqual(m.fiber.low - 128 * 1024)
      m.native.abandon()
    }
  })

  it('a C routine that runs into the guard', () => {
    // memset(fiber.low - 4096, 1, 16) by the addon's own routine: mov rdi, ...; mov esi, 1; mov edx, 16; jmp rax
    m.setCell(0, m.native.routines.memset)
    m.setCell(1, m.fiber.low - 4096)
    const start = m.emit(
      code.loadContext,
      code.loadRaxFromCell(1),
      [0x48, 0x89, 0xc7, 0xbe, ...imm32(1), 0xba, ...imm32(16)],
      code.loadRaxFromCell(0),
      [0xff, 0xe0],
    )
    expect(m.enter(m.record(start))).toBe(YieldReason.Trap)
    expect(m.word(ExecContext.trapAddress)).toBeLessThan(m.fiber.low)
    m.native.abandon()
  })

  it('keep the suspended outer call', () => {
    const outer = m.record(m.emit(code.loadContext, code.yieldToHost(1), code.setCell(0, 77), code.ret))
    m.enter(outer)
    expect(m.enter(m.record(m.emit(code.ud2)))).toBe(YieldReason.Trap)
    m.native.abandon()
    expect(m.resume()).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(77)
  })

  it('allow entering another call before the trapped one is abandoned', () => {
    m.enter(m.record(m.emit(code.ud2)))
    expect(m.enter(m.record(m.emit(code.loadContext, code.setCell(0, 3), code.ret)))).toBe(YieldReason.Done)
    expect(m.cell(0)).toBe(3)
    m.native.abandon()
  })

  it('leave V8 wasm traps, and Node, as they were', () => {
    // (module (memory 1) (func (export "f") (param i32) (result i32) local.get 0 i32.load))
    const bytes = new Uint8Array([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x66, 0,
      0, 10, 9, 1, 7, 0, 0x20, 0, 0x28, 2, 0, 0x0b,
    ])
    const f = new hostWebAssembly.Instance(new hostWebAssembly.Module(bytes)).exports['f']
    for (let i = 0; i < 50; i++) {
      expect(() => f(-4)).toThrow(hostWebAssembly.RuntimeError)
      m.enter(m.record(m.emit(code.ud2)))
      m.native.abandon()
      expect(f(0)).toBe(0)
    }
    const deep = (n: number): number => 1 + deep(n + 1)
    expect(() => deep(0)).toThrow(RangeError)
  })
})
