/** Traps as JavaScript sees them, and foreign objects. */
import type { Section } from './corpus.js'

const CALLS = [
  'unreachable()',
  'load(65536)',
  'load(65533)',
  'load(-1)',
  'div(1, 0)',
  'div(-2147483648, -1)',
  'divu(1, 0)',
  'rem(1, 0)',
  'rem(-2147483648, -1)',
  'trunc(NaN)',
  'trunc(1e10)',
  'trunc(Infinity)',
  'indirect(0)',
  'indirect(1)',
  'indirect(2)',
  'indirect(-1)',
  'tableget(2)',
  'memfill(65536, 1)',
  'memfill(65536, 0)',
  'tablefill(2, 1)',
  'recurse()',
] as const

export const trapsSection: Section = {
  name: 'traps',
  snippets: [
    ...CALLS.map((call) => `new W.Instance(new W.Module(m.traps)).exports.${call}`),
    'const e = new W.Instance(new W.Module(m.traps)).exports; try { e.unreachable() } catch (x) { return [x instanceof W.RuntimeError, x instanceof Error, Object.keys(x), Object.hasOwn(x, "message")] }',
    'const e = new W.Instance(new W.Module(m.traps)).exports; try { e.div(1, 0) } catch {} return e.div(6, 3)',
    'const e = new W.Instance(new W.Module(m.traps)).exports; try { e.recurse() } catch {} return e.div(6, 3)',
    'const e = new W.Instance(new W.Module(m.traps)).exports; try { e.recurse() } catch (x) { return x instanceof RangeError }',
    'new W.Instance(new W.Module(m.bigMemory)).exports.size()',
  ],
}
