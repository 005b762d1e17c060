/**
 * A small seeded generator of random numbers (xorshift128, Marsaglia 2003): a failing run is repeated from its seed.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(seed: number) {
    // Splitmix-like spreading, so that neighbouring seeds give unrelated streams and the state is never all zero.
    const spread = (n: number): number => {
      let x = (seed + Math.imul(n, 0x9e3779b9)) | 0
      x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
      x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
      return x ^ (x >>> 16)
    }
    this.a = spread(1)
    this.b = spread(2)
    this.c = spread(3)
    this.d = spread(4) | 1
    for (let i = 0; i < 8; i++) this.bits()
  }

  /** 32 random bits as an int32. */
  bits(): number {
    const t = this.a ^ (this.a << 11)
    this.a = this.b
    this.b = this.c
    this.c = this.d
    this.d = this.d ^ (this.d >>> 19) ^ t ^ (t >>> 8)
    return this.d | 0
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return (this.bits() >>> 0) % bound
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]
  }
}

/** Integers at which carries, signs, shifts and conversions change their behaviour. */
const EDGES_32 = [
  0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7fffffff,
]

export function interestingI32(random: Random): number {
  switch (random.below(4)) {
    case 0:
      return random.bits()
    case 1:
      return -random.pick(EDGES_32) | 0
    case 2:
      return (0x80000000 + random.below(4) - 2) | 0
    default:
      return random.pick(EDGES_32)
  }
}

/** 64 bits, as low and high words. */
export function interestingI64(random: Random): [number, number] {
  switch (random.below(4)) {
    case 0:
      return [random.bits(), random.bits()]
    case 1:
      return [interestingI32(random), random.pick([0, -1])]
    case 2:
      return [random.pick([0, -1, 1]), interestingI32(random)]
    default:
      return [random.pick([0, -1]), random.pick([0x7fffffff, 0x80000000 | 0, 0x43e00000, -1, 0])]
  }
}

const EDGES_F64 = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3.999,
  1e-310,
  5e-324,
  1e300,
  -1e300,
  Infinity,
  -Infinity,
  NaN,
  2147483647,
  2147483648,
  -2147483648,
  -2147483649,
  4294967295,
  4294967296,
  2 ** 53 + 2,
  2 ** 63,
  -(2 ** 63),
  2 ** 64,
  1e20,
  3.4028234663852886e38,
  1.401298464324817e-45,
  16777217,
]

export function interestingF64(random: Random): number {
  if (random.oneIn(3)) return random.bits() / 1024
  return random.pick(EDGES_F64)
}
