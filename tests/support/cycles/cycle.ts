/**
 * One cycle in the life of compile workers: an engine is made, its functions are optimized in the background and published at random moments
 * while they run, and the workers are stopped at a random moment, with jobs under way. Results must be right throughout.
 */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { jobsUnderWay, stopCompilers, compilerCount } from '../../../runtime/compile-jobs.js'
import { Engine } from '../../../runtime/engine.js'
import { Instance } from '../../../runtime/instance.js'
import { Module } from '../../../runtime/module.js'
import { Store } from '../../../runtime/store.js'
import { assemble } from '../../../wasm/text/assemble.js'
import { ExternKind } from '../../../wasm/types.js'
import type { Random } from '../../fuzz/random.js'

const MODULE = assemble(`(module (memory 1) (table funcref (elem $mix $sum $trap))
  (func $mix (param i32) (result i32) (i32.rotl (i32.mul (local.get 0) (i32.const 31)) (i32.const 5)))
  (func $sum (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (call $mix (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func $trap (param i32) (result i32) (i32.load (i32.shl (local.get 0) (i32.const 16))))
  (func $any (param i32 i32) (result i32) (call_indirect (param i32) (result i32) (local.get 0) (local.get 1)))
  (func (export "run") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.xor (local.get 1) (call $any (i32.add (local.get 0) (i32.const 3)) (i32.and (local.get 0) (i32.const 1)))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "trap") (param i32) (result i32) (call $any (local.get 0) (i32.const 2))))`)

const TURNS = 300

/** The same in JavaScript. */
function expected(n: number): number {
  const mix = (x: number): number => {
    const product = Math.imul(x, 31)
    return (product << 5) | (product >>> 27)
  }
  let result = 0
  for (let i = n; i > 0; i--) {
    let value = mix(i + 3)
    if ((i & 1) !== 0) {
      value = 0
      for (let k = i + 3; k > 0; k--) value = (value + mix(k)) | 0
    }
    result ^= value
  }
  return result
}

const RESULT = expected(TURNS)

/** @throws Error when anything is not as it should be */
export async function cycle(random: Random): Promise<void> {
  const engine = new Engine({ tier: 'auto', force: ['publish'], compileThreads: 1 + random.below(2) })
  const { exports } = new Instance(new Store(engine), new Module(engine, MODULE), [])
  const call = (name: string, argument: number): unknown => {
    const func = exports.get(name)
    if (func?.kind !== ExternKind.Func) throw new Error(`no function ${name}`)
    return func.callable(argument)
  }
  const check = (): void => {
    const result = call('run', TURNS)
    if (result !== RESULT) throw new Error(`${String(result)} instead of ${RESULT}`)
    let trapped = ''
    try {
      call('trap', 7)
    } catch (error) {
      trapped = (error as Error).message
    }
    if (trapped !== 'memory access out of bounds') throw new Error(`the trap was '${trapped}'`)
  }
  for (let i = random.below(4); i >= 0; i--) {
    check()
    if (random.below(2) === 0) await turn()
    else await sleep(random.below(40))
  }
  check()
  const stopped = stopCompilers()
  check()
  if (compilerCount() !== 0 || jobsUnderWay() !== 0) throw new Error('workers or jobs are left')
  await stopped
  check()
}
