/** Statistics of measurements, and tables of them: ratios of medians with their spread, the same text for the terminal and for bench/README.md. */
import type { Sample } from './suites.js'

export interface Row {
  readonly name: string
  readonly cells: readonly string[]
}

export interface Table {
  readonly title: string
  readonly note: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

export function geomean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

export interface Quartiles {
  readonly p25: number
  readonly p50: number
  readonly p75: number
}

/** Quartiles of some measurements; one that falls between two of them lies between. NaN of none. */
export function quartiles(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share
    const below = sorted[Math.floor(place)]
    return below + (sorted[Math.ceil(place)] - below) * (place % 1)
  }
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75) }
}

export function median(values: readonly number[]): number {
  return quartiles(values).p50
}

/** Three significant digits. */
export function digits(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3)
}

/** A median with half the distance between the quartiles, in percent. */
export function withSpread(sample: Sample): string {
  const spread = sample.p50 === 0 ? 0 : ((sample.p75 - sample.p25) / 2 / sample.p50) * 100
  return `${digits(sample.p50)} ±${spread.toFixed(0)}%`
}

export function find(samples: readonly Sample[], name: string): Sample {
  const sample = samples.find((s) => s.name === name)
  if (sample === undefined) throw new Error(`no sample of ${name}`)
  return sample
}

export function markdown(table: Table): string {
  const lines = [`### ${table.title}`, '', table.note, '']
  lines.push(`| | ${table.columns.join(' | ')} |`)
  lines.push(`|---|${table.columns.map(() => '---:').join('|')}|`)
  for (const row of table.rows) lines.push(`| ${row.name} | ${row.cells.join(' | ')} |`)
  return `${lines.join('\n')}\n`
}
