/**
 * Reads the text of a rule file: S-expressions with the line each began at, comments from `;` to the end of the line.
 */

export interface Atom {
  readonly kind: 'atom'
  readonly text: string
  readonly site: string
}
export interface List {
  readonly kind: 'list'
  readonly items: readonly Sexp[]
  readonly site: string
}
export type Sexp = Atom | List

/** A rule file is wrong; the message begins with file and line. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  constructor(site: string, message: string) {
    super(`${site}: ${message}`)
  }
}

/** All top-level expressions of a file. @throws RuleError */
export function parseRules(file: string, text: string): Sexp[] {
  const stack: { items: Sexp[]; site: string }[] = [{ items: [], site: `${file}:1` }]
  text.split('\n').forEach((line, index) => {
    const site = `${file}:${index + 1}`
    for (const [token] of line.replace(/;.*/, '').matchAll(/[()]|[^\s()]+/g)) {
      if (token === '(') {
        stack.push({ items: [], site })
      } else if (token === ')') {
        const done = stack.pop()
        const around = stack.at(-1)
        if (done === undefined || around === undefined) throw new RuleError(site, 'a ) too many')
        around.items.push({ kind: 'list', ...done })
      } else {
        stack[stack.length - 1].items.push({ kind: 'atom', text: token, site })
      }
    }
  })
  if (stack.length !== 1) throw new RuleError(stack[stack.length - 1].site, 'this ( is not closed')
  return stack[0].items
}
