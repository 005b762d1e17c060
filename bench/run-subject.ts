/** Runs rounds.js in a child process. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EngineSpec } from './engines.js'
import type { Rounds } from './rounds.js'
import type { SubjectSuite } from './subjects.js'

const CHILD = fileURLToPath(new URL('./rounds.js', import.meta.url))
/** The largest program takes about ten seconds to compile in the slowest compiler. */
const TIMEOUT_MS = 300_000
const MARK = 'ROUNDS '

/** The rounds of a subject in an engine, or why there are none. @param seconds CPU seconds to measure */
export function runSubject(suite: SubjectSuite, subject: string, engine: EngineSpec, seconds: number): Rounds | string {
  const args = [...engine.flags, CHILD, suite, subject, engine.name, String(seconds)]
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...engine.env },
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 1 << 26,
  })
  const line = stdout.split('\n').find((text) => text.startsWith(MARK))
  if (line !== undefined && status === 0) return JSON.parse(line.slice(MARK.length)) as Rounds
  const error = /^.*Error:.*$/m.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1) ?? ''
  return `failed (${signal ?? `exit ${status}`}): ${error}`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
