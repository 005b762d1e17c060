/** The rule files of the sources. */
import { readdirSync, readFileSync } from 'node:fs'

export const directory = new URL('../../../tiers/optimizing/rules/', import.meta.url)

/** Those of instruction selection. */
export const selectionDirectory = new URL('lower/', directory)

/** Their texts by name. */
export function readRules(from = directory): Map<string, string> {
  const names = readdirSync(from).filter((name) => name.endsWith('.rules'))
  return new Map(names.map((name) => [name, readFileSync(new URL(name, from), 'utf8')]))
}
