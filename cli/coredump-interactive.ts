/** The interactive mode of `windlass coredump`: lines with history and completion; an empty line repeats the last one. */
import { appendFileSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { commandNames, SessionError, type Session } from './coredump-session.js'
import { print, printError, styled } from './terminal.js'

/** Lines of history that are kept in memory. */
const HISTORY_SIZE = 500

function historyFile(): string {
  return process.env['WINDLASS_HISTORY'] ?? join(homedir(), '.windlass_coredump_history')
}

/** Newest first, as readline wants it. */
function loadHistory(): string[] {
  try {
    return readFileSync(historyFile(), 'utf8').split('\n').filter(Boolean).slice(-HISTORY_SIZE).toReversed()
  } catch {
    return []
  }
}

function keep(line: string): void {
  try {
    appendFileSync(historyFile(), `${line}\n`, { mode: 0o600 })
  } catch {
    // A home that cannot be written to has no history.
  }
}

/** What the word before the cursor may become. */
export function complete(session: Session, line: string): [string[], string] {
  const word = /\S*$/.exec(line)?.[0] ?? ''
  const isFirst = line.trimStart() === word
  const candidates = isFirst ? commandNames() : session.valueNames()
  return [candidates.filter((each) => each.startsWith(word)), word]
}

export async function interact(session: Session): Promise<void> {
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY,
    prompt: process.stdin.isTTY ? styled('bold', '(coredump) ') : '',
    history: loadHistory(),
    historySize: HISTORY_SIZE,
    removeHistoryDuplicates: true,
    completer: (line: string) => complete(session, line),
  })
  let last = ''
  lines.prompt()
  for await (const typed of lines) {
    const line = typed.trim() === '' ? last : typed.trim()
    if (line === 'quit' || line === 'q' || line === 'exit') break
    if (line !== last && process.stdin.isTTY) keep(line)
    last = line
    try {
      for (const each of session.run(line)) print(each)
    } catch (error) {
      if (!(error instanceof SessionError)) throw error
      printError(error.message)
    }
    lines.prompt()
  }
  lines.close()
}
