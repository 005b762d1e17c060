// A bytecode interpreter with a stack machine's dispatch loop (br_table) running a program of n iterations.
#include "kernel.h"

enum { PUSH, LOAD, STORE, ADD, SUB, MUL, XOR, SHR, LESS, JUMP_IF, JUMP, DUP, DROP, HALT };

// a = 0, b = 1, i = n; do { a = (a + b * 3) ^ (a >> 5); b = b + a - i; i = i - 1 } while (0 < i)
static const u8 program[] = {
    PUSH, 0, STORE, 0, PUSH, 1, STORE, 1,
    /* 8: */ LOAD, 0, LOAD, 1, PUSH, 3, MUL, ADD, LOAD, 0, PUSH, 5, SHR, XOR, DUP, STORE, 0,
    /* 25: */ LOAD, 1, ADD, LOAD, 2, SUB, STORE, 1,
    /* 33: */ LOAD, 2, PUSH, 1, SUB, STORE, 2, PUSH, 0, LOAD, 2, LESS, JUMP_IF, 8, HALT,
};

static u32 stack[64], variables[8];

RUN i32 run(i32 n) {
  const u8 *pc = program;
  u32 *sp = stack;
  variables[2] = (u32)n;
  for (;;) {
    switch (*pc++) {
      case PUSH: *sp++ = *pc++; break;
      case LOAD: *sp++ = variables[*pc++]; break;
      case STORE: variables[*pc++] = *--sp; break;
      case ADD: sp--; sp[-1] += *sp; break;
      case SUB: sp--; sp[-1] -= *sp; break;
      case MUL: sp--; sp[-1] *= *sp; break;
      case XOR: sp--; sp[-1] ^= *sp; break;
      case SHR: sp--; sp[-1] >>= *sp & 31; break;
      case LESS: sp--; sp[-1] = (i32)sp[-1] < (i32)*sp; break;
      case JUMP_IF: { u8 to = *pc++; if (*--sp) pc = program + to; break; }
      case JUMP: pc = program + *pc; break;
      case DUP: *sp = sp[-1]; sp++; break;
      case DROP: sp--; break;
      default: return (i32)(variables[0] ^ variables[1]);
    }
  }
}
