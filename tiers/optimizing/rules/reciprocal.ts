/**
 * What to multiply by instead of dividing by a constant d: m = floor(2^n / d) + 1, for one n after the other. Numbers have 64 bits, in two
 * halves, unsigned.
 */
import { lessUnsigned } from '../../unsigned.js'

/** Bits of an unsigned number. */
function bitLength(lo: number, hi: number): number {
  return hi !== 0 ? 64 - Math.clz32(hi) : 32 - Math.clz32(lo)
}

export class Reciprocal {
  /** The halves of m; one that does not fit is less by 2^64. */
  lo = 0
  hi = 0
  private divisorLo = 0
  private divisorHi = 0
  /** m * d - 2^n, which is in [1, d]. */
  private excessLo = 0
  private excessHi = 0

  /** Begins with a divisor, at least 2, and an n. */
  start(lo: number, hi: number, n: number): void {
    this.divisorLo = lo
    this.divisorHi = hi
    // That of n = 0: 2^0 / d is 0, so m is 1.
    this.lo = 1
    this.hi = 0
    this.excessLo = (lo - 1) | 0
    this.excessHi = lo === 0 ? (hi - 1) | 0 : hi
    for (let i = 0; i < n; i++) this.double()
  }

  /** Goes on to the next n: (2 * m) * d is 2^(n + 1) and twice the excess; with one d less that may still be above 2^(n + 1). */
  double(): void {
    const { divisorLo, divisorHi, excessLo, excessHi } = this
    const lo = excessLo << 1
    const hi = (excessHi << 1) | (excessLo >>> 31)
    this.hi = (this.hi << 1) | (this.lo >>> 31)
    this.lo <<= 1
    const isAbove = hi === divisorHi ? lessUnsigned(divisorLo, lo) : lessUnsigned(divisorHi, hi)
    // A negative half has a bit that twice the number has no room for.
    if (excessHi >= 0 && !isAbove) {
      this.excessLo = lo
      this.excessHi = hi
      return
    }
    this.excessLo = (lo - divisorLo) | 0
    this.excessHi = (hi - divisorHi - (lessUnsigned(lo, divisorLo) ? 1 : 0)) | 0
    if (this.lo === 0) this.hi = (this.hi - 1) | 0
    this.lo = (this.lo - 1) | 0
  }

  /** ceil(log2 d). */
  logarithm(): number {
    const { divisorLo, divisorHi } = this
    return bitLength((divisorLo - 1) | 0, divisorLo === 0 ? (divisorHi - 1) | 0 : divisorHi)
  }

  /** Whether m * d - 2^n <= 2^l; l is below 64. */
  isClose(l: number): boolean {
    const { excessLo, excessHi } = this
    return bitLength((excessLo - 1) | 0, excessLo === 0 ? (excessHi - 1) | 0 : excessHi) <= l
  }
}
