// Oniguruma, C by Emscripten, as editors use it: scanning text with several patterns at once.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import oniguruma from 'vscode-oniguruma'

const data = readFileSync(fileURLToPath(import.meta.resolve('vscode-oniguruma/release/onig.wasm')))
await oniguruma.loadWASM({ data })
const scanner = new oniguruma.OnigScanner(['(?<=const )(?<name>\\w+)', '"(?:[^"\\\\]|\\\\.)*"', '(?i)TODO:\\s*\\p{Lu}'])
const lines = Array.from({ length: 300 }, (_, i) => `const x${i} = "a \\"quoted\\" ${i}" // todo: Über ${i}`)
const text = new oniguruma.OnigString(lines.join('\n'))
let found = 0
let sum = 0
for (let match = scanner.findNextMatchSync(text, 0); match !== null;) {
  const [{ start, end }] = match.captureIndices
  found++
  sum += start * (match.index + 1)
  if (found <= 6) console.log(match.index, JSON.stringify(text.content.slice(start, end)))
  match = scanner.findNextMatchSync(text, end)
}
console.log(found, sum)
