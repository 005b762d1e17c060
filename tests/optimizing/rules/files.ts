/** The rule files of the sources. */
import { readdirSync, readFileSync } from 'node:fs'

export const directory = new URL('../../../tiers/optimizing/rules/', import.meta.url)

/** Their texts by name. */
export function readRules(): Map<string, string> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.rules'))
  return new Map(names.map((name) => [name, readFileSync(new URL(name, directory), 'utf8')]))
}
