// The register allocator under the symbolic checker: real code with all registers, and with so few that nearly
// everything is spilled. And the checker under damage: what an allocator could get wrong, it finds.
import { describe, expect, it } from 'vitest'
import { InstFlag, OpKind, VCode } from '#dist/tiers/optimizing/lower/vcode.js'
import { Allocator } from '#dist/tiers/optimizing/regalloc/allocator.js'
import { checkAllocation } from '#dist/tiers/optimizing/regalloc/checker.js'
import { assemble } from '#dist/wasm/text/assemble.js'
import { generateModule } from '../../fuzz/generator.js'
import { Random } from '../../fuzz/random.js'
import { compileAll } from './support.js'

/** Divisions among more values than there are registers: dividend and divisor are wanted in fixed ones and in others. */
function crowdedDivisions(count: number): Uint8Array {
  const locals = Array.from({ length: count }, (_, i) => `(local $v${i} i32)`).join(' ')
  const all = Array.from({ length: count }, (_, i) => i)
  const set = all.map((i) => `(local.set $v${i} (i32.load offset=${4 * i} (local.get 0)))`)
  const divide = all.map(
    (i) =>
      `(local.set $v${i} (i32.add (i32.div_s (local.get $v${i}) (local.get $v${(i * 7 + 3) % count}))
        (i32.shl (local.get $v${(i * 5 + 1) % count}) (local.get $v${(i * 3 + 2) % count}))))`,
  )
  const store = all.map((i) => `(i32.store offset=${4 * i} (local.get 0) (local.get $v${i}))`)
  return assemble(`(module (memory 1) (func (export "f") (param i32) ${locals}
    ${set.join(' ')} (loop ${divide.join(' ')} (br_if 0 (local.get $v0))) ${store.join(' ')}))`)
}

/** One block: v0 and v1 are made, a call overwrites all registers, then both are read. */
function acrossCall(): VCode {
  const code = new VCode()
  code.reserveBlocks(1)
  code.blockCount = 1
  const head = code.inst(0)
  const insts = [head]
  for (let i = 0; i < 2; i++) {
    insts.push(code.inst(2))
    code.operand(code.newVreg(0), OpKind.Def)
  }
  const call = code.inst(40)
  code.flags[call] |= InstFlag.ClobberAll
  insts.push(call, code.inst(19))
  code.operand(0, OpKind.Use)
  code.operand(1, OpKind.UseAny)
  code.reserveOrder(insts.length)
  insts.forEach((inst, i) => (code.order[i] = inst))
  code.indexCount = insts.length
  code.blockStart[0] = 0
  code.blockEnd[0] = insts.length
  code.blockSuccCount[0] = 0
  code.blockParamCount[0] = 0
  code.blockLayout[0] = 0
  return code
}

describe('the register allocator', () => {
  it('keeps values in slots over calls, and reads from the slot what need not be in a register', () => {
    const code = acrossCall()
    const allocator = new Allocator()
    allocator.run(code)
    checkAllocation(code, allocator.moves, allocator.slotCount)
    expect(allocator.slotCount).toBe(2)
    expect(code.loc(4, 0)).toBeLessThan(32)
    expect(code.loc(4, 1)).toBeGreaterThanOrEqual(32)
  })

  it('divides with all registers taken', () => {
    for (const count of [5, 9, 10, 11, 12, 13, 20]) {
      for (const pressure of [6, 7, 9, 11]) compileAll(crowdedDivisions(count), { check: true, pressure })
    }
  })

  for (const pressure of [undefined, 8, 6]) {
    it(`allocates generated modules (registers: ${pressure ?? 'all'})`, () => {
      let functions = 0
      for (let seed = 1; seed <= 25; seed++) {
        const { bytes } = generateModule(new Random(seed))
        functions += compileAll(bytes, pressure === undefined ? { check: true } : { check: true, pressure })
      }
      expect(functions).toBeGreaterThan(50)
    })
  }
})

/** Nested loops around a call, through which integers and floats are handed on in rotated order: all of them in slots. */
function rotations(count: number): Uint8Array {
  const each = (text: (i: number) => string): string => Array.from({ length: count }, (_, i) => text(i)).join(' ')
  const rotate = `(local.set $t (local.get $i0)) (local.set $u (local.get $d0))
    ${each((i) => (i + 1 < count ? `(local.set $i${i} (local.get $i${i + 1})) (local.set $d${i} (local.get $d${i + 1}))` : ''))}
    (local.set $i${count - 1} (local.get $t)) (local.set $d${count - 1} (local.get $u))`
  return assemble(`(module (func $g) (func (param $n i32) (result f64)
    (local $t i64) (local $u f64) ${each((i) => `(local $i${i} i64) (local $d${i} f64)`)}
    (loop $a ${each(
      (i) => `(local.set $i${i} (i64.extend_i32_s (i32.add (local.get $n) (i32.const ${i}))))
      (local.set $d${i} (f64.convert_i64_s (local.get $i${i})))`,
    )}
      (loop $b ${rotate} (call $g)
        (loop $c ${rotate} (call $g) (br_if $c (i32.and (local.get $n) (i32.const 4))))
        (br_if $b (i32.and (local.get $n) (i32.const 2))))
      (br_if $a (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (f64.const 0) ${each((i) => `(f64.add (local.get $d${i})) (f64.add (f64.convert_i64_s (local.get $i${i})))`)}))`)
}

describe('slots', () => {
  it.each([3, 8, 14])('hold integers and floats that change places at once (%i of each)', (count) => {
    compileAll(rotations(count), { check: true })
    compileAll(rotations(count), { check: true, pressure: 6 })
  })
})

describe('calls in loops', () => {
  /** The blocks of a loop that calls where a number's low `bits` are ones, which touch slots, after allocation. */
  const withSlots = (bits: number): string[] => {
    const call = '(local.set $s (i32.add (local.get $s) (call $g (local.get $n))))'
    let inner = call
    for (let bit = 0; bit < bits; bit++) {
      inner = `(if (i32.and (local.get $n) (i32.const ${1 << bit})) (then ${inner}))`
    }
    const bytes = assemble(`(module (import "m" "g" (func $g (param i32) (result i32))) (memory 1)
      (func (param $n i32) (result i32) (local $s i32)
        (loop $l ${inner}
          (local.set $s (i32.xor (local.get $s) (i32.load (local.get $n))))
          (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $s)))`)
    let text = ''
    compileAll(bytes, { check: true, dump: (pass, _, print) => (text = pass === 'allocate' ? print() : text) })
    return text.split(/^(?=block)/m).filter((block) => block.includes('loop depth') && block.includes('slot'))
  }

  it('leave the rest of the loop to registers where they are rare', () => {
    const blocks = withSlots(3)
    expect(blocks.length).toBe(1)
    expect(blocks[0]).toContain('CallImport')
  })

  it('have what lives over them in slots where they come in every turn', () => {
    expect(withSlots(0).length).toBeGreaterThan(0)
  })
})

describe('the checker', () => {
  it('finds a use of the wrong register', () => {
    const code = acrossCall()
    const allocator = new Allocator()
    allocator.run(code)
    code.opLoc[code.operandStart[4]] = (code.loc(4, 0) + 1) & 7
    expect(() => checkAllocation(code, allocator.moves, allocator.slotCount)).toThrow('v0 is not in')
  })

  it('finds a missing move', () => {
    const code = acrossCall()
    const allocator = new Allocator()
    allocator.run(code)
    allocator.moves.count--
    expect(() => checkAllocation(code, allocator.moves, allocator.slotCount)).toThrow('is not in')
  })

  it('finds a value left in a register over a call', () => {
    const code = acrossCall()
    const allocator = new Allocator()
    allocator.run(code)
    allocator.moves.count = 0
    code.opLoc[code.operandStart[4]] = code.loc(1, 0)
    expect(() => checkAllocation(code, allocator.moves, allocator.slotCount)).toThrow('v0 is not in')
  })
})
