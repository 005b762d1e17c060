// Frames that are found at an inner loop go on in optimized code at a loop around it: with the values of all locals and operands, whatever
// happens on the way, and with all polls as they were afterwards.
import { afterAll, describe, expect, test, vi } from 'vitest'
import { stopCompilers } from '#dist/runtime/compile-jobs.js'
import { addon } from '#dist/runtime/context.js'
import { Instance } from '#dist/runtime/instance.js'
import { loopNest } from '#dist/runtime/loop-nest.js'
import type { EngineOptions } from '#dist/runtime/options.js'
import { SiteKind } from '#dist/tiers/compiled.js'
import { NESTED_LOOPS } from '../support/nested-loops.js'
import { World, call } from '../runtime/world.js'

afterAll(() => stopCompilers())

const CLIMB: EngineOptions = { tier: 'auto', force: ['climb'], compileThreads: 0, checked: true }

/** Bodies in which inner loops run inside of others. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'three deep': NESTED_LOOPS,
  'operands at every level': `(func (export "run") (param i32) (result i32) (local i32 i32 i32)
    (i32.const 1000)
    (i32.mul (local.get 0) (i32.const 3))
    (loop $i (result i32)
      (i32.popcnt (local.get 0))
      (local.set 1 (i32.const 4))
      (loop $j (result i32)
        (i32.rotl (local.get 3) (local.get 1))
        (local.set 2 (i32.const 6))
        (loop $k
          (local.set 3 (i32.add (local.get 3) (i32.mul (local.get 2) (local.get 1))))
          (br_if $k (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
        (local.set 3 (i32.xor (local.get 3)))
        (br_if $j (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))
        (i32.const 9))
      (local.set 3 (i32.add (i32.add (local.get 3))))
      (br_if $i (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
      (local.get 3))
    i32.sub
    i32.add)`,
  'loops with parameters, every type': `(func (export "run") (param i32) (result f64) (local i64 f32 f64 i32)
    (local.set 1 (i64.const 0x123456789abcdef))
    (f32.const 1.5) (f64.const 0.25)
    (loop $i (param f32 f64) (result f64)
      (local.set 3) (local.set 2)
      (local.set 4 (i32.const 7))
      (i64.const 3)
      (loop $j (param i64)
        (local.set 1 (i64.rotl (local.get 1)))
        (local.set 2 (f32.mul (local.get 2) (f32.const 1.01)))
        (local.set 3 (f64.add (local.get 3) (f64.convert_i64_s (i64.and (local.get 1) (i64.const 255)))))
        (i64.extend_i32_u (local.get 4))
        (br_if $j (local.tee 4 (i32.sub (local.get 4) (i32.const 1))))
        drop)
      (local.get 2) (local.get 3)
      (br_if $i (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
      drop drop
      (f64.add (f64.promote_f32 (local.get 2)) (local.get 3))))`,
  'many locals and stack arguments': `
    (func $many (param i32 i32 i32 i32 i32 i32 i32 i32 f64) (result i32 i32 f64) (local i32 i32)
      (loop $l
        (local.set 9 (i32.const 5))
        (loop $m
          (local.set 1 (i32.add (local.get 1) (local.get 7)))
          (local.set 10 (i32.xor (local.get 10) (local.get 1)))
          (br_if $m (local.tee 9 (i32.sub (local.get 9) (i32.const 1)))))
        (local.set 8 (f64.add (local.get 8) (f64.convert_i32_u (local.get 6))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.add (local.get 1) (local.get 2)) (i32.sub (local.get 10) (i32.mul (local.get 3) (local.get 4))) (local.get 8))
    (func (export "run") (param i32) (result f64) (local f64)
      (call $many (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
        (i32.const 8) (f64.const 9))
      (local.set 1)
      i32.add
      (f64.add (f64.convert_i32_s) (local.get 1)))`,
  'calls and memory': `(memory 1)
    (global $g (mut i32) (i32.const 5))
    (func $step (param i32) (result i32)
      (global.set $g (i32.add (global.get $g) (local.get 0)))
      (i32.store (i32.and (local.get 0) (i32.const 1020)) (global.get $g))
      (i32.load (i32.and (global.get $g) (i32.const 1020))))
    (func (export "run") (param i32) (result i32) (local i32 i32)
      (loop $l
        (local.set 2 (i32.const 8))
        (loop $m
          (local.set 1 (i32.add (local.get 1) (call $step (local.get 2))))
          (br_if $m (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1))`,
  'a loop between that nothing repeats': `(func (export "run") (param i32) (result i32) (local i32 i32)
    (block $out
      (loop $l
        (loop
          (local.set 1 (i32.const 6))
          (block
            (loop $m
              (local.set 2 (i32.add (i32.mul (local.get 2) (i32.const 7)) (local.get 1)))
              (br_if $m (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
          (br_if $out (i32.eqz (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (br $l))))
    (local.get 2))`,
}

/** Loops that are entered, as the number of loops around each that something repeats. */
function watchDepths(world: World): { readonly depths: number[] } {
  const depths: number[] = []
  world.store.engine.events.on('osr', ({ to }) => {
    const { owner } = to.code
    if (owner === undefined) throw new Error('no module')
    const { bodyStart, bodyEnd } = owner.info
    const { loops } = loopNest(owner.bytes, bodyStart[to.defined], bodyEnd[to.defined], to.loop)
    depths.push(loops.length - 1)
  })
  return { depths }
}

/** Opcodes and ModRM bytes of all polls of an instance's baseline code. */
function polls({ module: { code } }: Instance): ReadonlySet<number> {
  const found = new Set<number>()
  const { versions } = code
  for (let version = 0; version < versions.count; version++) {
    if (versions.tier(version) !== 'baseline') continue
    const bytes = code.read(version)
    versions.eachSite(version, (at, _, kind) => {
      if (kind === SiteKind.Poll) found.add(bytes[at] * 256 + bytes[at + 1])
    })
  }
  return found
}

/** `test [rip + disp32], eax` */
const UNARMED = new Set([0x8505])

test('goes on where the system gives no timer', () => {
  const refused = vi.spyOn(addon, 'setAlarm').mockReturnValue(false)
  const world = new World(CLIMB)
  const { depths } = watchDepths(world)
  const instance = world.instance(`(module ${NESTED_LOOPS})`)
  expect(call(instance, 'run')(13)).toBeTypeOf('number')
  expect(depths).toContain(0)
  expect(refused).toHaveBeenCalled()
  refused.mockRestore()
})

describe('from the inner loop to the outermost', () => {
  test.each(Object.entries(PROGRAMS))('%s', (_, text) => {
    const plain = new World({ tier: 'baseline', checked: true }).instance(`(module ${text})`)
    const expected = call(plain, 'run')(13)
    const world = new World(CLIMB)
    const { depths } = watchDepths(world)
    const instance = world.instance(`(module ${text})`)
    expect(call(instance, 'run')(13)).toBe(expected)
    expect(depths).toContain(0)
    expect(polls(instance)).toEqual(UNARMED)
    expect(call(instance, 'run')(13)).toBe(expected)
  })
})

/** Three loops in each other; the innermost ends when memory[0] is not 0, or after `turns`. */
const NEST = `(module
  (memory (export "memory") 1)
  (func (export "run") (param i32) (param $turns i32) (result i32) (local i32 i32 i32)
    (loop $i
      (local.set 3 (i32.const 10))
      (loop $j
        (local.set 2 (local.get $turns))
        (loop $k
          (local.set 4 (i32.add (i32.mul (local.get 4) (i32.const 31)) (i32.xor (local.get 2) (local.get 3))))
          (br_if $k (i32.and
            (i32.eqz (i32.load (i32.const 0)))
            (i32.ne (local.tee 2 (i32.sub (local.get 2) (i32.const 1))) (i32.const 0)))))
        (br_if $j (local.tee 3 (i32.sub (local.get 3) (i32.const 1)))))
      (br_if $i (i32.and
        (i32.eqz (i32.load (i32.const 0)))
        (i32.ne (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0)))))
    (local.get 4)))`

/** Turns of a loop that are nearly all spent in a function, in its optimized code soon. Ends when its memory says so. */
const CALLER = `(module (memory (export "memory") 1)
  (func $busy (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (i32.rem_u (local.get 0) (i32.const 7))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "run") (local i32)
    (loop $l
      (local.set 0 (i32.add (call $busy (i32.const 300)) (local.get 0)))
      (br_if $l (i32.eqz (i32.load (i32.const 0)))))
    (i32.store (i32.const 4) (local.get 0))))`

function stopAt(world: World, instance: Instance): void {
  world.store.engine.events.on('osr', () => {
    new Int32Array(instance.getMemory('memory')?.buffer ?? new ArrayBuffer(4))[0] = 1
  })
}

describe.each([0, 1])('by samples, with %i compile threads', (compileThreads) => {
  test('a frame in short inner loops goes on at the outermost', () => {
    const world = new World({ tier: 'auto', compileThreads })
    const { depths } = watchDepths(world)
    const instance = world.instance(NEST)
    stopAt(world, instance)
    call(instance, 'run')(0, 100)
    expect(depths).toEqual([0])
  })

  test('a frame that does not come to an outer loop goes on where it is', () => {
    const world = new World({ tier: 'auto', compileThreads })
    const { depths } = watchDepths(world)
    const instance = world.instance(NEST)
    stopAt(world, instance)
    call(instance, 'run')(0, 0)
    expect(depths).toEqual([2])
  })

  test('a frame whose time is spent in what it calls goes on in optimized code, too', () => {
    const world = new World({ tier: 'auto', compileThreads })
    const instance = world.instance(CALLER)
    const memory = new Int32Array(instance.getMemory('memory')?.buffer ?? new ArrayBuffer(4))
    const entered: number[] = []
    world.store.engine.events.on('osr', ({ from }) => {
      entered.push(from.defined)
      if (from.defined === 1) memory[0] = 1
    })
    // So that it ends whatever happens.
    const callOff = world.store.deadline(10_000)
    call(instance, 'run')()
    callOff()
    expect(entered).toContain(1)
  })

  test('results are right with everything as it comes', () => {
    const expected = call(new World({ tier: 'baseline' }).instance(NEST), 'run')
    const world = new World({ tier: 'auto', compileThreads })
    const first = world.instance(NEST)
    for (const [n, turns] of [
      [20000, 300],
      [3, 10_000_000],
      [300, 20_000],
    ]) {
      // oxfmt-ignore
      expect(call(first, 'run')(n, turns)).toBe(expected(n, turns))
    }
  })
})

test.each([0, 1])('a frame that is found at calls climbs, too, with %i compile threads', (compileThreads) => {
  const callMix = `(local.set 1 (call $mix (local.get 1) (local.get 0)))\n`
  const world = new World({ tier: 'auto', compileThreads })
  const instance = world.instance(`(module
    (memory (export "memory") 1)
    (func $mix (param i32 i32) (result i32) (local i32)
      ${'(local.set 2 (i32.add (i32.mul (local.get 0) (i32.const 31)) (i32.xor (local.get 2) (local.get 1))))'.repeat(3)}
      (local.get 2))
    (func (export "run") (param i32) (result i32) (local i32)
      (loop $l
        ${callMix.repeat(32)}
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br_if $l (i32.eqz (i32.load (i32.const 0)))))
      (local.get 0)))`)
  stopAt(world, instance)
  const { depths } = watchDepths(world)
  // For ever, unless it is replaced.
  expect(call(instance, 'run')(0)).toBeGreaterThan(0)
  expect(depths).toEqual([0])
})

test('a deadline ends a frame that climbs; others of the module go on, in other instances too', () => {
  const world = new World(CLIMB)
  const module = world.module(NEST)
  const [first, second] = [0, 1].map(() => new Instance(world.store, module, []))
  const expected = call(new World({ tier: 'baseline' }).instance(NEST), 'run')(50, 20)
  const callOff = world.store.deadline(4, () => new Error('late'))
  // The innermost loop has 2^32 turns.
  expect(() => call(first, 'run')(0, 0)).toThrow('late')
  callOff()
  expect(call(second, 'run')(50, 20)).toBe(expected)
  expect(call(first, 'run')(50, 20)).toBe(expected)
})

describe('the nest of a loop', () => {
  test('is told from its bytes', () => {
    const { bytes, info } = new World().module(NEST)
    const [start, end] = [info.bodyStart[0], info.bodyEnd[0]]
    const loops = Array.from(bytes.keys()).filter((at) => at > start && at < end && bytes[at] === 3 && bytes[at + 1] === 0x40) // oxfmt-ignore
    expect(loops).toHaveLength(3)
    const nests = loops.map((loop) => loopNest(bytes, start, end, loop))
    expect(nests.map((nest) => nest.loops)).toEqual([
      loops.slice(0, 1),
      loops.slice(0, 2).toReversed(),
      loops.toReversed(),
    ])
    expect(nests.map((nest) => nest.isOuter)).toEqual([true, true, false])
    // What is behind the loop's opcode and block type is in it.
    expect(loopNest(bytes, start, end, loops[2] + 2).loops).toEqual([loops[2] + 2, ...loops.toReversed()])
  })

  test('has neither loops beside it nor what nothing repeats', () => {
    const { bytes, info } = new World().module(`(module (func (param i32)
      (loop $a (loop $b (br_if $b (local.get 0))) (br_if $a (local.get 0)))
      (loop $once (block (loop $c (br_if $c (local.get 0)) (br_if 1 (local.get 0))))) (nop)))`)
    const [start, end] = [info.bodyStart[0], info.bodyEnd[0]]
    const [a, b, once, c] = Array.from(bytes.keys()).filter((at) => at > start && at < end && bytes[at] === 3 && bytes[at + 1] === 0x40) // oxfmt-ignore
    expect([a, b, once, c, end - 2].map((at) => loopNest(bytes, start, end, at))).toEqual([
      { loops: [a], isOuter: true },
      { loops: [b, a], isOuter: false },
      { loops: [once], isOuter: true },
      { loops: [c], isOuter: false },
      { loops: [end - 2], isOuter: false },
    ])
  })
})
