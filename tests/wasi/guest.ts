// A guest without a wasm module: memory and cells by hand, so that host calls are tested alone, bit for bit.
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PREVIEW1 } from '#dist/wasi/abi.js'
import { callsOf, rawCall } from '#dist/wasi/calls.js'
import { preopenedDirectory, sinkStream, sourceStream } from '#dist/wasi/fd-table.js'
import { WasiHost } from '#dist/wasi/host.js'

const PATHS = 1024

export class Guest {
  readonly host: WasiHost
  readonly bytes = new Uint8Array(65_536)
  readonly view = new DataView(this.bytes.buffer)
  readonly root: string
  output = ''
  input = new Uint8Array(0)
  private readonly cells = new ArrayBuffer(256)
  private readonly slab = {
    i32: new Int32Array(this.cells),
    u32: new Uint32Array(this.cells),
    f32: new Float32Array(this.cells),
    f64: new Float64Array(this.cells),
    i64: new BigInt64Array(this.cells),
    u64: new BigUint64Array(this.cells),
  }
  private nextPath = PATHS
  private readonly calls = callsOf(PREVIEW1)

  /** Descriptors 0 to 2 are streams of the test, 3 is the directory `root`, 4 the same, read-only. */
  constructor(args: string[] = [], env: Record<string, string> = {}) {
    this.root = mkdtempSync(join(tmpdir(), 'windlass-wasi-'))
    this.host = new WasiHost(args, env)
    this.host.memory.attach({ bytes: () => this.bytes })
    const { fds } = this.host
    const decoder = new TextDecoder()
    fds.add(
      sourceStream({
        read: (into) => {
          const count = Math.min(into.length, this.input.length)
          into.set(this.input.subarray(0, count))
          this.input = this.input.subarray(count)
          return count
        },
      }),
    )
    for (let i = 0; i < 2; i++) fds.add(sinkStream({ write: (bytes) => void (this.output += decoder.decode(bytes)) }))
    fds.add(preopenedDirectory(openSync(this.root, 'r'), '/', false))
    fds.add(preopenedDirectory(openSync(this.root, 'r'), '/ro', true))
  }

  dispose(): void {
    this.host.fds.closeAll()
    rmSync(this.root, { recursive: true, force: true })
  }

  /** Calls a WASI function; bigint operands are i64. Returns the error number. */
  call(name: string, ...operands: (number | bigint)[]): number {
    operands.forEach((operand, i) => {
      if (typeof operand === 'bigint') this.slab.u64[i] = operand
      else this.slab.u64[i] = BigInt(operand >>> 0)
    })
    rawCall(this.host, this.calls[name])(this.slab)
    this.nextPath = PATHS
    return this.slab.u32[0]
  }

  /** Puts a string into memory and returns [pointer, length] for the next call. */
  text(value: string | Uint8Array): [number, number] {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    const at = this.nextPath
    this.bytes.set(bytes, at)
    this.nextPath += bytes.length
    return [at, bytes.length]
  }

  /** path_open with all rights; returns the descriptor or the negative error number. */
  open(
    path: string,
    options: { fd?: number; follow?: boolean; oflags?: number; rights?: bigint; fdflags?: number } = {},
  ) {
    const { fd = 3, follow = false, oflags = 0, rights = 2n, fdflags = 0 } = options
    const errno = this.call(
      'path_open',
      fd,
      follow ? 1 : 0,
      ...this.text(path),
      oflags,
      rights,
      0xffff_ffffn,
      fdflags,
      0,
    )
    return errno === 0 ? this.view.getUint32(0, true) : -errno
  }

  /** fd_write of one buffer; returns bytes written or the negative error number. */
  write(fd: number, data: string): number {
    const [at, length] = this.text(data)
    this.view.setUint32(16, at, true)
    this.view.setUint32(20, length, true)
    const errno = this.call('fd_write', fd, 16, 1, 8)
    return errno === 0 ? this.view.getUint32(8, true) : -errno
  }

  /** fd_read into one buffer; returns the text or the negative error number. */
  read(fd: number, length = 256): string | number {
    this.view.setUint32(16, PATHS, true)
    this.view.setUint32(20, length, true)
    const errno = this.call('fd_read', fd, 16, 1, 8)
    if (errno !== 0) return -errno
    return new TextDecoder().decode(this.bytes.subarray(PATHS, PATHS + this.view.getUint32(8, true)))
  }
}
