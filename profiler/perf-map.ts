/**
 * `/tmp/perf-PID.map` for Linux perf: one line a piece of machine code, `start size name` with both numbers in hexadecimal. perf
 * reads it when it reports, so lines are written as code is published. Node's own `--perf-basic-prof` writes the
 * same file and overwrites ours; use one of them.
 */
import { appendFileSync, writeFileSync } from 'node:fs'
import type { CodeVersion, ModuleCode } from '../runtime/code.js'
import type { Engine } from '../runtime/engine.js'
import { shownName } from '../wasm/debug/demangle.js'

/** Name of the function of a piece of code, on one line. */
export function functionName({ code, defined }: CodeVersion): string {
  const { owner } = code
  if (owner === undefined) return `wasm-function ${defined}`
  const index = owner.info.importedFuncs + defined
  // A line of a perf map is a record: names may not break it.
  return shownName(owner.funcName(index), index).replaceAll(/\p{Cc}/gu, ' ')
}

/** Name of a piece of code: the function's, and its tier as perf shows it. */
export function codeName(version: CodeVersion): string {
  return `${functionName(version)} [${version.tier}]`
}

/**
 * Has `take` called with each piece of code once, as soon as its name can be known: what is compiled while a module is loaded, and what
 * comes from a cache, waits for the first instance and comes with it. When `take` throws, a full disk for one, it is not called again.
 * @returns a function that ends it, and throws that error
 */
export function onCode(engine: Engine, take: (versions: readonly CodeVersion[]) => void): () => void {
  const taken = new WeakMap<ModuleCode, number>()
  const failures: unknown[] = []
  const flush = (code: ModuleCode): void => {
    if (code.owner === undefined) return
    const { count } = code.versions
    const from = taken.get(code) ?? 0
    taken.set(code, count)
    if (from === count || failures.length > 0) return
    try {
      take(Array.from({ length: count - from }, (_, i) => code.describe(from + i)))
    } catch (error) {
      // Thrown here it would end the process in the middle of the guest.
      failures.push(error)
    }
  }
  const stops = [
    engine.events.on('compile', ({ version }) => flush(version.code)),
    engine.events.on('publish', ({ version }) => flush(version.code)),
    engine.events.on('instantiate', ({ instance }) => flush(instance.module.code)),
  ]
  return () => {
    for (const stop of stops) stop()
    for (const error of failures.splice(0)) throw error
  }
}

/** Writes the map while the engine compiles. @returns a function that ends it; both throw what writing files throws */
export function writePerfMap(engine: Engine, path: string): () => void {
  writeFileSync(path, '')
  return onCode(engine, (versions) => {
    const lines = versions.map((version) => {
      return `${version.start.toString(16)} ${version.size.toString(16)} ${codeName(version)}\n`
    })
    appendFileSync(path, lines.join(''))
  })
}
