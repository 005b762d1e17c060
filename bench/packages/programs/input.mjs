// Inputs that are the same in every run, and digests of outputs.

/** Numbers in [0, n), by Marsaglia's xorshift. */
export function random(seed) {
  let x = seed
  return (n) => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % n
  }
}

export function bytes(length, seed = 1) {
  const next = random(seed)
  return Uint8Array.from({ length }, () => next(256))
}

const WORDS =
  'the engine compiles a function when it is called and runs machine code for every loop that stays hot while others wait'.split(
    ' ',
  )

/** Words with a natural distribution: the first ones are more frequent. */
export function prose(words, seed = 7) {
  const next = random(seed)
  const list = []
  for (let i = 0; i < words; i++) {
    const word = WORDS[Math.min(next(WORDS.length), next(WORDS.length))]
    list.push(next(17) === 0 ? `${word}${next(1000)}.\n` : word)
  }
  return list.join(' ')
}

/** TypeScript, or plain JavaScript, of many small functions and classes. */
export function script(functions, typed, seed = 3) {
  const next = random(seed)
  const type = (name) => (typed ? `: ${name}` : '')
  const parts = []
  for (let i = 0; i < functions; i++) {
    parts.push(`
export function compute${i}(alpha${type('number')}, beta${type('number[]')})${type('number')} {
  let sum = ${next(100)}
  for (const [index, value] of beta.entries()) {
    if (value % ${2 + next(9)} === 0) sum += alpha * value - index
    else sum ^= (value << ${next(8)}) | ${next(65536)}
  }
  const { length } = beta.map((each) => each + sum).filter((each) => each > ${next(50)})
  return length > 0 ? sum / length : compute${next(i + 1)}(sum, [alpha, ...beta.slice(1)])
}
export class Shape${i} ${next(2) === 0 && i > 0 ? `extends Shape${next(i)} ` : ''}{
  constructor(name${type('string')} = 'shape ${i}', ...rest${type('unknown[]')}) {
    ${i > 0 && parts.length % 2 === 0 ? '' : '// nothing more'}
    this.name = \`\${name}-${next(999)}\`
  }
  get area() { return this.width ?? ${next(10)} ** 2 }
}`)
  }
  return parts.join('\n')
}

/** FNV-1a of bytes or of a text's code units, as text. */
export function digest(data) {
  let hash = 0x811c9dc5
  if (typeof data === 'string') {
    for (let i = 0; i < data.length; i++) hash = Math.imul(hash ^ data.charCodeAt(i), 0x01000193)
  } else {
    for (let i = 0; i < data.length; i++) hash = Math.imul(hash ^ data[i], 0x01000193)
  }
  return (hash >>> 0).toString(16)
}
