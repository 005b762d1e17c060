// OpenAI's tokenizer, Rust by wasm-bindgen: encodes and decodes prose and source text.
import { get_encoding } from 'tiktoken'
import { digest, prose, script } from './input.mjs'

export async function load() {
  const encoding = get_encoding('cl100k_base')
  const text = `${prose(6000)}\n${script(40, true)}\n日本語のテキストもある。naïve café — ${'ab'.repeat(2000)}`
  return () => {
    const tokens = encoding.encode(text)
    const back = new TextDecoder().decode(encoding.decode(tokens))
    return `${tokens.length} ${digest(tokens)} ${back === text}`
  }
}
