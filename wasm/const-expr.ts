/**
 * Constant expressions (specification sections 3.3.12 and 5.4.9): what initialises globals and offsets segments.
 * In 2.0 they are one instruction and `end`, but malformed ones must be read to their end to be told apart.
 */
import { opcodeInfo, Op } from './opcodes.js'
import type { ModuleBuilder } from './module-builder.js'
import type { Reader } from './reader.js'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, valTypeName, type ConstExpr, type ValType } from './types.js'

/** Reads a heap type (2.0: the bytes of func or extern) as the reference type of its values. */
function readHeapType(r: Reader): ValType {
  if (r.pos >= r.end) r.fail('expected heap type')
  const type = r.u8()
  if (type === FUNCREF || type === EXTERNREF) return type
  return r.fail(`Unknown heap type ${type < 0x40 ? type : type - 0x80}`, r.pos - 1)
}

/**
 * Reads and checks a constant expression that must give one value of type `expected`.
 * Functions named by `ref.func` become declared references of the module.
 */
export function readConstExpr(r: Reader, module: ModuleBuilder, expected: ValType): ConstExpr {
  let first: ConstExpr | undefined
  let firstType: ValType = 0
  let height = 0
  for (;;) {
    if (r.pos >= r.end) r.fail(height === 0 ? 'Beyond end of code' : "constant expression is missing 'end'")
    const at = r.pos
    const opcode = r.u8()
    if (opcode === Op.End) {
      if (height !== 1 || first === undefined) {
        return r.fail(`expected 1 elements on the stack for constant expression, found ${height}`, at)
      }
      if (firstType !== expected) {
        const types = `(expected ${valTypeName(expected)}, got ${valTypeName(firstType)})`
        r.fail(`type error in constant expression[0] ${types}`, at)
      }
      return first
    }
    const expr = readConstInstruction(r, module, opcode, at)
    if (height++ === 0) {
      first = expr
      firstType = typeOf(expr, module)
    }
  }
}

function typeOf(expr: ConstExpr, module: ModuleBuilder): ValType {
  switch (expr.kind) {
    case 'global':
      return module.globals[expr.index].type
    case 'ref.func':
      return FUNCREF
    default:
      return expr.type
  }
}

function readConstInstruction(r: Reader, module: ModuleBuilder, opcode: number, at: number): ConstExpr {
  switch (opcode) {
    case Op.I32Const:
      return { kind: 'const', type: I32, lo: r.s32('i32.const'), hi: 0 }
    case Op.I64Const: {
      const lo = r.s64('immi64')
      return { kind: 'const', type: I64, lo, hi: r.hi }
    }
    case Op.F32Const:
      return { kind: 'const', type: F32, lo: r.fixed32('immf32'), hi: 0 }
    case Op.F64Const: {
      if (r.end - r.pos < 8) r.fail('immf64')
      const lo = r.fixed32('immf64')
      return { kind: 'const', type: F64, lo, hi: r.fixed32('immf64') }
    }
    case Op.GlobalGet:
      return { kind: 'global', index: readConstGlobal(r, module) }
    case Op.RefNull:
      return { kind: 'ref.null', type: readHeapType(r) }
    case Op.RefFunc: {
      const indexAt = r.pos
      const index = r.u32('ref.func')
      if (index >= module.funcTypes.length) r.fail(`function index ${index} out of bounds`, indexAt)
      module.declaredRefs[index] = 1
      return { kind: 'ref.func', index }
    }
    default: {
      const info = opcodeInfo[opcode]
      if (info === undefined) return r.fail(`Invalid opcode 0x${opcode.toString(16)}`, at)
      return r.fail(`opcode ${info.name} is not allowed in constant expressions`, at)
    }
  }
}

function readConstGlobal(r: Reader, module: ModuleBuilder): number {
  const at = r.pos
  const index = r.u32('global index')
  if (index >= module.globals.length) r.fail(`Invalid global index: ${index}`, at)
  if (module.globals[index].mutable) r.fail('mutable globals cannot be used in constant expressions', at)
  if (index >= module.importedGlobals) r.fail('non-imported globals cannot be used in constant expressions', at)
  return index
}

/** Reads the index of an entity of an index space with `size` members; `what` is its kind in errors. */
export function readIndex(r: Reader, what: string, size: number): number {
  const at = r.pos
  const index = r.u32('index:')
  if (index >= size) {
    r.fail(`${what} index ${index} out of bounds (${size} ${size === 1 ? 'entry' : 'entries'})`, at)
  }
  return index
}

export function readFuncIndex(r: Reader, module: ModuleBuilder): number {
  return readIndex(r, 'function', module.funcTypes.length)
}
