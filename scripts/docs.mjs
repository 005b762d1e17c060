// Writes the pages that are made from the code, with the built code: `npm run docs`.
import { writeFileSync } from 'node:fs'
import { optimizingDoc } from '../dist/tests/support/optimizing-doc.js'

writeFileSync(new URL('../docs/optimizing.md', import.meta.url), optimizingDoc())
