// Generated from *.rules by `npm run rules`; do not edit.

import type { RuleContext } from './context.js'

function rewriteIadd(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 72) // identities.rules:4
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 2 /* iadd */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0) {
          return g.subsume(g.binary(2 /* iadd */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(2 /* iadd */, f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)), 87) // identities.rules:35
        }
      }
      if (f.op[nodeArg0Inst] === 3 /* isub */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg0NodeArg0Inst = g.integer(f.arg0[nodeArg0Inst])
        if (integerArg0NodeArg0Inst >= 0) {
          g.yield(g.binary(3 /* isub */, f.ty[inst], g.binary(2 /* iadd */, f.ty[inst], integerArg0NodeArg0Inst, integerArg1Inst), f.arg1[nodeArg0Inst]), 88) // identities.rules:37
        }
      }
    }
  }
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 3 /* isub */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      if (f.arg1[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg0[nodeArg0Inst], 93) // identities.rules:48
      }
      if (g.isInt(f.arg0[nodeArg0Inst], 0)) {
        g.yield(g.binary(3 /* isub */, f.ty[inst], f.arg1[inst], f.arg1[nodeArg0Inst]), 95) // identities.rules:52
      }
    }
    if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
      if (integerArg1NodeArg0Inst >= 0) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 15 /* ushr */ && f.ty[nodeArg1Inst] === f.ty[inst] && f.arg0[nodeArg1Inst] === f.arg0[nodeArg0Inst]) {
            const integerArg1NodeArg1Inst = g.integer(f.arg1[nodeArg1Inst])
            if (integerArg1NodeArg1Inst >= 0 && g.isWholeTurn(f.ty[inst], integerArg1NodeArg0Inst, integerArg1NodeArg1Inst)) {
              return g.subsume(g.binary(17 /* rotl */, f.ty[inst], f.arg0[nodeArg0Inst], integerArg1NodeArg0Inst), 132) // shifts.rules:45
            }
          }
        }
      }
    }
    if (f.op[nodeArg0Inst] === 15 /* ushr */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
      if (integerArg1NodeArg0Inst >= 0) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 14 /* ishl */ && f.ty[nodeArg1Inst] === f.ty[inst] && f.arg0[nodeArg1Inst] === f.arg0[nodeArg0Inst]) {
            const integerArg1NodeArg1Inst = g.integer(f.arg1[nodeArg1Inst])
            if (integerArg1NodeArg1Inst >= 0 && g.isWholeTurn(f.ty[inst], integerArg1NodeArg1Inst, integerArg1NodeArg0Inst)) {
              return g.subsume(g.binary(17 /* rotl */, f.ty[inst], f.arg0[nodeArg0Inst], integerArg1NodeArg1Inst), 132) // shifts.rules:45
            }
          }
        }
      }
    }
  }
  for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
    if (f.op[nodeArg1Inst] === 3 /* isub */ && f.ty[nodeArg1Inst] === f.ty[inst]) {
      if (f.arg1[nodeArg1Inst] === f.arg0[inst]) {
        return g.subsume(f.arg0[nodeArg1Inst], 93) // identities.rules:48
      }
      if (g.isInt(f.arg0[nodeArg1Inst], 0)) {
        g.yield(g.binary(3 /* isub */, f.ty[inst], f.arg0[inst], f.arg1[nodeArg1Inst]), 95) // identities.rules:52
      }
    }
  }
}

function rewriteIsub(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 73) // identities.rules:6
  }
  if (f.arg1[inst] === f.arg0[inst]) {
    g.yield(g.int(f.ty[inst], 0), 74) // identities.rules:8
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    g.yield(g.binary(2 /* iadd */, f.ty[inst], f.arg0[inst], g.binary(3 /* isub */, f.ty[inst], g.int(f.ty[inst], 0), integerArg1Inst)), 86) // identities.rules:33
  }
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 2 /* iadd */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      if (f.arg1[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg0[nodeArg0Inst], 94) // identities.rules:50
      }
      if (f.arg0[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg1[nodeArg0Inst], 94) // identities.rules:50
      }
    }
  }
  for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
    if (f.op[nodeArg1Inst] === 3 /* isub */ && f.ty[nodeArg1Inst] === f.ty[inst] && g.isInt(f.arg0[nodeArg1Inst], 0)) {
      g.yield(g.binary(2 /* iadd */, f.ty[inst], f.arg0[inst], f.arg1[nodeArg1Inst]), 96) // identities.rules:54
    }
  }
  if (g.isInt(f.arg0[inst], 0)) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 3 /* isub */ && f.ty[nodeArg1Inst] === f.ty[inst]) {
        g.yield(g.binary(3 /* isub */, f.ty[inst], f.arg1[nodeArg1Inst], f.arg0[nodeArg1Inst]), 97) // identities.rules:56
      }
    }
  }
}

function rewriteImul(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    g.yield(g.int(f.ty[inst], 0), 75) // identities.rules:10
  }
  if (g.isInt(f.arg1[inst], 1)) {
    return g.subsume(f.arg0[inst], 76) // identities.rules:12
  }
  if (g.isInt(f.arg1[inst], -1)) {
    g.yield(g.binary(3 /* isub */, f.ty[inst], g.int(f.ty[inst], 0), f.arg0[inst]), 77) // identities.rules:14
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 4 /* imul */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0) {
          return g.subsume(g.binary(4 /* imul */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(4 /* imul */, f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)), 92) // identities.rules:45
        }
      }
    }
  }
  const log2Arg1Inst = g.log2(f.arg1[inst])
  if (log2Arg1Inst >= 0) {
    g.yield(g.binary(14 /* ishl */, f.ty[inst], f.arg0[inst], log2Arg1Inst), 140) // strength.rules:4
  }
}

function rewriteUdiv(g: RuleContext, inst: number): number {
  const { f } = g
  if (g.isInt(f.arg1[inst], 1)) {
    return g.replace(f.arg0[inst], 141) // strength.rules:8
  }
  const log2Arg1Inst = g.log2(f.arg1[inst])
  if (log2Arg1Inst >= 0) {
    return g.replace(g.binary(15 /* ushr */, f.ty[inst], f.arg0[inst], log2Arg1Inst), 142) // strength.rules:10
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0 && g.isDivisor(integerArg1Inst)) {
    return g.replace(g.unsignedQuotient(f.arg0[inst], integerArg1Inst), 147) // strength.rules:20
  }
  return -1
}

function rewriteSdiv(g: RuleContext, inst: number): number {
  const { f } = g
  if (g.isInt(f.arg1[inst], 1)) {
    return g.replace(f.arg0[inst], 144) // strength.rules:14
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0 && g.isDivisor(integerArg1Inst)) {
    return g.replace(g.signedQuotient(f.arg0[inst], integerArg1Inst), 148) // strength.rules:21
  }
  return -1
}

function rewriteUrem(g: RuleContext, inst: number): number {
  const { f } = g
  const log2Arg1Inst = g.log2(f.arg1[inst])
  if (log2Arg1Inst >= 0) {
    return g.replace(g.binary(11 /* band */, f.ty[inst], f.arg0[inst], g.binary(2 /* iadd */, f.ty[inst], g.binary(14 /* ishl */, f.ty[inst], g.int(f.ty[inst], 1), log2Arg1Inst), g.int(f.ty[inst], -1))), 143) // strength.rules:12
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0 && g.isDivisor(integerArg1Inst)) {
    return g.replace(g.binary(3 /* isub */, f.ty[inst], f.arg0[inst], g.binary(4 /* imul */, f.ty[inst], g.unsignedQuotient(f.arg0[inst], integerArg1Inst), integerArg1Inst)), 149) // strength.rules:23
  }
  return -1
}

function rewriteSrem(g: RuleContext, inst: number): number {
  const { f } = g
  if (g.isInt(f.arg1[inst], 1)) {
    return g.replace(g.int(f.ty[inst], 0), 145) // strength.rules:16
  }
  if (g.isInt(f.arg1[inst], -1)) {
    return g.replace(g.int(f.ty[inst], 0), 146) // strength.rules:17
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0 && g.isDivisor(integerArg1Inst)) {
    return g.replace(g.binary(3 /* isub */, f.ty[inst], f.arg0[inst], g.binary(4 /* imul */, f.ty[inst], g.signedQuotient(f.arg0[inst], integerArg1Inst), integerArg1Inst)), 150) // strength.rules:24
  }
  return -1
}

function rewriteBand(g: RuleContext, inst: number): void {
  const { f } = g
  if (f.ty[inst] === 1 && g.isInt(f.arg1[inst], 1)) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 24 /* icmp */) {
        return g.subsume(g.make(24 /* icmp */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, f.aux[nodeArg0Inst]), 13) // conditions.rules:16
      }
      if (f.op[nodeArg0Inst] === 45 /* fcmp */) {
        return g.subsume(g.make(45 /* fcmp */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, f.aux[nodeArg0Inst]), 14) // conditions.rules:18
      }
      if (f.op[nodeArg0Inst] === 23 /* ieqz */) {
        return g.subsume(g.unary(23 /* ieqz */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst]), 15) // conditions.rules:20
      }
    }
  }
  if (g.isInt(f.arg1[inst], 255)) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 25 /* sext8 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        return g.subsume(g.binary(11 /* band */, f.ty[inst], f.arg0[nodeArg0Inst], g.int(f.ty[inst], 255)), 60) // extensions.rules:27
      }
    }
  }
  if (g.isInt(f.arg1[inst], 65535)) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 26 /* sext16 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        return g.subsume(g.binary(11 /* band */, f.ty[inst], f.arg0[nodeArg0Inst], g.int(f.ty[inst], 65535)), 61) // extensions.rules:28
      }
    }
  }
  if (g.isInt(f.arg1[inst], 0)) {
    g.yield(g.int(f.ty[inst], 0), 78) // identities.rules:16
  }
  if (g.isInt(f.arg1[inst], -1)) {
    return g.subsume(f.arg0[inst], 79) // identities.rules:18
  }
  if (f.arg1[inst] === f.arg0[inst]) {
    return g.subsume(f.arg0[inst], 80) // identities.rules:20
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 11 /* band */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0) {
          return g.subsume(g.binary(11 /* band */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(11 /* band */, f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)), 89) // identities.rules:39
        }
      }
    }
  }
  for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
    if (f.op[nodeArg1Inst] === 12 /* bor */ && f.ty[nodeArg1Inst] === f.ty[inst]) {
      if (f.arg0[nodeArg1Inst] === f.arg0[inst]) {
        return g.subsume(f.arg0[inst], 99) // identities.rules:60
      }
      if (f.arg1[nodeArg1Inst] === f.arg0[inst]) {
        return g.subsume(f.arg0[inst], 99) // identities.rules:60
      }
    }
  }
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 12 /* bor */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      if (f.arg0[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg1[inst], 99) // identities.rules:60
      }
      if (f.arg1[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg1[inst], 99) // identities.rules:60
      }
    }
  }
}

function rewriteBor(g: RuleContext, inst: number): void {
  const { f } = g
  if (f.ty[inst] === 1) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 17 /* rotl */ && f.ty[nodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0Inst], 24)) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 16711935)) {
            for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
              if (f.op[nodeArg0NodeArg0Inst] === 11 /* band */ && f.ty[nodeArg0NodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0NodeArg0Inst], 16711935)) {
                for (let walk = g.start(f.arg0[nodeArg1Inst]), nodeArg0NodeArg1Inst = g.next(walk); nodeArg0NodeArg1Inst >= 0; nodeArg0NodeArg1Inst = g.next(walk)) {
                  if (f.op[nodeArg0NodeArg1Inst] === 17 /* rotl */ && f.ty[nodeArg0NodeArg1Inst] === 1 && f.arg0[nodeArg0NodeArg1Inst] === f.arg0[nodeArg0NodeArg0Inst] && g.isInt(f.arg1[nodeArg0NodeArg1Inst], 8)) {
                    return g.subsume(g.unary(22 /* bswap */, 1, f.arg0[nodeArg0NodeArg0Inst]), 0) // bytes.rules:4
                  }
                }
              }
            }
          }
        }
      }
      if (f.op[nodeArg0Inst] === 11 /* band */ && f.ty[nodeArg0Inst] === 1) {
        if (g.isInt(f.arg1[nodeArg0Inst], 16711935)) {
          for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
            if (f.op[nodeArg1Inst] === 17 /* rotl */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 24)) {
              for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
                if (f.op[nodeArg0NodeArg0Inst] === 17 /* rotl */ && f.ty[nodeArg0NodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0NodeArg0Inst], 8)) {
                  for (let walk = g.start(f.arg0[nodeArg1Inst]), nodeArg0NodeArg1Inst = g.next(walk); nodeArg0NodeArg1Inst >= 0; nodeArg0NodeArg1Inst = g.next(walk)) {
                    if (f.op[nodeArg0NodeArg1Inst] === 11 /* band */ && f.ty[nodeArg0NodeArg1Inst] === 1 && f.arg0[nodeArg0NodeArg1Inst] === f.arg0[nodeArg0NodeArg0Inst] && g.isInt(f.arg1[nodeArg0NodeArg1Inst], 16711935)) {
                      return g.subsume(g.unary(22 /* bswap */, 1, f.arg0[nodeArg0NodeArg0Inst]), 0) // bytes.rules:4
                    }
                  }
                }
              }
            }
            if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], -16711936)) {
              for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
                if (f.op[nodeArg0NodeArg0Inst] === 17 /* rotl */ && f.ty[nodeArg0NodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0NodeArg0Inst], 8)) {
                  for (let walk = g.start(f.arg0[nodeArg1Inst]), nodeArg0NodeArg1Inst = g.next(walk); nodeArg0NodeArg1Inst >= 0; nodeArg0NodeArg1Inst = g.next(walk)) {
                    if (f.op[nodeArg0NodeArg1Inst] === 17 /* rotl */ && f.ty[nodeArg0NodeArg1Inst] === 1 && f.arg0[nodeArg0NodeArg1Inst] === f.arg0[nodeArg0NodeArg0Inst] && g.isInt(f.arg1[nodeArg0NodeArg1Inst], 24)) {
                      return g.subsume(g.unary(22 /* bswap */, 1, f.arg0[nodeArg0NodeArg0Inst]), 1) // bytes.rules:6
                    }
                  }
                }
              }
            }
          }
        }
        if (g.isInt(f.arg1[nodeArg0Inst], -16711936)) {
          for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
            if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 16711935)) {
              for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
                if (f.op[nodeArg0NodeArg0Inst] === 17 /* rotl */ && f.ty[nodeArg0NodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0NodeArg0Inst], 24)) {
                  for (let walk = g.start(f.arg0[nodeArg1Inst]), nodeArg0NodeArg1Inst = g.next(walk); nodeArg0NodeArg1Inst >= 0; nodeArg0NodeArg1Inst = g.next(walk)) {
                    if (f.op[nodeArg0NodeArg1Inst] === 17 /* rotl */ && f.ty[nodeArg0NodeArg1Inst] === 1 && f.arg0[nodeArg0NodeArg1Inst] === f.arg0[nodeArg0NodeArg0Inst] && g.isInt(f.arg1[nodeArg0NodeArg1Inst], 8)) {
                      return g.subsume(g.unary(22 /* bswap */, 1, f.arg0[nodeArg0NodeArg0Inst]), 1) // bytes.rules:6
                    }
                  }
                }
              }
            }
          }
        }
        if (g.isInt(f.arg1[nodeArg0Inst], 65280)) {
          for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
            if (f.op[nodeArg1Inst] === 15 /* ushr */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 24)) {
              for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
                if (f.op[nodeArg0NodeArg0Inst] === 15 /* ushr */ && f.ty[nodeArg0NodeArg0Inst] === 1 && f.arg0[nodeArg0NodeArg0Inst] === f.arg0[nodeArg1Inst] && g.isInt(f.arg1[nodeArg0NodeArg0Inst], 8)) {
                  g.yield(g.binary(11 /* band */, 1, g.unary(22 /* bswap */, 1, f.arg0[nodeArg1Inst]), g.int(1, 65535)), 2) // bytes.rules:10
                }
              }
            }
          }
        }
        if (g.isInt(f.arg1[nodeArg0Inst], 16711680)) {
          for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
            if (f.op[nodeArg1Inst] === 14 /* ishl */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 24)) {
              for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
                if (f.op[nodeArg0NodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0NodeArg0Inst] === 1 && f.arg0[nodeArg0NodeArg0Inst] === f.arg0[nodeArg1Inst] && g.isInt(f.arg1[nodeArg0NodeArg0Inst], 8)) {
                  g.yield(g.binary(11 /* band */, 1, g.unary(22 /* bswap */, 1, f.arg0[nodeArg1Inst]), g.int(1, -65536)), 4) // bytes.rules:13
                }
              }
            }
          }
        }
      }
      if (f.op[nodeArg0Inst] === 15 /* ushr */ && f.ty[nodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0Inst], 24)) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 65280)) {
            for (let walk = g.start(f.arg0[nodeArg1Inst]), nodeArg0NodeArg1Inst = g.next(walk); nodeArg0NodeArg1Inst >= 0; nodeArg0NodeArg1Inst = g.next(walk)) {
              if (f.op[nodeArg0NodeArg1Inst] === 15 /* ushr */ && f.ty[nodeArg0NodeArg1Inst] === 1 && f.arg0[nodeArg0NodeArg1Inst] === f.arg0[nodeArg0Inst] && g.isInt(f.arg1[nodeArg0NodeArg1Inst], 8)) {
                g.yield(g.binary(11 /* band */, 1, g.unary(22 /* bswap */, 1, f.arg0[nodeArg0Inst]), g.int(1, 65535)), 2) // bytes.rules:10
              }
            }
          }
        }
      }
      if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === 1) {
        if (g.isInt(f.arg1[nodeArg0Inst], 24)) {
          for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
            if (f.op[nodeArg1Inst] === 14 /* ishl */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 8)) {
              for (let walk = g.start(f.arg0[nodeArg1Inst]), nodeArg0NodeArg1Inst = g.next(walk); nodeArg0NodeArg1Inst >= 0; nodeArg0NodeArg1Inst = g.next(walk)) {
                if (f.op[nodeArg0NodeArg1Inst] === 11 /* band */ && f.ty[nodeArg0NodeArg1Inst] === 1 && f.arg0[nodeArg0NodeArg1Inst] === f.arg0[nodeArg0Inst] && g.isInt(f.arg1[nodeArg0NodeArg1Inst], 65280)) {
                  g.yield(g.binary(11 /* band */, 1, g.unary(22 /* bswap */, 1, f.arg0[nodeArg0Inst]), g.int(1, -65536)), 3) // bytes.rules:12
                }
              }
            }
            if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 16711680)) {
              for (let walk = g.start(f.arg0[nodeArg1Inst]), nodeArg0NodeArg1Inst = g.next(walk); nodeArg0NodeArg1Inst >= 0; nodeArg0NodeArg1Inst = g.next(walk)) {
                if (f.op[nodeArg0NodeArg1Inst] === 14 /* ishl */ && f.ty[nodeArg0NodeArg1Inst] === 1 && f.arg0[nodeArg0NodeArg1Inst] === f.arg0[nodeArg0Inst] && g.isInt(f.arg1[nodeArg0NodeArg1Inst], 8)) {
                  g.yield(g.binary(11 /* band */, 1, g.unary(22 /* bswap */, 1, f.arg0[nodeArg0Inst]), g.int(1, -65536)), 4) // bytes.rules:13
                }
              }
            }
          }
        }
        if (g.isInt(f.arg1[nodeArg0Inst], 8)) {
          for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
            if (f.op[nodeArg1Inst] === 14 /* ishl */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 24)) {
              for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
                if (f.op[nodeArg0NodeArg0Inst] === 11 /* band */ && f.ty[nodeArg0NodeArg0Inst] === 1 && f.arg0[nodeArg0NodeArg0Inst] === f.arg0[nodeArg1Inst] && g.isInt(f.arg1[nodeArg0NodeArg0Inst], 65280)) {
                  g.yield(g.binary(11 /* band */, 1, g.unary(22 /* bswap */, 1, f.arg0[nodeArg1Inst]), g.int(1, -65536)), 3) // bytes.rules:12
                }
              }
            }
          }
        }
      }
    }
  }
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 11 /* band */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
      if (integerArg1NodeArg0Inst >= 0) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === f.ty[inst] && f.arg0[nodeArg1Inst] === f.arg0[nodeArg0Inst]) {
            const integerArg1NodeArg1Inst = g.integer(f.arg1[nodeArg1Inst])
            if (integerArg1NodeArg1Inst >= 0) {
              return g.subsume(g.binary(11 /* band */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(12 /* bor */, f.ty[inst], integerArg1NodeArg0Inst, integerArg1NodeArg1Inst)), 5) // bytes.rules:15
            }
          }
        }
      }
      if (f.arg0[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg1[inst], 100) // identities.rules:62
      }
      if (f.arg1[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg1[inst], 100) // identities.rules:62
      }
    }
    if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
      if (integerArg1NodeArg0Inst >= 0) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 15 /* ushr */ && f.ty[nodeArg1Inst] === f.ty[inst] && f.arg0[nodeArg1Inst] === f.arg0[nodeArg0Inst]) {
            const integerArg1NodeArg1Inst = g.integer(f.arg1[nodeArg1Inst])
            if (integerArg1NodeArg1Inst >= 0 && g.isWholeTurn(f.ty[inst], integerArg1NodeArg0Inst, integerArg1NodeArg1Inst)) {
              return g.subsume(g.binary(17 /* rotl */, f.ty[inst], f.arg0[nodeArg0Inst], integerArg1NodeArg0Inst), 131) // shifts.rules:44
            }
          }
        }
      }
    }
    if (f.op[nodeArg0Inst] === 15 /* ushr */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
      if (integerArg1NodeArg0Inst >= 0) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 14 /* ishl */ && f.ty[nodeArg1Inst] === f.ty[inst] && f.arg0[nodeArg1Inst] === f.arg0[nodeArg0Inst]) {
            const integerArg1NodeArg1Inst = g.integer(f.arg1[nodeArg1Inst])
            if (integerArg1NodeArg1Inst >= 0 && g.isWholeTurn(f.ty[inst], integerArg1NodeArg1Inst, integerArg1NodeArg0Inst)) {
              return g.subsume(g.binary(17 /* rotl */, f.ty[inst], f.arg0[nodeArg0Inst], integerArg1NodeArg1Inst), 131) // shifts.rules:44
            }
          }
        }
      }
    }
  }
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 81) // identities.rules:22
  }
  if (g.isInt(f.arg1[inst], -1)) {
    g.yield(g.int(f.ty[inst], -1), 82) // identities.rules:24
  }
  if (f.arg1[inst] === f.arg0[inst]) {
    return g.subsume(f.arg0[inst], 83) // identities.rules:26
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 12 /* bor */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0) {
          return g.subsume(g.binary(12 /* bor */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(12 /* bor */, f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)), 90) // identities.rules:41
        }
      }
    }
  }
  for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
    if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === f.ty[inst]) {
      if (f.arg0[nodeArg1Inst] === f.arg0[inst]) {
        return g.subsume(f.arg0[inst], 100) // identities.rules:62
      }
      if (f.arg1[nodeArg1Inst] === f.arg0[inst]) {
        return g.subsume(f.arg0[inst], 100) // identities.rules:62
      }
    }
  }
}

function rewriteBxor(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 84) // identities.rules:28
  }
  if (f.arg1[inst] === f.arg0[inst]) {
    g.yield(g.int(f.ty[inst], 0), 85) // identities.rules:30
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 13 /* bxor */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0) {
          return g.subsume(g.binary(13 /* bxor */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(13 /* bxor */, f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)), 91) // identities.rules:43
        }
      }
    }
  }
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 13 /* bxor */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      if (f.arg1[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg0[nodeArg0Inst], 98) // identities.rules:58
      }
      if (f.arg0[nodeArg0Inst] === f.arg1[inst]) {
        return g.subsume(f.arg1[nodeArg0Inst], 98) // identities.rules:58
      }
    }
    if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
      if (integerArg1NodeArg0Inst >= 0) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 15 /* ushr */ && f.ty[nodeArg1Inst] === f.ty[inst] && f.arg0[nodeArg1Inst] === f.arg0[nodeArg0Inst]) {
            const integerArg1NodeArg1Inst = g.integer(f.arg1[nodeArg1Inst])
            if (integerArg1NodeArg1Inst >= 0 && g.isWholeTurn(f.ty[inst], integerArg1NodeArg0Inst, integerArg1NodeArg1Inst)) {
              return g.subsume(g.binary(17 /* rotl */, f.ty[inst], f.arg0[nodeArg0Inst], integerArg1NodeArg0Inst), 133) // shifts.rules:46
            }
          }
        }
      }
    }
    if (f.op[nodeArg0Inst] === 15 /* ushr */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
      if (integerArg1NodeArg0Inst >= 0) {
        for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
          if (f.op[nodeArg1Inst] === 14 /* ishl */ && f.ty[nodeArg1Inst] === f.ty[inst] && f.arg0[nodeArg1Inst] === f.arg0[nodeArg0Inst]) {
            const integerArg1NodeArg1Inst = g.integer(f.arg1[nodeArg1Inst])
            if (integerArg1NodeArg1Inst >= 0 && g.isWholeTurn(f.ty[inst], integerArg1NodeArg1Inst, integerArg1NodeArg0Inst)) {
              return g.subsume(g.binary(17 /* rotl */, f.ty[inst], f.arg0[nodeArg0Inst], integerArg1NodeArg1Inst), 133) // shifts.rules:46
            }
          }
        }
      }
    }
  }
  for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
    if (f.op[nodeArg1Inst] === 13 /* bxor */ && f.ty[nodeArg1Inst] === f.ty[inst]) {
      if (f.arg1[nodeArg1Inst] === f.arg0[inst]) {
        return g.subsume(f.arg0[nodeArg1Inst], 98) // identities.rules:58
      }
      if (f.arg0[nodeArg1Inst] === f.arg0[inst]) {
        return g.subsume(f.arg1[nodeArg1Inst], 98) // identities.rules:58
      }
    }
  }
}

function rewriteIshl(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 101) // shifts.rules:4
  }
  if (g.isInt(f.arg0[inst], 0)) {
    g.yield(g.int(f.ty[inst], 0), 106) // shifts.rules:10
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    if (g.isWideCount(f.ty[inst], integerArg1Inst)) {
      return g.subsume(g.binary(14 /* ishl */, f.ty[inst], f.arg0[inst], g.reducedCount(f.ty[inst], integerArg1Inst)), 110) // shifts.rules:17
    }
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0) {
          const countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst = g.countSum(f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)
          if (countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst >= 0) {
            return g.subsume(g.binary(14 /* ishl */, f.ty[inst], f.arg0[nodeArg0Inst], countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst), 125) // shifts.rules:35
          }
        }
      }
      if (f.op[nodeArg0Inst] === 15 /* ushr */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0 && g.isSameCount(f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)) {
          g.yield(g.binary(11 /* band */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(14 /* ishl */, f.ty[inst], g.int(f.ty[inst], -1), integerArg1Inst)), 129) // shifts.rules:41
        }
      }
      if (f.op[nodeArg0Inst] === 16 /* sshr */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0 && g.isSameCount(f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)) {
          g.yield(g.binary(11 /* band */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(14 /* ishl */, f.ty[inst], g.int(f.ty[inst], -1), integerArg1Inst)), 130) // shifts.rules:42
        }
      }
    }
  }
  if (f.ty[inst] === 1) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 31)) {
        return g.subsume(g.binary(14 /* ishl */, 1, f.arg0[inst], f.arg0[nodeArg1Inst]), 115) // shifts.rules:23
      }
    }
  }
  if (f.ty[inst] === 2) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 2 && g.isInt(f.arg1[nodeArg1Inst], 63)) {
        return g.subsume(g.binary(14 /* ishl */, 2, f.arg0[inst], f.arg0[nodeArg1Inst]), 120) // shifts.rules:28
      }
    }
  }
}

function rewriteUshr(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 102) // shifts.rules:5
  }
  if (g.isInt(f.arg0[inst], 0)) {
    g.yield(g.int(f.ty[inst], 0), 107) // shifts.rules:11
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    if (g.isWideCount(f.ty[inst], integerArg1Inst)) {
      return g.subsume(g.binary(15 /* ushr */, f.ty[inst], f.arg0[inst], g.reducedCount(f.ty[inst], integerArg1Inst)), 111) // shifts.rules:18
    }
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 15 /* ushr */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0) {
          const countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst = g.countSum(f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)
          if (countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst >= 0) {
            return g.subsume(g.binary(15 /* ushr */, f.ty[inst], f.arg0[nodeArg0Inst], countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst), 126) // shifts.rules:36
          }
        }
      }
      if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0 && g.isSameCount(f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)) {
          g.yield(g.binary(11 /* band */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(15 /* ushr */, f.ty[inst], g.int(f.ty[inst], -1), integerArg1Inst)), 128) // shifts.rules:39
        }
      }
    }
  }
  if (f.ty[inst] === 1) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 31)) {
        return g.subsume(g.binary(15 /* ushr */, 1, f.arg0[inst], f.arg0[nodeArg1Inst]), 116) // shifts.rules:24
      }
    }
  }
  if (f.ty[inst] === 2) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 2 && g.isInt(f.arg1[nodeArg1Inst], 63)) {
        return g.subsume(g.binary(15 /* ushr */, 2, f.arg0[inst], f.arg0[nodeArg1Inst]), 121) // shifts.rules:29
      }
    }
  }
}

function rewriteSshr(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 103) // shifts.rules:6
  }
  if (g.isInt(f.arg0[inst], 0)) {
    g.yield(g.int(f.ty[inst], 0), 108) // shifts.rules:12
  }
  if (g.isInt(f.arg0[inst], -1)) {
    g.yield(g.int(f.ty[inst], -1), 109) // shifts.rules:14
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    if (g.isWideCount(f.ty[inst], integerArg1Inst)) {
      return g.subsume(g.binary(16 /* sshr */, f.ty[inst], f.arg0[inst], g.reducedCount(f.ty[inst], integerArg1Inst)), 112) // shifts.rules:19
    }
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 16 /* sshr */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
        const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
        if (integerArg1NodeArg0Inst >= 0) {
          const countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst = g.countSum(f.ty[inst], integerArg1NodeArg0Inst, integerArg1Inst)
          if (countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst >= 0) {
            return g.subsume(g.binary(16 /* sshr */, f.ty[inst], f.arg0[nodeArg0Inst], countSumTyInstIntegerArg1NodeArg0InstIntegerArg1Inst), 127) // shifts.rules:37
          }
        }
      }
    }
  }
  if (f.ty[inst] === 1) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 31)) {
        return g.subsume(g.binary(16 /* sshr */, 1, f.arg0[inst], f.arg0[nodeArg1Inst]), 117) // shifts.rules:25
      }
    }
    if (g.isInt(f.arg1[inst], 24)) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0Inst], 24)) {
          return g.subsume(g.unary(25 /* sext8 */, 1, f.arg0[nodeArg0Inst]), 135) // shifts.rules:50
        }
      }
    }
    if (g.isInt(f.arg1[inst], 16)) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0Inst], 16)) {
          return g.subsume(g.unary(26 /* sext16 */, 1, f.arg0[nodeArg0Inst]), 136) // shifts.rules:51
        }
      }
    }
  }
  if (f.ty[inst] === 2) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 2 && g.isInt(f.arg1[nodeArg1Inst], 63)) {
        return g.subsume(g.binary(16 /* sshr */, 2, f.arg0[inst], f.arg0[nodeArg1Inst]), 122) // shifts.rules:30
      }
    }
    if (g.isInt(f.arg1[inst], 56)) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === 2 && g.isInt(f.arg1[nodeArg0Inst], 56)) {
          return g.subsume(g.unary(25 /* sext8 */, 2, f.arg0[nodeArg0Inst]), 137) // shifts.rules:52
        }
      }
    }
    if (g.isInt(f.arg1[inst], 48)) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === 2 && g.isInt(f.arg1[nodeArg0Inst], 48)) {
          return g.subsume(g.unary(26 /* sext16 */, 2, f.arg0[nodeArg0Inst]), 138) // shifts.rules:53
        }
      }
    }
    if (g.isInt(f.arg1[inst], 32)) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 14 /* ishl */ && f.ty[nodeArg0Inst] === 2 && g.isInt(f.arg1[nodeArg0Inst], 32)) {
          return g.subsume(g.unary(27 /* sext32 */, 2, f.arg0[nodeArg0Inst]), 139) // shifts.rules:54
        }
      }
    }
  }
}

function rewriteRotl(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 104) // shifts.rules:7
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0 && g.isWideCount(f.ty[inst], integerArg1Inst)) {
    return g.subsume(g.binary(17 /* rotl */, f.ty[inst], f.arg0[inst], g.reducedCount(f.ty[inst], integerArg1Inst)), 113) // shifts.rules:20
  }
  if (f.ty[inst] === 1) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 31)) {
        return g.subsume(g.binary(17 /* rotl */, 1, f.arg0[inst], f.arg0[nodeArg1Inst]), 118) // shifts.rules:26
      }
    }
  }
  if (f.ty[inst] === 2) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 2 && g.isInt(f.arg1[nodeArg1Inst], 63)) {
        return g.subsume(g.binary(17 /* rotl */, 2, f.arg0[inst], f.arg0[nodeArg1Inst]), 123) // shifts.rules:31
      }
    }
  }
}

function rewriteRotr(g: RuleContext, inst: number): void {
  const { f } = g
  if (g.isInt(f.arg1[inst], 0)) {
    return g.subsume(f.arg0[inst], 105) // shifts.rules:8
  }
  const integerArg1Inst = g.integer(f.arg1[inst])
  if (integerArg1Inst >= 0) {
    if (g.isWideCount(f.ty[inst], integerArg1Inst)) {
      return g.subsume(g.binary(18 /* rotr */, f.ty[inst], f.arg0[inst], g.reducedCount(f.ty[inst], integerArg1Inst)), 114) // shifts.rules:21
    }
    g.yield(g.binary(17 /* rotl */, f.ty[inst], f.arg0[inst], g.reducedCount(f.ty[inst], g.binary(3 /* isub */, f.ty[inst], g.int(f.ty[inst], 0), integerArg1Inst))), 134) // shifts.rules:48
  }
  if (f.ty[inst] === 1) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 1 && g.isInt(f.arg1[nodeArg1Inst], 31)) {
        return g.subsume(g.binary(18 /* rotr */, 1, f.arg0[inst], f.arg0[nodeArg1Inst]), 119) // shifts.rules:27
      }
    }
  }
  if (f.ty[inst] === 2) {
    for (let walk = g.start(f.arg1[inst]), nodeArg1Inst = g.next(walk); nodeArg1Inst >= 0; nodeArg1Inst = g.next(walk)) {
      if (f.op[nodeArg1Inst] === 11 /* band */ && f.ty[nodeArg1Inst] === 2 && g.isInt(f.arg1[nodeArg1Inst], 63)) {
        return g.subsume(g.binary(18 /* rotr */, 2, f.arg0[inst], f.arg0[nodeArg1Inst]), 124) // shifts.rules:32
      }
    }
  }
}

function rewriteBswap(g: RuleContext, inst: number): void {
  const { f } = g
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 22 /* bswap */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(f.arg0[nodeArg0Inst], 6) // bytes.rules:18
    }
  }
}

function rewriteIeqz(g: RuleContext, inst: number): void {
  const { f } = g
  if (f.ty[inst] === 1) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 24 /* icmp */) {
        return g.subsume(g.make(24 /* icmp */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, g.inverse(f.aux[nodeArg0Inst])), 7) // conditions.rules:4
      }
      if (f.op[nodeArg0Inst] === 23 /* ieqz */ && f.ty[nodeArg0Inst] === 1) {
        for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
          if (f.op[nodeArg0NodeArg0Inst] === 23 /* ieqz */) {
            return g.subsume(g.unary(23 /* ieqz */, f.ty[nodeArg0NodeArg0Inst], f.arg0[nodeArg0NodeArg0Inst]), 8) // conditions.rules:6
          }
        }
      }
    }
  }
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 3 /* isub */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      g.yield(g.make(24 /* icmp */, f.ty[inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, 0), 32) // conditions.rules:48
    }
    if (f.op[nodeArg0Inst] === 13 /* bxor */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      g.yield(g.make(24 /* icmp */, f.ty[inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, 0), 33) // conditions.rules:50
    }
  }
  if (f.ty[inst] === 2) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg0Inst] === 2) {
        return g.subsume(g.unary(23 /* ieqz */, 1, f.arg0[nodeArg0Inst]), 62) // extensions.rules:30
      }
      if (f.op[nodeArg0Inst] === 29 /* sext */ && f.ty[nodeArg0Inst] === 2) {
        return g.subsume(g.unary(23 /* ieqz */, 1, f.arg0[nodeArg0Inst]), 63) // extensions.rules:31
      }
    }
  }
}

function rewriteIcmp(g: RuleContext, inst: number): void {
  const { f } = g
  if (f.aux[inst] === 0) {
    if (g.isInt(f.arg1[inst], 0)) {
      g.yield(g.unary(23 /* ieqz */, f.ty[inst], f.arg0[inst]), 9) // conditions.rules:8
    }
    if (f.arg1[inst] === f.arg0[inst]) {
      g.yield(g.int(1, 1), 16) // conditions.rules:23
    }
    const integerArg1Inst = g.integer(f.arg1[inst])
    if (integerArg1Inst >= 0) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 2 /* iadd */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
          const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
          if (integerArg1NodeArg0Inst >= 0) {
            g.yield(g.make(24 /* icmp */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(3 /* isub */, f.ty[inst], integerArg1Inst, integerArg1NodeArg0Inst), -1, 0), 34) // conditions.rules:52
          }
        }
      }
    }
  }
  if (f.ty[inst] === 1 && f.aux[inst] === 1 && g.isInt(f.arg1[inst], 0)) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 24 /* icmp */) {
        return g.subsume(g.make(24 /* icmp */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, f.aux[nodeArg0Inst]), 10) // conditions.rules:10
      }
      if (f.op[nodeArg0Inst] === 45 /* fcmp */) {
        return g.subsume(g.make(45 /* fcmp */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, f.aux[nodeArg0Inst]), 11) // conditions.rules:12
      }
      if (f.op[nodeArg0Inst] === 23 /* ieqz */) {
        return g.subsume(g.unary(23 /* ieqz */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst]), 12) // conditions.rules:14
      }
    }
  }
  if (f.aux[inst] === 7) {
    if (f.arg1[inst] === f.arg0[inst]) {
      g.yield(g.int(1, 1), 17) // conditions.rules:24
    }
    if (g.isInt(f.arg1[inst], 0)) {
      g.yield(g.unary(23 /* ieqz */, f.ty[inst], f.arg0[inst]), 29) // conditions.rules:42
    }
  }
  if (f.aux[inst] === 9) {
    if (f.arg1[inst] === f.arg0[inst]) {
      g.yield(g.int(1, 1), 18) // conditions.rules:25
    }
    if (g.isInt(f.arg1[inst], 0)) {
      g.yield(g.int(1, 1), 27) // conditions.rules:38
    }
    if (g.isInt(f.arg1[inst], 1)) {
      g.yield(g.make(24 /* icmp */, f.ty[inst], f.arg0[inst], g.int(f.ty[inst], 0), -1, 1), 31) // conditions.rules:46
    }
  }
  if (f.aux[inst] === 6 && f.arg1[inst] === f.arg0[inst]) {
    g.yield(g.int(1, 1), 19) // conditions.rules:26
  }
  if (f.aux[inst] === 8 && f.arg1[inst] === f.arg0[inst]) {
    g.yield(g.int(1, 1), 20) // conditions.rules:27
  }
  if (f.aux[inst] === 1) {
    if (f.arg1[inst] === f.arg0[inst]) {
      g.yield(g.int(1, 0), 21) // conditions.rules:29
    }
    const integerArg1Inst = g.integer(f.arg1[inst])
    if (integerArg1Inst >= 0) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 2 /* iadd */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
          const integerArg1NodeArg0Inst = g.integer(f.arg1[nodeArg0Inst])
          if (integerArg1NodeArg0Inst >= 0) {
            g.yield(g.make(24 /* icmp */, f.ty[inst], f.arg0[nodeArg0Inst], g.binary(3 /* isub */, f.ty[inst], integerArg1Inst, integerArg1NodeArg0Inst), -1, 1), 35) // conditions.rules:54
          }
        }
      }
    }
  }
  if (f.aux[inst] === 3) {
    if (f.arg1[inst] === f.arg0[inst]) {
      g.yield(g.int(1, 0), 22) // conditions.rules:30
    }
    if (g.isInt(f.arg1[inst], 0)) {
      g.yield(g.int(1, 0), 26) // conditions.rules:36
    }
    if (g.isInt(f.arg1[inst], 1)) {
      g.yield(g.unary(23 /* ieqz */, f.ty[inst], f.arg0[inst]), 28) // conditions.rules:40
    }
  }
  if (f.aux[inst] === 5) {
    if (f.arg1[inst] === f.arg0[inst]) {
      g.yield(g.int(1, 0), 23) // conditions.rules:31
    }
    if (g.isInt(f.arg1[inst], 0)) {
      g.yield(g.make(24 /* icmp */, f.ty[inst], f.arg0[inst], g.int(f.ty[inst], 0), -1, 1), 30) // conditions.rules:44
    }
  }
  if (f.aux[inst] === 2 && f.arg1[inst] === f.arg0[inst]) {
    g.yield(g.int(1, 0), 24) // conditions.rules:32
  }
  if (f.aux[inst] === 4 && f.arg1[inst] === f.arg0[inst]) {
    g.yield(g.int(1, 0), 25) // conditions.rules:33
  }
}

function rewriteSext8(g: RuleContext, inst: number): void {
  const { f } = g
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 25 /* sext8 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(25 /* sext8 */, f.ty[inst], f.arg0[nodeArg0Inst]), 49) // extensions.rules:14
    }
    if (f.op[nodeArg0Inst] === 26 /* sext16 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(25 /* sext8 */, f.ty[inst], f.arg0[nodeArg0Inst]), 55) // extensions.rules:21
    }
    if (f.op[nodeArg0Inst] === 27 /* sext32 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(25 /* sext8 */, f.ty[inst], f.arg0[nodeArg0Inst]), 56) // extensions.rules:22
    }
    if (f.op[nodeArg0Inst] === 11 /* band */ && f.ty[nodeArg0Inst] === f.ty[inst] && g.isInt(f.arg1[nodeArg0Inst], 255)) {
      return g.subsume(g.unary(25 /* sext8 */, f.ty[inst], f.arg0[nodeArg0Inst]), 58) // extensions.rules:25
    }
  }
}

function rewriteSext16(g: RuleContext, inst: number): void {
  const { f } = g
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 26 /* sext16 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(26 /* sext16 */, f.ty[inst], f.arg0[nodeArg0Inst]), 50) // extensions.rules:15
    }
    if (f.op[nodeArg0Inst] === 25 /* sext8 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(25 /* sext8 */, f.ty[inst], f.arg0[nodeArg0Inst]), 52) // extensions.rules:17
    }
    if (f.op[nodeArg0Inst] === 27 /* sext32 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(26 /* sext16 */, f.ty[inst], f.arg0[nodeArg0Inst]), 57) // extensions.rules:23
    }
    if (f.op[nodeArg0Inst] === 11 /* band */ && f.ty[nodeArg0Inst] === f.ty[inst] && g.isInt(f.arg1[nodeArg0Inst], 65535)) {
      return g.subsume(g.unary(26 /* sext16 */, f.ty[inst], f.arg0[nodeArg0Inst]), 59) // extensions.rules:26
    }
  }
}

function rewriteSext32(g: RuleContext, inst: number): void {
  const { f } = g
  if (f.ty[inst] === 2) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg0Inst] === 2) {
        return g.subsume(g.unary(29 /* sext */, 2, f.arg0[nodeArg0Inst]), 47) // extensions.rules:10
      }
      if (f.op[nodeArg0Inst] === 29 /* sext */ && f.ty[nodeArg0Inst] === 2) {
        return g.subsume(g.unary(29 /* sext */, 2, f.arg0[nodeArg0Inst]), 48) // extensions.rules:12
      }
    }
  }
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 27 /* sext32 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(27 /* sext32 */, f.ty[inst], f.arg0[nodeArg0Inst]), 51) // extensions.rules:16
    }
    if (f.op[nodeArg0Inst] === 25 /* sext8 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(25 /* sext8 */, f.ty[inst], f.arg0[nodeArg0Inst]), 53) // extensions.rules:18
    }
    if (f.op[nodeArg0Inst] === 26 /* sext16 */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(26 /* sext16 */, f.ty[inst], f.arg0[nodeArg0Inst]), 54) // extensions.rules:19
    }
  }
}

function rewriteSext(g: RuleContext, inst: number): void {
  const { f } = g
  if (f.ty[inst] === 2) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 30 /* wrap */ && f.ty[nodeArg0Inst] === 1) {
        return g.subsume(g.unary(27 /* sext32 */, 2, f.arg0[nodeArg0Inst]), 46) // extensions.rules:8
      }
    }
  }
}

function rewriteWrap(g: RuleContext, inst: number): void {
  const { f } = g
  if (f.ty[inst] === 1) {
    for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
      if (f.op[nodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg0Inst] === 2) {
        return g.subsume(f.arg0[nodeArg0Inst], 44) // extensions.rules:4
      }
      if (f.op[nodeArg0Inst] === 29 /* sext */ && f.ty[nodeArg0Inst] === 2) {
        return g.subsume(f.arg0[nodeArg0Inst], 45) // extensions.rules:6
      }
      if (f.op[nodeArg0Inst] === 2 /* iadd */ && f.ty[nodeArg0Inst] === 2) {
        for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
          if (f.op[nodeArg0NodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg0NodeArg0Inst] === 2) {
            for (let walk = g.start(f.arg1[nodeArg0Inst]), nodeArg1NodeArg0Inst = g.next(walk); nodeArg1NodeArg0Inst >= 0; nodeArg1NodeArg0Inst = g.next(walk)) {
              if (f.op[nodeArg1NodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg1NodeArg0Inst] === 2) {
                return g.subsume(g.binary(2 /* iadd */, 1, f.arg0[nodeArg0NodeArg0Inst], f.arg0[nodeArg1NodeArg0Inst]), 65) // extensions.rules:36
              }
            }
          }
        }
      }
      if (f.op[nodeArg0Inst] === 4 /* imul */ && f.ty[nodeArg0Inst] === 2) {
        for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
          if (f.op[nodeArg0NodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg0NodeArg0Inst] === 2) {
            for (let walk = g.start(f.arg1[nodeArg0Inst]), nodeArg1NodeArg0Inst = g.next(walk); nodeArg1NodeArg0Inst >= 0; nodeArg1NodeArg0Inst = g.next(walk)) {
              if (f.op[nodeArg1NodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg1NodeArg0Inst] === 2) {
                return g.subsume(g.binary(4 /* imul */, 1, f.arg0[nodeArg0NodeArg0Inst], f.arg0[nodeArg1NodeArg0Inst]), 66) // extensions.rules:37
              }
            }
          }
        }
      }
      if (f.op[nodeArg0Inst] === 11 /* band */ && f.ty[nodeArg0Inst] === 2) {
        for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
          if (f.op[nodeArg0NodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg0NodeArg0Inst] === 2) {
            for (let walk = g.start(f.arg1[nodeArg0Inst]), nodeArg1NodeArg0Inst = g.next(walk); nodeArg1NodeArg0Inst >= 0; nodeArg1NodeArg0Inst = g.next(walk)) {
              if (f.op[nodeArg1NodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg1NodeArg0Inst] === 2) {
                return g.subsume(g.binary(11 /* band */, 1, f.arg0[nodeArg0NodeArg0Inst], f.arg0[nodeArg1NodeArg0Inst]), 67) // extensions.rules:38
              }
            }
          }
        }
      }
      if (f.op[nodeArg0Inst] === 12 /* bor */ && f.ty[nodeArg0Inst] === 2) {
        for (let walk = g.start(f.arg0[nodeArg0Inst]), nodeArg0NodeArg0Inst = g.next(walk); nodeArg0NodeArg0Inst >= 0; nodeArg0NodeArg0Inst = g.next(walk)) {
          if (f.op[nodeArg0NodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg0NodeArg0Inst] === 2) {
            for (let walk = g.start(f.arg1[nodeArg0Inst]), nodeArg1NodeArg0Inst = g.next(walk); nodeArg1NodeArg0Inst >= 0; nodeArg1NodeArg0Inst = g.next(walk)) {
              if (f.op[nodeArg1NodeArg0Inst] === 28 /* uext */ && f.ty[nodeArg1NodeArg0Inst] === 2) {
                return g.subsume(g.binary(12 /* bor */, 1, f.arg0[nodeArg0NodeArg0Inst], f.arg0[nodeArg1NodeArg0Inst]), 68) // extensions.rules:39
              }
            }
          }
        }
      }
    }
  }
}

function rewriteFabs(g: RuleContext, inst: number): void {
  const { f } = g
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 40 /* fneg */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(39 /* fabs */, f.ty[inst], f.arg0[nodeArg0Inst]), 70) // extensions.rules:43
    }
    if (f.op[nodeArg0Inst] === 39 /* fabs */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(g.unary(39 /* fabs */, f.ty[inst], f.arg0[nodeArg0Inst]), 71) // extensions.rules:44
    }
  }
}

function rewriteFneg(g: RuleContext, inst: number): void {
  const { f } = g
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 40 /* fneg */ && f.ty[nodeArg0Inst] === f.ty[inst]) {
      return g.subsume(f.arg0[nodeArg0Inst], 69) // extensions.rules:42
    }
  }
}

function rewriteBitcast(g: RuleContext, inst: number): void {
  const { f } = g
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 51 /* bitcast */) {
      return g.subsume(f.arg0[nodeArg0Inst], 64) // extensions.rules:33
    }
  }
}

function rewriteSelect(g: RuleContext, inst: number): void {
  const { f } = g
  if (f.arg2[inst] === f.arg1[inst]) {
    return g.subsume(f.arg1[inst], 36) // conditions.rules:57
  }
  if (g.isInt(f.arg0[inst], 0)) {
    return g.subsume(f.arg2[inst], 37) // conditions.rules:59
  }
  if (g.isNonZero(f.arg0[inst])) {
    return g.subsume(f.arg1[inst], 38) // conditions.rules:61
  }
  for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
    if (f.op[nodeArg0Inst] === 23 /* ieqz */ && f.ty[nodeArg0Inst] === 1) {
      g.yield(g.make(52 /* select */, f.ty[inst], f.arg0[nodeArg0Inst], f.arg2[inst], f.arg1[inst], 0), 39) // conditions.rules:63
    }
    if (f.op[nodeArg0Inst] === 24 /* icmp */ && f.ty[nodeArg0Inst] === 1 && f.aux[nodeArg0Inst] === 1 && g.isInt(f.arg1[nodeArg0Inst], 0)) {
      g.yield(g.make(52 /* select */, f.ty[inst], f.arg0[nodeArg0Inst], f.arg1[inst], f.arg2[inst], 0), 40) // conditions.rules:65
    }
  }
  if (f.ty[inst] === 1) {
    if (g.isInt(f.arg1[inst], 1) && g.isInt(f.arg2[inst], 0)) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 24 /* icmp */) {
          return g.subsume(g.make(24 /* icmp */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, f.aux[nodeArg0Inst]), 41) // conditions.rules:67
        }
        if (f.op[nodeArg0Inst] === 45 /* fcmp */) {
          return g.subsume(g.make(45 /* fcmp */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, f.aux[nodeArg0Inst]), 42) // conditions.rules:69
        }
      }
    }
    if (g.isInt(f.arg1[inst], 0) && g.isInt(f.arg2[inst], 1)) {
      for (let walk = g.start(f.arg0[inst]), nodeArg0Inst = g.next(walk); nodeArg0Inst >= 0; nodeArg0Inst = g.next(walk)) {
        if (f.op[nodeArg0Inst] === 24 /* icmp */) {
          return g.subsume(g.make(24 /* icmp */, f.ty[nodeArg0Inst], f.arg0[nodeArg0Inst], f.arg1[nodeArg0Inst], -1, g.inverse(f.aux[nodeArg0Inst])), 43) // conditions.rules:71
        }
      }
    }
  }
}

/** Gives every form that a rule finds for a pure instruction to `yield` or `subsume`. */
export function simplify(g: RuleContext, inst: number): void {
  switch (g.f.op[inst]) {
    case 2:
      return rewriteIadd(g, inst)
    case 3:
      return rewriteIsub(g, inst)
    case 4:
      return rewriteImul(g, inst)
    case 11:
      return rewriteBand(g, inst)
    case 12:
      return rewriteBor(g, inst)
    case 13:
      return rewriteBxor(g, inst)
    case 14:
      return rewriteIshl(g, inst)
    case 15:
      return rewriteUshr(g, inst)
    case 16:
      return rewriteSshr(g, inst)
    case 17:
      return rewriteRotl(g, inst)
    case 18:
      return rewriteRotr(g, inst)
    case 22:
      return rewriteBswap(g, inst)
    case 23:
      return rewriteIeqz(g, inst)
    case 24:
      return rewriteIcmp(g, inst)
    case 25:
      return rewriteSext8(g, inst)
    case 26:
      return rewriteSext16(g, inst)
    case 27:
      return rewriteSext32(g, inst)
    case 29:
      return rewriteSext(g, inst)
    case 30:
      return rewriteWrap(g, inst)
    case 39:
      return rewriteFabs(g, inst)
    case 40:
      return rewriteFneg(g, inst)
    case 51:
      return rewriteBitcast(g, inst)
    case 52:
      return rewriteSelect(g, inst)
    default:
      return
  }
}

/** A value that is what a placed instruction computes, which then cannot trap; or -1. */
export function simplifyPlaced(g: RuleContext, inst: number): number {
  switch (g.f.op[inst]) {
    case 7:
      return rewriteUdiv(g, inst)
    case 8:
      return rewriteSdiv(g, inst)
    case 9:
      return rewriteUrem(g, inst)
    case 10:
      return rewriteSrem(g, inst)
    default:
      return -1
  }
}

