// resvg, Rust by wasm-bindgen: renders a drawing of paths, gradients, strokes and filters, and packs it as PNG.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import { digest, random } from './input.mjs'

function drawing() {
  const next = random(13)
  const shapes = Array.from({ length: 30 }, (_, i) => {
    const at = () => `${next(200)} ${next(200)}`
    const paint = i % 3 === 0 ? 'url(#g)' : `#${(0x100000 + next(0xefffff)).toString(16)}`
    const extra = i % 9 === 0 ? ' filter="url(#b)"' : i % 4 === 0 ? ' stroke="black" stroke-dasharray="4 2"' : ''
    return `<path d="M${at()} C${at()} ${at()} ${at()} Q${at()} ${at()} Z" fill="${paint}" fill-opacity="0.6"${extra}/>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><defs>
    <linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="#0af"/></linearGradient>
    <filter id="b"><feGaussianBlur stdDeviation="2"/></filter></defs>${shapes.join('')}</svg>`
}

export async function load() {
  await initWasm(readFileSync(fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))))
  const text = drawing()
  return () => {
    const renderer = new Resvg(text)
    const image = renderer.render()
    const result = `${image.width} ${image.height} ${digest(image.pixels)}`
    image.free()
    renderer.free()
    return result
  }
}
