/**
 * The interactive mode of `windlass coredump`: lines with history and completion; an empty line repeats the last one, Ctrl-C drops a line,
 * Ctrl-D ends.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { commandNames, isQuit, SessionError, type Session } from './coredump-session.js'
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

/** What the word before the cursor may become: a command, a value, or behind `.` and `->` a member of one. */
export function complete(session: Session, line: string): [string[], string] {
  const word = /\S*$/.exec(line)?.[0] ?? ''
  const isFirst = line.trimStart() === word
  const [, path, separator] = /^(.+)(\.|->)[\w$]*$/.exec(word) ?? []
  const members = path === undefined ? [] : session.memberNames(path).map((name) => `${path}${separator}${name}`)
  const candidates = isFirst ? commandNames() : members.length > 0 ? members : session.valueNames()
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
  // As in other debuggers: what has been typed is dropped, and only `quit` or the end of the input ends.
  lines.on('SIGINT', () => {
    lines.write(null, { ctrl: true, name: 'e' })
    const isEmpty = lines.line === ''
    lines.write(null, { ctrl: true, name: 'u' })
    print(isEmpty ? '\n(quit or Ctrl-D ends)' : '')
    lines.prompt()
  })
  let last = ''
  let hasQuit = false
  lines.prompt()
  for await (const typed of lines) {
    const line = typed.trim() === '' ? last : typed.trim()
    hasQuit = isQuit(line)
    if (hasQuit) break
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
  // The shell's prompt gets a line of its own.
  if (!hasQuit && process.stdin.isTTY) print('')
  lines.close()
}
