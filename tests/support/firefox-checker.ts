/**
 * A structural check of Firefox profiles (version 66): the viewers do none, and show nonsense instead. Every index is in
 * range, every column has the table's length, parents come before children, times go forward, strings are unique, markers
 * have schemas and only the fields these name.
 */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
interface JsonObject {
  [key: string]: Json
}

const COLORS = new Set(
  'transparent purple green orange yellow lightblue blue brown magenta red lightred darkgrey grey'.split(' '),
)
const FORMATS = new Set('string integer bytes milliseconds unique-string duration time'.split(' '))
const DISPLAYS = new Set(['marker-chart', 'marker-table', 'timeline-overview', 'timeline-memory'])

/** Columns of each shared table: what its values index, `int` for plain integers, a name of a table or of strings otherwise. */
const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stackTable: { frame: 'frameTable', prefixOffset: 'int' },
  frameTable: {
    address: 'int',
    inlineDepth: 'int',
    category: 'int?',
    subcategory: 'int?',
    func: 'funcTable',
    nativeSymbol: 'nativeSymbols?',
    innerWindowID: 'int?',
    line: 'int?',
    column: 'int?',
    originalLocation: 'sourceLocationTable?',
  },
  funcTable: {
    name: 'stringArray',
    isJS: 'boolean',
    relevantForJS: 'boolean',
    resource: 'resourceTable-',
    source: 'sources?',
    lineNumber: 'int?',
    columnNumber: 'int?',
    originalLocation: 'sourceLocationTable?',
  },
  resourceTable: { name: 'stringArray', host: 'stringArray?', type: 'int', lib: 'libs?' },
  nativeSymbols: { libIndex: 'libs', address: 'int', name: 'stringArray', functionSize: 'int?' },
  sources: {
    id: 'null',
    filename: 'stringArray',
    startLine: 'int',
    startColumn: 'int',
    sourceMapURL: 'stringArray?',
    content: 'string?',
  },
  sourceLocationTable: { source: 'sources', line: 'int', column: 'int' },
}

/** A value as text for comparison and messages: a string as it is. */
function show(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

class Checker {
  readonly faults: string[] = []
  private readonly root: JsonObject
  private readonly sizes = new Map<string, number>()

  constructor(root: JsonObject) {
    this.root = root
  }

  run(): void {
    this.meta(this.object(this.root, 'meta'))
    const shared = this.object(this.root, 'shared')
    const strings = this.list(shared, 'stringArray')
    this.require(
      strings.every((each) => typeof each === 'string'),
      'stringArray holds strings',
    )
    this.require(new Set(strings).size === strings.length, 'stringArray has no duplicates')
    this.sizes.set('stringArray', strings.length)
    const libs = this.list(this.root, 'libs')
    this.sizes.set('libs', libs.length)
    for (const lib of libs) {
      const { breakpadId, name } = lib as JsonObject
      this.require(/^[0-9A-F]{33}$/.test(show(breakpadId)), `breakpadId of ${show(name)} has 33 digits`)
    }
    for (const name of Object.keys(TABLES)) {
      this.sizes.set(name, this.number(this.object(shared, name), 'length'))
    }
    for (const [name, columns] of Object.entries(TABLES)) {
      for (const [column, kind] of Object.entries(columns)) this.column(this.object(shared, name), name, column, kind)
    }
    this.stacks(this.object(shared, 'stackTable'))
    this.frames(this.object(shared, 'frameTable'))
    const threads = this.list(this.root, 'threads') as JsonObject[]
    this.require(threads.length > 0, 'there is a thread')
    for (const thread of threads) this.thread(thread, strings as string[])
    for (const counter of this.list(this.root, 'counters') as JsonObject[]) this.counter(counter, threads)
  }

  private require(holds: boolean, what: string): void {
    if (!holds && this.faults.length < 50) this.faults.push(what)
  }
  private object(from: JsonObject, key: string): JsonObject {
    const value = from[key]
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    throw new Error(`${key} is not an object`)
  }
  private list(from: JsonObject, key: string): Json[] {
    const value = from[key]
    if (Array.isArray(value)) return value
    throw new Error(`${key} is not an array`)
  }
  private number(from: JsonObject, key: string): number {
    const value = from[key]
    if (typeof value === 'number') return value
    throw new Error(`${key} is not a number`)
  }

  private meta(meta: JsonObject): void {
    this.require(meta['preprocessedProfileVersion'] === 66, 'the version is 66')
    this.require(this.number(meta, 'interval') > 0, 'the interval is positive')
    this.require(this.number(meta, 'startTime') > 1e12, 'the start time is in milliseconds since 1970')
    this.require(meta['symbolicated'] === true, 'nothing is sent to a symbol server')
    const categories = this.list(meta, 'categories') as JsonObject[]
    for (const category of categories) {
      this.require(COLORS.has(show(category['color'])), `${show(category['color'])} is a colour`)
      this.require(this.list(category, 'subcategories')[0] === 'Other', 'the first subcategory is Other')
    }
    this.require(categories[0]['color'] === 'grey', 'the default category is grey')
    for (const schema of this.list(meta, 'markerSchema') as JsonObject[]) {
      for (const display of this.list(schema, 'display')) {
        this.require(DISPLAYS.has(show(display)), `${show(display)} is a place for markers`)
      }
      for (const field of this.list(schema, 'fields') as JsonObject[]) {
        this.require(typeof field['key'] === 'string', 'a field has a key')
        this.require(FORMATS.has(show(field['format'])), `${show(field['format'])} is a format`)
      }
    }
  }

  private column(table: JsonObject, tableName: string, name: string, kind: string): void {
    const values = this.list(table, name)
    const where = `${tableName}.${name}`
    this.require(values.length === this.number(table, 'length'), `${where} has the table's length`)
    const optional = kind.endsWith('?')
    const plain = kind.replace(/[?-]$/, '')
    const size = this.sizes.get(plain)
    values.forEach((value, i) => {
      if (optional && value === null) return
      if (kind.endsWith('-') && value === -1) return
      const good =
        size === undefined
          ? this.isPlain(value, plain)
          : typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < size
      this.require(good, `${where}[${i}] is ${JSON.stringify(value)}, not ${kind}`)
    })
  }

  private isPlain(value: Json, kind: string): boolean {
    if (kind === 'int') return typeof value === 'number' && Number.isInteger(value) && value >= -1 && value < 2 ** 31
    return kind === 'null' ? value === null : typeof value === kind
  }

  private stacks(table: JsonObject): void {
    this.list(table, 'prefixOffset').forEach((offset, i) => {
      this.require(Number(offset) >= 0 && Number(offset) <= i, `the parent of stack ${i} comes before it`)
    })
  }

  private frames(table: JsonObject): void {
    const categories = this.list(this.object(this.root, 'meta'), 'categories') as JsonObject[]
    const subcategories = this.list(table, 'subcategory')
    this.list(table, 'category').forEach((category, i) => {
      if (category === null) return
      const known = Number(category) < categories.length
      this.require(known, `frame ${i} has a category`)
      if (!known) return
      const list = this.list(categories[Number(category)], 'subcategories')
      this.require(Number(subcategories[i] ?? -1) in list, `frame ${i} has a subcategory`)
    })
  }

  private thread(thread: JsonObject, strings: readonly string[]): void {
    this.require(typeof thread['pid'] === 'string', 'pid is a string')
    const samples = this.object(thread, 'samples')
    const length = this.number(samples, 'length')
    const stacks = this.sizes.get('stackTable') ?? 0
    for (const column of ['stack', 'timeDeltas', 'threadCPUDelta']) {
      this.require(this.list(samples, column).length === length, `samples.${column} has the table's length`)
    }
    for (const stack of this.list(samples, 'stack')) {
      this.require(stack === null || (Number.isInteger(stack) && Number(stack) < stacks), `stack ${show(stack)} exists`)
    }
    for (const delta of this.list(samples, 'timeDeltas')) {
      this.require(typeof delta === 'number' && delta >= 0, 'times go forward')
    }
    this.markers(this.object(thread, 'markers'), strings)
  }

  private markers(markers: JsonObject, strings: readonly string[]): void {
    const length = this.number(markers, 'length')
    for (const column of ['data', 'name', 'startTime', 'endTime', 'phase', 'category']) {
      this.require(this.list(markers, column).length === length, `markers.${column} has the table's length`)
    }
    const schemas = new Map(
      (this.list(this.object(this.root, 'meta'), 'markerSchema') as JsonObject[]).map((each) => [each['name'], each]),
    )
    const ends = this.list(markers, 'endTime')
    const starts = this.list(markers, 'startTime')
    this.list(markers, 'data').forEach((data, i) => {
      const { type, ...fields } = data as JsonObject
      const schema = schemas.get(type)
      this.require(schema !== undefined, `marker type ${show(type)} has a schema`)
      const keys = (schema?.['fields'] as JsonObject[] | undefined)?.map((field) => field['key']) ?? []
      this.require(
        Object.keys(fields).every((key) => keys.includes(key)),
        `fields of ${show(type)} are in its schema`,
      )
      this.require(Number(this.list(markers, 'name')[i]) < strings.length, `marker ${i} has a name`)
      const phase = this.list(markers, 'phase')[i]
      const isInterval = typeof ends[i] === 'number' && Number(ends[i]) >= Number(starts[i])
      this.require(
        phase === 0 ? ends[i] === null : phase === 1 && isInterval,
        `marker ${i} is an instant or an interval`,
      )
    })
  }

  private counter(counter: JsonObject, threads: readonly JsonObject[]): void {
    const thread = threads[this.number(counter, 'mainThreadIndex')]
    this.require(thread['pid'] === counter['pid'], 'a counter has the pid of its main thread')
    const samples = this.object(counter, 'samples')
    const times = this.list(samples, 'time').map(Number)
    this.require(
      times.every((time, i) => i === 0 || time >= times[i - 1]),
      'a counter goes forward',
    )
    this.require(this.list(samples, 'count').length === times.length, 'a counter has a count each time')
    this.require(typeof counter['display'] === 'object', 'a counter says how it is shown')
  }
}

/** What is wrong with a profile, as text; an empty list for a good one. */
export function firefoxFaults(text: string): string[] {
  const checker = new Checker(JSON.parse(text) as JsonObject)
  try {
    checker.run()
  } catch (error) {
    checker.faults.push(String(error))
  }
  return checker.faults
}
