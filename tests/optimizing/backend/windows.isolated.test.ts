// Optimized code in the windows of 64 bytes that processors see: where functions begin, which jumps cross a boundary, where tight loops are.
import { readdirSync, readFileSync } from 'node:fs'
import { Decoder, DecoderOptions, FlowControl, Mnemonic, type Instruction } from 'iced-x86'
import { expect, test } from 'vitest'
import { assemble } from '#dist/wasm/text/assemble.js'
import { call, World } from '../../runtime/world.js'
import { compileAll } from './support.js'

const WINDOW = 64
const KERNELS = new URL('../../../bench/kernels/', import.meta.url)

interface Decoded {
  readonly at: number
  readonly end: number
  readonly code: Mnemonic
  readonly flow: FlowControl
  /** Where it jumps to, -1 for what does not. */
  readonly target: number
}

const isJump = (flow: FlowControl): boolean =>
  flow === FlowControl.ConditionalBranch || flow === FlowControl.UnconditionalBranch

function decoded(instruction: Instruction): Decoded {
  const { flowControl: flow, mnemonic: code, ip, nextIP } = instruction
  return {
    at: Number(ip),
    end: Number(nextIP),
    code,
    flow,
    target: isJump(flow) ? Number(instruction.nearBranchTarget) : -1,
  }
}

/** The instructions of each function of a module. */
function functions(bytes: Uint8Array): Decoded[][] {
  const all: Decoded[][] = []
  compileAll(bytes, {}, (_, { code, codeSize }) => {
    const decoder = new Decoder(64, code.slice(0, codeSize), DecoderOptions.None)
    const list: Decoded[] = []
    while (decoder.canDecode) list.push(decoded(decoder.decode()))
    all.push(list)
  })
  return all
}

/** Jumps back, each with its loop: from its target to its end. */
const loops = (list: readonly Decoded[]): Decoded[] => list.filter(({ at, target }) => target >= 0 && target <= at)

const windowsOf = (from: number, to: number): number => Math.floor((to - 1) / WINDOW) - Math.floor(from / WINDOW) + 1

test('no jump and no direct call of a loop crosses a boundary', () => {
  let seen = 0
  for (const file of readdirSync(KERNELS).filter((name) => name.endsWith('.wasm'))) {
    for (const list of functions(readFileSync(new URL(file, KERNELS)))) {
      const around = loops(list)
      for (const { at, end, flow } of list) {
        if (!isJump(flow) && flow !== FlowControl.Call) continue
        if (!around.some((loop) => loop.target <= at && at < loop.end)) continue
        seen++
        expect.soft(windowsOf(at, end), `${file} ${at}`).toBe(1)
      }
    }
  }
  expect(seen).toBeGreaterThan(300)
})

test('a tight loop is in one window, wherever it begins', () => {
  for (let before = 0; before < 24; before++) {
    const source = `(module (memory 1) (func (param i32 i32) (result i32)
      ${'(i32.store (i32.const 8) (local.get 1))'.repeat(before)}
      (loop (local.set 1 (i32.xor (local.get 1) (i32.load (local.get 0))))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
      (local.get 1)))`
    const [list] = functions(assemble(source))
    const [{ target, end }] = loops(list)
    expect(end - target).toBeLessThan(40)
    expect(windowsOf(target, end)).toBe(1)
  }
})

/** A loop that reads a byte and switches by it, single indices and others in turn. */
const withSwitch = (before: number): string => `(module (memory 1) (func (param i32 i32) (result i32)
  ${'(i32.store (i32.const 8) (local.get 1))(call 0 (local.get 1) (local.get 0)) drop'.repeat(before & 7)}
  ${'(i32.store8 (i32.const 9) (local.get 1))'.repeat(before >> 3)}
  (block $out (loop $again
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (block $c (block $b (block $a
      (br_table $a $b $a $c $out $c $a $b $a $c $a $b $a $c $a $b $out (i32.load8_u (local.get 0))))
      (local.set 1 (i32.mul (local.get 1) (i32.const 3))) (br $again))
      (local.set 1 (i32.mul (local.get 1) (i32.const 5))) (br $again))
      (local.set 1 (i32.mul (local.get 1) (i32.const 7))) (br $again)))
  (local.get 1)))`

test('a loop with a switch begins a window, which has its first jump, and comparisons are with their jumps', () => {
  for (let before = 0; before < 24; before++) {
    const [list] = functions(assemble(withSwitch(before)))
    const [{ target, end }] = loops(list)
    const loop = list.filter(({ at }) => target <= at && at < end)
    const first = loop.find(({ flow }) => flow === FlowControl.ConditionalBranch)
    expect.soft(target % WINDOW).toBe(0)
    expect.soft(windowsOf(target, first?.end ?? Infinity), `${before} instructions before`).toBe(1)
    loop.forEach(({ code }, i) => {
      if (code === Mnemonic.Cmp) expect.soft(isJump(loop[i + 1].flow)).toBe(true)
    })
  }
})

test('optimized functions begin at a window, also between others', () => {
  const names = 'a b c d e f g h'.split(' ')
  const source = names
    .map(
      (name, i) => `(func (export "${name}") (param i32) (result i32)
    ${'(local.set 0 (i32.mul (local.get 0) (local.get 0)))'.repeat(5 * i + 1)} (local.get 0))`,
    )
    .join('\n')
  const instance = new World({ tier: 'optimizing' }).instance(`(module ${source})`)
  for (const name of names) expect(call(instance, name)(1)).toBe(1)
  const { versions } = instance.module.code
  expect(versions.count).toBe(names.length)
  for (let version = 0; version < versions.count; version++) expect(versions.start[version] % WINDOW).toBe(0)
})
