/** `--stats`: what tiering did to each function of a run, from the engine's events. */
import type { Engine } from '../runtime/engine.js'
import type { CodeVersion, ModuleCode } from '../runtime/code.js'
import type { TierUpReason } from '../runtime/events.js'
import { shownName } from '../wasm/debug/demangle.js'

interface FunctionStats {
  readonly code: ModuleCode
  readonly defined: number
  tier: string
  reason: TierUpReason | ''
  compileMs: number
  codeBytes: number
  loopEntries: number
  inlined: number
}

/** Listens to an engine from now on. */
export class TierStats {
  private readonly functions = new Map<ModuleCode, Map<number, FunctionStats>>()

  constructor(engine: Engine) {
    const { events } = engine
    events.on('compile', ({ version, duration }) => this.compiled(version, duration))
    events.on('publish', ({ version, duration }) => this.compiled(version, duration))
    events.on('tierUp', ({ code, defined, reason }) => {
      this.of(code, defined).reason = reason
    })
    events.on('osr', ({ from }) => {
      this.of(from.code, from.defined).loopEntries++
    })
  }

  /** A table, the functions that were optimized first; one line where nothing ran. */
  report(): string {
    const all = Array.from(this.functions.values(), (each) => [...each.values()]).flat()
    const shown = all.filter((each) => each.reason !== '' || each.tier === 'optimizing')
    const lines = shown
      .toSorted((a, b) => b.compileMs - a.compileMs)
      .map((each) =>
        [
          each.tier.padEnd(11),
          each.reason.padEnd(10),
          `${each.compileMs.toFixed(2)} ms`.padStart(11),
          `${each.codeBytes} B`.padStart(9),
          `${each.loopEntries}`.padStart(5),
          `${each.inlined}`.padStart(8),
          `${each.code.guardFailures.count(each.defined)}`.padStart(7),
          ` ${nameOf(each)}`,
        ].join(''),
      )
    const head = `tier       why           compile     code  OSR inlined guards function`
    const rest = `${all.length - shown.length} functions stayed in the baseline tier`
    return [...(lines.length === 0 ? [] : [head, ...lines]), rest].join('\n')
  }

  private of(code: ModuleCode, defined: number): FunctionStats {
    let functions = this.functions.get(code)
    if (functions === undefined) {
      functions = new Map()
      this.functions.set(code, functions)
    }
    let found = functions.get(defined)
    if (found === undefined) {
      const none = { compileMs: 0, codeBytes: 0, loopEntries: 0, inlined: 0 }
      found = { code, defined, tier: 'baseline', reason: '', ...none }
      functions.set(defined, found)
    }
    return found
  }

  private compiled({ code, defined, tier, size, version, loop }: CodeVersion, duration: number): void {
    const found = this.of(code, defined)
    found.compileMs += duration
    found.codeBytes += size
    if (loop < 0) found.tier = tier
    found.inlined = Math.max(found.inlined, code.versions.inlinedCount(version))
  }
}

function nameOf({ code, defined }: FunctionStats): string {
  const { owner } = code
  const index = (owner?.info.importedFuncs ?? 0) + defined
  return shownName(owner?.funcName(index), index)
}
