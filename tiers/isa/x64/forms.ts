/**
 * x86-64 instructions as data: one line an instruction.
 *
 * A *form* is one int32 that says how an instruction is encoded; the assembler's few encoders (one per operand shape)
 * read it. Since forms are integer constants, an instruction costs no object, closure or table look-up when it is
 * emitted, and the list below can be tested line by line against a disassembler.
 *
 * Packing: bits 0-7 opcode byte; 8-9 opcode map (0 none, 1 0F, 2 0F38, 3 0F3A); 10-11 mandatory prefix (0 none, 1 66,
 * 2 F3, 3 F2); 12 REX.W; 13-15 /digit of the ModRM reg field; 16 the operand in the reg field is 8-bit (needs REX for
 * sil, dil, ...); 17 the operand in the rm field is 8-bit; 18 has an imm8 that follows the operands; 19 VEX encoded.
 * Manual: Intel SDM volume 2, chapters 2 and 3-5.
 */
