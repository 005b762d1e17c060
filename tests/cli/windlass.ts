// Runs the command as a user does: the real launcher in a process of its own.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const LAUNCHER = fileURLToPath(new URL('../../bin/windlass', import.meta.url))
export const PROGRAMS = fileURLToPath(new URL('../programs/wasi/', import.meta.url))

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
    env: { ...inherited, NO_COLOR: '1', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  return { code: result.status, out: result.stdout, err: result.stderr }
}
