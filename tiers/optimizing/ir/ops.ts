/**
 * The operations of the intermediate representation: one line each, from which the printer, the parser, the verifier
 * and the passes derive what they know.
 *
 * `ty` of an instruction (its controlling type) is the type of the result, except that it is the operands' type for
 * comparisons (`icmp`, `fcmp`, `ieqz`: result I32) and the stored value's type for stores. The source type of a
 * conversion is its argument's type.
 */

/** What an operation may do besides computing its result. */
export const Effect = {
  /** Nothing: may float, be merged, be dropped, be duplicated. */
  Pure: 0,
  /** May trap, touches no memory: the second of two equal ones is redundant when the first dominates it. */
  Idempotent: 1,
  /** Reads memory, a global or a table, and may trap. */
  Load: 2,
  /** Writes memory, a global or a table, and may trap. */
  Store: 3,
  /** May run other code: reads and writes everything, may trap. */
  Call: 4,
  /** Ends a block. */
  Control: 5,
  /** Observable without touching memory (polls, fuel, counters). */
  Effect: 6,
} as const
export type Effect = (typeof Effect)[keyof typeof Effect]

/** The type of the results. */
export const ResultRule = {
  None: 0,
  /** One of type `ty`. */
  Ty: 1,
  /** One of type I32, whatever `ty` is. */
  I32: 2,
  /** Any number; the types are those of the result values themselves. */
  Many: 3,
} as const
export type ResultRule = (typeof ResultRule)[keyof typeof ResultRule]

/** What else an instruction holds besides arguments, and how that is printed. */
export const Form = {
  /** `iadd.i32 v1, v2` */
  Plain: 0,
  /** `iconst.i64 -1`: bits in immLo, immHi (0 for I32); references have only 0 */
  Int: 1,
  /** `fconst.f64 0x3ff0000000000000`: bits in immLo, immHi */
  Float: 2,
  /** `icmp.i32.slt v1, v2`: IntCc in aux */
  IntCc: 3,
  /** `fcmp.f32.lt v1, v2`: FloatCc in aux */
  FloatCc: 4,
  /** `itof.f64.s v1`: aux 1 signed, 0 unsigned */
  Sign: 5,
  /** `load.i32 m0:8u+16, v1`: aux as in types.ts, offset in immLo, immHi */
  Access: 6,
  /** `globalset.i32 #3, v1`: an index in immLo */
  Index: 7,
  /** `trapnz 3, v1`: TrapCode in aux */
  Trap: 8,
  /** `v3: i32 = call #7(v1, v2)`: an index in immLo, arguments as a list in the pool at aux */
  Call: 9,
  /** `call_indirect #1 #0 v3(v1, v2)`: type index in immLo, table index in immHi, list at aux */
  CallIndirect: 10,
  /** `jump block1(v1)`: block call in the pool at immLo */
  Jump: 11,
  /** `brif v1, block1, block2(v2)`: taken (not zero) block call at immLo, other at immHi */
  Brif: 12,
  /** `br_table v1, block1, block2, block3`: at aux the number of block calls, then their offsets, default last */
  BrTable: 13,
  /** `return v1, v2`: list at aux */
  Return: 14,
} as const
export type Form = (typeof Form)[keyof typeof Form]

export interface OpInfo {
  readonly id: number
  readonly name: string
  /** Number of arguments in arg0 to arg2. */
  readonly args: number
  readonly result: ResultRule
  readonly effect: Effect
  readonly commutative: boolean
  readonly form: Form
}

const table: OpInfo[] = []
/** Operations are kept in bytes. */
const MAX_OPS = 256

function op(
  name: string,
  args: number,
  result: ResultRule,
  effect: Effect,
  form: Form = Form.Plain,
  commutative = false,
): number {
  const id = table.length
  if (id === MAX_OPS) throw new RangeError('too many operations for a byte each')
  table.push({ id, name, args, result, effect, commutative, form })
  return id
}

const { Pure, Idempotent, Load, Store, Call, Control } = Effect
const { None, Ty: Same, I32, Many } = ResultRule
const COMMUTATIVE = true

/** Dense ids by name; the values index `opInfo`. */
// oxfmt-ignore
export const IrOp = {
  Iconst:       op('iconst', 0, Same, Pure, Form.Int),
  Fconst:       op('fconst', 0, Same, Pure, Form.Float),

  // Integers. Shift and rotate counts are taken modulo the width.
  Iadd:         op('iadd', 2, Same, Pure, Form.Plain, COMMUTATIVE),
  Isub:         op('isub', 2, Same, Pure),
  Imul:         op('imul', 2, Same, Pure, Form.Plain, COMMUTATIVE),
  /** The high half of the product of twice the width, unsigned and signed. */
  Umulh:        op('umulh', 2, Same, Pure, Form.Plain, COMMUTATIVE),
  Smulh:        op('smulh', 2, Same, Pure, Form.Plain, COMMUTATIVE),
  /** Traps: DivideByZero. */
  Udiv:         op('udiv', 2, Same, Idempotent),
  /** Traps: DivideByZero, DivideUnrepresentable. */
  Sdiv:         op('sdiv', 2, Same, Idempotent),
  /** Traps: RemainderByZero. */
  Urem:         op('urem', 2, Same, Idempotent),
  /** Traps: RemainderByZero; the remainder of the least integer by -1 is 0. */
  Srem:         op('srem', 2, Same, Idempotent),
  Band:         op('band', 2, Same, Pure, Form.Plain, COMMUTATIVE),
  Bor:          op('bor', 2, Same, Pure, Form.Plain, COMMUTATIVE),
  Bxor:         op('bxor', 2, Same, Pure, Form.Plain, COMMUTATIVE),
  Ishl:         op('ishl', 2, Same, Pure),
  Ushr:         op('ushr', 2, Same, Pure),
  Sshr:         op('sshr', 2, Same, Pure),
  Rotl:         op('rotl', 2, Same, Pure),
  Rotr:         op('rotr', 2, Same, Pure),
  Clz:          op('clz', 1, Same, Pure),
  Ctz:          op('ctz', 1, Same, Pure),
  Popcnt:       op('popcnt', 1, Same, Pure),
  /** The bytes in reverse order. */
  Bswap:        op('bswap', 1, Same, Pure),
  /** 1 when the argument (integer or reference) is 0. */
  Ieqz:         op('ieqz', 1, I32, Pure),
  Icmp:         op('icmp', 2, I32, Pure, Form.IntCc),
  /** Sign extension of the low 8 (16, 32) bits within the type. */
  Sext8:        op('sext8', 1, Same, Pure),
  Sext16:       op('sext16', 1, Same, Pure),
  Sext32:       op('sext32', 1, Same, Pure),
  /** i64 from i32 by zeros. */
  Uext:         op('uext', 1, Same, Pure),
  /** i64 from i32 by the sign. */
  Sext:         op('sext', 1, Same, Pure),
  /** i32 from i64: the low half. */
  Wrap:         op('wrap', 1, Same, Pure),

  // Floats (specification section 4.3.3). Not marked commutative: which NaN payload survives may differ.
  Fadd:         op('fadd', 2, Same, Pure),
  Fsub:         op('fsub', 2, Same, Pure),
  Fmul:         op('fmul', 2, Same, Pure),
  Fdiv:         op('fdiv', 2, Same, Pure),
  Fmin:         op('fmin', 2, Same, Pure),
  Fmax:         op('fmax', 2, Same, Pure),
  Fcopysign:    op('fcopysign', 2, Same, Pure),
  Fsqrt:        op('fsqrt', 1, Same, Pure),
  Fabs:         op('fabs', 1, Same, Pure),
  Fneg:         op('fneg', 1, Same, Pure),
  Fceil:        op('fceil', 1, Same, Pure),
  Ffloor:       op('ffloor', 1, Same, Pure),
  Ftrunc:       op('ftrunc', 1, Same, Pure),
  Fnearest:     op('fnearest', 1, Same, Pure),
  Fcmp:         op('fcmp', 2, I32, Pure, Form.FloatCc),
  /** f64 from f32. */
  Promote:      op('promote', 1, Same, Pure),
  /** f32 from f64. */
  Demote:       op('demote', 1, Same, Pure),
  /** Integer from float. Traps: FloatUnrepresentable. */
  Ftoi:         op('ftoi', 1, Same, Idempotent, Form.Sign),
  /** Integer from float, saturating; NaN gives 0. */
  FtoiSat:      op('ftoi_sat', 1, Same, Pure, Form.Sign),
  /** Float from integer. */
  Itof:         op('itof', 1, Same, Pure, Form.Sign),
  /** The same bits as the other type of that width. */
  Bitcast:      op('bitcast', 1, Same, Pure),

  /** arg0 (i32) not zero: arg1, else arg2. */
  Select:       op('select', 3, Same, Pure),

  // Memory: arg0 is the address (i32), the access traps beyond the memory's end (MemoryOutOfBounds).
  Load:         op('load', 1, Same, Load, Form.Access),
  /** arg0 address, arg1 value. */
  Store:        op('store', 2, None, Store, Form.Access),
  /** Length of memory `immLo` in bytes, as i64. */
  MemBytes:     op('membytes', 0, Same, Load, Form.Index),
  GlobalGet:    op('globalget', 0, Same, Load, Form.Index),
  GlobalSet:    op('globalset', 1, None, Store, Form.Index),
  /** arg0 index (i32), table `immLo`. Traps: TableOutOfBounds. */
  TableGet:     op('tableget', 1, Same, Load, Form.Index),
  /** arg0 index, arg1 reference; only for tables of external references. Traps: TableOutOfBounds. */
  TableSet:     op('tableset', 2, None, Store, Form.Index),
  /** Length of table `immLo` as i32. */
  TableSize:    op('tablesize', 0, Same, Load, Form.Index),
  /** arg0 index (i32), table `immLo`: address of the entry as i64, which never moves. Traps: TableOutOfBounds. */
  TableEntry:   op('tableentry', 1, Same, Idempotent, Form.Index),
  /** arg0 address of a function table's entry: 0 when it calls function `immLo` (not imported) of the same instance. */
  EntryDiffers: op('entrydiffers', 1, Same, Load, Form.Index),
  /** Counts a call that none of the functions expected was found for. */
  GuardFailed:  op('guardfailed', 0, None, Effect.Effect),
  /** Reference to function `immLo`: read from Vmctx.funcrefs, made by the runtime when 0 there. */
  RefFunc:      op('reffunc', 0, Same, Call, Form.Index),

  // Calls. A signature's parameters are the list's values, its results the results.
  /** Function index in immLo (imports first). */
  Call:         op('call', 0, Many, Call, Form.Call),
  /** arg0 index in the table. Traps: TableOutOfBounds, FuncSigMismatch. */
  CallIndirect: op('call_indirect', 1, Many, Call, Form.CallIndirect),
  /** RuntimeOp (tiers/abi.ts) in immLo; its operands in the list, indices as constants. At most one result. */
  CallRuntime:  op('call_runtime', 0, Many, Call, Form.Call),
  /**
   * StubId.MemoryCopy or MemoryFill in immLo; the list is (destination, source or byte, count), destination, source
   * and count as i64 within memory 0: the bounds have been checked, lowering adds the memory's base.
   */
  CallStub:     op('call_stub', 0, None, Call, Form.Call),

  /** Trap with code `aux` when arg0 (i32) is zero, or is not. */
  Trapz:        op('trapz', 1, None, Idempotent, Form.Trap),
  Trapnz:       op('trapnz', 1, None, Idempotent, Form.Trap),
  /** Where the thread may be interrupted: at the head of every loop. */
  Poll:         op('poll', 0, None, Effect.Effect),
  /** Takes `immLo` units of fuel (tiers/fuel.ts). Traps: OutOfFuel. */
  Fuel:         op('fuel', 0, None, Effect.Effect, Form.Index),

  // Terminators.
  Jump:         op('jump', 0, None, Control, Form.Jump),
  Brif:         op('brif', 1, None, Control, Form.Brif),
  /** arg0 index (i32, unsigned): beyond the table's end the default. */
  BrTable:      op('br_table', 1, None, Control, Form.BrTable),
  Return:       op('return', 0, None, Control, Form.Return),
  Trap:         op('trap', 0, None, Control, Form.Trap),
} as const

/** Every operation; `opInfo[id].id === id`. */
export const opInfo: readonly OpInfo[] = table

/** The same by column, for code that runs for every instruction. */
export const opArgs: Uint8Array = Uint8Array.from(table, (info) => info.args)
export const opEffect: Uint8Array = Uint8Array.from(table, (info) => info.effect)
export const opForm: Uint8Array = Uint8Array.from(table, (info) => info.form)
export const opResult: Uint8Array = Uint8Array.from(table, (info) => info.result)
export const opCommutative: Uint8Array = Uint8Array.from(table, (info) => (info.commutative ? 1 : 0))
