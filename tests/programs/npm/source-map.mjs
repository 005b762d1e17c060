// The mappings parser of Mozilla's source-map, Rust.
import { SourceMapConsumer, SourceMapGenerator } from 'source-map'

const generator = new SourceMapGenerator({ file: 'out.js' })
for (let line = 1; line <= 200; line++) {
  for (let column = 0; column < 80; column += 8) {
    generator.addMapping({
      generated: { line, column },
      original: { line: line * 3, column: (column * 7) % 61 },
      source: `file${line % 5}.ts`,
      name: `name${column}`,
    })
  }
}
await SourceMapConsumer.with(generator.toString(), null, (consumer) => {
  let count = 0
  let sum = 0
  consumer.eachMapping((mapping) => {
    count++
    sum += mapping.originalLine * 31 + mapping.originalColumn
  })
  console.log(count, sum)
  console.log(JSON.stringify(consumer.originalPositionFor({ line: 77, column: 43 })))
  console.log(JSON.stringify(consumer.generatedPositionFor({ source: 'file2.ts', line: 231, column: 56 })))
  console.log(JSON.stringify(consumer.allGeneratedPositionsFor({ source: 'file2.ts', line: 231 })))
})
