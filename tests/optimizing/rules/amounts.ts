/** How much of the rules' checks every test run does. */

/** All values of two variables, some of a third. */
export const BINARY_FREE_BITS = 16
export const STRUCTURED_VALUES = 200
