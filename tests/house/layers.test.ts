// The house's rule: imports run one way (cli -> api, wasi, profiler -> runtime -> tiers -> wasm), only the runtime
// touches the addon, and what an engine must not use (V8's own WebAssembly) is not used.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What each room may import, besides itself and Node. */
const allowed: Record<string, readonly string[]> = {
  wasm: [],
  tiers: ['wasm'],
  runtime: ['tiers', 'wasm'],
  profiler: ['runtime', 'tiers', 'wasm'],
  wasi: ['runtime', 'tiers', 'wasm'],
  api: ['profiler', 'runtime', 'tiers', 'wasm'],
  cli: ['api', 'wasi', 'profiler', 'runtime', 'tiers', 'wasm'],
}

/** A room that is not built yet has no sources. */
function sources(room: string): string[] {
  if (!existsSync(join(root, room))) return []
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, room, file))
}

function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const found = text.matchAll(/(?<![\w'"(])(?:from|import\(|import)\s*['"]([^'"\n]+)['"]/g)
  return Array.from(found, (match) => match[1])
}

describe('layers', () => {
  for (const room of Object.keys(allowed)) {
    it(`${room} imports only what stands below it`, () => {
      const wrong: string[] = []
      for (const file of sources(room)) {
        for (const specifier of imports(file)) {
          if (!specifier.startsWith('.')) continue
          const target = relative(root, normalize(join(dirname(file), specifier))).split('/')[0]
          if (target !== room && !allowed[room].includes(target)) {
            wrong.push(`${relative(root, file)} imports ${specifier}`)
          }
        }
      }
      expect(wrong).toEqual([])
    })
  }

  it('the tiers and the front end use no package and no Node module', () => {
    const wrong = [...sources('wasm'), ...sources('tiers')].flatMap((file) =>
      imports(file)
        .filter((specifier) => !specifier.startsWith('.'))
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  it('only runtime/native.ts loads the addon', () => {
    const wrong = Object.keys(allowed)
      .flatMap(sources)
      .filter((file) => /windlass\.node/.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file))
    expect(wrong).toEqual(['runtime/native.ts'])
  })

  it('the addon knows no Wasm', () => {
    const files = readdirSync(join(root, 'native/src'), { recursive: true, encoding: 'utf8' })
    const wrong = files
      .filter((file) => /\.(cc|h|S)$/.test(file))
      .filter((file) => /\bwasm\b|webassembly/i.test(readFileSync(join(root, 'native/src', file), 'utf8')))
    expect(wrong).toEqual([])
  })

  it("no room uses V8's own WebAssembly, but for what runs Windlass's own programs", () => {
    const wrong = Object.keys(allowed)
      .flatMap(sources)
      .filter((file) => /\bWebAssembly\b.*\bglobalThis\b|globalThis\.WebAssembly/.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file))
    expect(wrong).toEqual(['wasm/programs.ts'])
  })
})
