/**
 * Tells native debuggers about compiled code, by gdb's interface for just-in-time compilers (gdb manual, "JIT Compilation
 * Interface"; lldb understands it, too): names and source lines of guests in backtraces, breakpoints on them, and unwinding through them.
 * An object (elf.ts) is registered for what is compiled at a time and taken back when its module is collected.
 */
import { addon } from '../runtime/context.js'
import { onCodeRelease, type CodeVersion, type ModuleCode } from '../runtime/code.js'
import type { Engine } from '../runtime/engine.js'
import { codeLines } from './code-lines.js'
import { debugObject, type DebugPiece } from './elf.js'
import { functionName, onCode } from './perf-map.js'

/** Registers an engine's code from now on. @returns a function that takes everything back */
export function exposeToDebuggers(engine: Engine): () => void {
  const registered = new Map<number, WeakRef<ModuleCode>>()
  const stopListening = onCode(engine, (versions) => {
    const [{ code }] = versions
    const object = debugObject(code.owner?.url ?? 'wasm', versions.map(pieceOf))
    registered.set(addon.registerDebugObject(object), new WeakRef(code))
  })
  const takeBack = (isGone: (code: WeakRef<ModuleCode>) => boolean): void => {
    for (const [id, code] of registered) {
      if (!isGone(code)) continue
      addon.unregisterDebugObject(id)
      registered.delete(id)
    }
  }
  const stopReleases = onCodeRelease(() => takeBack((code) => code.deref() === undefined))
  return () => {
    stopListening()
    stopReleases()
    takeBack(() => true)
  }
}

/** Both tiers of a function have its name: a breakpoint is then one of both. */
function pieceOf(version: CodeVersion): DebugPiece {
  const { code, defined, start, size } = version
  const shown = functionName(version)
  const given = code.owner?.funcName(code.owner.info.importedFuncs + defined) ?? shown
  const name = withoutSignature(shown)
  return { name, symbol: given === shown ? name : given, start, size, lines: codeLines(version) }
}

/** What a name has parentheses for that are no signature's. */
const ANONYMOUS = '(anonymous namespace)'

/**
 * A demangled name as debuggers look for it. They demangle by themselves and know what parts there are; but linkers of
 * WebAssembly put names into modules that are demangled already: `int geometry::square<int>(int)`.
 */
export function withoutSignature(name: string): string {
  if (!/\)(?: const| volatile| &{1,2})*$/.test(name)) return name
  let depth = 0
  let begin = 0
  for (let at = 0; at < name.length; at++) {
    if (name.startsWith(ANONYMOUS, at)) at += ANONYMOUS.length - 1
    else if (name.startsWith('operator', at)) return name
    else if (name[at] === '<') depth++
    else if (name[at] === '>') depth--
    else if (depth > 0) continue
    else if (name[at] === ' ') begin = at + 1
    else if (name[at] === '(') return at > begin ? name.slice(begin, at) : name
  }
  return name
}
