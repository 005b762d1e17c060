// Reading profiles back: hostile files are refused in one line; the terminal's lists; the server and its secret.
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { ProfileFormatError, readFirefox } from '#dist/profiler/read-firefox.js'
import { serveProfile } from '#dist/profiler/server.js'
import { annotateText } from '#dist/profiler/annotate.js'
import { topText } from '#dist/profiler/top.js'
import { foldedText, treeText } from '#dist/profiler/tree.js'
import { firefoxFaults } from '#dist/tests/support/firefox-checker.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const thisFile = new URL(import.meta.url).pathname

/** A small profile: main calls add, add is at a line of this file. */
function document(): Record<string, unknown> {
  const nulls = [null, null]
  return {
    meta: {
      interval: 1,
      startTime: 1790000000000,
      product: 'app',
      preprocessedProfileVersion: 66,
      symbolicated: true,
      markerSchema: [],
      categories: [
        { name: 'Other', color: 'grey', subcategories: ['Other'] },
        { name: 'Wasm', color: 'yellow', subcategories: ['Other', 'Baseline'] },
      ],
      extra: [{ label: 'Sampling', entries: [{ label: 'Samples dropped', format: 'integer', value: 3 }] }],
    },
    libs: [{ debugName: 'app', name: 'app', breakpadId: '0'.repeat(33) }],
    counters: [],
    shared: {
      stringArray: ['main', 'add', thisFile, 'app'],
      stackTable: { length: 2, frame: [0, 1], prefixOffset: [0, 1] },
      frameTable: {
        length: 2,
        address: [-1, 16],
        inlineDepth: [0, 0],
        category: [1, 1],
        subcategory: [1, 1],
        func: [0, 1],
        nativeSymbol: [null, 0],
        innerWindowID: [0, 0],
        line: [null, 7],
        column: nulls,
        originalLocation: nulls,
      },
      funcTable: {
        length: 2,
        name: [0, 1],
        isJS: [false, false],
        relevantForJS: [false, false],
        resource: [0, 0],
        source: [null, 0],
        lineNumber: nulls,
        columnNumber: nulls,
        originalLocation: nulls,
      },
      resourceTable: { length: 1, name: [3], host: [null], type: [1], lib: [0] },
      nativeSymbols: { length: 1, libIndex: [0], address: [16], name: [1], functionSize: [4] },
      sources: {
        length: 1,
        id: [null],
        filename: [2],
        startLine: [1],
        startColumn: [1],
        sourceMapURL: [null],
        content: [null],
      },
      sourceLocationTable: { length: 0, source: [], line: [], column: [] },
    },
    threads: [
      {
        name: 'main',
        pid: '1',
        samples: { length: 4, stack: [1, 1, 0, null], timeDeltas: [0, 1, 1, 1], threadCPUDelta: [null, 1, 1, 0] },
        markers: { length: 0, data: [], name: [], startTime: [], endTime: [], phase: [], category: [] },
      },
    ],
    windlass: {
      code: [
        { lib: 0, address: 16, name: 'add', bytes: Buffer.from([0x55, 0x48, 0x89, 0xe5, 0xc3]).toString('base64') },
      ],
    },
  }
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

describe('the checker', () => {
  test('accepts a good profile and names the faults of bad ones', () => {
    expect(firefoxFaults(JSON.stringify(document()))).toEqual([])
    for (const [from, to] of [
      ['"frame":[0,1]', '"frame":[0,2]'],
      ['"prefixOffset":[0,1]', '"prefixOffset":[0,2]'],
      ['"func":[0,1]', '"func":[0]'],
      ['"stack":[1,1,0,null]', '"stack":[1,2,0,null]'],
      ['"timeDeltas":[0,1,1,1]', '"timeDeltas":[0,1,-1,1]'],
      ['"category":[1,1]', '"category":[1,2]'],
      ['"subcategory":[1,1]', '"subcategory":[1,2]'],
      ['"yellow"', '"mauve"'],
      ['["main","add"', '["main","main"'],
      ['"name":[0,1]', '"name":[0,9]'],
    ]) {
      const text = JSON.stringify(document())
      expect(text).toContain(from)
      expect(firefoxFaults(text.replace(from, to)), to).not.toEqual([])
    }
  })
})

describe('reading', () => {
  test('gives tables, also of compressed files', () => {
    for (const bytes of [bytesOf(document()), gzipSync(bytesOf(document()))]) {
      const profile = readFirefox(bytes)
      expect(Array.from(profile.counts)).toEqual([1, 2])
      expect(profile.idle).toBe(1)
      expect(profile.functions).toEqual([
        { name: 'main', file: undefined },
        { name: 'add', file: thisFile },
      ])
    }
  })

  test('refuses what is no profile in words', () => {
    for (const text of ['', '{', '[]', '{}', '{"meta":{}}', '{"meta":{"preprocessedProfileVersion":75}}']) {
      expect(() => readFirefox(new TextEncoder().encode(text))).toThrow(ProfileFormatError)
    }
    expect(() => readFirefox(Uint8Array.of(0x1f, 0x8b, 1))).toThrow(ProfileFormatError)
  })

  test('refuses indices that are none', () => {
    const text = JSON.stringify(document())
    for (const [from, to] of [
      ['"prefixOffset":[0,1]', '"prefixOffset":[0,0.5]'],
      ['"prefixOffset":[0,1]', '"prefixOffset":[0,2]'],
      ['"prefixOffset":[0,1]', '"prefixOffset":[0,null]'],
      ['"frame":[0,1]', '"frame":[0,null]'],
      ['"func":[0,1]', '"func":[0,null]'],
      ['"category":[1,1]', '"category":[1,null]'],
    ]) {
      expect(text).toContain(from)
      const bytes = new TextEncoder().encode(text.replace(from, to))
      expect(() => readFirefox(bytes), to).toThrow(ProfileFormatError)
    }
  })

  test('never fails otherwise', () => {
    const text = JSON.stringify(document())
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('9', '[', 'null', '-1', '"', '{}', ''), (at, with_) => {
        try {
          const damaged = readFirefox(new TextEncoder().encode(text.slice(0, at) + with_ + text.slice(at + 1)))
          topText(damaged, { rows: 5 })
          treeText(damaged, { rows: 5 })
          foldedText(damaged)
          annotateText(damaged, '', { rows: 5 })
        } catch (error) {
          expect(error).toBeInstanceOf(ProfileFormatError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('lists functions and lines', () => {
    const lines = topText(readFirefox(bytesOf(document())), { rows: 5 })
    expect(lines[0]).toBe('app: 3 samples, one each 1 ms')
    expect(lines[1]).toBe('Samples dropped: 3')
    expect(lines[4]).toMatch(/^ 66\.7% {2}66\.7% {2}add .* Baseline {4}files\.test\.ts$/)
    expect(lines[5]).toMatch(/^ 33\.3% 100\.0% {2}main/)
    expect(lines.at(-1)).toMatch(/66\.7% {2}66\.7% {2}files\.test\.ts:7 .*add$/)
  })
})

describe('views for a terminal', () => {
  test('survive numbers that index nothing', () => {
    const text = JSON.stringify(document())
    for (const [from, to] of [
      ['"nativeSymbol":[null,0]', '"nativeSymbol":[null,-1]'],
      ['"nativeSymbol":[null,0]', '"nativeSymbol":[null,0.5]'],
      ['"line":[null,7]', '"line":[null,-1e9]'],
      ['"address":[-1,16]', '"address":[-1,1e300]'],
    ]) {
      expect(text).toContain(from)
      annotateText(readFirefox(new TextEncoder().encode(text.replace(from, to))), 'add', { rows: 5 })
    }
  })

  const profile = readFirefox(bytesOf(document()))
  const source = Array.from({ length: 12 }, (_, i) => `text of line ${i + 1}`).join('\n')
  const view = { rows: 5, readSource: (file: string): string | undefined => (file === thisFile ? source : undefined) }

  test('show source text, and fit', () => {
    expect(topText(profile, view).at(-1)).toMatch(/66\.7% {2}66\.7% {2}files\.test\.ts:7 +text of line 7$/)
    for (const width of [40, 60, 80, 200]) {
      for (const line of topText(profile, { ...view, width })) expect(line.length).toBeLessThanOrEqual(width)
      for (const line of annotateText(profile, 'add', { ...view, width }))
        expect(line.length).toBeLessThanOrEqual(width)
    }
    const painted = topText(profile, { ...view, paint: (style, text) => `<${style}:${text}>` })
    expect(painted[0]).toBe('<bold:app: 3 samples, one each 1 ms>')
    expect(painted.join('\n')).toContain('<red: 66.7%> <red: 66.7%>')
    const hostile = readFirefox(
      new TextEncoder().encode(JSON.stringify(document()).replaceAll('"add"', '"a\\u001b[2Jdd"')),
    )
    const all = [topText, treeText, (profile_: typeof hostile) => annotateText(profile_, 'a', view), foldedText]
    for (const show of all) expect(show(hostile, view).join('')).not.toContain('\u001b')
  })

  test('show calls as a tree and as folded stacks', () => {
    expect(treeText(profile, view)).toEqual([
      'app: 3 samples',
      ' total   self  call',
      '100.0%  33.3%  main  Baseline',
      ' 66.7%  66.7%   add  Baseline',
    ])
    expect(treeText(profile, { rows: 1 }).at(-1)).toContain('--rows=N')
    expect(foldedText(profile)).toEqual(['main [Baseline] 1', 'main [Baseline];add [Baseline] 2'])
  })

  test('show a function line by line and instruction by instruction', () => {
    expect(annotateText(profile, 'add', view)).toEqual([
      'add: 66.7% of 3 samples',
      '',
      thisFile,
      '            4  text of line 4',
      '            5  text of line 5',
      '            6  text of line 6',
      ' 66.7%      7  text of line 7',
      '            8  text of line 8',
      '            9  text of line 9',
      '           10  text of line 10',
      '',
      'machine code, Baseline',
      ' 66.7%      0  push rbp   ; line 7',
      '            1  mov rbp,rsp',
      '            4  ret',
    ])
    expect(annotateText(profile, 'mai', { rows: 5 })).toEqual([
      'main: 33.3% of 3 samples',
      'there is no source and no machine code of it in the profile',
    ])
    expect(() => annotateText(profile, 'nothing', view)).toThrow(
      "no function with 'nothing' in its name was sampled; the hottest: add, main",
    )
  })
})

/** A request; `host` as the client says it. */
function ask(url: string, options: { method?: string; body?: string; host?: string } = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { Host: options.host }
    const sent = request(url, { method: options.method ?? 'GET', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString()]))
    })
    sent.on('error', reject)
    sent.end(options.body)
  })
}

describe('the server', () => {
  test('gives the profile, its sources and its code to who knows the secret', async () => {
    const bytes = bytesOf(document())
    const { base, link, server, closed } = await serveProfile(bytes, readFirefox(bytes))
    try {
      expect(link).toBe(
        `https://profiler.firefox.com/from-url/${encodeURIComponent(`${base}/profile.json`)}/?symbolServer=${encodeURIComponent(base)}`,
      )
      expect(await ask(`${base}/profile.json`)).toEqual([200, new TextDecoder().decode(bytes)])
      expect((await ask(`${base}/profile.json`, { host: 'evil.example' }))[0]).toBe(404)
      expect((await ask(`${new URL(base).origin}/profile.json`))[0]).toBe(404)
      expect((await ask(`${base}x/profile.json`))[0]).toBe(404)
      expect((await ask(`${base}/nothing`))[0]).toBe(404)
      expect((await ask(`${base}/profile.json`, { method: 'OPTIONS' }))[0]).toBe(204)
      const post = async (path: string, body: unknown): Promise<unknown> => {
        const [status, text] = await ask(`${base}${path}`, { method: 'POST', body: JSON.stringify(body) })
        return [status, JSON.parse(text)]
      }
      expect(await post('/source/v1', { file: thisFile })).toMatchObject([
        200,
        { source: expect.stringContaining('Reading profiles back') as string },
      ])
      expect(await post('/source/v1', { file: '/etc/passwd' })).toEqual([
        200,
        { error: 'the profile names no such file' },
      ])
      const asm = { debugName: 'app', startAddress: '0x10', size: '0x1', continueUntilFunctionEnd: true }
      expect(await post('/asm/v1', asm)).toMatchObject([
        200,
        {
          startAddress: '0x10',
          size: '0x5',
          instructions: [
            [0, 'push rbp'],
            [1, 'mov rbp,rsp'],
            [4, 'ret'],
          ],
        },
      ])
      expect(await post('/asm/v1', { debugName: 'app', startAddress: '0x100' })).toMatchObject([
        200,
        { error: expect.any(String) as string },
      ])
      expect((await ask(`${base}/asm/v1`, { method: 'POST', body: '{' }))[0]).toBe(400)
      expect((await ask(`${base}/asm/v1`, { method: 'POST', body: ' '.repeat(2 << 20) }))[0]).toBe(400)
    } finally {
      server.close()
      server.closeAllConnections()
      await closed
    }
  })
})
