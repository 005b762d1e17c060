/**
 * The first pass over the fields of a module text: every entity gets its index and its identifier, so that what follows may refer to
 * what comes later, and type definitions are read. Everything else is stepped over.
 */
import type { Cursor } from './cursor.js'
import { Token } from './lexer.js'
import { IndexSpace } from './names.js'
import { TypeSpace } from './typeuses.js'

export class Declarations {
  readonly types = new TypeSpace()
  readonly funcs = new IndexSpace('func')
  readonly tables = new IndexSpace('table')
  readonly memories = new IndexSpace('memory')
  readonly globals = new IndexSpace('global')
  readonly elems = new IndexSpace('elem')
  readonly datas = new IndexSpace('data')

  /** Declares all fields from the cursor up to token `end`, and leaves the cursor where it was. @throws WasmError */
  declareAll(cursor: Cursor, end: number): void {
    const first = cursor.at
    const { close } = cursor.tokens
    for (let at = first; at < end; at = close[at] + 1) {
      cursor.at = at
      if (cursor.kind !== Token.LeftParen) cursor.unexpected()
      cursor.at++
      this.declare(cursor, cursor.atom('a module field'))
    }
    cursor.at = first
  }

  private declare(cursor: Cursor, field: string): void {
    switch (field) {
      case 'type':
        this.types.define(cursor)
        return
      case 'import':
        cursor.name()
        cursor.name()
        if (cursor.kind !== Token.LeftParen) cursor.unexpected()
        cursor.at++
        this.ofKind(cursor, cursor.atom('a kind of import')).declare(cursor)
        return
      case 'func':
      case 'global':
        this.ofKind(cursor, field).declare(cursor)
        return
      case 'table':
        this.tables.declare(cursor)
        declareInline(cursor, 'elem', this.elems)
        return
      case 'memory':
        this.memories.declare(cursor)
        declareInline(cursor, 'data', this.datas)
        return
      case 'elem':
        this.elems.declare(cursor)
        return
      case 'data':
        this.datas.declare(cursor)
        return
      case 'export':
      case 'start':
        return
      default:
        cursor.fail(`unknown module field ${field}`, cursor.at - 1)
    }
  }

  /** The index space of what can be imported and exported. */
  ofKind(cursor: Cursor, kind: string): IndexSpace {
    switch (kind) {
      case 'func':
        return this.funcs
      case 'table':
        return this.tables
      case 'memory':
        return this.memories
      case 'global':
        return this.globals
      default:
        return cursor.fail(`unexpected token ${kind}`, cursor.at - 1)
    }
  }
}

/** The segment inside a table or memory takes an index of its own. */
function declareInline(cursor: Cursor, segment: string, space: IndexSpace): void {
  while (cursor.isOpen('export')) cursor.at = cursor.tokens.close[cursor.at] + 1
  if (cursor.kind === Token.Atom) cursor.at++
  if (cursor.isOpen(segment)) space.count++
}
