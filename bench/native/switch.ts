/**
 * The cost of the stack switch by itself: entering a stub that returns at once, and resuming a guest that calls a
 * yielding stub in a loop, with the two ways in which such a stub can switch and return (docs/abi.md, "Yields").
 * Hand-assembled, so neither compiler nor runtime is in the figures. Prints the best of many short runs in nanoseconds.
 *
 *     node dist/bench/native/switch.js
 */
import { ExecContext, YieldReason } from '../../tiers/abi.js'
import { code, imm32, Machine } from '../../tests/support/machine.js'
import { commandLine } from '../arguments.js'

commandLine('node dist/bench/native/switch.js', {})

const RUNS = 100
const CALLS = 50_000

const m = new Machine()
const { native } = m

function measure(name: string, loop: (count: number) => void): void {
  let best = Infinity
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now()
    loop(CALLS)
    best = Math.min(best, ((performance.now() - start) / CALLS) * 1e6)
  }
  process.stdout.write(`${name}: ${best.toFixed(1)} ns\n`)
}

/** A function that calls `stub` for ever: push rbp; mov rbp, rsp; push r14; L: call stub; mov r14, [rbp-8]; jmp L */
function caller(stub: number): number {
  const head = [...code.pushRbp, ...code.movRbpRsp, 0x41, 0x56]
  const call = [0xe8, ...imm32(stub - (m.here + head.length + 5))]
  return m.record(m.emit(head, call, [0x4c, 0x8b, 0x75, 0xf8], [0xeb, 256 - 11]))
}

const enterStub = m.record(m.emit(code.ret))
m.enter(enterStub)
measure('enter and return', (count) => {
  for (let i = 0; i < count; i++) native.enter()
})

const frame = [...code.pushRbp, ...code.movRbpRsp, ...code.loadContext]
const reason = [0x41, 0xc7, 0x03, ...imm32(YieldReason.HostCall)]
// lea r10, [rip+6]; push r10; jmp [r11+switchToHost]; pop rbp; pop r11; jmp r11
const jump = [0x4c, 0x8d, 0x15, ...imm32(6), 0x41, 0x52, 0x41, 0xff, 0x63, ExecContext.switchToHost]
const byJump = caller(m.emit(frame, reason, jump, code.popRbp, [0x41, 0x5b, 0x41, 0xff, 0xe3]))
m.enter(byJump)
measure('resume and yield, stub jumps', (count) => {
  for (let i = 0; i < count; i++) native.resume()
})
native.abandon()

const byCall = caller(m.emit(frame, code.yieldToHost(0), code.popRbp, code.ret))
m.enter(byCall)
measure('resume and yield, stub calls and returns', (count) => {
  for (let i = 0; i < count; i++) native.resume()
})
native.abandon()
m.close()
