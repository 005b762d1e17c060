/** Finds what a module imports: in WASI, in modules that were loaded before it. */
import type { Extern } from '../runtime/instance.js'
import type { Module } from '../runtime/module.js'
import { ExternKind } from '../wasm/types.js'
import { CommandError } from './errors.js'

/** Gives the extern behind an import, or undefined. */
export type Resolve = (moduleName: string, name: string) => Extern | undefined

const KIND_NAMES: Readonly<Record<number, string>> = {
  [ExternKind.Func]: 'function',
  [ExternKind.Table]: 'table',
  [ExternKind.Memory]: 'memory',
  [ExternKind.Global]: 'global',
  [ExternKind.Tag]: 'tag',
}

export function kindName(kind: ExternKind): string {
  return KIND_NAMES[kind]
}

/**
 * The externs of a module's imports, in their order.
 * @throws CommandError that lists all imports nobody provides
 */
export function resolveImports(module: Module, file: string, resolve: Resolve): Extern[] {
  const found: Extern[] = []
  const missing: string[] = []
  for (const { module: from, name, desc } of module.info.imports) {
    const extern = resolve(from, name)
    if (extern === undefined) missing.push(`  ${kindName(desc.kind)} "${from}" "${name}"`)
    else found.push(extern)
  }
  if (missing.length > 0) {
    throw new CommandError(
      `${file} needs imports that nothing provides (--preload NAME=FILE gives a module):\n${missing.join('\n')}`,
    )
  }
  return found
}
