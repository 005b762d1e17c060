// QuickJS, C by Emscripten: a JavaScript interpreter in WebAssembly.
import { getQuickJS } from 'quickjs-emscripten'

const PROGRAM = `
  class Vector {
    constructor(x, y) { this.x = x; this.y = y }
    plus(other) { return new Vector(this.x + other.x, this.y + other.y) }
  }
  function queens(n, row = 0, columns = 0, left = 0, right = 0) {
    if (row === n) return 1
    let count = 0
    for (let free = ((1 << n) - 1) & ~(columns | left | right); free !== 0; free &= free - 1) {
      const bit = free & -free
      count += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    }
    return count
  }
  let v = new Vector(0, 0)
  for (let i = 0; i < 15000; i++) v = v.plus(new Vector(i, -0.5 * i))
  const map = new Map()
  for (let i = 0; i < 6000; i++) map.set('key' + (i * 7919) % 1009, (map.get('key' + i % 1009) ?? 0) + i)
  const sorted = Array.from({ length: 4000 }, (_, i) => (i * 48271) % 65537).sort((a, b) => a - b)
  const text = sorted.map((n) => n.toString(36)).join(',').replace(/([a-z])(\\d)/g, '$2$1')
  JSON.stringify([queens(7), v.x, v.y, map.size, map.get('key17'), sorted[1234], text.length,
    JSON.parse(JSON.stringify(sorted)).reduce((a, b) => (a * 31 + b) | 0, 0)])
`

export async function load() {
  const quickjs = await getQuickJS()
  return () => quickjs.evalCode(PROGRAM)
}
