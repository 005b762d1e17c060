/**
 * `@webassemblyjs/wasm-parser` as a second opinion on what the sections of a module say. It is strong on Wasm 1.0 and
 * does not validate; it is never given code, data or names to read, where it is slow, incomplete or noisy.
 *
 * The package has no types; the part of its tree that is read is typed here.
 */
import { createRequire } from 'node:module'

interface NumberLiteral {
  readonly value: number
}

interface Signature {
  readonly params: readonly { readonly valtype: string }[]
  readonly results: readonly string[]
}

interface LimitNode {
  readonly min: number
  readonly max?: number
}

interface GlobalTypeNode {
  readonly valtype: string
  readonly mutability: 'var' | 'const'
}

type Descr =
  | { readonly type: 'FuncImportDescr'; readonly signature: Signature }
  | { readonly type: 'Table'; readonly elementType: string; readonly limits: LimitNode }
  | { readonly type: 'Memory'; readonly limits: LimitNode }
  | ({ readonly type: 'GlobalType' } & GlobalTypeNode)

export type ParserField =
  | { readonly type: 'TypeInstruction'; readonly functype: Signature }
  | { readonly type: 'ModuleImport'; readonly module: string; readonly name: string; readonly descr: Descr }
  | { readonly type: 'Table'; readonly elementType: string; readonly limits: LimitNode }
  | { readonly type: 'Memory'; readonly limits: LimitNode }
  | { readonly type: 'Global'; readonly globalType: GlobalTypeNode }
  | { readonly type: 'Func'; readonly signature: Signature }
  | {
      readonly type: 'ModuleExport'
      readonly name: string
      readonly descr: { readonly exportType: string; readonly id: NumberLiteral }
    }
  | { readonly type: 'Start'; readonly index: NumberLiteral }
  | { readonly type: 'Data' | 'Elem' | 'ModuleMetadata' }

export interface ParserSection {
  /** 'type', 'import', 'func', ... */
  readonly section: string
  /** Offset of the size field. */
  readonly startOffset: number
  readonly size: NumberLiteral
}

interface ParserModule {
  readonly fields: readonly ParserField[]
  readonly metadata: { readonly sections: readonly ParserSection[] }
}

interface Parser {
  decode(bytes: ArrayBuffer, options: Readonly<Record<string, boolean>>): { readonly body: readonly [ParserModule] }
}

const parser: Parser = createRequire(import.meta.url)('@webassemblyjs/wasm-parser')

/** The parser's tree, or undefined when it cannot read the module: it knows little of what came after Wasm 1.0. */
export function parseSections(bytes: Uint8Array): ParserModule | undefined {
  // It prints to the console when it meets several results.
  const { log } = console
  console.log = (): void => undefined
  try {
    const copy = Uint8Array.from(bytes).buffer
    return parser.decode(copy, { ignoreCodeSection: true, ignoreDataSection: true, ignoreCustomNameSection: true })
      .body[0]
  } catch {
    return undefined
  } finally {
    console.log = log
  }
}
