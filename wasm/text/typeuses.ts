/**
 * Type definitions and type uses of a module text (specification sections 6.4.2 and 6.6.5): explicit types first, then the
 * types that uses without `(type ...)` imply, in the order in which the expanded text meets them.
 */
import type { FuncType, ValType } from '../types.js'
import type { ByteWriter } from './bytes.js'
import type { Cursor } from './cursor.js'
import { Token } from './lexer.js'
import { IndexSpace } from './names.js'

const FUNC_FORM = 0x60
const BLOCK_EMPTY = 0x40

export class TypeSpace {
  readonly space = new IndexSpace('type')
  private readonly types: FuncType[] = []
  /** First index of each distinct type. */
  private readonly byKey = new Map<string, number>()

  /** Number of types, implied ones included. */
  get count(): number {
    return this.types.length
  }

  /** `(type $id? (func ...))` with the cursor after `(type`. */
  define(cursor: Cursor): void {
    this.space.declare(cursor)
    cursor.open('func')
    const type = this.signature(cursor)
    cursor.close()
    cursor.close()
    this.add(type)
  }

  private add(type: FuncType): number {
    const index = this.types.length
    const key = keyOf(type)
    if (!this.byKey.has(key)) this.byKey.set(key, index)
    this.types.push(type)
    return index
  }

  private intern(type: FuncType): number {
    return this.byKey.get(keyOf(type)) ?? this.add(type)
  }

  /**
   * `(param ...)* (result ...)*`. Parameter names are bound in `locals`; without it they are refused, unless `names`
   * allows ones that nobody can refer to (type definitions).
   */
  private signature(cursor: Cursor, locals?: IndexSpace, names = true): FuncType {
    const params: ValType[] = []
    const results: ValType[] = []
    while (cursor.skipOpen('param')) {
      if (cursor.kind === Token.Id) {
        if (!names) cursor.unexpected()
        if (locals === undefined) cursor.optionalId()
        else locals.bind(cursor, params.length)
        params.push(cursor.valType())
      } else {
        while (cursor.kind !== Token.RightParen) params.push(cursor.valType())
      }
      cursor.close()
    }
    while (cursor.skipOpen('result')) {
      while (cursor.kind !== Token.RightParen) results.push(cursor.valType())
      cursor.close()
    }
    return { kind: 'func', params, results }
  }

  /**
   * A type use; the result is its type index. With `locals` the parameters take the first local indices and bind
   * their names; without it names are refused.
   */
  use(cursor: Cursor, locals?: IndexSpace): number {
    const start = cursor.at
    const explicit = this.explicit(cursor)
    const inline = cursor.at
    const type = this.signature(cursor, locals, locals !== undefined)
    const index = explicit < 0 ? this.intern(type) : explicit
    if (explicit >= 0 && cursor.at !== inline) this.checkInline(cursor, explicit, type, start)
    if (locals !== undefined) locals.count = this.types[index]?.params.length ?? 0
    return index
  }

  /** A block type, written to `out`: the short forms where the text names no type and needs none. */
  writeBlockType(cursor: Cursor, out: ByteWriter): void {
    const start = cursor.at
    const explicit = this.explicit(cursor)
    const inline = cursor.at
    const type = this.signature(cursor, undefined, false)
    if (explicit >= 0) {
      if (cursor.at !== inline) this.checkInline(cursor, explicit, type, start)
      out.s33(explicit)
    } else if (type.params.length > 0 || type.results.length > 1) {
      out.s33(this.intern(type))
    } else {
      out.byte(type.results[0] ?? BLOCK_EMPTY)
    }
  }

  private explicit(cursor: Cursor): number {
    if (!cursor.skipOpen('type')) return -1
    const index = this.space.index(cursor)
    cursor.close()
    return index
  }

  private checkInline(cursor: Cursor, index: number, type: FuncType, place: number): void {
    const defined = this.types[index]
    if (defined === undefined) cursor.fail(`unknown type ${index}`, place)
    if (keyOf(defined) !== keyOf(type)) cursor.fail(`inline function type does not match type ${index}`, place)
  }

  /** The contents of the type section after its count. */
  write(out: ByteWriter): void {
    for (const type of this.types) {
      out.byte(FUNC_FORM)
      out.u32(type.params.length)
      for (const param of type.params) out.byte(param)
      out.u32(type.results.length)
      for (const result of type.results) out.byte(result)
    }
  }
}

const keyOf = (type: FuncType): string => `${type.params.join()}:${type.results.join()}`
