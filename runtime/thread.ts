/** Which thread this is, for names in what is written down. */
import { createRequire } from 'node:module'
import { addon } from './context.js'

const require = createRequire(import.meta.url)

/** `main`, or `worker` with its number. */
export function threadName(): string {
  if (addon.mainThread) return 'main'
  // Loaded only here: an import of it takes 5 ms of every start, for a name that hardly any run needs.
  const { threadId }: { readonly threadId: number } = require('node:worker_threads')
  return `worker ${threadId}`
}
