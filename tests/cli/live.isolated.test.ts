// Programs that are still running while the test does something to them.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LAUNCHER, PROGRAMS } from './windlass.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windlass-live-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [LAUNCHER, ...args])
}

async function nextLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  return chunk.toString()
}

test('poll waits for input and sees its end', async () => {
  const child = start([join(PROGRAMS, 'poll.wasm')])
  expect(await nextLine(child)).toBe('nothing yet\n')
  child.stdin.write('one\n')
  expect(await nextLine(child)).toBe('got one\n')
  child.stdin.write('two\n')
  expect(await nextLine(child)).toBe('got two\n')
  child.stdin.end()
  expect(await nextLine(child)).toBe('end\n')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('Ctrl-C ends a program that never gives way, as the signal does: 130 in a shell', async () => {
  const file = join(folder, 'loop.wat')
  writeFileSync(
    file,
    `(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\03\\00\\00\\00") (data (i32.const 16) "go\\n")
      (func (export "_start")
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (loop (br 0))))`,
  )
  const child = start([file])
  expect(await nextLine(child)).toBe('go\n')
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT'])
})

test('a reader that goes away is an error number for the program, not the end of the command', async () => {
  const file = join(folder, 'pipe.wat')
  writeFileSync(
    file,
    `(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 2) (data (i32.const 0) "\\00\\01\\00\\00\\00\\00\\01\\00")
      (func (export "_start") (local $errno i32)
        (loop $more
          (local.set $errno (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (br_if $more (i32.eqz (local.get $errno))))
        (call $exit (local.get $errno))))`,
  )
  const child = start([file])
  await nextLine(child)
  child.stdout.destroy()
  // Node's pipes are sockets: closing one with bytes unread gives ECONNRESET (15 in WASI), with none left EPIPE (64).
  const [code] = (await once(child, 'exit')) as [number | null]
  expect([15, 64]).toContain(code)
})
