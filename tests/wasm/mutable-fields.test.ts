import { describe, expect, it } from 'vitest'
import { declareMutable } from '#dist/wasm/mutable-fields.js'

class Working {
  zero = 0
  one = 1
  fraction = 0.5
  flag = false
  bytes = new Uint8Array([1, 2, 3])
  view = new DataView(this.bytes.buffer)
  name = 'kept'
  readonly list: readonly number[] = [1]
  constructor() {
    declareMutable(this)
  }
}

describe('declareMutable', () => {
  it('leaves every value as it was, in the first object and in later ones', () => {
    for (const object of [new Working(), new Working()]) {
      const { bytes } = object
      expect(Object.fromEntries(Object.entries(object))).toEqual({
        zero: 0,
        one: 1,
        fraction: 0.5,
        flag: false,
        bytes: new Uint8Array([1, 2, 3]),
        view: new DataView(bytes.buffer),
        name: 'kept',
        list: [1],
      })
      expect(object.view.buffer).toBe(bytes.buffer)
    }
  })
})
