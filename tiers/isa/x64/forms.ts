/**
 * x86-64 instructions as data: one line an instruction.
 *
 * A *form* is one int32 that says how an instruction is encoded; the assembler's few encoders (one per operand shape)
 * read it. Since forms are integers, an instruction costs no object, closure or table look-up when it is emitted, and
 * the list below is tested line by line against a disassembler.
 *
 * Names: mnemonic, operand width where the mnemonic does not tell it, then the operands in Intel order by the field
 * that holds them: R the ModRM reg field, M the ModRM rm field (register or memory), V the VEX.vvvv field, I an
 * immediate, C the register cl. A digit after M is the width of a narrower source (`movzx32M8` is `movzx r32, rm8`).
 * Register to register: any RM form with the `rr` encoder.
 *
 * Packing: bits 0-7 opcode byte; 8-9 opcode map (0 none, 1 0F, 2 0F38, 3 0F3A); 10-11 mandatory prefix (0 none, 1 66,
 * 2 F3, 3 F2); 12 REX.W; 13-15 /digit, or-ed into the ModRM reg field; 16 the operand in the reg field is 8-bit (needs
 * REX for sil, dil, ...); 17 the operand in the rm field is 8-bit; 18 the immediate is one byte; 19 VEX encoded;
 * 20 VEX.L (256-bit); 21 LOCK prefix; 22 an immediate that fits takes one byte with opcode|2; 23 the immediate is two
 * bytes. Any other immediate is four bytes.
 * Manual: Intel SDM volume 2, chapters 2 and 3-5.
 */

const M0F = 1 << 8
const M38 = 2 << 8
const M3A = 3 << 8
const P66 = 1 << 10
const PF3 = 2 << 10
const PF2 = 3 << 10
/** REX.W of a form: turns the 32-bit form of an integer instruction into that for 64 bits. */
export const WIDE = 1 << 12
const W = WIDE
export const DIGIT_SHIFT = 13
const D1 = 1 << DIGIT_SHIFT
const D2 = 2 << DIGIT_SHIFT
const D3 = 3 << DIGIT_SHIFT
const D4 = 4 << DIGIT_SHIFT
const D5 = 5 << DIGIT_SHIFT
const D6 = 6 << DIGIT_SHIFT
const D7 = 7 << DIGIT_SHIFT
export const REG8 = 1 << 16
export const RM8 = 1 << 17
export const IMM8_SHIFT = 18
export const IMM8 = 1 << IMM8_SHIFT
/** A form with this is VEX encoded: added to a scalar SSE form, the three-operand form of AVX. */
export const VEX = 1 << 19
export const L256 = 1 << 20
export const LOCK = 1 << 21
export const SHORT_IMM = 1 << 22
export const IMM16_SHIFT = 23
export const IMM16 = 1 << IMM16_SHIFT

const BOTH8 = REG8 | RM8
/** 0F map with the prefix of a scalar or packed kind. */
const SS = PF3 | M0F
const SD = PF2 | M0F
const PS = M0F
const PD = P66 | M0F
const VSS = VEX | SS
const VSD = VEX | SD
const VPS = VEX | PS
const VPD = VEX | PD

/** Condition codes: the low four bits of jcc, setcc and cmovcc. `cc ^ 1` is the opposite condition. */
// oxfmt-ignore
export const Cc = {
  o: 0, no: 1, b: 2, ae: 3, e: 4, ne: 5, be: 6, a: 7, s: 8, ns: 9, p: 10, np: 11, l: 12, ge: 13, le: 14, g: 15,
} as const

// oxfmt-ignore
export const Form = {
  // Integer arithmetic, two operands.
  add32RM: 0x03,           add64RM: W | 0x03,
  add32MR: 0x01,           add64MR: W | 0x01,
  add32MI: SHORT_IMM | 0x81,       add64MI: SHORT_IMM | W | 0x81,
  or32RM: 0x0b,            or64RM: W | 0x0b,
  or32MR: 0x09,            or64MR: W | 0x09,
  or32MI: SHORT_IMM | D1 | 0x81,   or64MI: SHORT_IMM | W | D1 | 0x81,
  adc32RM: 0x13,           adc64RM: W | 0x13,
  adc32MR: 0x11,           adc64MR: W | 0x11,
  adc32MI: SHORT_IMM | D2 | 0x81,  adc64MI: SHORT_IMM | W | D2 | 0x81,
  sbb32RM: 0x1b,           sbb64RM: W | 0x1b,
  sbb32MR: 0x19,           sbb64MR: W | 0x19,
  sbb32MI: SHORT_IMM | D3 | 0x81,  sbb64MI: SHORT_IMM | W | D3 | 0x81,
  and32RM: 0x23,           and64RM: W | 0x23,
  and32MR: 0x21,           and64MR: W | 0x21,
  and32MI: SHORT_IMM | D4 | 0x81,  and64MI: SHORT_IMM | W | D4 | 0x81,
  sub32RM: 0x2b,           sub64RM: W | 0x2b,
  sub32MR: 0x29,           sub64MR: W | 0x29,
  sub32MI: SHORT_IMM | D5 | 0x81,  sub64MI: SHORT_IMM | W | D5 | 0x81,
  xor32RM: 0x33,           xor64RM: W | 0x33,
  xor32MR: 0x31,           xor64MR: W | 0x31,
  xor32MI: SHORT_IMM | D6 | 0x81,  xor64MI: SHORT_IMM | W | D6 | 0x81,
  cmp32RM: 0x3b,           cmp64RM: W | 0x3b,
  cmp32MR: 0x39,           cmp64MR: W | 0x39,
  cmp32MI: SHORT_IMM | D7 | 0x81,  cmp64MI: SHORT_IMM | W | D7 | 0x81,
  test32MR: 0x85,          test64MR: W | 0x85,
  test32MI: 0xf7,          test64MI: W | 0xf7,
  // 8 and 16 bits, for compares with memory and for masks.
  and8MI: RM8 | IMM8 | D4 | 0x80,
  or8MI: RM8 | IMM8 | D1 | 0x80,
  and8RM: BOTH8 | 0x22,
  or8RM: BOTH8 | 0x0a,
  cmp8RM: BOTH8 | 0x3a,
  cmp8MR: BOTH8 | 0x38,
  cmp8MI: RM8 | IMM8 | D7 | 0x80,
  cmp16RM: P66 | 0x3b,
  cmp16MR: P66 | 0x39,
  cmp16MI: P66 | SHORT_IMM | IMM16 | D7 | 0x81,
  test8MR: BOTH8 | 0x84,
  test8MI: RM8 | IMM8 | 0xf6,
  test16MI: P66 | IMM16 | 0xf7,
  // Integer moves.
  mov32RM: 0x8b,           mov64RM: W | 0x8b,
  mov32MR: 0x89,           mov64MR: W | 0x89,
  mov8MR: BOTH8 | 0x88,    mov16MR: P66 | 0x89,
  mov8MI: RM8 | IMM8 | 0xc6,
  mov16MI: P66 | IMM16 | 0xc7,
  mov32MI: 0xc7,
  mov64MI: W | 0xc7,
  movzx32M8: RM8 | M0F | 0xb6,     movzx64M8: W | RM8 | M0F | 0xb6,
  movzx32M16: M0F | 0xb7,          movzx64M16: W | M0F | 0xb7,
  movsx32M8: RM8 | M0F | 0xbe,     movsx64M8: W | RM8 | M0F | 0xbe,
  movsx32M16: M0F | 0xbf,          movsx64M16: W | M0F | 0xbf,
  movsxd64M32: W | 0x63,
  lea32RM: 0x8d,           lea64RM: W | 0x8d,
  xchg32MR: 0x87,          xchg64MR: W | 0x87,
  xchg8MR: BOTH8 | 0x86,   xchg16MR: P66 | 0x87,
  movbe32RM: M38 | 0xf0,   movbe64RM: W | M38 | 0xf0,
  // Multiplication and division.
  imul32RM: M0F | 0xaf,    imul64RM: W | M0F | 0xaf,
  imul32RMI: SHORT_IMM | 0x69,     imul64RMI: SHORT_IMM | W | 0x69,
  mul32M: D4 | 0xf7,       mul64M: W | D4 | 0xf7,
  imul32M: D5 | 0xf7,      imul64M: W | D5 | 0xf7,
  div32M: D6 | 0xf7,       div64M: W | D6 | 0xf7,
  idiv32M: D7 | 0xf7,      idiv64M: W | D7 | 0xf7,
  // One operand.
  not32M: D2 | 0xf7,       not64M: W | D2 | 0xf7,
  neg32M: D3 | 0xf7,       neg64M: W | D3 | 0xf7,
  inc32M: 0xff,            inc64M: W | 0xff,
  dec32M: D1 | 0xff,       dec64M: W | D1 | 0xff,
  callM: D2 | 0xff,
  jmpM: D4 | 0xff,
  pushM: D6 | 0xff,
  popM: 0x8f,
  // Shifts and rotates, by cl and by an immediate (the `shift` encoder takes the shorter form for 1).
  rol32MC: 0xd3,           rol64MC: W | 0xd3,
  ror32MC: D1 | 0xd3,      ror64MC: W | D1 | 0xd3,
  shl32MC: D4 | 0xd3,      shl64MC: W | D4 | 0xd3,
  shr32MC: D5 | 0xd3,      shr64MC: W | D5 | 0xd3,
  sar32MC: D7 | 0xd3,      sar64MC: W | D7 | 0xd3,
  rol16MI: P66 | IMM8 | 0xc1,
  rol32MI: IMM8 | 0xc1,            rol64MI: IMM8 | W | 0xc1,
  ror32MI: IMM8 | D1 | 0xc1,       ror64MI: IMM8 | W | D1 | 0xc1,
  shl32MI: IMM8 | D4 | 0xc1,       shl64MI: IMM8 | W | D4 | 0xc1,
  shr32MI: IMM8 | D5 | 0xc1,       shr64MI: IMM8 | W | D5 | 0xc1,
  sar32MI: IMM8 | D7 | 0xc1,       sar64MI: IMM8 | W | D7 | 0xc1,
  shld32MRI: IMM8 | M0F | 0xa4,    shld64MRI: IMM8 | W | M0F | 0xa4,
  shrd32MRI: IMM8 | M0F | 0xac,    shrd64MRI: IMM8 | W | M0F | 0xac,
  // BMI2: no flags, count in any register, three operands.
  shlx32RMV: VEX | P66 | M38 | 0xf7,   shlx64RMV: VEX | W | P66 | M38 | 0xf7,
  shrx32RMV: VEX | PF2 | M38 | 0xf7,   shrx64RMV: VEX | W | PF2 | M38 | 0xf7,
  sarx32RMV: VEX | PF3 | M38 | 0xf7,   sarx64RMV: VEX | W | PF3 | M38 | 0xf7,
  rorx32RMI: VEX | IMM8 | PF2 | M3A | 0xf0,   rorx64RMI: VEX | W | IMM8 | PF2 | M3A | 0xf0,
  mulx32RVM: VEX | PF2 | M38 | 0xf6,   mulx64RVM: VEX | W | PF2 | M38 | 0xf6,
  // BMI1.
  andn32RVM: VEX | M38 | 0xf2,         andn64RVM: VEX | W | M38 | 0xf2,
  blsr32VM: VEX | D1 | M38 | 0xf3,     blsr64VM: VEX | W | D1 | M38 | 0xf3,
  blsmsk32VM: VEX | D2 | M38 | 0xf3,   blsmsk64VM: VEX | W | D2 | M38 | 0xf3,
  blsi32VM: VEX | D3 | M38 | 0xf3,     blsi64VM: VEX | W | D3 | M38 | 0xf3,
  // Bits.
  bt32MR: M0F | 0xa3,      bt64MR: W | M0F | 0xa3,
  bts32MR: M0F | 0xab,     bts64MR: W | M0F | 0xab,
  btr32MR: M0F | 0xb3,     btr64MR: W | M0F | 0xb3,
  btc32MR: M0F | 0xbb,     btc64MR: W | M0F | 0xbb,
  bt32MI: IMM8 | D4 | M0F | 0xba,  bt64MI: IMM8 | W | D4 | M0F | 0xba,
  bts32MI: IMM8 | D5 | M0F | 0xba, bts64MI: IMM8 | W | D5 | M0F | 0xba,
  btr32MI: IMM8 | D6 | M0F | 0xba, btr64MI: IMM8 | W | D6 | M0F | 0xba,
  btc32MI: IMM8 | D7 | M0F | 0xba, btc64MI: IMM8 | W | D7 | M0F | 0xba,
  bsf32RM: M0F | 0xbc,     bsf64RM: W | M0F | 0xbc,
  bsr32RM: M0F | 0xbd,     bsr64RM: W | M0F | 0xbd,
  tzcnt32RM: SS | 0xbc,    tzcnt64RM: W | SS | 0xbc,
  lzcnt32RM: SS | 0xbd,    lzcnt64RM: W | SS | 0xbd,
  popcnt32RM: SS | 0xb8,   popcnt64RM: W | SS | 0xb8,
  // Conditional; add a Cc.
  cmov32RM: M0F | 0x40,    cmov64RM: W | M0F | 0x40,
  setM: RM8 | M0F | 0x90,
  // Atomic read-modify-write.
  lockCmpxchg8MR: LOCK | BOTH8 | M0F | 0xb0,
  lockCmpxchg16MR: LOCK | P66 | M0F | 0xb1,
  lockCmpxchg32MR: LOCK | M0F | 0xb1,
  lockCmpxchg64MR: LOCK | W | M0F | 0xb1,
  lockXadd8MR: LOCK | BOTH8 | M0F | 0xc0,
  lockXadd16MR: LOCK | P66 | M0F | 0xc1,
  lockXadd32MR: LOCK | M0F | 0xc1,
  lockXadd64MR: LOCK | W | M0F | 0xc1,
  lockOr32MI: LOCK | SHORT_IMM | D1 | 0x81,
  // Without operands: the `op` encoder.
  ret: 0xc3,
  cdq: 0x99,               cqo: W | 0x99,
  ud2: M0F | 0x0b,
  int3: 0xcc,
  leave: 0xc9,
  // Between general and xmm registers: R is xmm, M general or memory, except that cvt...2si has R general.
  movdRM: PD | 0x6e,       movqRM: W | PD | 0x6e,
  movdMR: PD | 0x7e,       movqMR: W | PD | 0x7e,
  cvtsi2ss32RM: SS | 0x2a,         cvtsi2ss64RM: W | SS | 0x2a,
  cvtsi2sd32RM: SD | 0x2a,         cvtsi2sd64RM: W | SD | 0x2a,
  cvttss2si32RM: SS | 0x2c,        cvttss2si64RM: W | SS | 0x2c,
  cvttsd2si32RM: SD | 0x2c,        cvttsd2si64RM: W | SD | 0x2c,
  movmskpsRM: PS | 0x50,   movmskpdRM: PD | 0x50,
  // Moves of xmm registers. movss and movsd between registers keep the upper part: use movaps there.
  movssRM: SS | 0x10,      movsdRM: SD | 0x10,
  movssMR: SS | 0x11,      movsdMR: SD | 0x11,
  movapsRM: PS | 0x28,     movapsMR: PS | 0x29,
  movupsRM: PS | 0x10,     movupsMR: PS | 0x11,
  movdquRM: SS | 0x6f,     movdquMR: SS | 0x7f,
  movdqaRM: PD | 0x6f,     movdqaMR: PD | 0x7f,
  // Scalar floating point.
  addssRM: SS | 0x58,      addsdRM: SD | 0x58,
  mulssRM: SS | 0x59,      mulsdRM: SD | 0x59,
  subssRM: SS | 0x5c,      subsdRM: SD | 0x5c,
  minssRM: SS | 0x5d,      minsdRM: SD | 0x5d,
  divssRM: SS | 0x5e,      divsdRM: SD | 0x5e,
  maxssRM: SS | 0x5f,      maxsdRM: SD | 0x5f,
  sqrtssRM: SS | 0x51,     sqrtsdRM: SD | 0x51,
  ucomissRM: PS | 0x2e,    ucomisdRM: PD | 0x2e,
  cvtss2sdRM: SS | 0x5a,   cvtsd2ssRM: SD | 0x5a,
  cmpssRMI: IMM8 | SS | 0xc2,      cmpsdRMI: IMM8 | SD | 0xc2,
  roundssRMI: IMM8 | P66 | M3A | 0x0a,   roundsdRMI: IMM8 | P66 | M3A | 0x0b,
  // Bitwise on xmm registers.
  andpsRM: PS | 0x54,      andpdRM: PD | 0x54,
  andnpsRM: PS | 0x55,     andnpdRM: PD | 0x55,
  orpsRM: PS | 0x56,       orpdRM: PD | 0x56,
  xorpsRM: PS | 0x57,      xorpdRM: PD | 0x57,
  pxorRM: PD | 0xef,       porRM: PD | 0xeb,
  pandRM: PD | 0xdb,       pandnRM: PD | 0xdf,
  pcmpeqdRM: PD | 0x76,
  paddqRM: PD | 0xd4,      psubqRM: PD | 0xfb,
  unpcklpsRM: PS | 0x14,   punpckldqRM: PD | 0x62,
  psrlqMI: IMM8 | D2 | PD | 0x73,  psllqMI: IMM8 | D6 | PD | 0x73,
  psrldMI: IMM8 | D2 | PD | 0x72,  pslldMI: IMM8 | D6 | PD | 0x72,
  // AVX: three operands (the upper bits of the result come from V).
  vaddssRVM: VSS | 0x58,   vaddsdRVM: VSD | 0x58,
  vmulssRVM: VSS | 0x59,   vmulsdRVM: VSD | 0x59,
  vsubssRVM: VSS | 0x5c,   vsubsdRVM: VSD | 0x5c,
  vminssRVM: VSS | 0x5d,   vminsdRVM: VSD | 0x5d,
  vdivssRVM: VSS | 0x5e,   vdivsdRVM: VSD | 0x5e,
  vmaxssRVM: VSS | 0x5f,   vmaxsdRVM: VSD | 0x5f,
  vsqrtssRVM: VSS | 0x51,  vsqrtsdRVM: VSD | 0x51,
  vcvtss2sdRVM: VSS | 0x5a,        vcvtsd2ssRVM: VSD | 0x5a,
  vcvtsi2ss32RVM: VSS | 0x2a,      vcvtsi2ss64RVM: W | VSS | 0x2a,
  vcvtsi2sd32RVM: VSD | 0x2a,      vcvtsi2sd64RVM: W | VSD | 0x2a,
  vandpsRVM: VPS | 0x54,   vandpdRVM: VPD | 0x54,
  vandnpsRVM: VPS | 0x55,  vandnpdRVM: VPD | 0x55,
  vorpsRVM: VPS | 0x56,    vorpdRVM: VPD | 0x56,
  vxorpsRVM: VPS | 0x57,   vxorpdRVM: VPD | 0x57,
} as const
