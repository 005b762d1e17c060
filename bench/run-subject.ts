/** Runs rounds.js in a child process, and reads what it prints. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EngineSpec } from './engines.js'
import type { Rounds } from './rounds.js'
import type { SubjectSuite } from './subjects.js'

const CHILD = fileURLToPath(new URL('./rounds.js', import.meta.url))
/** The largest program takes about ten seconds to compile in the slowest compiler. */
const TIMEOUT_MS = 300_000
/** Begins the line of JSON among what a program prints; cranelift.py prints the same. */
export const ROUNDS_MARK = 'ROUNDS '

/** The rounds that a child has printed, undefined when it has none. */
export function readRounds(stdout: string): Rounds | undefined {
  const line = stdout.split('\n').find((text) => text.startsWith(ROUNDS_MARK))
  return line === undefined ? undefined : (JSON.parse(line.slice(ROUNDS_MARK.length)) as Rounds)
}

/** The rounds of a subject in an engine, or why there are none. @param seconds CPU seconds to measure */
export function runSubject(suite: SubjectSuite, subject: string, engine: EngineSpec, seconds: number): Rounds | string {
  const args = [...engine.flags, CHILD, suite, subject, engine.name, String(seconds)]
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...engine.env },
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 1 << 26,
  })
  const rounds = status === 0 ? readRounds(stdout) : undefined
  if (rounds !== undefined) return rounds
  const error = /^.*Error:.*$/m.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1) ?? ''
  return `failed (${signal ?? `exit ${status}`}): ${error}`
}
