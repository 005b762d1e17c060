/**
 * Path resolution that cannot leave a directory: the guest's path is walked here, one component at a time, and never
 * handed to the kernel as a whole.
 *
 * Node has no openat. On Linux `/proc/self/fd/N/name` does the same: the kernel follows the magic link N straight to
 * the open directory, wherever that has been moved meanwhile, and looks `name` up in it. A component never contains a
 * slash and is never `..`, and is opened with O_NOFOLLOW, so one kernel lookup can only go one level down. That makes
 * the walk free of races: nothing is checked first and used later. If somebody exchanges a directory for a symbolic
 * link between two of our steps, the open fails or the link's text is walked by us like any other.
 *
 * - `..` goes back along the chain of directories that the walk has open. At the start directory it is refused; it
 *   never becomes a kernel lookup, so moving directories about cannot lead out.
 * - A symbolic link is read and its text walked from where the link lies; an absolute one is refused.
 * - The last component is not opened here: the caller uses it by the path it is given, always without following. When
 *   links are to be followed the walk does it; a link that appears in between makes the caller's open fail with ELOOP.
 *
 * The same idea: openat2's RESOLVE_BENEATH, cap-std's manual resolution, capsicum. Needs /proc.
 */
import { closeSync, constants, openSync, readlinkSync } from 'node:fs'
import { decodeUtf8 } from '../wasm/reader.js'
import { codeOf } from '../runtime/system-errors.js'
import { Errno, WasiError } from './errno.js'

/** Linux's limit of symbolic links in one resolution (MAXSYMLINKS). */
const MAX_LINKS = 40
/** Linux's PATH_MAX. */
const MAX_PATH = 4096
/** O_PATH of Linux (x86-64 and aarch64), which node:fs does not name: no read permission needed, only search. */
const O_PATH = 0x20_0000

/** Flags for opening a directory on the way. Not at this file's beginning, where it would load node:fs for programs that open nothing. */
function stepFlags(): number {
  return O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW
}

/** How the last component is treated. */
export type Final =
  /** Follow it when it is a symbolic link. */
  | 'follow'
  /** Take it as it is. A trailing slash still means the directory behind it. */
  | 'nofollow'
  /** An entry to be made or removed: taken as it is, a trailing slash is left for the kernel to judge. */
  | 'entry'

/** The path of `name` in the open directory `directory`, for one kernel lookup. */
function at(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`
}

/** Text of the symbolic link at `path`, or undefined when there is none. */
function linkText(path: string): string | undefined {
  let text: Buffer
  try {
    text = readlinkSync(path, { encoding: 'buffer' })
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EINVAL' || code === 'ENOENT') return undefined
    throw error
  }
  try {
    return decodeUtf8(text, 0, text.length)
  } catch {
    throw new WasiError(Errno.ILSEQ)
  }
}

/** One resolution: the directories open along the way and the components still to walk (next one last). */
class Walk {
  private readonly open: number[]
  private readonly todo: string[] = []
  private links = 0

  constructor(root: number) {
    this.open = [root]
  }

  private get directory(): number {
    return this.open[this.open.length - 1]
  }

  push(path: string): void {
    if (path === '') throw new WasiError(Errno.NOENT)
    if (path.startsWith('/')) throw new WasiError(Errno.NOTCAPABLE)
    if (path.length > MAX_PATH) throw new WasiError(Errno.NAMETOOLONG)
    const parts = path.split('/')
    for (let i = parts.length - 1; i >= 0; i--) this.todo.push(parts[i])
  }

  private pushLink(text: string): void {
    if (++this.links > MAX_LINKS) throw new WasiError(Errno.LOOP)
    this.push(text)
  }

  /** Walks all components but the last and returns the path of that one. */
  run(final: Final): string {
    for (;;) {
      const name = this.todo.pop() ?? '.'
      const last = this.todo.length === 0
      if (name === '..') this.up()
      if (name === '' || name === '.' || name === '..') {
        if (last) return at(this.directory, '.')
        continue
      }
      const path = at(this.directory, name)
      if (!last) {
        this.down(path)
        continue
      }
      const text = final === 'follow' ? linkText(path) : undefined
      if (text === undefined) return path
      this.pushLink(text)
    }
  }

  private up(): void {
    if (this.open.length === 1) throw new WasiError(Errno.NOTCAPABLE)
    closeSync(this.directory)
    this.open.pop()
  }

  private down(path: string): void {
    try {
      this.open.push(openSync(path, stepFlags()))
    } catch (error) {
      const code = codeOf(error)
      if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error
      const text = linkText(path)
      if (text === undefined) throw error
      this.pushLink(text)
    }
  }

  close(): void {
    for (let i = this.open.length - 1; i > 0; i--) closeSync(this.open[i])
  }
}

/**
 * Resolves `path` below the open directory `root` and calls `use` with a host path that stands for the result while
 * `use` runs. `use` must not let the kernel follow the last component of that path.
 * @throws WasiError ENOTCAPABLE when the path leads out of `root`, ELOOP, ENOENT, ENAMETOOLONG; system errors
 */
export function withPath<T>(root: number, path: string, final: Final, use: (hostPath: string) => T): T {
  const walk = new Walk(root)
  try {
    if (final !== 'entry') {
      walk.push(path)
      return use(walk.run(final))
    }
    let end = path.length
    while (end > 1 && path.charCodeAt(end - 1) === 0x2f) end--
    walk.push(path.slice(0, end))
    const found = walk.run(final)
    return use(end < path.length ? `${found}/` : found)
  } finally {
    walk.close()
  }
}

/** `withPath` for calls with two paths. */
export function withTwoPaths<T>(
  first: { readonly root: number; readonly path: string; readonly final: Final },
  second: { readonly root: number; readonly path: string; readonly final: Final },
  use: (firstPath: string, secondPath: string) => T,
): T {
  return withPath(first.root, first.path, first.final, (a) =>
    withPath(second.root, second.path, second.final, (b) => use(a, b)),
  )
}
