/**
 * The processed profile format of the Firefox profiler, version 66, as far as it is written here: older viewers open it,
 * newer ones upgrade it, and it has shared tables and self-describing counters. Tables are columns of equal length.
 */

export const FORMAT_VERSION = 66
/** That of Gecko's own format, which viewers only show. */
export const GECKO_VERSION = 36

/** A column that is made while it is written, because a long run's would be too much memory at once. */
export interface LazyColumn<T> {
  readonly length: number
  at(index: number): T
}
export type Column<T> = readonly T[] | LazyColumn<T>

/** A column of one value. */
export function constant<T>(length: number, value: T): LazyColumn<T> {
  return { length, at: () => value }
}

export interface FirefoxMeta {
  /** Milliseconds. */
  readonly interval: number
  readonly startTime: number
  readonly endTime: number
  readonly processType: 0
  readonly product: string
  readonly stackwalk: 1
  readonly debug: false
  readonly version: number
  readonly preprocessedProfileVersion: number
  /** True, or the viewer sends names and ids to a symbol server. */
  readonly symbolicated: true
  readonly symbolicationNotSupported: true
  readonly usesOnlyOneStackType: boolean
  readonly sourceCodeIsNotOnSearchfox: true
  readonly importedFrom: string
  readonly platform: string
  readonly oscpu: string
  readonly CPUName: string
  readonly logicalCPUs: number
  readonly mainMemory: number
  readonly sampleUnits: { readonly time: 'ms'; readonly eventDelay: 'ms'; readonly threadCPUDelta: 'ns' }
  readonly categories: readonly {
    readonly name: string
    readonly color: string
    readonly subcategories: readonly string[]
  }[]
  readonly markerSchema: readonly FirefoxMarkerSchema[]
  readonly extra: readonly {
    readonly label: string
    readonly entries: readonly { readonly label: string; readonly format: string; readonly value: string | number }[]
  }[]
}

export interface FirefoxMarkerSchema {
  readonly name: string
  readonly display: readonly string[]
  readonly tooltipLabel?: string
  readonly tableLabel?: string
  readonly chartLabel?: string
  readonly fields: readonly { readonly key: string; readonly label: string; readonly format: string }[]
}

export interface FirefoxLib {
  readonly arch: string
  readonly name: string
  readonly path: string
  readonly debugName: string
  readonly debugPath: string
  readonly breakpadId: string
  readonly codeId: string | null
}

export interface FirefoxShared {
  readonly stringArray: readonly string[]
  readonly stackTable: {
    readonly length: number
    readonly frame: Column<number>
    readonly prefixOffset: Column<number>
  }
  readonly frameTable: {
    readonly length: number
    readonly address: Column<number>
    readonly inlineDepth: Column<number>
    readonly category: Column<number>
    readonly subcategory: Column<number>
    readonly func: Column<number>
    readonly nativeSymbol: Column<number | null>
    readonly innerWindowID: Column<number>
    readonly line: Column<number | null>
    readonly column: Column<number | null>
    readonly originalLocation: Column<null>
  }
  readonly funcTable: {
    readonly length: number
    readonly name: Column<number>
    readonly isJS: Column<boolean>
    readonly relevantForJS: Column<boolean>
    readonly resource: Column<number>
    readonly source: Column<number | null>
    readonly lineNumber: Column<number | null>
    readonly columnNumber: Column<number | null>
    readonly originalLocation: Column<null>
  }
  readonly resourceTable: {
    readonly length: number
    readonly name: Column<number>
    readonly host: Column<null>
    readonly type: Column<number>
    readonly lib: Column<number | null>
  }
  readonly nativeSymbols: {
    readonly length: number
    readonly libIndex: Column<number>
    readonly address: Column<number>
    readonly name: Column<number>
    readonly functionSize: Column<number | null>
  }
  readonly sources: {
    readonly length: number
    readonly id: Column<null>
    readonly filename: Column<number>
    readonly startLine: Column<number>
    readonly startColumn: Column<number>
    readonly sourceMapURL: Column<null>
    readonly content: Column<string | null>
  }
  readonly sourceLocationTable: {
    readonly length: number
    readonly source: Column<number>
    readonly line: Column<number>
    readonly column: Column<number>
  }
}

export interface FirefoxThread {
  readonly name: string
  readonly isMainThread: boolean
  readonly processType: 'default'
  readonly processName: string
  readonly processStartupTime: number
  readonly processShutdownTime: number | null
  readonly registerTime: number
  readonly unregisterTime: number | null
  readonly pausedRanges: readonly never[]
  readonly showMarkersInTimeline: true
  readonly pid: string
  readonly tid: number
  readonly samples: {
    readonly length: number
    readonly stack: Column<number | null>
    readonly timeDeltas: Column<number>
    readonly weight: null
    readonly weightType: 'samples'
    readonly threadCPUDelta: Column<number | null>
  }
  readonly markers: {
    readonly length: number
    readonly data: Column<Readonly<Record<string, string | number>>>
    readonly name: Column<number>
    readonly startTime: Column<number>
    readonly endTime: Column<number | null>
    /** 0 for an instant, 1 for an interval. */
    readonly phase: Column<0 | 1>
    readonly category: Column<number>
  }
}

export interface FirefoxCounter {
  readonly name: string
  readonly category: string
  readonly description: string
  readonly pid: string
  readonly mainThreadIndex: number
  readonly samples: { readonly length: number; readonly time: Column<number>; readonly count: Column<number> }
  readonly display: {
    readonly graphType: 'line-accumulated'
    readonly unit: 'bytes'
    readonly color: string
    readonly markerSchemaLocation: null
    readonly sortWeight: number
    readonly label: string
    readonly tooltipRows: readonly Readonly<Record<string, unknown>>[]
  }
}

/** Machine code of the profile, which viewers ignore: what `windlass profile` disassembles. */
export interface WindlassExtension {
  readonly code: readonly {
    /** Index in `libs`, and where in it the code is. */
    readonly lib: number
    readonly address: number
    readonly name: string
    /** The bytes in base64. */
    readonly bytes: string
  }[]
}

export interface FirefoxProfile {
  readonly meta: FirefoxMeta
  readonly libs: readonly FirefoxLib[]
  readonly shared: FirefoxShared
  readonly threads: readonly FirefoxThread[]
  readonly counters: readonly FirefoxCounter[]
  readonly windlass: WindlassExtension
}
