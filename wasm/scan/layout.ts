/**
 * The memory that the validator's two halves share: the scan, a Wasm program (scan.as.ts), and the general step, in
 * TypeScript. Both import this file, so it holds integers only. Addresses and sizes are bytes.
 *
 *     0          state, one word each
 *     LATE_...   newest use and assignment of locals without slots
 *     OPS        what is known of opcodes, one record each
 *     BLOCKS     what a one-byte block type means
 *     LOCALS     the current function's locals, one record each
 *     FREE       the program's own data; then memory that is given out: for the tables of the current module (ScanImage in
 *                ../module-tables.ts), and, where the state says, loops, frames, bodies, the operand stack
 */

// State. Positions are addresses; what is at one stands in the window of bytes.
/** The next opcode, and the end of the current body. */
export const POS = 0
export const END = 4
/** Address behind the topmost operand, and the greatest one so far. */
export const SP = 8
export const HEIGHT = 12
/** The innermost control frame, and the function's. */
export const FRAME = 16
export const FIRST_FRAME = 20
/** Position of the newest call, 0 for none. */
export const LAST_CALL = 24
/** Loops around the next opcode. */
export const DEPTH = 28
/** Weight of a use: 8 ** depth, up to its limit. */
export const WEIGHT = 32
/** 1 when facts are wanted. */
export const WANTED = 36
export const LOCAL_COUNT = 40
/** Loop records, and how many there are. */
export const LOOPS = 44
export const LOOP_COUNT = 48
/** Address of operand 0. */
export const BOTTOM = 52
/** Where the current body starts. */
export const BODY = 56
/** Function index of the next body; and the next body, the end of the bodies in the window, how many are left. */
export const FUNC = 60
export const NEXT = 64
export const LIMIT = 68
export const LEFT = 72
/** Where ranges of bodies go, two words each, and what makes an address an offset in the module. */
export const RANGES = 76
export const ORIGIN = 80
/** Of data segments, in two words: one past the highest address that one writes. */
export const EXTENT = 120

// State that a module sets.
export const MEMORIES = 84
/** 1 when table 0 is one of functions. */
export const FUNC_TABLE = 88
/** Signature records; the signature id of each function; a type for each global. */
export const SIGS = 92
export const SIG_COUNT = 96
export const FUNC_SIGS = 100
export const FUNC_COUNT = 104
export const GLOBALS = 108
export const GLOBAL_COUNT = 112

/** Sets of a loop's locals (facts.ts) have 64 bits. */
export const SET_BITS = 64
export const LATE_USES = 128
export const LATE_ASSIGNMENTS = 384

/**
 * An opcode of one byte, or one of the first eight behind 0xfc: the two topmost operands that it needs (the upper half is the top),
 * a mask for them (0 for what has no fixed signature), its result's type, and bytes: operands and results times four, and
 * the natural alignment of a memory access.
 */
export const OPS = 640
export const OP_SIZE = 24
export const OP_MASK = 8
export const OP_RESULT = 16
export const OP_POPS = 20
export const OP_PUSHES = 21
export const OP_ALIGN = 22
/** Index in the table of the first opcode behind 0xfc. */
export const OPS_FC = 256
export const OP_COUNT = 264

/** By byte: signature id << 8 | its one result or 0; -1 for what has parameters, several results, or no meaning. */
export const BLOCKS = 7168
export const BLOCK_SIG_SHIFT = 8

/** Locals that have slots: each with a position of its own. Those above share by the low bits of their index. */
export const SLOTS = 128
export const LOCALS = 8192
export const LOCAL_SIZE = 16
/** Sum of the weights of uses and assignments, up to a limit. */
export const LOCAL_WEIGHT = 4
export const MAX_WEIGHT = 0x7f000000
/** Position of the newest use (local.get) and of the newest assignment, 0 for never. */
export const LOCAL_USED = 8
export const LOCAL_ASSIGNED = 12
/** Limits of limits.ts that the scan checks, too. */
export const MOST_LOCALS = 50000
export const MOST_LABELS = 65520

export const FREE = 808192

/** A signature: address and number of its parameter types, its one result (0 none, -1 several), a word to spare. */
export const SIG_SIZE = 16
export const SIG_PARAM_COUNT = 4
export const SIG_RESULT = 8

/** Bit of a global's type: it may be assigned. */
export const MUTABLE = 0x100

// Control frames.
export const FRAME_SIZE = 32
export const FRAME_KIND = 0
/** Signature id of the block type. */
export const FRAME_SIG = 4
/** Address of the operand stack's top below the frame's parameters. */
export const FRAME_BASE = 8
/** 1 when the rest of the frame cannot be reached: its operands are then whatever is needed. */
export const FRAME_DEAD = 12
/** Position of the opcode that opened it. */
export const FRAME_AT = 16
/** The one type that a branch to the frame carries, 0 for none, -1 for several. */
export const FRAME_LABEL = 20
/** The one type that its `end` must find, 0 for none; -1 for several, and for an `if` with a result and no `else` yet. */
export const FRAME_END = 24
/** Of a loop: the address of its record. */
export const FRAME_LOOP = 28

export const KIND_FUNC = 0
export const KIND_BLOCK = 1
export const KIND_LOOP = 2
export const KIND_IF = 3
export const KIND_ELSE = 4

/** What is known of a loop: 64 bits of locals used, 64 of locals assigned, whether it calls. */
export const LOOP_SIZE = 24
export const LOOP_ASSIGNED = 8
export const LOOP_CALLS = 16

/** Weight of a use at loop depth d is 8 ** min(d, this): deeper nests no longer change which locals win. */
export const MAX_WEIGHTED_DEPTH = 6
