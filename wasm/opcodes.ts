/**
 * The opcode table: the one place that knows which opcodes exist, how they are spelled, encoded and typed.
 *
 * The decoder, the validator, both tiers, the text format, the fuzzer and the documentation derive from it. An opcode
 * is named everywhere by its dense id: the byte itself for one-byte opcodes, `PREFIX_BASE + sub-opcode` for the
 * prefixed spaces, so that a table indexed by id is a flat typed array and `switch` on it is a jump table.
 *
 * One line an opcode: id, text name, immediates, signature, first proposal that has it. Signatures are written
 * `params:results` with one letter a type (i i32, I i64, f f32, F f64, v v128, a the address type of the memory);
 * `*` marks an opcode whose typing needs its immediates or the stack (specification section 3.3), which the
 * validator spells out.
 */

/** Kinds of immediate operands, in the order they stand in the binary format (specification section 5.4). */
export const Imm = {
  None: 0,
  /** block type: s33 */
  Block: 1,
  /** label index: u32 */
  Label: 2,
  /** br_table: vector of labels and a default */
  Labels: 3,
  Func: 4,
  /** call_indirect: type index, then table index */
  TypeTable: 5,
  Local: 6,
  Global: 7,
  Table: 8,
  /** memory.size, memory.grow, memory.fill: memory index */
  Memory: 9,
  /** loads and stores: alignment exponent (with memory flag), memory index, offset */
  MemArg: 10,
  I32: 11,
  I64: 12,
  F32: 13,
  F64: 14,
  /** typed select: vector of value types */
  SelectTypes: 15,
  /** ref.null: heap type */
  HeapType: 16,
  /** memory.init: data index, then memory index */
  DataMemory: 17,
  Data: 18,
  /** memory.copy: destination, then source memory index */
  MemoryMemory: 19,
  /** table.init: element segment index, then table index */
  ElemTable: 20,
  Elem: 21,
  /** table.copy: destination, then source table index */
  TableTable: 22,
} as const
export type Imm = (typeof Imm)[keyof typeof Imm]

/** The version of the specification, or the proposal, that an opcode came with. */
export type Feature =
  | 'mvp'
  | 'sign-extension'
  | 'saturating-float-to-int'
  | 'multi-value'
  | 'reference-types'
  | 'bulk-memory'

export const PREFIX_FC = 0xfc
export const PREFIX_FD = 0xfd
export const PREFIX_FE = 0xfe
export const PREFIX_FB = 0xfb

/** First dense id of each prefixed space; the spaces are wide enough for every standardised sub-opcode. */
export const FC_BASE = 0x100
export const FD_BASE = 0x200
export const FE_BASE = 0x400
export const FB_BASE = 0x500
/** One more than the largest dense id: the length of tables indexed by opcode id. */
export const OPCODE_SPACE = 0x600

export interface OpcodeInfo {
  readonly id: number
  readonly name: string
  readonly imm: Imm
  /** `params:results`, or `*` when the typing depends on immediates or the stack. */
  readonly sig: string
  readonly feature: Feature
  /** Natural alignment exponent of a memory access (log2 of its width in bytes), -1 otherwise. */
  readonly align: number
}

const table: OpcodeInfo[] = []

/** Adds an opcode. Its id keeps its literal type, so that code that uses literals can be checked against the table. */
function op<const Id extends number>(
  id: Id,
  name: string,
  imm: Imm = Imm.None,
  sig = '*',
  feature: Feature = 'mvp',
  align = -1,
): Id {
  table.push({ id, name, imm, sig, feature, align })
  return id
}

/** Dense ids by name in CamelCase; the values are the table. */
// oxfmt-ignore
export const Op = {
  Unreachable:     op(0x00, 'unreachable'),
  Nop:             op(0x01, 'nop', Imm.None, ':'),
  Block:           op(0x02, 'block', Imm.Block),
  Loop:            op(0x03, 'loop', Imm.Block),
  If:              op(0x04, 'if', Imm.Block),
  Else:            op(0x05, 'else'),
  End:             op(0x0b, 'end'),
  Br:              op(0x0c, 'br', Imm.Label),
  BrIf:            op(0x0d, 'br_if', Imm.Label),
  BrTable:         op(0x0e, 'br_table', Imm.Labels),
  Return:          op(0x0f, 'return'),
  Call:            op(0x10, 'call', Imm.Func),
  CallIndirect:    op(0x11, 'call_indirect', Imm.TypeTable),
  Drop:            op(0x1a, 'drop'),
  Select:          op(0x1b, 'select'),
  SelectT:         op(0x1c, 'select', Imm.SelectTypes, '*', 'reference-types'),
  LocalGet:        op(0x20, 'local.get', Imm.Local),
  LocalSet:        op(0x21, 'local.set', Imm.Local),
  LocalTee:        op(0x22, 'local.tee', Imm.Local),
  GlobalGet:       op(0x23, 'global.get', Imm.Global),
  GlobalSet:       op(0x24, 'global.set', Imm.Global),
  TableGet:        op(0x25, 'table.get', Imm.Table, '*', 'reference-types'),
  TableSet:        op(0x26, 'table.set', Imm.Table, '*', 'reference-types'),
  I32Load:         op(0x28, 'i32.load', Imm.MemArg, 'a:i', 'mvp', 2),
  I64Load:         op(0x29, 'i64.load', Imm.MemArg, 'a:I', 'mvp', 3),
  F32Load:         op(0x2a, 'f32.load', Imm.MemArg, 'a:f', 'mvp', 2),
  F64Load:         op(0x2b, 'f64.load', Imm.MemArg, 'a:F', 'mvp', 3),
  I32Load8S:       op(0x2c, 'i32.load8_s', Imm.MemArg, 'a:i', 'mvp', 0),
  I32Load8U:       op(0x2d, 'i32.load8_u', Imm.MemArg, 'a:i', 'mvp', 0),
  I32Load16S:      op(0x2e, 'i32.load16_s', Imm.MemArg, 'a:i', 'mvp', 1),
  I32Load16U:      op(0x2f, 'i32.load16_u', Imm.MemArg, 'a:i', 'mvp', 1),
  I64Load8S:       op(0x30, 'i64.load8_s', Imm.MemArg, 'a:I', 'mvp', 0),
  I64Load8U:       op(0x31, 'i64.load8_u', Imm.MemArg, 'a:I', 'mvp', 0),
  I64Load16S:      op(0x32, 'i64.load16_s', Imm.MemArg, 'a:I', 'mvp', 1),
  I64Load16U:      op(0x33, 'i64.load16_u', Imm.MemArg, 'a:I', 'mvp', 1),
  I64Load32S:      op(0x34, 'i64.load32_s', Imm.MemArg, 'a:I', 'mvp', 2),
  I64Load32U:      op(0x35, 'i64.load32_u', Imm.MemArg, 'a:I', 'mvp', 2),
  I32Store:        op(0x36, 'i32.store', Imm.MemArg, 'ai:', 'mvp', 2),
  I64Store:        op(0x37, 'i64.store', Imm.MemArg, 'aI:', 'mvp', 3),
  F32Store:        op(0x38, 'f32.store', Imm.MemArg, 'af:', 'mvp', 2),
  F64Store:        op(0x39, 'f64.store', Imm.MemArg, 'aF:', 'mvp', 3),
  I32Store8:       op(0x3a, 'i32.store8', Imm.MemArg, 'ai:', 'mvp', 0),
  I32Store16:      op(0x3b, 'i32.store16', Imm.MemArg, 'ai:', 'mvp', 1),
  I64Store8:       op(0x3c, 'i64.store8', Imm.MemArg, 'aI:', 'mvp', 0),
  I64Store16:      op(0x3d, 'i64.store16', Imm.MemArg, 'aI:', 'mvp', 1),
  I64Store32:      op(0x3e, 'i64.store32', Imm.MemArg, 'aI:', 'mvp', 2),
  MemorySize:      op(0x3f, 'memory.size', Imm.Memory, ':a'),
  MemoryGrow:      op(0x40, 'memory.grow', Imm.Memory, 'a:a'),
  I32Const:        op(0x41, 'i32.const', Imm.I32, ':i'),
  I64Const:        op(0x42, 'i64.const', Imm.I64, ':I'),
  F32Const:        op(0x43, 'f32.const', Imm.F32, ':f'),
  F64Const:        op(0x44, 'f64.const', Imm.F64, ':F'),
  I32Eqz:          op(0x45, 'i32.eqz', Imm.None, 'i:i'),
  I32Eq:           op(0x46, 'i32.eq', Imm.None, 'ii:i'),
  I32Ne:           op(0x47, 'i32.ne', Imm.None, 'ii:i'),
  I32LtS:          op(0x48, 'i32.lt_s', Imm.None, 'ii:i'),
  I32LtU:          op(0x49, 'i32.lt_u', Imm.None, 'ii:i'),
  I32GtS:          op(0x4a, 'i32.gt_s', Imm.None, 'ii:i'),
  I32GtU:          op(0x4b, 'i32.gt_u', Imm.None, 'ii:i'),
  I32LeS:          op(0x4c, 'i32.le_s', Imm.None, 'ii:i'),
  I32LeU:          op(0x4d, 'i32.le_u', Imm.None, 'ii:i'),
  I32GeS:          op(0x4e, 'i32.ge_s', Imm.None, 'ii:i'),
  I32GeU:          op(0x4f, 'i32.ge_u', Imm.None, 'ii:i'),
  I64Eqz:          op(0x50, 'i64.eqz', Imm.None, 'I:i'),
  I64Eq:           op(0x51, 'i64.eq', Imm.None, 'II:i'),
  I64Ne:           op(0x52, 'i64.ne', Imm.None, 'II:i'),
  I64LtS:          op(0x53, 'i64.lt_s', Imm.None, 'II:i'),
  I64LtU:          op(0x54, 'i64.lt_u', Imm.None, 'II:i'),
  I64GtS:          op(0x55, 'i64.gt_s', Imm.None, 'II:i'),
  I64GtU:          op(0x56, 'i64.gt_u', Imm.None, 'II:i'),
  I64LeS:          op(0x57, 'i64.le_s', Imm.None, 'II:i'),
  I64LeU:          op(0x58, 'i64.le_u', Imm.None, 'II:i'),
  I64GeS:          op(0x59, 'i64.ge_s', Imm.None, 'II:i'),
  I64GeU:          op(0x5a, 'i64.ge_u', Imm.None, 'II:i'),
  F32Eq:           op(0x5b, 'f32.eq', Imm.None, 'ff:i'),
  F32Ne:           op(0x5c, 'f32.ne', Imm.None, 'ff:i'),
  F32Lt:           op(0x5d, 'f32.lt', Imm.None, 'ff:i'),
  F32Gt:           op(0x5e, 'f32.gt', Imm.None, 'ff:i'),
  F32Le:           op(0x5f, 'f32.le', Imm.None, 'ff:i'),
  F32Ge:           op(0x60, 'f32.ge', Imm.None, 'ff:i'),
  F64Eq:           op(0x61, 'f64.eq', Imm.None, 'FF:i'),
  F64Ne:           op(0x62, 'f64.ne', Imm.None, 'FF:i'),
  F64Lt:           op(0x63, 'f64.lt', Imm.None, 'FF:i'),
  F64Gt:           op(0x64, 'f64.gt', Imm.None, 'FF:i'),
  F64Le:           op(0x65, 'f64.le', Imm.None, 'FF:i'),
  F64Ge:           op(0x66, 'f64.ge', Imm.None, 'FF:i'),
  I32Clz:          op(0x67, 'i32.clz', Imm.None, 'i:i'),
  I32Ctz:          op(0x68, 'i32.ctz', Imm.None, 'i:i'),
  I32Popcnt:       op(0x69, 'i32.popcnt', Imm.None, 'i:i'),
  I32Add:          op(0x6a, 'i32.add', Imm.None, 'ii:i'),
  I32Sub:          op(0x6b, 'i32.sub', Imm.None, 'ii:i'),
  I32Mul:          op(0x6c, 'i32.mul', Imm.None, 'ii:i'),
  I32DivS:         op(0x6d, 'i32.div_s', Imm.None, 'ii:i'),
  I32DivU:         op(0x6e, 'i32.div_u', Imm.None, 'ii:i'),
  I32RemS:         op(0x6f, 'i32.rem_s', Imm.None, 'ii:i'),
  I32RemU:         op(0x70, 'i32.rem_u', Imm.None, 'ii:i'),
  I32And:          op(0x71, 'i32.and', Imm.None, 'ii:i'),
  I32Or:           op(0x72, 'i32.or', Imm.None, 'ii:i'),
  I32Xor:          op(0x73, 'i32.xor', Imm.None, 'ii:i'),
  I32Shl:          op(0x74, 'i32.shl', Imm.None, 'ii:i'),
  I32ShrS:         op(0x75, 'i32.shr_s', Imm.None, 'ii:i'),
  I32ShrU:         op(0x76, 'i32.shr_u', Imm.None, 'ii:i'),
  I32Rotl:         op(0x77, 'i32.rotl', Imm.None, 'ii:i'),
  I32Rotr:         op(0x78, 'i32.rotr', Imm.None, 'ii:i'),
  I64Clz:          op(0x79, 'i64.clz', Imm.None, 'I:I'),
  I64Ctz:          op(0x7a, 'i64.ctz', Imm.None, 'I:I'),
  I64Popcnt:       op(0x7b, 'i64.popcnt', Imm.None, 'I:I'),
  I64Add:          op(0x7c, 'i64.add', Imm.None, 'II:I'),
  I64Sub:          op(0x7d, 'i64.sub', Imm.None, 'II:I'),
  I64Mul:          op(0x7e, 'i64.mul', Imm.None, 'II:I'),
  I64DivS:         op(0x7f, 'i64.div_s', Imm.None, 'II:I'),
  I64DivU:         op(0x80, 'i64.div_u', Imm.None, 'II:I'),
  I64RemS:         op(0x81, 'i64.rem_s', Imm.None, 'II:I'),
  I64RemU:         op(0x82, 'i64.rem_u', Imm.None, 'II:I'),
  I64And:          op(0x83, 'i64.and', Imm.None, 'II:I'),
  I64Or:           op(0x84, 'i64.or', Imm.None, 'II:I'),
  I64Xor:          op(0x85, 'i64.xor', Imm.None, 'II:I'),
  I64Shl:          op(0x86, 'i64.shl', Imm.None, 'II:I'),
  I64ShrS:         op(0x87, 'i64.shr_s', Imm.None, 'II:I'),
  I64ShrU:         op(0x88, 'i64.shr_u', Imm.None, 'II:I'),
  I64Rotl:         op(0x89, 'i64.rotl', Imm.None, 'II:I'),
  I64Rotr:         op(0x8a, 'i64.rotr', Imm.None, 'II:I'),
  F32Abs:          op(0x8b, 'f32.abs', Imm.None, 'f:f'),
  F32Neg:          op(0x8c, 'f32.neg', Imm.None, 'f:f'),
  F32Ceil:         op(0x8d, 'f32.ceil', Imm.None, 'f:f'),
  F32Floor:        op(0x8e, 'f32.floor', Imm.None, 'f:f'),
  F32Trunc:        op(0x8f, 'f32.trunc', Imm.None, 'f:f'),
  F32Nearest:      op(0x90, 'f32.nearest', Imm.None, 'f:f'),
  F32Sqrt:         op(0x91, 'f32.sqrt', Imm.None, 'f:f'),
  F32Add:          op(0x92, 'f32.add', Imm.None, 'ff:f'),
  F32Sub:          op(0x93, 'f32.sub', Imm.None, 'ff:f'),
  F32Mul:          op(0x94, 'f32.mul', Imm.None, 'ff:f'),
  F32Div:          op(0x95, 'f32.div', Imm.None, 'ff:f'),
  F32Min:          op(0x96, 'f32.min', Imm.None, 'ff:f'),
  F32Max:          op(0x97, 'f32.max', Imm.None, 'ff:f'),
  F32Copysign:     op(0x98, 'f32.copysign', Imm.None, 'ff:f'),
  F64Abs:          op(0x99, 'f64.abs', Imm.None, 'F:F'),
  F64Neg:          op(0x9a, 'f64.neg', Imm.None, 'F:F'),
  F64Ceil:         op(0x9b, 'f64.ceil', Imm.None, 'F:F'),
  F64Floor:        op(0x9c, 'f64.floor', Imm.None, 'F:F'),
  F64Trunc:        op(0x9d, 'f64.trunc', Imm.None, 'F:F'),
  F64Nearest:      op(0x9e, 'f64.nearest', Imm.None, 'F:F'),
  F64Sqrt:         op(0x9f, 'f64.sqrt', Imm.None, 'F:F'),
  F64Add:          op(0xa0, 'f64.add', Imm.None, 'FF:F'),
  F64Sub:          op(0xa1, 'f64.sub', Imm.None, 'FF:F'),
  F64Mul:          op(0xa2, 'f64.mul', Imm.None, 'FF:F'),
  F64Div:          op(0xa3, 'f64.div', Imm.None, 'FF:F'),
  F64Min:          op(0xa4, 'f64.min', Imm.None, 'FF:F'),
  F64Max:          op(0xa5, 'f64.max', Imm.None, 'FF:F'),
  F64Copysign:     op(0xa6, 'f64.copysign', Imm.None, 'FF:F'),
  I32WrapI64:      op(0xa7, 'i32.wrap_i64', Imm.None, 'I:i'),
  I32TruncF32S:    op(0xa8, 'i32.trunc_f32_s', Imm.None, 'f:i'),
  I32TruncF32U:    op(0xa9, 'i32.trunc_f32_u', Imm.None, 'f:i'),
  I32TruncF64S:    op(0xaa, 'i32.trunc_f64_s', Imm.None, 'F:i'),
  I32TruncF64U:    op(0xab, 'i32.trunc_f64_u', Imm.None, 'F:i'),
  I64ExtendI32S:   op(0xac, 'i64.extend_i32_s', Imm.None, 'i:I'),
  I64ExtendI32U:   op(0xad, 'i64.extend_i32_u', Imm.None, 'i:I'),
  I64TruncF32S:    op(0xae, 'i64.trunc_f32_s', Imm.None, 'f:I'),
  I64TruncF32U:    op(0xaf, 'i64.trunc_f32_u', Imm.None, 'f:I'),
  I64TruncF64S:    op(0xb0, 'i64.trunc_f64_s', Imm.None, 'F:I'),
  I64TruncF64U:    op(0xb1, 'i64.trunc_f64_u', Imm.None, 'F:I'),
  F32ConvertI32S:  op(0xb2, 'f32.convert_i32_s', Imm.None, 'i:f'),
  F32ConvertI32U:  op(0xb3, 'f32.convert_i32_u', Imm.None, 'i:f'),
  F32ConvertI64S:  op(0xb4, 'f32.convert_i64_s', Imm.None, 'I:f'),
  F32ConvertI64U:  op(0xb5, 'f32.convert_i64_u', Imm.None, 'I:f'),
  F32DemoteF64:    op(0xb6, 'f32.demote_f64', Imm.None, 'F:f'),
  F64ConvertI32S:  op(0xb7, 'f64.convert_i32_s', Imm.None, 'i:F'),
  F64ConvertI32U:  op(0xb8, 'f64.convert_i32_u', Imm.None, 'i:F'),
  F64ConvertI64S:  op(0xb9, 'f64.convert_i64_s', Imm.None, 'I:F'),
  F64ConvertI64U:  op(0xba, 'f64.convert_i64_u', Imm.None, 'I:F'),
  F64PromoteF32:   op(0xbb, 'f64.promote_f32', Imm.None, 'f:F'),
  I32ReinterpretF32:op(0xbc, 'i32.reinterpret_f32', Imm.None, 'f:i'),
  I64ReinterpretF64:op(0xbd, 'i64.reinterpret_f64', Imm.None, 'F:I'),
  F32ReinterpretI32:op(0xbe, 'f32.reinterpret_i32', Imm.None, 'i:f'),
  F64ReinterpretI64:op(0xbf, 'f64.reinterpret_i64', Imm.None, 'I:F'),
  I32Extend8S:     op(0xc0, 'i32.extend8_s', Imm.None, 'i:i', 'sign-extension'),
  I32Extend16S:    op(0xc1, 'i32.extend16_s', Imm.None, 'i:i', 'sign-extension'),
  I64Extend8S:     op(0xc2, 'i64.extend8_s', Imm.None, 'I:I', 'sign-extension'),
  I64Extend16S:    op(0xc3, 'i64.extend16_s', Imm.None, 'I:I', 'sign-extension'),
  I64Extend32S:    op(0xc4, 'i64.extend32_s', Imm.None, 'I:I', 'sign-extension'),
  RefNull:         op(0xd0, 'ref.null', Imm.HeapType, '*', 'reference-types'),
  RefIsNull:       op(0xd1, 'ref.is_null', Imm.None, '*', 'reference-types'),
  RefFunc:         op(0xd2, 'ref.func', Imm.Func, '*', 'reference-types'),
  I32TruncSatF32S:  op(FC_BASE + 0, 'i32.trunc_sat_f32_s', Imm.None, 'f:i', 'saturating-float-to-int'),
  I32TruncSatF32U:  op(FC_BASE + 1, 'i32.trunc_sat_f32_u', Imm.None, 'f:i', 'saturating-float-to-int'),
  I32TruncSatF64S:  op(FC_BASE + 2, 'i32.trunc_sat_f64_s', Imm.None, 'F:i', 'saturating-float-to-int'),
  I32TruncSatF64U:  op(FC_BASE + 3, 'i32.trunc_sat_f64_u', Imm.None, 'F:i', 'saturating-float-to-int'),
  I64TruncSatF32S:  op(FC_BASE + 4, 'i64.trunc_sat_f32_s', Imm.None, 'f:I', 'saturating-float-to-int'),
  I64TruncSatF32U:  op(FC_BASE + 5, 'i64.trunc_sat_f32_u', Imm.None, 'f:I', 'saturating-float-to-int'),
  I64TruncSatF64S:  op(FC_BASE + 6, 'i64.trunc_sat_f64_s', Imm.None, 'F:I', 'saturating-float-to-int'),
  I64TruncSatF64U:  op(FC_BASE + 7, 'i64.trunc_sat_f64_u', Imm.None, 'F:I', 'saturating-float-to-int'),
  MemoryInit:      op(FC_BASE + 8, 'memory.init', Imm.DataMemory, 'aii:', 'bulk-memory'),
  DataDrop:        op(FC_BASE + 9, 'data.drop', Imm.Data, ':', 'bulk-memory'),
  MemoryCopy:      op(FC_BASE + 10, 'memory.copy', Imm.MemoryMemory, 'aaa:', 'bulk-memory'),
  MemoryFill:      op(FC_BASE + 11, 'memory.fill', Imm.Memory, 'aia:', 'bulk-memory'),
  TableInit:       op(FC_BASE + 12, 'table.init', Imm.ElemTable, 'iii:', 'bulk-memory'),
  ElemDrop:        op(FC_BASE + 13, 'elem.drop', Imm.Elem, ':', 'bulk-memory'),
  TableCopy:       op(FC_BASE + 14, 'table.copy', Imm.TableTable, 'iii:', 'bulk-memory'),
  TableGrow:       op(FC_BASE + 15, 'table.grow', Imm.Table, '*', 'reference-types'),
  TableSize:       op(FC_BASE + 16, 'table.size', Imm.Table, ':i', 'reference-types'),
  TableFill:       op(FC_BASE + 17, 'table.fill', Imm.Table, '*', 'reference-types'),
} as const

/** Every opcode, in table order. */
export const opcodes: readonly OpcodeInfo[] = table

/** `opcodeInfo[id]`, undefined where no opcode has the id. */
export const opcodeInfo: readonly (OpcodeInfo | undefined)[] = (() => {
  const byId = Array.from<OpcodeInfo | undefined>({ length: OPCODE_SPACE })
  for (const info of table) byId[info.id] = info
  return byId
})()

/**
 * How many operands an opcode that can trap takes from the top of the stack for itself, by id: not a call's arguments. 0 where the
 * signature does not say and nothing traps.
 */
export const operandsAtTrap: Uint8Array = (() => {
  const counts = new Uint8Array(OPCODE_SPACE)
  for (const { id, sig } of table) counts[id] = sig === '*' ? 0 : sig.indexOf(':')
  for (const id of [Op.CallIndirect, Op.TableGet]) counts[id] = 1
  counts[Op.TableSet] = 2
  counts[Op.TableFill] = 3
  return counts
})()
