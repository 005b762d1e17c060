// Events of an engine, and the look-up of code versions that they name.
import { expect, test } from 'vitest'
import { findVersion } from '#dist/runtime/code.js'
import type { EngineEventKind, EngineEventMap } from '#dist/runtime/events.js'
import { I32 } from '#dist/wasm/types.js'
import { World, call } from '../runtime/world.js'

const TEXT = `(module
  (import "h" "f" (func $f (param i32) (result i32)))
  (memory 1 4)
  (func (export "run") (param i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (call $f (local.get 0)))
  (func (export "boom") unreachable))`

function record(world: World): { kind: EngineEventKind; event: object }[] {
  const seen: { kind: EngineEventKind; event: object }[] = []
  const kinds: EngineEventKind[] = ['compile', 'memoryGrow', 'hostCall', 'trap', 'instantiate']
  for (const kind of kinds) world.store.engine.events.on(kind, (event) => seen.push({ kind, event }))
  return seen
}

test('tells what happens, in its order', () => {
  const world = new World({ tier: 'baseline' })
  const seen = record(world)
  const host = world.host([I32], [I32], (x: number) => x + 1)
  const instance = world.instance(TEXT, host)
  expect(call(instance, 'run')(41)).toBe(42)
  expect(() => call(instance, 'boom')()).toThrow('unreachable')
  expect(seen.map(({ kind }) => kind)).toEqual(['instantiate', 'compile', 'memoryGrow', 'hostCall', 'compile', 'trap'])
  const compiled = seen[1].event as EngineEventMap['compile']
  const { version } = compiled
  expect([version.defined, version.tier, version.loop]).toEqual([0, 'baseline', -1])
  expect(version.code === instance.module.code).toBe(true)
  expect(findVersion(version.start + version.size - 1)?.version).toBe(version.version)
  expect(findVersion(version.start - 1)).toBeUndefined()
  const grown = seen[2].event as EngineEventMap['memoryGrow']
  expect([grown.from, grown.to]).toEqual([1, 2])
  const called = seen[3].event as EngineEventMap['hostCall']
  expect([called.func === host, called.threw]).toEqual([true, false])
})

test('off ends it, and wants says whether anybody listens', () => {
  const { engine } = new World().store
  const end = engine.events.on('trap', () => undefined)
  expect(engine.events.wants('trap')).toBe(true)
  end()
  end()
  expect(engine.events.wants('trap')).toBe(false)
})

test('an error of a listener is not the guest’s', async () => {
  const world = new World()
  const error = new Error('from the listener')
  const uncaught = new Promise((resolve) => {
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (thrown) => {
      for (const listener of before) process.on('uncaughtException', listener)
      resolve(thrown)
    })
  })
  world.store.engine.events.on('hostCall', () => {
    throw error
  })
  const host = world.host([I32], [I32], (x: number) => x)
  expect(call(world.instance(TEXT, host), 'run')(7)).toBe(7)
  expect(await uncaught).toBe(error)
})
