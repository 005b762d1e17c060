// The mappings parser of Mozilla's source-map, Rust: parses a map and asks it about many places.
import { SourceMapConsumer, SourceMapGenerator } from 'source-map'

export async function load() {
  const generator = new SourceMapGenerator({ file: 'out.js' })
  for (let line = 1; line <= 3000; line++) {
    for (let column = 0; column < 120; column += 5) {
      generator.addMapping({
        generated: { line, column },
        original: { line: 1 + ((line * 7) % 2999), column: (column * 7) % 61 },
        source: `file${line % 5}.ts`,
        name: `name${column}`,
      })
    }
  }
  const text = generator.toString()
  return () =>
    SourceMapConsumer.with(text, null, (consumer) => {
      let sum = 0
      for (let line = 1; line <= 3000; line += 7) {
        for (let column = 2; column < 120; column += 13) {
          const at = consumer.originalPositionFor({ line, column })
          sum = (sum * 31 + at.line * 64 + at.column) | 0
          const back = consumer.generatedPositionFor({ source: at.source, line: at.line, column: at.column })
          sum = (sum * 31 + back.line * 64 + back.column) | 0
        }
      }
      return String(sum)
    })
}
