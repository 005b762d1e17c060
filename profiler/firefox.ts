/**
 * A profile as the Firefox profiler reads it. The choices: one library for each module, whose addresses count through the
 * module's machine code in the order in which it was first seen; one function for each function of a module,
 * whose frames differ by tier, so that a function's time splits by tier; inlined calls have the address of the frame they
 * are in and a depth.
 */
import { createHash } from 'node:crypto'
import { cpus, totalmem, type as osType, release } from 'node:os'
import { CATEGORIES, Kind, categoryOf, subcategoryOf } from './categories.js'
import {
  FORMAT_VERSION,
  GECKO_VERSION,
  constant,
  type FirefoxCounter,
  type FirefoxLib,
  type FirefoxMarkerSchema,
  type FirefoxProfile,
  type FirefoxShared,
  type FirefoxThread,
} from './firefox-schema.js'
import { MARKER_TYPES, type ProfileCounter } from './markers.js'
import type { ProfileData, ProfileModule, ProfileThread } from './profile.js'

const CODE_ALIGN = 16
/** Digits behind the point of a millisecond. */
const MICROSECONDS = 1000

class Strings {
  readonly list: string[] = []
  private readonly index = new Map<string, number>()

  of(text: string): number {
    let found = this.index.get(text)
    if (found === undefined) {
      found = this.list.push(text) - 1
      this.index.set(text, found)
    }
    return found
  }
}

/** Where each piece of code lies in its module's library. */
function layOutCode(profile: ProfileData): number[] {
  const ends = profile.modules.map(() => 0)
  return profile.codes.map(({ func, bytes }) => {
    const { module } = profile.functions[func]
    const at = ends[module]
    ends[module] = Math.ceil((at + bytes.length) / CODE_ALIGN) * CODE_ALIGN
    return at
  })
}

function makeLib({ name, url }: ProfileModule): FirefoxLib {
  // 32 digits of identity and an age, as a build id has them.
  const id = createHash('sha256').update(url).digest('hex').slice(0, 32).toUpperCase()
  return { arch: 'wasm32', name, path: url, debugName: name, debugPath: url, breakpadId: `${id}0`, codeId: null }
}

/** Functions of JavaScript. */
function scriptFunctions({ frames }: ProfileData): ReadonlySet<number> {
  return new Set(frames.filter(({ kind }) => kind === Kind.JavaScript).map(({ func }) => func))
}

function makeShared(profile: ProfileData, starts: readonly number[]): FirefoxShared {
  const { frames, functions, codes, modules, stackFrame, stackPrefix } = profile
  const strings = new Strings()
  // A module without debug information is its own source: viewers then know the frames to be of WebAssembly.
  const files = functions.map(({ file, module }) => file ?? (module < 0 ? undefined : modules[module].url))
  const fileIndex = new Map<string, number>()
  for (const file of files) if (file !== undefined && !fileIndex.has(file)) fileIndex.set(file, fileIndex.size)
  const fileNames = Array.from(fileIndex.keys(), (file) => strings.of(file))
  const scripts = scriptFunctions(profile)
  const funcCount = functions.length
  const frameCount = frames.length
  const shared = {
    stackTable: {
      length: stackFrame.length,
      frame: { length: stackFrame.length, at: (i: number) => stackFrame[i] },
      prefixOffset: { length: stackFrame.length, at: (i: number) => (stackPrefix[i] < 0 ? 0 : i - stackPrefix[i]) },
    },
    frameTable: {
      length: frameCount,
      address: frames.map(({ code, codeOffset }) => (code < 0 ? -1 : starts[code] + codeOffset)),
      inlineDepth: frames.map((frame) => frame.inlineDepth),
      category: frames.map((frame) => categoryOf(frame.kind)),
      subcategory: frames.map((frame) => subcategoryOf(frame.kind)),
      func: frames.map((frame) => frame.func),
      nativeSymbol: frames.map(({ code }) => (code < 0 ? null : code)),
      innerWindowID: constant(frameCount, 0),
      line: frames.map(({ line }) => (line > 0 ? line : null)),
      // Without a source position the place is the byte in the module.
      column: frames.map(({ line, column, offset }) => {
        if (line > 0) return column > 0 ? column : null
        return offset < 0 ? null : offset
      }),
      originalLocation: constant(frameCount, null),
    },
    funcTable: {
      length: funcCount,
      name: functions.map(({ name }) => strings.of(name)),
      isJS: functions.map((_, i) => scripts.has(i)),
      relevantForJS: constant(funcCount, false),
      resource: functions.map(({ module }) => module),
      source: files.map((file) => (file === undefined ? null : (fileIndex.get(file) ?? null))),
      lineNumber: functions.map(({ line }) => (line > 0 ? line : null)),
      columnNumber: functions.map(({ column }) => (column > 0 ? column : null)),
      originalLocation: constant(funcCount, null),
    },
    resourceTable: {
      length: modules.length,
      name: modules.map(({ name }) => strings.of(name)),
      host: constant(modules.length, null),
      type: constant(modules.length, 1),
      lib: modules.map((_, i) => i),
    },
    nativeSymbols: {
      length: codes.length,
      libIndex: codes.map(({ func }) => functions[func].module),
      address: starts,
      name: codes.map(({ func, kind }) => strings.of(`${functions[func].name} [${tierName(kind)}]`)),
      functionSize: codes.map(({ bytes }) => bytes.length),
    },
    sources: {
      length: fileNames.length,
      id: constant(fileNames.length, null),
      filename: fileNames,
      startLine: constant(fileNames.length, 1),
      startColumn: constant(fileNames.length, 1),
      sourceMapURL: constant(fileNames.length, null),
      content: constant(fileNames.length, null),
    },
    sourceLocationTable: { length: 0, source: [], line: [], column: [] },
  }
  return { stringArray: strings.list, ...shared }
}

function tierName(kind: number): string {
  return CATEGORIES[categoryOf(kind)].subcategories[subcategoryOf(kind)]
}

function makeThread(
  profile: ProfileData,
  thread: ProfileThread,
  pid: string,
  markerName: (type: string) => number,
): FirefoxThread {
  const { sampleCount, markers } = thread
  return {
    name: thread.name,
    isMainThread: thread.isMain,
    processType: 'default',
    processName: profile.name,
    processStartupTime: 0,
    processShutdownTime: profile.duration,
    registerTime: 0,
    unregisterTime: profile.duration,
    pausedRanges: [],
    showMarkersInTimeline: true,
    pid,
    tid: thread.tid,
    samples: {
      length: sampleCount,
      stack: { length: sampleCount, at: (i) => (thread.stack(i) < 0 ? null : thread.stack(i)) },
      timeDeltas: { length: sampleCount, at: (i) => Math.round(thread.time(i) * MICROSECONDS) / MICROSECONDS },
      weight: null,
      weightType: 'samples',
      threadCPUDelta: { length: sampleCount, at: (i) => thread.cpu(i) ?? null },
    },
    markers: {
      length: markers.length,
      data: markers.map(({ type, fields }) => ({ type, ...fields })),
      name: markers.map(({ type }) => markerName(type)),
      startTime: markers.map(({ start }) => start),
      endTime: markers.map(({ end }) => end ?? null),
      phase: markers.map(({ end }) => (end === undefined ? 0 : 1)),
      category: markers.map(({ kind }) => categoryOf(kind)),
    },
  }
}

const FIELD_LABELS: Readonly<Record<string, string>> = {
  wasmBytes: 'Wasm',
  codeBytes: 'Machine code',
}

function markerSchema(): FirefoxMarkerSchema[] {
  return Object.entries(MARKER_TYPES).map(([name, { fields, label }]) => ({
    name,
    display: ['marker-chart', 'marker-table', 'timeline-overview'],
    tableLabel: label,
    chartLabel: label,
    fields: Object.entries(fields).map(([key, format]) => ({
      key,
      label: FIELD_LABELS[key] ?? key.charAt(0).toUpperCase() + key.slice(1),
      format,
    })),
  }))
}

function makeCounter(counter: ProfileCounter, pid: string, index: number): FirefoxCounter {
  const { name, description, times, deltas } = counter
  return {
    name,
    category: name === 'Memory' ? 'Memory' : 'Other',
    description,
    pid,
    mainThreadIndex: 0,
    samples: { length: times.length, time: times, count: deltas },
    display: {
      graphType: 'line-accumulated',
      unit: 'bytes',
      color: name === 'Memory' ? 'orange' : 'purple',
      markerSchemaLocation: null,
      sortWeight: 10 + index,
      label: description,
      tooltipRows: [
        { type: 'value', source: 'accumulated', format: { unit: 'bytes' }, label: description },
        { type: 'value', source: 'count-range', format: { unit: 'bytes' }, label: 'Range' },
      ],
    },
  }
}

/** The document, with lazy columns: for `jsonText`. */
export function firefoxProfile(profile: ProfileData): FirefoxProfile {
  const starts = layOutCode(profile)
  const shared = makeShared(profile, starts)
  const strings = [...shared.stringArray]
  const nameIndex = new Map(strings.map((text, i) => [text, i]))
  const markerName = (type: string): number => {
    let found = nameIndex.get(type)
    if (found === undefined) {
      found = strings.push(type) - 1
      nameIndex.set(type, found)
    }
    return found
  }
  const pid = String(process.pid)
  const { stats } = profile
  const count = (label: string, value: number): { label: string; format: string; value: number } => ({
    label,
    format: 'integer',
    value,
  })
  const processor = cpus().at(0)?.model ?? ''
  return {
    meta: {
      interval: profile.intervalUs / 1000,
      startTime: profile.startTime,
      endTime: profile.duration,
      processType: 0,
      product: profile.name,
      stackwalk: 1,
      debug: false,
      version: GECKO_VERSION,
      preprocessedProfileVersion: FORMAT_VERSION,
      symbolicated: true,
      symbolicationNotSupported: true,
      usesOnlyOneStackType: scriptFunctions(profile).size === 0,
      sourceCodeIsNotOnSearchfox: true,
      importedFrom: 'Windlass',
      platform: osType(),
      oscpu: `${osType()} ${release()}`,
      CPUName: processor,
      logicalCPUs: cpus().length,
      mainMemory: totalmem(),
      sampleUnits: { time: 'ms', eventDelay: 'ms', threadCPUDelta: 'ns' },
      categories: CATEGORIES,
      markerSchema: markerSchema(),
      extra: [
        {
          label: 'Sampling',
          entries: [
            count('Samples taken', stats.samples),
            count('Samples dropped', stats.dropped),
            count('Ticks without a sample', stats.late),
            count('Markers dropped', stats.droppedMarkers),
            count('Halvings of the rate', stats.halvings),
          ],
        },
      ],
    },
    libs: profile.modules.map(makeLib),
    threads: profile.threads.map((thread) => makeThread(profile, thread, pid, markerName)),
    counters: profile.counters.filter(({ times }) => times.length > 0).map((each, i) => makeCounter(each, pid, i)),
    shared: { ...shared, stringArray: strings },
    windlass: {
      code: profile.codes.map(({ func, bytes }, i) => ({
        lib: profile.functions[func].module,
        address: starts[i],
        name: profile.functions[func].name,
        bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
      })),
    },
  }
}
