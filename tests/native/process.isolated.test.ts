// Faults that are not the guest's, and ends of the process: looked at from outside, in child processes.
import { spawnSync } from 'node:child_process'

import { describe, expect, it } from 'vitest'

const machineUrl = new URL('../../dist/tests/support/machine.js', import.meta.url).href

function run(body: string): { status: number | null; signal: string | null; stdout: string; stderr: string } {
  const script = `import { Machine, code } from ${JSON.stringify(machineUrl)}
    import { Worker } from 'node:worker_threads'
    const m = new Machine()
    ${body}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
}

describe('a fault outside of compiled code', () => {
  it('goes to the previous handler and ends the process as it always did', () => {
    const { signal } = run(`
      const at = m.native.reserve(4096)
      process.stdout.write(String(new Uint8Array(m.native.view(at, 4096))[0]))`)
    expect(signal).toBe('SIGSEGV')
  })

  it('does so in a C routine that the guest called, too', () => {
    const { signal } = run(`
      m.setCell(0, m.native.routines.memset)
      // xor edi, edi; mov edx, 16; jmp memset
      m.enter(m.record(m.emit(code.loadContext, code.loadRaxFromCell(0), [0x31, 0xff, 0xba, 16, 0, 0, 0, 0xff, 0xe0])))`)
    expect(signal).toBe('SIGSEGV')
  })

  it.each(['SIGSEGV', 'SIGILL', 'SIGFPE', 'SIGBUS'])(
    '%s sent from outside ends the process, even after traps',
    (name) => {
      const { signal } = run(`
      m.enter(m.record(m.emit(code.ud2)))
      m.native.abandon()
      process.kill(process.pid, '${name}')
      setTimeout(() => {}, 10_000)`)
      expect(signal).toBe(name)
    },
  )
})

describe('the end of the process', () => {
  it('waits for no timer and no suspended call', () => {
    const { status, signal, stderr } = run(`
      m.native.startTimer(m.native.context.address, 1e9)
      m.native.startTimer(m.native.context.address, 1)
      m.enter(m.record(m.emit(code.loadContext, code.yieldToHost(1), code.ret)))`)
    expect([status, signal, stderr]).toEqual([0, null, ''])
  })

  it('at once, with what was written before and without what comes later', () => {
    const { status, signal, stdout } = run(`
      new Worker('for (;;);', { eval: true })
      process.on('exit', (code) => m.native.endProcess(code))
      process.on('exit', () => process.stdout.write('late'))
      process.stdout.write('early')
      process.exit(9)`)
    expect([status, signal, stdout]).toEqual([9, null, 'early'])
  })

  it('by process.exit with timers firing and workers running', () => {
    const { status, signal, stderr } = run(`
      for (let i = 0; i < 20; i++) m.native.startTimer(m.native.context.address, i)
      const source = 'import(${JSON.stringify(machineUrl)}).then(({ Machine, code }) => {' +
        'const m = new Machine(); const r = m.record(m.emit(code.ret)); for (;;) m.enter(r) })'
      new Worker(source, { eval: true }).once('online', () => setTimeout(() => process.exit(7), 30))`)
    expect([status, signal, stderr]).toEqual([7, null, ''])
  })

  it('by an uncaught error reports it as ever', () => {
    const { status, stderr } = run(`
      m.enter(m.record(m.emit(code.ud2)))
      m.native.abandon()
      throw new Error('on purpose')`)
    expect(status).toBe(1)
    expect(stderr).toContain('on purpose')
  })
})
