// OpenAI's tokenizer, Rust by wasm-bindgen.
import { get_encoding } from 'tiktoken'

const encoding = get_encoding('gpt2')
const text =
  'Windlass compiles WebAssembly — naïvely, then well. 日本語も。 \n\tfunction f(x) { return x * 2 }\n'.repeat(20)
const tokens = encoding.encode(text)
console.log(tokens.length, tokens.slice(0, 24).join(' '))
console.log(new TextDecoder().decode(encoding.decode(tokens)) === text)
console.log(encoding.encode_ordinary('<|endoftext|>').join(' '), encoding.encode('<|endoftext|>', 'all').join(' '))
try {
  encoding.encode('<|endoftext|>')
} catch (error) {
  console.log(String(error))
}
encoding.free()
