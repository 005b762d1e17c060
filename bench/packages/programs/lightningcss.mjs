// Lightning CSS, Rust through Node-API for Wasm: parses, lowers and minifies a style sheet.
import { transform } from 'lightningcss-wasm'
import { digest, random } from './input.mjs'

function sheet() {
  const next = random(19)
  const rules = Array.from(
    { length: 400 },
    (_, i) => `
.card-${i} > .title:hover, #main .item-${next(50)}::before {
  margin: ${next(20)}px ${next(20)}px ${next(20)}px ${next(20)}px; color: rgba(${next(255)}, ${next(255)}, 12, 0.${next(9)});
  transition: transform 0.${next(9)}s ease-in-out, opacity ${next(900)}ms; background: #ff${next(10)}0${next(10)}0 no-repeat;
  .inner & { width: calc(100% - ${next(30)}px + 2 * ${next(9)}em); transform: translate(${next(9)}px, 0) rotate(0deg) }
}
@media (min-width: ${300 + next(900)}px) { .grid-${i} { display: grid; inset: 0; grid-template-columns: 1fr ${next(4)}fr } }`,
  )
  return Buffer.from(rules.join('\n'))
}

export async function load() {
  const code = sheet()
  return () => {
    const result = transform({ filename: 'sheet.css', code, minify: true, targets: { chrome: 80 << 16 } })
    return digest(Buffer.from(result.code))
  }
}
