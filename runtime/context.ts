/** The execution context of this thread as typed arrays. */

/**
 * The cells in which operands and results cross between JavaScript and compiled code. Cell k is `i32[2 * k]`, `f64[k]`,
 * `i64[k]`. A raw host function finds its arguments from cell 0 on and leaves its results from cell 0 on; an i32 result
 * is its low word. The views never change.
 */
export interface Slab {
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i64: BigInt64Array
  readonly u64: BigUint64Array
}
