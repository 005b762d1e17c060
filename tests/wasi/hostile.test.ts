// Hostile guests: random operands to every call, and a host that exchanges directories for links while they are walked.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PREVIEW1 } from '#dist/wasi/abi.js'
import { callsOf } from '#dist/wasi/calls.js'
import { Guest } from './guest.js'

let guest: Guest
beforeEach(() => {
  guest = new Guest(['a'], { K: 'v' })
})
afterEach(() => guest.dispose())

/** A small generator (xorshift32), so that a failure can be repeated. */
function random(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

test('random operands give error numbers, never exceptions', () => {
  const next = random(2463534242)
  const calls = Object.entries(callsOf(PREVIEW1)).filter(
    // These end the guest or may sleep for centuries, as asked.
    ([name]) => !['proc_exit', 'proc_raise', 'poll_oneoff'].includes(name),
  )
  const interesting = [
    0, 1, 2, 3, 4, 5, 6, 8, 64, 1024, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff,
  ]
  const names = ['a', 'b/c', '.', '..', 'a/..', 'd/', '/', 'x'.repeat(300), 'l', '../x']
  let succeeded = 0
  for (let round = 0; round < 20_000; round++) {
    const [name, { params }] = calls[next(calls.length)]
    for (let i = 0; i < 4; i++) guest.view.setUint32(16 + 4 * i, next(2) === 0 ? next(70_000) : next(64), true)
    const [at, length] = guest.text(names[next(names.length)])
    const operands = Array.from(params, (letter): number | bigint => {
      const value =
        next(4) === 0 ? at : next(3) === 0 ? length : next(3) === 0 ? next(32) : interesting[next(interesting.length)]
      return letter === 'i' ? value : (BigInt(next(3) === 0 ? 0xffff_ffff : 0) << 32n) | BigInt(value)
    })
    // Descriptors 0 to 3 stay what they are, or nothing interesting would happen soon.
    if ((name === 'fd_close' || name === 'fd_renumber') && operands.some((each) => each < 5)) continue
    if (name === 'fd_fdstat_set_rights') continue
    if (name.startsWith('fd_allocate') || name === 'fd_filestat_set_size') continue
    const errno = guest.call(name, ...operands)
    if (errno === 0) succeeded++
    expect(errno).toBeLessThan(77)
  }
  expect(succeeded).toBeGreaterThan(100)
})

test('exchanging a directory for a link while it is walked leads nowhere', async () => {
  const outside = new Guest()
  writeFileSync(join(outside.root, 'file'), 'outside')
  mkdirSync(join(guest.root, 'real'))
  writeFileSync(join(guest.root, 'real/file'), 'inside')
  symlinkSync(outside.root, join(guest.root, 'link'))
  const done = new Int32Array(new SharedArrayBuffer(4))
  const swap = `
    const { renameSync } = require('node:fs')
    const { root, done } = require('node:worker_threads').workerData
    const move = (from, to) => renameSync(root + '/' + from, root + '/' + to)
    require('node:worker_threads').parentPort.postMessage('started')
    while (Atomics.load(done, 0) === 0) {
      move('real', 'dir'); move('dir', 'real'); move('link', 'dir'); move('dir', 'link')
    }`
  const worker = new Worker(swap, { eval: true, workerData: { root: guest.root, done } })
  await new Promise((resolve) => worker.once('message', resolve))
  const seen = new Set<string | number>()
  for (let i = 0; i < 8000; i++) {
    const fd = guest.open('dir/file', { follow: true })
    if (fd < 0) continue
    seen.add(guest.read(fd))
    guest.call('fd_close', fd)
  }
  Atomics.store(done, 0, 1)
  await worker.terminate()
  outside.dispose()
  expect(seen).not.toContain('outside')
  expect(seen).toContain('inside')
})
