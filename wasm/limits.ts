/**
 * Implementation limits: those that the JavaScript API fixes for every engine ("Limits" of the JS API, 3.0), so that a
 * module that runs in one runs in all; and the few of V8 that programs meet in practice. They are checked as counts
 * are read, before anything is allocated for them.
 */

/** V8's; a size field near 2^32 then never becomes a buffer. */
export const MAX_MODULE_SIZE = 1024 * 1024 * 1024
export const MAX_TYPES = 1_000_000
export const MAX_FUNCTIONS = 1_000_000
export const MAX_IMPORTS = 1_000_000
export const MAX_EXPORTS = 1_000_000
export const MAX_GLOBALS = 1_000_000
export const MAX_DATA_SEGMENTS = 100_000
export const MAX_TABLES = 100_000
/** One memory in 2.0; several come with 3.0. */
export const MAX_MEMORIES = 1
export const MAX_PARAMS = 1_000
export const MAX_RESULTS = 1_000
export const MAX_BODY_SIZE = 7_654_321
/** Parameters and declared locals of a function together. */
export const MAX_LOCALS = 50_000
/** Pages of 64 KiB: all that 32 bits address. */
export const MAX_MEMORY_PAGES = 65_536
/** Entries that a table may have at run time; a module may declare more and then fails to instantiate. */
export const MAX_TABLE_SIZE = 10_000_000
/** Entries of one element segment, and element segments of a module. */
export const MAX_ELEM_ENTRIES = 10_000_000
/** Labels of a br_table without its default (V8's). */
export const MAX_BR_TABLE_SIZE = 65_520
/**
 * Operands on the stack at once. Every opcode but calls pushes at most one operand and is at least a byte long, so only
 * calls with many results get here; without a limit two bytes of code could take 8 KB of the validator's memory.
 */
export const MAX_OPERANDS = MAX_BODY_SIZE
