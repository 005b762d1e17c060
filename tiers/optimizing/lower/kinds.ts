/**
 * Kinds of machine instructions with virtual registers: each is one sequence that emit/ knows. Operands are listed in
 * order; `address` stands for the operands of the address mode (flags), which always come last.
 */
let next = 0
const kind = (): number => next++

// oxfmt-ignore
export const K = {
  /** Begins a block; emits nothing. */
  Head: kind(),
  /** def fixed... : the function's register parameters. */
  Entry: kind(),
  /** def: constant imm, imm2 (halves). Changes the flags. */
  Const: kind(),
  /** def: float constant imm, imm2; form 0 for f32, 1 for f64. */
  FloatConst: kind(),
  /** def, use: a copy; form the move. */
  Move: kind(),
  /** def reuse, use any: two-operand instruction. */
  Rm: kind(),
  /** def reuse, address. */
  RmMem: kind(),
  /** def reuse: with immediate imm. */
  Ri: kind(),
  /** def reuse: shift by imm. */
  ShiftImm: kind(),
  /** def reuse: its bytes in reverse order; imm the width. */
  SwapBytes: kind(),
  /** def reuse, use fixed rcx. */
  ShiftCl: kind(),
  /** def, use any, use (count): BMI2. */
  ShiftX: kind(),
  /** def, use any: R from M. imm 1: the destination, a register of either class, is first zeroed to break a false dependency. */
  Unary: kind(),
  /** def reuse: /digit form. */
  Digit: kind(),
  /** def, use any, use: three-operand form of BMI1 that sets the flags by its result. */
  Bmi: kind(),
  /** def, use any: the same of one operand. */
  BmiUnary: kind(),
  /** def reuse, use: changes the bit of that number in a register. */
  Bit: kind(),
  /** def, use: shift to the left by imm, 1 to 3; a lea unless the result takes the input's place. */
  Scale: kind(),
  /** def, use any: sum with imm; form the lea. An add where the result takes the input's place. */
  AddImm: kind(),
  /** def, use any: rotation to the right by imm; BMI2. */
  RorX: kind(),
  /** def, use, use any: three-operand form of AVX. */
  Avx: kind(),
  /** def, use, address: the same. */
  AvxMem: kind(),
  /** def, use any (general): conversion to a float. */
  AvxConvert: kind(),
  /** def, use any, imm. */
  ImulImm: kind(),
  /** def, address. */
  Lea: kind(),
  /** def, use any, use any: a sum, 32 or 64 bits; form the lea. An add where the result takes an input's place. */
  Sum: kind(),
  /** def, address. */
  Load: kind(),
  /** use, address. */
  Store: kind(),
  /** address; immediate imm2. */
  StoreImm: kind(),
  /** use, address: a two-operand instruction with its result in memory. */
  Update: kind(),
  /** address; the same with immediate imm2. */
  UpdateImm: kind(),
  /** use, use any. */
  Cmp: kind(),
  /** use any; imm. */
  CmpImm: kind(),
  /** use, address. */
  CmpMem: kind(),
  /** use any, use. imm 1: only equality is asked of the flags. */
  Test: kind(),
  /** def; condition imm. */
  SetCc: kind(),
  /** def reuse, use any; condition imm. */
  CMov: kind(),
  /** def reuse (value when true), use; condition imm. */
  FloatSelect: kind(),
  /** condition imm: traps out of line. */
  TrapIf: kind(),
  /** Traps always. */
  Trap: kind(),
  /** condition imm: to the first successor, else to the second. */
  Branch: kind(),
  /** To the only successor. */
  Jump: kind(),
  /** use: index of a successor; imm of them, then the default. */
  JumpTable: kind(),
  /** use fixed... : the results in registers; those on the stack are stored before. */
  Return: kind(),
  /** def fixed, use fixed rax, temps fixed rax (of a remainder) and rdx, use: imm bit 0 signed, bit 1 remainder, bit 2 64 bits. */
  Divide: kind(),
  /** def fixed rdx, use fixed rax, temp fixed rax, use: high half of a product of 64 bits; imm 1 signed. */
  MulHigh: kind(),
  /** def, use fixed rdx, use: the same unsigned; BMI2. */
  MulX: kind(),
  /** Count of leading (trailing) zeros without lzcnt (tzcnt): def early, use; imm the width, imm2 1 for trailing. */
  BitScan: kind(),
  /** def reuse, use: imm 1 max; imm2 1 for f64. */
  FloatMinMax: kind(),
  /** def reuse: imm 1 negates, 0 clears the sign; imm2 1 for f64. */
  FloatSign: kind(),
  /** def reuse, use; imm2 1 for f64. */
  CopySign: kind(),
  /** def, use any; imm the rounding mode. */
  Round: kind(),
  /** def, use: imm bits: 0 signed, 1 saturating, 2 from f64, 3 to i64. */
  FloatToInt: kind(),
  /** def, use, temp: unsigned 64-bit integer to float; imm 1 for f64. */
  UintToFloat: kind(),
  /** imm: bytes that rsp goes down (up when negative). */
  AdjustStack: kind(),
  /** use any: to [rsp + imm]. */
  StackArg: kind(),
  /** Of all calls: use fixed... the arguments, def fixed... the results in registers. imm: defined function. */
  CallDirect: kind(),
  /** imm: function index of an import. */
  CallImport: kind(),
  /** First operand: entry in r10. imm: type index. */
  CallIndirect: kind(),
  /** def early, use: what is not 0 unless the table entry's code and context are those of defined function imm here. */
  EntryDiffers: kind(),
  /** Counts a failure of the function's guards. */
  GuardFailed: kind(),
  /** imm: RuntimeOp. */
  CallRuntime: kind(),
  /** imm: StubId. */
  CallStub: kind(),
  /** def fixed rax; imm: function index. */
  RefFunc: kind(),
  /** Lets the guest be interrupted. */
  Poll: kind(),
  /** imm: units. */
  Fuel: kind(),
} as const

/** Address modes: in bits 8 to 11 of an instruction's flags, above InstFlag (vcode.ts); the scale in bits 12 and 13; displacement in `imm`. */
export const Address = {
  /** [MEMBASE + disp] */
  Memory: 0,
  /** [MEMBASE + operand + disp] */
  MemoryIndex: 1,
  /** [VMCTX + disp] */
  Context: 2,
  /** [operand + disp] */
  Base: 3,
  /** [operand + operand << scale + disp] */
  BaseIndex: 4,
  /** [rbp + disp] */
  Frame: 5,
  /** [rsp + disp] */
  Stack: 6,
  /** As MemoryIndex for a sum of more than 32 bits. */
  MemorySum: 7,
  /** [operand << scale + disp] */
  Scaled: 8,
  /** [rip + constant]: a float constant imm, imm2; CONST_SINGLE tells its width. */
  Constant: 9,
  /** [execution context + disp]; its address is loaded to the scratch register first. */
  Execution: 10,
} as const
export const ADDRESS_SHIFT = 8
export const SCALE_SHIFT = 12
/** Flag of an instruction with a constant's address: the constant is an f32. */
export const CONST_SINGLE = 1 << 14

/** The address mode in an instruction's flags; those of an instruction without an address say Memory. */
export function addressMode(flags: number): number {
  return (flags >> ADDRESS_SHIFT) & 15
}

/** The scale in an instruction's flags, as a logarithm. */
export function addressScale(flags: number): number {
  return (flags >> SCALE_SHIFT) & 3
}

/** Number of operands of each address mode. */
export const addressOperands: Uint8Array = Uint8Array.of(0, 1, 0, 1, 2, 0, 0, 1, 1, 0, 0)

/** Condition codes beyond the hardware's (forms.ts: Cc): equality of floats, which two flags tell. `cc ^ 1` negates. */
export const CC_FLOAT_EQ = 16
export const CC_FLOAT_NE = 17
