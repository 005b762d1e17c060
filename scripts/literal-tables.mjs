// For the bundle: modules whose exports are typed arrays, computed from larger tables that a short run needs nothing else of, are replaced by
// what they export.
import { pathToFileURL } from 'node:url'

/** Code that makes an array of bytes: the value that most of it ends with, then what stands before. */
function literal(name, bytes) {
  const rest = bytes.at(-1)
  const used = bytes.findLastIndex((byte) => byte !== rest) + 1
  return `export const ${name} = new Uint8Array(${bytes.length}).fill(${rest})\n${name}.set([${bytes.subarray(0, used).join(',')}])\n`
}

/** A plugin of the bundler, behind all others that look at sources. @param test which modules, by their path */
export function literalTables(test) {
  return {
    name: 'literal-tables',
    transform: {
      filter: { id: test },
      async handler(_, id) {
        const tables = Object.entries(await import(pathToFileURL(id).href))
        const strange = tables.find(([, table]) => !(table instanceof Uint8Array))
        if (strange !== undefined) throw new Error(`${strange[0]} of ${id} is no array of bytes`)
        return tables.map(([name, bytes]) => literal(name, bytes)).join('')
      },
    },
  }
}
