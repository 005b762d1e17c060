// Runs the command as a user does: the real launcher in a process of its own.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const LAUNCHER = fileURLToPath(new URL('../../bin/windlass', import.meta.url))
export const PROGRAMS = fileURLToPath(new URL('../programs/wasi/', import.meta.url))

/** Where the command keeps code of what tests run: not where the user's is. */
const CACHE_HOME = join(tmpdir(), `windlass-test-cache-${process.pid}`)
process.on('exit', () => rmSync(CACHE_HOME, { recursive: true, force: true }))

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Colours off and no inherited defaults, unless `env` says otherwise. */
export function windlass(
  args: readonly string[],
  options: { input?: string | Uint8Array; env?: Record<string, string>; cwd?: string } = {},
): Outcome {
  const { FORCE_COLOR: _force, WINDLASS_OPTIONS: _options, ...inherited } = process.env
  const result = spawnSync(process.execPath, [LAUNCHER, ...args], {
    input: options.input ?? '',
    encoding: 'utf8',
    env: { ...inherited, NO_COLOR: '1', XDG_CACHE_HOME: CACHE_HOME, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  return { code: result.status, out: result.stdout, err: result.stderr }
}
